"""How far one way of drawing a job is from another: latents at every step, and pixels. Knows no engine and no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from pawlette.engine.stages import Model
from pawlette.job import Job
from pawlette.similarity import WINDOW, psnr, ssim


@dataclass(frozen=True, slots=True)
class Drawn:
    """One job's way to its picture, on the CPU."""

    latents: tuple[Tensor, ...]  # after each step: (tokens, channels) float32
    pixels: Tensor  # (height, width, channels) uint8


def trajectory(model: Model, jobs: Sequence[Job]) -> Drawn:
    """Draw jobs of one step count together, keeping what each step left of the first."""
    rows = [model.begin(job, read) for job, read in zip(jobs, model.encode(jobs), strict=True)]
    kept = []
    while not rows[0].done:
        rows = list(model.step(rows))
        kept.append(rows[0].tensor.float().cpu())
    (pixels,) = model.decode(rows[:1])
    return Drawn(tuple(kept), pixels.tensor.cpu())


def compare(ours: Drawn, reference: Drawn) -> dict[str, Any]:
    """Differences, PSNR in dB (None: nothing differs) against the reference's own range or 255, and SSIM."""
    apart = [((a - b).norm() / b.norm()).item() for a, b in zip(ours.latents, reference.latents, strict=True)]
    last, wanted = ours.latents[-1], reference.latents[-1]
    pixels, page = ours.pixels.float(), reference.pixels.float()
    return {
        "finite": bool(last.isfinite().all()),
        "relative_by_step": [round(value, 6) for value in apart],
        "latents_max": (last - wanted).abs().max().item(),
        "latents_psnr_db": decibels(last, wanted, (wanted.max() - wanted.min()).item()),
        "pixels_max": int((pixels - page).abs().max()),
        "pixels_psnr_db": decibels(pixels, page, 255.0),
        "pixels_ssim": likeness(pixels, page),
    }


def likeness(ours: Tensor, reference: Tensor) -> float | None:
    """SSIM of (height, width, channels) pixels from 0 to 255; None where they are smaller than its window."""
    if min(ours.shape[:2]) < WINDOW or not bool(ours.isfinite().all()):
        return None
    return round(ssim(*(one.permute(2, 0, 1)[None] / 127.5 - 1.0 for one in (ours, reference))), 6)


def decibels(ours: Tensor, reference: Tensor, span: float) -> float | None:
    """PSNR; None where nothing differs, and where a value is not finite."""
    ratio = psnr(ours, reference, span, most=math.inf)
    return round(ratio, 2) if math.isfinite(ratio) else None
