"""A model of a few lines, so that engine, studio and command are tested without weights."""

import os
import time
from pathlib import Path

import torch

from pawlette.errors import BadModel, DrawingFailed
from pawlette.job import Conditioning, Job, Latents, Pixels
from pawlette.words import compose, read


class FakeModel:
    """Paints noise of the job's seed, a little darker with each step; counts what it was asked.

    `broken` pictures cannot be decoded, `broken_seeds` are those of the jobs whose pictures cannot; more than `fits`
    rows find no memory. `rows` lists the seeds of every step, `read` the texts and `decoded` the sizes of every group.
    """

    def __init__(self, *, broken: bool = False, broken_seeds: tuple[int, ...] = (), fits: int = 99) -> None:
        self.broken, self.broken_seeds, self.fits = broken, broken_seeds, fits
        self.calls: list[str] = []
        self.rows: list[list[int]] = []
        self.read: list[list[str]] = []
        self.decoded: list[int] = []

    def encode(self, jobs):
        self.calls.append("encode")
        self.read.append([job.prompt.text for job in jobs])
        return [Conditioning(torch.full((len(job.prompt.text), 4), 0.5)) for job in jobs]

    def begin(self, job, conditioning):
        noise = torch.rand(job.height, job.width, 4, generator=torch.Generator().manual_seed(job.seed))
        return Latents(job, conditioning, noise, tuple(1 - i / job.steps for i in range(job.steps + 1)))

    def step(self, latents):
        self.calls.append("step")
        self._check_memory(latents)
        assert len({one.job.shape for one in latents}) == 1
        self.rows.append([one.job.seed for one in latents])
        return [one.advanced(one.tensor * 0.9) for one in latents]

    def decode(self, latents):
        self._check_memory(latents)
        self.decoded.append(len(latents))
        if self.broken or any(one.job.seed in self.broken_seeds for one in latents):
            raise DrawingFailed("the latents are not finite")
        return [Pixels(one.job, (one.tensor * 255).to(torch.uint8)) for one in latents]

    def bring(self, stage):
        self.calls.append(f"bring {stage}")

    def _check_memory(self, latents):
        if len(latents) > self.fits:
            raise torch.OutOfMemoryError(f"{len(latents)} rows do not fit")


def make_job(text: str = "a cute panda", **changes) -> Job:
    settings = {"seed": 7, "width": 64, "height": 32, "steps": 3, "words": text} | changes
    return Job(prompt=compose(read(text)), **settings)


class DeadlyModel(FakeModel):
    """Ends its whole process at the seeds of `deadly`; where a file is named, only as long as that is not there.

    Takes its time over seeds of a thousand and more.
    """

    def __init__(self, deadly: tuple[int, ...], once: Path | None = None) -> None:
        super().__init__(broken_seeds=(13,))
        self.deadly, self.once = deadly, once

    def step(self, latents):
        if any(one.job.seed in self.deadly for one in latents) and not (self.once and self.once.exists()):
            if self.once:
                self.once.touch()
            os._exit(1)
        if any(one.job.seed >= 1000 for one in latents):
            time.sleep(0.05)
        return super().step(latents)


class RehearsingModel(FakeModel):
    """Wants one group for each job that it is told of, and remembers those."""

    def __init__(self):
        super().__init__()
        self.told = []

    def rehearsal(self, jobs, most):
        self.told += jobs
        yield jobs[:1]


def load_deadly(device: str, *, deadly: tuple[int, ...] = (), once: Path | None = None) -> FakeModel:
    """For a process of its own."""
    return DeadlyModel(deadly, once)


def load_nothing(device: str) -> FakeModel:
    raise BadModel(f"there is no model for {device}")


def load_for_studio(folder: Path, device: str) -> FakeModel:
    """As a Studio loads, for processes of their own."""
    return FakeModel()
