"""What is written into a profiler's trace so that it can be read by stage: marks around a model's calls.

Knows no analysis. A mark's name is for people who look at the trace too: "pawlette: denoise step 3, 4 rows".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from torch.profiler import record_function

from pawlette.bench.unread import as_asked
from pawlette.engine.stages import Deliver, Model, Prefetching
from pawlette.job import Conditioning, Job, Latents, Picture, Pixels

STAGES = ("encode", "begin", "denoise", "decode", "deliver", "save")
WINDOW = "pawlette window"
MARK = re.compile(rf"pawlette: ({'|'.join(STAGES)})(?: step (\d+))?, (\d+) rows?")


class Named(NamedTuple):
    """What a mark's name says. `step` counts from 1, of the row that came first; None outside of denoising."""

    stage: str
    step: int | None
    rows: int


def mark(stage: str, rows: int = 1, step: int | None = None) -> record_function:
    """Around a call, in the thread that makes it."""
    at = "" if step is None else f" step {step}"
    return record_function(f"pawlette: {stage}{at}, {rows} row{'s' * (rows != 1)}")


def read_mark(name: str) -> Named | None:
    """What a mark's name says; None for any other name."""
    found = MARK.fullmatch(name)
    if found is None:
        return None
    return Named(found[1], None if found[2] is None else int(found[2]), int(found[3]))


class Marked:
    """The model given, with a mark around each of its calls; it reads texts as they were asked for (unread.py)."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def encode(self, jobs: Sequence[Job]) -> Sequence[Conditioning]:
        with mark("encode", len(jobs)):
            return self.model.encode([as_asked(job) for job in jobs])

    def begin(self, job: Job, conditioning: Conditioning) -> Latents:
        with mark("begin"):
            return self.model.begin(as_asked(job), conditioning)

    def prefetch(self, latents: Latents) -> None:
        if isinstance(self.model, Prefetching):
            with mark("begin"):
                self.model.prefetch(latents)

    def step(self, latents: Sequence[Latents]) -> Sequence[Latents]:
        with mark("denoise", len(latents), latents[0].at + 1):
            return self.model.step(latents)

    def decode(self, latents: Sequence[Latents]) -> Sequence[Pixels]:
        with mark("decode", len(latents)):
            return self.model.decode(latents)


def marked(deliver: Deliver) -> Deliver:
    """The same, with a mark around it."""

    def delivered(pixels: Pixels, seconds: dict[str, float]) -> Picture:
        with mark("deliver"):
            return deliver(pixels, seconds)

    return delivered
