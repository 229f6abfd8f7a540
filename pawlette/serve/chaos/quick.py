"""A quick model that needs no weights, and the faults that a trial may strike with. Knows no server.

The engine, the gate and the labels are the real ones; only encode, begin, step and decode are stood in for.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from pawlette.errors import BadModel, DrawingFailed
from pawlette.job import Conditioning, Job, Latents, Pixels
from pawlette.studio import BUILTIN, Studio

POISON, UNDRAWABLE = 666_000, 13_000  # seeds: one ends its process, of one no picture comes
STEP = 0.03  # seconds that a step of every row takes, without a processor


class QuickModel:
    """Paints the seed's colour with soft noise; takes STEP a step."""

    def encode(self, jobs: Sequence[Job]) -> list[Conditioning]:
        return [Conditioning(torch.zeros(1, 4)) for _ in jobs]

    def begin(self, job: Job, conditioning: Conditioning) -> Latents:
        noise = torch.rand(4, generator=torch.Generator().manual_seed(job.seed))
        return Latents(job, conditioning, noise, tuple(1 - at / job.steps for at in range(job.steps + 1)))

    def step(self, latents: Sequence[Latents]) -> list[Latents]:
        time.sleep(STEP)
        if any(row.job.seed == POISON and row.at >= 1 for row in latents):
            os.kill(os.getpid(), signal.SIGKILL)
        return [row.advanced(row.tensor * 0.98) for row in latents]

    def decode(self, latents: Sequence[Latents]) -> list[Pixels]:
        if any(row.job.seed == UNDRAWABLE for row in latents):
            raise DrawingFailed("what came out is no picture (not finite)")
        return [Pixels(row.job, _colour(row)) for row in latents]


def _colour(row: Latents) -> torch.Tensor:
    colour = (row.tensor * 255).to(torch.uint8)
    colour[3] = 255
    return colour.expand(row.job.height, row.job.width, 4).contiguous()


def load_quick(folder: Path, device: str) -> QuickModel:
    return QuickModel()


def load_none(folder: Path, device: str) -> QuickModel:
    raise BadModel("there is no model, for the sake of this trial")


def make_studio(kind: str) -> Studio:
    """ "quick", "none" (a model that cannot be loaded) or "builtin"."""
    load = {"quick": load_quick, "none": load_none, "builtin": None}[kind]
    return Studio(BUILTIN, device="cpu", load=load)


def strike(folder: Path, point: str) -> None:
    """What happens at a named point: a file "kill-saved-*" in `folder` ends the process that takes it, once; a file
    "full" is a full disk for as long as it is there.
    """
    if point == "saving" and (folder / "full").exists():
        raise OSError(errno.ENOSPC, "No space left on device")
    for armed in folder.glob(f"kill-{point}-*"):
        try:
            armed.unlink()
        except FileNotFoundError:
            continue  # another process took it
        os.kill(os.getpid(), signal.SIGKILL)


def arm(folder: Path, point: str, count: int) -> None:
    """`count` processes will end at this point."""
    for index in range(count):
        (folder / f"kill-{point}-{index}").touch()


def at_point(folder: Path) -> partial[None]:
    return partial(strike, folder)
