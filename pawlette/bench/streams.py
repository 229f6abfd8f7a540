"""A stream of jobs from the front desk to files on disk: seconds in all, and until each file. Knows no report.

All jobs are asked for at once; a picture's latency ends when its file is whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pawlette.bench.busy import Busy, watch
from pawlette.bench.rungs import Rung
from pawlette.job import Job, Picture
from pawlette.studio import Studio

WINDOW = 1.5  # seconds of trace: more of it takes long to read
LEAD = 1.0  # seconds that the tracer is on before: more than the host asks ahead
TICK = 0.005


@dataclass(frozen=True, slots=True)
class Streamed:
    """What one stream took, in seconds."""

    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_minute(self) -> float:
        return 60.0 * len(self.latencies) / self.seconds


def stream(
    studio: Studio, rung: Rung, jobs: Sequence[Job], folder: Path, on_file: Callable[[int], None] = lambda _: None
) -> Streamed:  # fmt: skip
    """Draw all jobs the rung's way. `on_file` hears how many files are there."""
    start, latencies = time.perf_counter(), []
    for number, picture in enumerate(_pictures(studio, rung, jobs)):
        picture.save(folder / f"{number}.png")
        latencies.append(time.perf_counter() - start)
        on_file(number + 1)
    return Streamed(time.perf_counter() - start, tuple(latencies))


def _pictures(studio: Studio, rung: Rung, jobs: Sequence[Job]) -> Iterator[Picture]:
    if rung.inline:
        yield from (studio.draw(job) for job in jobs)
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
        seen = watch(lambda: until(0.75, window), LEAD)
        done.result()
    return seen


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, int(-(-share * len(ordered) // 1)) - 1))]
