"""The study's double buffer: while a picture is drawn, a thread reads the next one's text and makes its noise.

What came before the pipelined engine, kept as a rung of the ladder: denoising, decoding and saving still take turns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter

import torch

from pawlette.device import Lane, Mark
from pawlette.engine.pipeline import tensors_of
from pawlette.engine.stages import Deliver, Model
from pawlette.job import Job, Latents, Picture

DEPTH = 2  # pictures that are read ahead: the study's queue


def preloading(model: Model, jobs: Sequence[Job], deliver: Deliver, device: str) -> Iterator[Picture]:
    """The jobs' pictures in their order; raises the error of the first that fails."""
    beside, own = Lane(device), Lane(device, torch.get_num_threads())

    def read(job: Job) -> tuple[Latents, Mark]:
        with beside:
            (conditioning,) = model.encode([job])
            return model.begin(job, conditioning), beside.mark()

    with ThreadPoolExecutor(1) as reader:
        ready = deque[Future[tuple[Latents, Mark]]](reader.submit(read, job) for job in jobs[:DEPTH])
        for job in [*jobs[DEPTH:], *[None] * min(DEPTH, len(jobs))]:
            latents, mark = ready.popleft().result()
            if job is not None:
                ready.append(reader.submit(read, job))
            yield _drawn(model, latents, mark, own, deliver)


def _drawn(model: Model, latents: Latents, mark: Mark, lane: Lane, deliver: Deliver) -> Picture:
    start = perf_counter()
    with lane:
        lane.follow(mark, tensors_of(latents))
        while not latents.done:
            (latents,) = model.step([latents])
        (pixels,) = model.decode([latents])
        return deliver(pixels, {"denoise and decode": perf_counter() - start})
