"""Teaches a copy of the denoiser to draw in few steps of one forward each what it draws in many guided ones.

The student's grid has `steps` intervals; the teacher crosses each of them in `substeps` guided Euler steps of the same
shifted schedule, and the student learns the velocity that leads there in one (progressive distillation on a fixed grid,
arXiv 2202.00512, with the guidance folded in, arXiv 2210.03142). Pictures in the making go on from where the student
itself has led them, half of the time, so that it learns to mend its own errors. Knows latents and tokens only.
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

from pawlette.train.denoiser import Painter, make_optimisers
from pawlette.train.ema import Average
from pawlette.train.latents import LatentSet, padded, text_mask
from pawlette.train.preview import sigma_schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to distil, and into what."""

    seconds: float
    steps: int = 8  # of the student
    substeps: int = 2  # of the teacher in each of them
    guidance: float = 3.0
    shift: float = 2.0
    own_path: float = 0.5  # share of the pictures that go on from the student's own step
    batch: int = 512
    learning_rate: float = 3e-4
    grid: tuple[int, int] = (16, 16)
    seed: int = 0


class Distiller:
    """Keeps a batch of pictures in the making, each at its own step; every update moves all of them one step on."""

    def __init__(
        self,
        teacher: Painter,
        student: Painter,
        unconditional: list[int],
        length: int,
        plan: Plan,
        device: str,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.device = plan, device
        self.teacher = teacher.to(device).eval().requires_grad_(False)
        self.student = student.to(device)
        self.student.text.requires_grad_(False)  # what the words mean has been learnt
        self.optimisers = make_optimisers(self.student, plan.learning_rate)
        self.average = Average(self.student, 0.995)
        compiled: Callable = torch.compile if device == "cuda" else lambda f: f
        self.predict = compiled(self.student.denoiser)
        self.predict_taught = compiled(self.teacher.denoiser)
        self.fine = torch.tensor(sigma_schedule(plan.steps * plan.substeps, plan.shift), device=device)
        self.blank = padded(unconditional, length, device)
        self.blank_length = len(unconditional)
        self.step = 0
        self.pictures: Tensor  # (batch, tokens, channels): latents in the making
        self.at: Tensor  # (batch,) int64: which of the student's steps comes next
        self.tokens: Tensor  # (batch, length)
        self.lengths: Tensor  # (batch,)

    def begin(self, data: LatentSet) -> None:
        """Fill the batch with pictures at every step: drawn ones with noise, for want of the student's own."""
        size = self.plan.batch
        rows = self._rows(data)
        (self.tokens, self.lengths), clean = data.captions(rows), data.latents[rows].float()
        self.at = torch.arange(size, device=self.device) % self.plan.steps
        sigmas = self.fine[self.at * self.plan.substeps][:, None, None]
        self.pictures = torch.lerp(clean, torch.randn_like(clean), sigmas)

    def _rows(self, data: LatentSet) -> Tensor:
        return torch.randint(len(data.latents), (self.plan.batch,), device=self.device)

    def _mask(self, lengths: Tensor) -> Tensor:
        return text_mask(lengths, self.tokens.shape[1])

    @torch.no_grad()
    def taught(self, start: Tensor, embeds: Tensor, mask: Tensor) -> Tensor:
        """Where the guided teacher is after one of the student's steps from `start`."""
        count = len(start)
        blank = self.teacher.embed(self.blank[None]).expand(count, -1, -1)
        texts = torch.cat([embeds, blank])
        masks = torch.cat(
            [mask, self._mask(self.lengths.new_full((1,), self.blank_length)).expand(count, -1)]
        )
        here = start
        for substep in range(self.plan.substeps):
            now = self.fine[self.at * self.plan.substeps + substep]
            after = self.fine[self.at * self.plan.substeps + substep + 1]
            both = self.predict_taught(
                torch.cat([here, here]), texts, torch.cat([now, now]), self.plan.grid, masks
            )
            asked, unasked = both.float().chunk(2)
            here = here + (after - now)[:, None, None] * (unasked + self.plan.guidance * (asked - unasked))
        return here

    def train_step(self, data: LatentSet, share: float) -> Tensor:
        """One update at `share` of the run done; returns the loss, still on the device."""
        rate = (
            self.plan.learning_rate
            * min(1.0, (self.step + 1) / 50)
            * (0.02 + 0.49 * (1 + math.cos(math.pi * share)))
        )
        for optimiser in self.optimisers:
            optimiser.param_groups[0]["lr"] = rate
            optimiser.zero_grad()
        loss, goal, own = self._loss()
        loss.backward()
        nn.utils.clip_grad_norm_(self.student.denoiser.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.average.update(self.student)
        self._move_on(goal, own, data)
        return loss.detach()

    def _loss(self) -> tuple[Tensor, Tensor, Tensor]:
        """The loss, and where the teacher and the student go from here."""
        now = self.fine[self.at * self.plan.substeps]
        stride = (self.fine[(self.at + 1) * self.plan.substeps] - now)[:, None, None]
        mask = self._mask(self.lengths)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            with torch.no_grad():
                embeds = self.teacher.embed(self.tokens)
            goal = self.taught(self.pictures, embeds, mask)
            velocity = self.predict(self.pictures, embeds, now, self.plan.grid, mask).float()
        loss = F.mse_loss(velocity, (goal - self.pictures) / stride)
        return loss, goal, self.pictures + stride * velocity.detach()

    @torch.no_grad()
    def _move_on(self, goal: Tensor, own: Tensor, data: LatentSet) -> None:
        """Each picture one step on, along its own way or the teacher's; finished ones give way to new noise."""
        size = self.plan.batch
        follows = torch.rand(size, 1, 1, device=self.device) < self.plan.own_path
        moved = torch.where(follows, own, goal)
        ended = self.at + 1 == self.plan.steps
        tokens, lengths = data.captions(self._rows(data))
        self.pictures = torch.where(ended[:, None, None], torch.randn_like(moved), moved)
        self.tokens = torch.where(ended[:, None], tokens, self.tokens)
        self.lengths = torch.where(ended, lengths, self.lengths)
        self.at = torch.where(ended, 0, self.at + 1)

    def warm_up(self, data: LatentSet) -> None:
        """Compile on the first batch, which leaves no trace in the weights."""
        self.begin(data)
        self._loss()[0].backward()
        self.student.zero_grad()

    def run(self, data: LatentSet, log_path: Path, *, say: Callable[[str], None] = print) -> None:
        """Distil for the plan's seconds; writes the loss curve."""
        self.warm_up(data)
        start, recent = time.monotonic(), []
        with log_path.open("w", newline="") as file:
            curve = csv.writer(file)
            curve.writerow(["seconds", "step", "loss", "pictures_per_second"])
            while (elapsed := time.monotonic() - start) < self.plan.seconds:
                recent.append(self.train_step(data, elapsed / self.plan.seconds))
                if self.step % 25 == 0:
                    loss = torch.stack(recent).mean().item()
                    recent.clear()
                    speed = self.step * self.plan.batch / (time.monotonic() - start)
                    curve.writerow([round(elapsed, 1), self.step, round(loss, 5), round(speed)])
                    file.flush()
                    if self.step % 100 == 0:
                        say(f"distil step {self.step} {elapsed:.0f}s loss {loss:.4f} {speed:.0f} pictures/s")
