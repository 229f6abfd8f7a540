"""Trains the built-in model's denoiser and text tower together, by flow matching. Knows latents and tokens only.

Rectified flow (arXiv 2209.03003, equation 1): x = (1 - s) picture + s noise, and the model predicts noise - picture.
Sigmas are logit-normal (arXiv 2403.03206, section 3.1), moved towards noise. A share of the captions is dropped,
so that guidance has an unconditional twin.
"""

import csv
import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLTextConfig
from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLTextModel

from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config
from pawlette.train.ema import Average
from pawlette.train.latents import LatentSet, padded, text_mask


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train. A run may be cut into calls: `done_before` says how much lies behind."""

    seconds: float  # of this call
    total_seconds: float  # of the whole run: the learning rate falls towards its end
    done_before: float = 0.0
    batch: int = 512
    learning_rate: float = 1e-3
    caption_dropout: float = 0.1
    sigma_mean: float = 0.4  # of the logit-normal: above 0 leans towards noise
    grid: tuple[int, int] = (16, 16)
    seed: int = 0


class Painter(nn.Module):
    """Text tower and denoiser as one: token ids and noisy latents in, velocity out."""

    def __init__(self, text: Qwen3VLTextConfig, denoiser: Denoiser21Config) -> None:
        super().__init__()
        self.text = Qwen3VLTextModel(text)
        self.text.norm = nn.Identity()  # the denoiser reads the state before the final norm
        self.denoiser = Denoiser21(denoiser)
        self.initialise()

    def initialise(self) -> None:
        """Blocks start near the identity and the output at zero: the usual start of diffusion transformers."""
        for module in self.denoiser.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
        depth = len(self.denoiser.transformer_blocks)
        for name, weight in self.denoiser.named_parameters():
            if name.endswith(("attn.to_out.0.weight", "img_mlp.out.weight")):
                weight.data.mul_(1.0 / math.sqrt(2 * depth))
            if name == "modulation.1.weight":
                nn.init.normal_(weight, std=0.02)  # small gates of either sign
        nn.init.zeros_(self.denoiser.norm_out.linear.weight)
        nn.init.zeros_(self.denoiser.proj_out.weight)

    def embed(self, tokens: Tensor) -> Tensor:
        """(batch, length) -> (batch, length, width). Padding stands behind: a causal tower never sees it."""
        return self.text(input_ids=tokens.long(), use_cache=False).last_hidden_state


def learning_rate(plan: Plan, step_of_call: int, share: float) -> float:
    """Warm-up at each call (the optimiser starts anew), level, then a linear fall over the last third."""
    return plan.learning_rate * min(1.0, (step_of_call + 1) / 200) * min(1.0, max(0.01, (1.0 - share) / 0.33))


def make_optimisers(painter: Painter, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for what is left (embeddings, norms, first and last layers)."""
    blocks = [p for p in painter.denoiser.transformer_blocks.parameters() if p.dim() == 2]
    in_blocks = {id(p) for p in blocks}
    others = [p for p in painter.parameters() if id(p) not in in_blocks]
    return [
        torch.optim.Muon(blocks, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.95), weight_decay=0.01),
    ]


class Trainer:
    """Holds what a run needs between steps; `run` trains until this call's time is up."""

    def __init__(
        self, painter: Painter, unconditional: list[int], length: int, plan: Plan, device: str
    ) -> None:
        torch.manual_seed(plan.seed + int(plan.done_before))
        self.painter, self.plan, self.device = painter.to(device), plan, device
        self.optimisers = make_optimisers(self.painter, plan.learning_rate)
        self.average = Average(self.painter, 0.9995)
        compiled: Callable = torch.compile if device == "cuda" else lambda f: f
        self.predict = compiled(self.painter.denoiser)
        self.blank = padded(unconditional, length, device)
        self.blank_length = len(unconditional)
        self.step = 0

    def warm_up(self) -> None:
        """Compile on random data, which leaves no trace in the weights."""
        size, length = self.plan.batch, len(self.blank)
        tokens = self.blank.expand(size, -1)
        lengths = torch.randint(1, length, (size,), device=self.device)
        self.loss(
            torch.randn(size, math.prod(self.plan.grid), 64, device=self.device), tokens, lengths
        ).backward()
        self.painter.zero_grad()

    def batch(self, data: LatentSet) -> tuple[Tensor, Tensor, Tensor]:
        """Random latents, each with one of its captions or the blank one."""
        size = self.plan.batch
        rows = torch.randint(len(data.latents), (size,), device=self.device)
        tokens, lengths = data.captions(rows)
        dropped = torch.rand(size, device=self.device) < self.plan.caption_dropout
        tokens = torch.where(dropped[:, None], self.blank, tokens)
        lengths = torch.where(dropped, self.blank_length, lengths)
        return data.latents[rows].float(), tokens, lengths

    def loss(self, clean: Tensor, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Mean squared error of the velocity at random sigmas."""
        noise = torch.randn_like(clean)
        sigmas = torch.sigmoid(torch.randn(len(clean), device=self.device) + self.plan.sigma_mean)
        noisy = torch.lerp(clean, noise, sigmas[:, None, None])
        mask = text_mask(lengths, tokens.shape[1])
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            velocity = self.predict(noisy, self.painter.embed(tokens), sigmas, self.plan.grid, mask)
        return F.mse_loss(velocity.float(), noise - clean)

    def train_step(self, data: LatentSet, share: float) -> Tensor:
        """One update at `share` of the whole run done; returns the loss, still on the device."""
        rate = learning_rate(self.plan, self.step, share)
        for optimiser in self.optimisers:
            optimiser.param_groups[0]["lr"] = rate
            optimiser.zero_grad()
        loss = self.loss(*self.batch(data))
        loss.backward()
        nn.utils.clip_grad_norm_(self.painter.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        if self.step % 2 == 0:
            self.average.update(self.painter)
        return loss.detach()

    def forget(self) -> None:
        """Begin the average anew: after a change of latents the old weights are worth little."""
        self.average = Average(self.painter, self.average.decay)

    def run(
        self,
        data: LatentSet,
        log_path: Path,
        *,
        stop: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = print,
    ) -> None:
        """Train for what is left of this call's seconds, or until `stop`, adding to the loss curve."""
        start, first, recent = time.monotonic(), self.step, list[Tensor]()
        new = not log_path.exists()
        with log_path.open("a", newline="") as file:
            curve = csv.writer(file)
            if new:
                curve.writerow(["seconds", "step_of_call", "loss", "pictures_per_second"])
            while (elapsed := time.monotonic() - start) < self.plan.seconds:
                done = self.plan.done_before + elapsed
                recent.append(self.train_step(data, done / self.plan.total_seconds))
                if self.step % 100 == 0:
                    loss = torch.stack(recent).mean().item()
                    recent.clear()
                    speed = (self.step - first) * self.plan.batch / (time.monotonic() - start)
                    curve.writerow([round(done, 1), self.step, round(loss, 5), round(speed)])
                    file.flush()
                    if self.step % 500 == 0:
                        say(f"denoiser step {self.step} {done:.0f}s loss {loss:.4f} {speed:.0f} pictures/s")
                    if stop():
                        break
        self.plan = dataclasses.replace(
            self.plan,
            seconds=max(0.0, self.plan.seconds - elapsed),
            done_before=self.plan.done_before + elapsed,
        )
