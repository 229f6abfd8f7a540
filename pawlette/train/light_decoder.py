"""Distils an autoencoder's decoder into a light one. Knows latents and pixels, and no words.

What the full decoder makes of the same latents is the truth: L1 and gradient differences on the flattened picture and
on alpha, and a feature distance, as in the full decoder's own training.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from pawlette.model.light_decoder import LightDecoder
from pawlette.train.autoencoder import Features, backgrounds, feature_distance, gradient_distance
from pawlette.train.course import Course, Length
from pawlette.train.identity import facts_of
from pawlette.train.latent_bank import LatentBank
from pawlette.train.pictures import channels_last, flatten


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train."""

    length: Length
    batch: int = 32
    crop: int | None = 32  # latents on a side: windows of large pictures; None: whole ones
    learning_rate: float = 1e-3
    gradient_weight: float = 1.0
    square_weight: float = 2.0  # squared error: what PSNR counts
    feature_weight: float = 0.1
    seed: int = 0


class Trainer:
    """Holds what a run needs between steps. `teacher` is any autoencoder with `decode`; `bank` its raw latents."""

    def __init__(
        self, student: LightDecoder, teacher: Any, bank: LatentBank, plan: Plan, device: str
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.device, self.bank = plan, device, bank
        self.kind = torch.device(device).type
        self.student = channels_last(student.to(device)).train()
        self.teacher = channels_last(teacher.to(device)).eval().requires_grad_(False)
        self.features = Features().to(device)
        self.course = Course(
            self.student, learning_rate=plan.learning_rate, seed=plan.seed,
            identity=facts_of(plan, but="length") | {"sizes": str(student.config)},
        )  # fmt: skip
        compiled: Callable[..., Any] = torch.compile if self.kind == "cuda" else lambda f: f
        self.draw = compiled(self.student.decode_unclamped)
        self.teach = compiled(self.teacher.decode)

    def losses(self) -> dict[str, Tensor]:
        """Of one batch: each term and their weighted "total"."""
        latents = self.bank.batch(self.plan.batch, self.plan.crop)
        with torch.autocast(self.kind, dtype=torch.bfloat16, enabled=self.kind == "cuda"):
            with torch.no_grad():
                wanted = self.teach(latents).float()
            got = self.draw(latents).float()
        behind = backgrounds(got)
        seen, shown = (flatten(x, behind) if x.shape[1] == 4 else x for x in (got, wanted))
        found = {"l1": F.l1_loss(seen, shown), "gradient": gradient_distance(seen, shown)}
        found["square"] = F.mse_loss(seen, shown)
        if got.shape[1] == 4:
            alpha, true = got[:, 3:], wanted[:, 3:]
            found["l1"] = found["l1"] + F.l1_loss(alpha, true) + 0.1 * F.l1_loss(got, wanted)
            found["gradient"] = found["gradient"] + 0.5 * gradient_distance(alpha, true)
        with torch.autocast(self.kind, dtype=torch.bfloat16, enabled=self.kind == "cuda"):
            found["features"] = feature_distance(self.features, seen, shown)
        weights = {"l1": 1.0, "gradient": self.plan.gradient_weight, "square": self.plan.square_weight,
                   "features": self.plan.feature_weight}  # fmt: skip
        found["total"] = torch.stack([weight * found[name] for name, weight in weights.items()]).sum()
        return found

    def run(self, curve: Path, *, state: Path | None = None, say: Callable[[str], None] = print) -> None:
        """Train for the plan's length; writes the curve and the state to go on from."""
        self.course.run(self.losses, self.plan.length, curve, state=state, say=say)

    def averaged(self) -> LightDecoder:
        """The student with its averaged weights, in float32 and evaluation mode."""
        return cast(LightDecoder, self.course.averaged())
