"""Trains the upscaler on pairs of drawn pictures: large ones, and what a decoder gives at half their size.

Most inputs are the large ones' halves, many a little blurred. A few have been through the full autoencoder, with
noise on their latents, so that what a decoder gives is no surprise: of details that it has lost nothing can be learnt,
and where they are most of the inputs, plain interpolation is the best answer. Colours are compared as they are seen.
Squared differences are among the losses because nearly all of interpolation's error lies on few pixels, at edges: to
absolute differences alone, whose optimum is a median, leaving everything as it is looks best.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from pawlette.model.upscaler import Upscaler, interpolate, premultiply, straighten
from pawlette.similarity import psnr
from pawlette.train.autoencoder import Features, backgrounds, feature_distance, gradient_distance
from pawlette.train.course import Course, Length
from pawlette.train.identity import facts_of
from pawlette.train.pictures import PicturePool, channels_last

HELD_OUT = 32  # pictures never trained on


class LargePictures(PicturePool):
    """The pool at the size that the upscaler learns to give."""

    def __init__(self, folder: Path, capacity: int, device: str, size: int = 512) -> None:
        super().__init__(folder, 0, device)
        self.pixels = torch.empty(capacity, size, size, 4, dtype=torch.uint8, device=device)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train."""

    length: Length
    batch: int = 12
    decoded: float = 0.15  # share of the inputs that have been through the autoencoder
    noise: float = 0.05  # up to this share of their latents' deviation is added
    learning_rate: float = 1e-3
    square_weight: float = 10.0
    feature_weight: float = 0.05
    seed: int = 0


def page(unit: Tensor, background: Tensor) -> Tensor:
    """Premultiplied RGBA in [0, 1] laid on a colour in [-1, 1]: RGB in [-1, 1]."""
    return unit[:, :3] * 2.0 - unit[:, 3:] + background * (1.0 - unit[:, 3:])


class Trainer:
    """Holds what a run needs between steps. `autoencoder` is the model's own, of four channels."""

    def __init__(self, model: Upscaler, autoencoder: Any, pool: PicturePool, plan: Plan, device: str) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.device, self.pool = plan, device, pool
        self.kind = torch.device(device).type
        self.model = channels_last(model.to(device)).train()
        self.autoencoder = channels_last(autoencoder.to(device)).eval().requires_grad_(False)
        self.features = Features().to(device)
        self.course = Course(
            self.model, learning_rate=plan.learning_rate, seed=plan.seed,
            identity=facts_of(plan, but="length") | {"sizes": str(model.config)},
        )  # fmt: skip
        compiled: Callable[..., Any] = torch.compile if self.kind == "cuda" else lambda f: f
        self.enlarge = compiled(self.model.premultiplied)
        self.pass_through = compiled(self._pass_through)

    @torch.no_grad()
    def _pass_through(self, rgba: Tensor) -> Tensor:
        """What the decoder gives of pictures, with noise on their latents."""
        mean = self.autoencoder.encode(rgba)[0]
        level = self.plan.noise * torch.rand(len(mean), 1, 1, 1, device=mean.device)
        spread = mean.float().std((0, 2, 3), keepdim=True)
        return self.autoencoder.decode(mean + level * spread * torch.randn_like(mean))

    @torch.no_grad()
    def pair(self, large: Tensor) -> tuple[Tensor, Tensor]:
        """Straight RGBA (n, 4, 2h, 2w) -> premultiplied input (n, 4, h, w) and target."""
        target = premultiply(large)
        small = F.avg_pool2d(target, 2)
        count = round(self.plan.decoded * len(small))
        blurred = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        given = torch.lerp(small, blurred, 0.3 * torch.rand(len(small), 1, 1, 1, device=small.device))
        if count:
            with torch.autocast(self.kind, dtype=torch.bfloat16, enabled=self.kind == "cuda"):
                given[:count] = premultiply(self.pass_through(straighten(small[:count])).float())
        return given, target

    def losses(self) -> dict[str, Tensor]:
        """Of one batch: each term and their weighted "total"."""
        given, target = self.pair(self.pool.batch(self.plan.batch, HELD_OUT))
        with torch.autocast(self.kind, dtype=torch.bfloat16, enabled=self.kind == "cuda"):
            got = self.enlarge(given).float()
        behind = backgrounds(got)
        seen, shown = page(got, behind), page(target, behind)
        found = {
            "l1": F.l1_loss(seen, shown)
            + 2.0 * F.l1_loss(got[:, 3:], target[:, 3:]),  # alpha spans 1, colours 2
            "gradient": gradient_distance(seen, shown) + gradient_distance(got[:, 3:], target[:, 3:]),
        }
        found["square"] = F.mse_loss(seen, shown) + 4.0 * F.mse_loss(got[:, 3:], target[:, 3:])
        with torch.autocast(self.kind, dtype=torch.bfloat16, enabled=self.kind == "cuda"):
            found["features"] = feature_distance(self.features, seen, shown)
        weighted = self.plan.square_weight * found["square"] + self.plan.feature_weight * found["features"]
        found["total"] = found["l1"] + found["gradient"] + weighted
        return found

    def run(self, curve: Path, *, state: Path | None = None, say: Callable[[str], None] = print) -> None:
        """Train for the plan's length; writes the curve and the state to go on from."""
        self.course.run(self.losses, self.plan.length, curve, state=state, say=say)

    def averaged(self) -> Upscaler:
        """The model with its averaged weights, in float32 and evaluation mode."""
        return cast(Upscaler, self.course.averaged())


@torch.no_grad()
def evaluate(model: Upscaler, autoencoder: Any, large: Tensor) -> tuple[dict[str, float], list[Tensor]]:
    """PSNR (dB, on white) of the upscaler and of bicubic against large pictures: after the autoencoder, and of clean
    halves; and, for a sheet, RGB of the truth, bicubic and the upscaler after the autoencoder."""
    white = large.new_ones(1, 3, 1, 1)
    target = premultiply(large)
    small = F.avg_pool2d(target, 2)
    parts = straighten(small).split(8)
    decoded = premultiply(
        torch.cat([autoencoder.decode(autoencoder.encode(one)[0]) for one in parts]).float()
    )
    truth = page(target, white)
    scores: dict[str, float] = {}
    shown = [truth]
    for name, given in (("decoded", decoded), ("clean", small)):
        plain = torch.cat([interpolate(one).clamp(0, 1) for one in given.split(8)])
        fine = torch.cat([premultiply(straighten(model.premultiplied(one))) for one in given.split(8)])
        for kind, made in (("bicubic", plain), ("upscaler", fine)):
            flat = page(made, white).clamp(-1, 1)
            scores[f"{name}_{kind}_psnr_db"] = round(psnr(flat, truth), 3)
            if name == "decoded":
                shown.append(flat)
    return scores, shown
