"""A list a stage at a time, for a device that cannot hold a whole model: all is read, all denoised, then all decoded.

The model's parts change places once a stage instead of once a picture. Knows no thread and no file format; its plain
twin is `run_inline`.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from itertools import groupby
from time import perf_counter
from typing import Protocol

from pawlette.engine.denoise import Rolling
from pawlette.engine.encode import Encoder
from pawlette.engine.groups import attempt, run_group
from pawlette.engine.limits import BatchLimit, Memory
from pawlette.engine.stages import Deliver, Model, OnStep
from pawlette.job import Job, Latents, Picture

AT_ONCE = 256  # jobs between two swaps: what lies between the stages is small beside a model's parts


class MovableModel(Model, Protocol):
    """A model whose parts can take turns on its device."""

    def bring(self, stage: str) -> None:
        """Have there what "encode", "denoise" or "decode" needs, and nothing else."""


def run_in_stages(
    model: MovableModel, jobs: Sequence[Job], deliver: Deliver, *, device: str = "cpu", batch: int | None = None,
    on_step: OnStep | None = None,
) -> Iterator[Picture | Exception]:  # fmt: skip
    """For each job, in order, its picture or its error. `batch` is as in the Pipeline."""
    for start in range(0, len(jobs), AT_ONCE):
        yield from _pass(model, jobs[start : start + AT_ONCE], deliver, device, batch, on_step)


def _pass(
    model: MovableModel, jobs: Sequence[Job], deliver: Deliver, device: str, batch: int | None, on_step: OnStep | None
) -> Iterator[Picture | Exception]:  # fmt: skip
    def limit() -> BatchLimit:
        return BatchLimit(batch, Memory.of(device))

    seconds: dict[str, float] = {}  # a picture's share of each stage

    def timed(
        stage: str, act: Callable[[], dict[int, Latents | Exception]]
    ) -> dict[int, Latents | Exception]:
        start = perf_counter()
        model.bring(stage)
        made = act()
        seconds[stage] = (perf_counter() - start) / len(jobs)
        return made

    begun = timed("encode", lambda: dict(Encoder(model, limit())(list(enumerate(jobs)))))
    done = timed("denoise", lambda: denoise_all(Rolling(model, limit()), begun, on_step))
    model.bring("decode")
    yield from _decode_all(model, [done[index] for index in range(len(jobs))], limit(), deliver, seconds)


def denoise_all(
    rolling: Rolling[int], begun: dict[int, Latents | Exception], on_step: OnStep | None
) -> dict[int, Latents | Exception]:
    """Every row to its end, or its error; one shape after the other, each batch filled as soon as there is room."""
    ended: dict[int, Latents | Exception] = {i: one for i, one in begun.items() if isinstance(one, Exception)}
    waiting: dict[Hashable, deque[tuple[int, Latents]]] = {}
    for index, latents in begun.items():
        if isinstance(latents, Latents):
            waiting.setdefault(latents.job.shape, deque()).append((index, latents))
    for shape, queue in waiting.items():
        while queue or rolling.rows:
            while queue and rolling.room(shape) > 0:
                rolling.join(shape, [queue.popleft()])
            for index, now in rolling.step():
                if isinstance(now, Exception) or now.done:
                    ended[index] = now
                if on_step is not None and isinstance(now, Latents):
                    on_step(now.at)
    return ended


def _decode_all(
    model: Model, rows: Sequence[Latents | Exception], limit: BatchLimit, deliver: Deliver, seconds: dict[str, float]
) -> Iterator[Picture | Exception]:  # fmt: skip
    """In order; neighbours of one shape share a decode, within the limit."""

    def kind(one: Latents | Exception) -> Hashable:
        return one.job.shape if isinstance(one, Latents) else None

    for shape, same in groupby(rows, kind):
        queue = list(same)
        if shape is None:
            yield from (one for one in queue if isinstance(one, Exception))
            continue
        whole = [one for one in queue if isinstance(one, Latents)]
        while whole:
            most = limit.of(shape)
            group, whole = whole[:most], whole[most:]
            start = perf_counter()
            decoded = run_group(model.decode, [(None, one) for one in group], limit, shape)
            taken = seconds | {"decode": (perf_counter() - start) / len(group)}
            for _, pixels in decoded:
                if isinstance(pixels, Exception):
                    yield pixels
                else:
                    yield attempt(partial(deliver, pixels, dict(taken)))
