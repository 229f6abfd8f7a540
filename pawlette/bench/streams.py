"""A stream of jobs from the front desk to files on disk: seconds in all, and until each file. Knows no report.

All jobs are asked for at once; a picture's latency ends when its file is whole.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pawlette import device as devices
from pawlette.bench.busy import Busy, watch
from pawlette.bench.gauge import Gauge, Watch
from pawlette.bench.preload import preloading
from pawlette.bench.rungs import Rung
from pawlette.engine.deliver import deliver
from pawlette.job import Job, Picture
from pawlette.studio import Studio

WINDOW = 1.5  # seconds of trace: more of it takes long to read
LEAD = 1.0  # seconds that the tracer is on before: more than the host asks ahead
TICK = 0.005


@dataclass(frozen=True, slots=True)
class Streamed:
    """What one stream took, in seconds, and what the instruments told meanwhile; None where they tell nothing."""

    seconds: float
    latencies: tuple[float, ...]
    watch: Watch | None = None

    @property
    def per_minute(self) -> float:
        return 60.0 * len(self.latencies) / self.seconds


def stream(
    studio: Studio, rung: Rung, jobs: Sequence[Job], folder: Path, on_file: Callable[[int], None] = lambda _: None,
    *, gauge: Gauge | None = None,
) -> Streamed:  # fmt: skip
    """Draw all jobs the rung's way. `on_file` hears how many files are there."""
    with nullcontext(None) if gauge is None else gauge.watching() as watch:
        start, latencies = time.perf_counter(), []
        for number, picture in enumerate(_pictures(studio, rung, jobs)):
            picture.save(folder / f"{number}.png")
            latencies.append(time.perf_counter() - start)
            on_file(number + 1)
        seconds = time.perf_counter() - start
    return Streamed(seconds, tuple(latencies), watch)


def alone(
    studio: Studio, rung: Rung, jobs: Sequence[Job], folder: Path, until: Callable[[], bool]
) -> list[float]:
    """Seconds of single requests, from asking to the file, each behind the last one's end; until it is enough."""
    took: list[float] = []
    for job in jobs:
        if took and until():
            break
        took.append(stream(studio, rung, [job], folder).seconds)
    return took


def _pictures(studio: Studio, rung: Rung, jobs: Sequence[Job]) -> Iterator[Picture]:
    if rung.inline:
        yield from (studio.draw(job) for job in jobs)
        return
    if rung.preload:
        finish = partial(deliver, labels=studio.labels())
        yield from preloading(studio.load(), jobs, finish, devices.choose(studio.device))
        return
    for future in [studio.submit(job) for job in jobs]:
        yield future.result()


def busy(studio: Studio, rung: Rung, jobs: Sequence[Job], folder: Path, window: float = WINDOW) -> Busy:
    """How busy kernels keep the device in the middle of a stream: traced, so its throughput counts for nothing."""
    files = [0]
    with ThreadPoolExecutor(1) as other:
        done = other.submit(stream, studio, rung, jobs, folder, lambda there: files.__setitem__(0, there))

        def until(share: float, seconds: float) -> None:
            end = time.perf_counter() + seconds
            while not done.done() and files[0] < share * len(jobs) and time.perf_counter() < end:
                time.sleep(TICK)

        until(0.25, float("inf"))
        return watch(lambda: until(0.75, window), lead=LEAD, ended=done.result)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, int(-(-share * len(ordered) // 1)) - 1))]


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)}


def spread(values: Sequence[float]) -> dict[str, float]:
    """Of rounds or runs: the one in the middle and both extremes."""
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def told_by(watches: Sequence[Watch | None]) -> dict[str, float | None]:
    """Medians of what the instruments told of each stream: NVML and SM_UTIL in percent, the processor from 0 to 1."""
    seen = [one for one in watches if one is not None]
    figures: dict[str, list[float | None]] = {
        "nvml": [one.nvml() for one in seen], "sm_util": [one.sm_util for one in seen],
        "processor_share": [one.processor for one in seen],
    }  # fmt: skip
    known = {name: [one for one in values if one is not None] for name, values in figures.items()}
    return {name: statistics.median(values) if values else None for name, values in known.items()}
