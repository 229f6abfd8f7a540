"""Trains a LoRA of any supported model towards the look of a folder of pictures. Knows no file and no command.

Flow matching (arXiv 2210.02747; rectified, as arXiv 2209.03003): x = (1 - s) picture + s noise, and the model predicts
v = noise - picture. At every few steps x - s v, its guess of the picture, is decoded for the style terms.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model.packing import pad_texts, unpack
from pawlette.model.qwen import QwenImage
from pawlette.train.autoencoder import Features
from pawlette.train.pictures import on_white
from pawlette.train.style_adapter import attach, recompute, target_layers
from pawlette.train.style_data import StyleSet
from pawlette.train.style_losses import cartoonisation, saturation_lack

SIGMA_STEPS = 1000  # how finely sigmas are drawn from a model's schedule
TERMS = ("loss", "flow", "smoothness", "quantisation", "perceptual", "saturation")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a style is learnt. Another plan is another run: all but `steps` must stay to go on with one."""

    steps: int = 1000  # of the whole run
    batch: int = 1
    rank: int = 16
    learning_rate: float = 1e-4
    warm_up: int = 20  # steps
    cartoon: float = 0.1  # weight of the cartoonisation loss; 0 is off
    saturation: float = 0.05  # weight of the saturation term; 0 is off
    target_saturation: float | None = None  # None: the pictures' own is enough
    finish_every: int = 4  # the style terms cost a decode: they count at each such step
    crop: int = 512  # pixels on a side that are decoded for them, at most
    mlp: bool = False  # the MLPs learn too, not the attention alone
    caption_dropout: float = 0.1  # only of models that are drawn with guidance
    seed: int = 0

    @property
    def has_finish(self) -> bool:
        return self.cartoon > 0 or self.saturation > 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step sees, all on the CPU; made of the plan's seed and the step's number alone."""

    rows: tuple[int, ...]  # of the training set
    noise: Tensor  # (batch, image tokens, channels) float32
    sigmas: tuple[float, ...]
    dropped: tuple[bool, ...]  # whose caption is left out
    corner: tuple[float, float]  # of the decoded crop, as shares of the room there is


def learnt_sigmas(model: QwenImage, image_tokens: int) -> tuple[float, ...]:
    """The sigmas that a run draws from: those of the model's own schedule at this size, finely.

    Of a model that is distilled to a few steps, only those at which it draws. Distillation has taught it there, and
    nowhere else, to leap to the next one; a loss at the sigmas between them would teach it flow matching's small
    steps again, in weights that both share, and no drawing would ever visit those sigmas.
    """
    if not model.family.guidable:
        return model.schedule.sigmas(model.family.steps, image_tokens)[:-1]
    # A fixed grid is left aside: one that is not distilled has learnt what lies between, too.
    return dataclasses.replace(model.schedule, explicit=None).sigmas(SIGMA_STEPS, image_tokens)[:-1]


class StyleTrainer:
    """Holds what a run needs between steps. A step reads no clock and no global randomness.

    `weights` is the fingerprint of the model's folder: a state belongs to it.
    """

    def __init__(self, model: QwenImage, data: StyleSet, plan: Plan, *, weights: str | None = None) -> None:
        self.model, self.data, self.plan, self.weights = model, data, plan, weights
        model.autoencoder.requires_grad_(False)
        self.targets = target_layers(model.denoiser, mlp=plan.mlp)
        self.learnt = attach(model.denoiser, plan.rank, mlp=plan.mlp, seed=plan.seed)
        recompute(model.denoiser.get_submodule("transformer_blocks").children())
        recompute(model.autoencoder.get_submodule("decoder.up_blocks").children())
        self.features = Features().to(model.device) if plan.cartoon > 0 else None
        self.optimiser = torch.optim.AdamW(
            self.learnt.values(), lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.sigmas = learnt_sigmas(model, data.tokens.shape[1])
        self.step = 0

    # -- what a step sees --------------------------------------------------------------------------------

    def batch(self, step: int) -> Batch:
        """Rows in an order shuffled anew each time all were seen, noise, and sigmas: logit-normal
        (arXiv 2403.03206, section 3.1), moved as the model's own schedule moves them, or a distilled model's few."""
        chance = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + step)
        size = self.plan.batch
        places = self._places(size, chance)
        dropout = self.plan.caption_dropout if self.model.family.guidance > 1.0 else 0.0
        return Batch(
            rows=tuple(self._row(step * size + place) for place in range(size)),
            noise=torch.randn(size, *self.data.tokens.shape[1:], generator=chance),
            sigmas=tuple(self.sigmas[place] for place in places),
            dropped=tuple(share < dropout for share in torch.rand(size, generator=chance).tolist()),
            corner=tuple(torch.rand(2, generator=chance).tolist()),
        )

    def _places(self, size: int, chance: torch.Generator) -> list[int]:
        """Which of the sigmas: of a distilled model any alike, for drawing meets each of them once."""
        count = len(self.sigmas)
        if not self.model.family.guidable:
            return torch.randint(count, (size,), generator=chance).tolist()
        places = torch.sigmoid(torch.randn(size, generator=chance)) * count
        return [min(int(place), count - 1) for place in places.tolist()]

    def _row(self, drawn_before: int) -> int:
        count = len(self.data.tokens)
        epoch, place = divmod(drawn_before, count)
        shuffled = torch.Generator().manual_seed(self.plan.seed * 1_000_033 + epoch)
        return int(torch.randperm(count, generator=shuffled)[place])

    def texts(self, batch: Batch) -> list[Tensor]:
        chosen = zip(batch.rows, batch.dropped, strict=True)
        return [self.data.blank if dropped else self.data.texts[row] for row, dropped in chosen]

    # -- losses ------------------------------------------------------------------------------------------

    def losses(self, batch: Batch, *, finish: bool) -> dict[str, Tensor]:
        """`loss` is what is minimised; the others are its parts, unweighted, of which `finish` asks for all."""
        device, dtype = self.model.device, self.model.dtype
        clean = self.data.tokens[list(batch.rows)].to(device).float()
        noise = batch.noise.to(device)
        sigmas = torch.tensor(batch.sigmas).to(device)
        noisy = torch.lerp(clean, noise, sigmas[:, None, None])
        texts, mask = pad_texts([text.to(device, dtype) for text in self.texts(batch)])
        velocity = self.model.denoiser(noisy.to(dtype), texts.padded(), sigmas, self.data.grid, mask).float()
        found = {"flow": F.mse_loss(velocity, noise - clean)}
        found["loss"] = found["flow"]
        if finish and self.plan.has_finish:
            # Of the row with the least noise, whose guess is clearest; a guess out of noise alone hardly counts.
            row = min(range(len(batch.rows)), key=batch.sigmas.__getitem__)
            guess = noisy[row : row + 1] - batch.sigmas[row] * velocity[row : row + 1]
            terms = self._finish(guess, batch.rows[row], batch.corner)
            found["loss"] = found["loss"] + (1.0 - batch.sigmas[row]) * terms.pop("weighted")
            found |= terms
        return found

    def _finish(self, guess: Tensor, row: int, corner: tuple[float, float]) -> dict[str, Tensor]:
        """The style terms of a guessed picture (1, tokens, channels) against the picture itself."""
        drawn, reference = self._decoded_crop(guess, row, corner)
        found: dict[str, Tensor] = {}
        weighted = drawn.new_zeros(())
        if self.features is not None:
            terms = cartoonisation(drawn, reference, self.features)
            found |= {field.name: getattr(terms, field.name) for field in dataclasses.fields(terms)}
            weighted = weighted + self.plan.cartoon * terms.total()
        if self.plan.saturation > 0:
            found["saturation"] = saturation_lack(drawn, reference, self.plan.target_saturation)
            weighted = weighted + self.plan.saturation * found["saturation"]
        return found | {"weighted": weighted}

    def _decoded_crop(self, guess: Tensor, row: int, corner: Sequence[float]) -> tuple[Tensor, Tensor]:
        """A square of the guess, decoded with its gradient, and the same of the picture: (1, 3, h, w) each."""
        model, scale = self.model, self.model.family.pixels_per_latent
        latents = unpack(guess, self.data.grid, model.family.patch) * model.latents_std + model.latents_mean
        height, width = latents.shape[2:]
        side = min(max(1, self.plan.crop // scale), height, width)
        top, left = (
            round(share * (room - side)) for share, room in zip(corner, (height, width), strict=True)
        )
        inside = latents[:, :, top : top + side, left : left + side].to(model.dtype)
        decoder: nn.Module = model.autoencoder.get_submodule("decoder")
        # Not `decode`, whose clamp has no gradient past the ends of the range.
        drawn = decoder(model.autoencoder.get_submodule("post_quant_conv")(inside)).float()
        where = slice(top * scale, (top + side) * scale), slice(left * scale, (left + side) * scale)
        reference = self.data.picture(row)[None, :, *where].to(model.device)
        return on_white(drawn), on_white(reference)

    # -- steps -------------------------------------------------------------------------------------------

    def train_step(self) -> dict[str, Tensor]:
        """One update; returns the losses, still on the device."""
        finish = self.step % self.plan.finish_every == 0
        found = self.losses(self.batch(self.step), finish=finish)
        self.optimiser.param_groups[0]["lr"] = self.learning_rate()
        self.optimiser.zero_grad()
        found["loss"].backward()
        nn.utils.clip_grad_norm_(self.learnt.values(), 1.0)
        self.optimiser.step()
        self.step += 1
        return {name: value.detach() for name, value in found.items()}

    def learning_rate(self) -> float:
        """It rises over the first steps and then stays, so that a run may be made longer later."""
        return self.plan.learning_rate * min(1.0, (self.step + 1) / max(1, self.plan.warm_up))
