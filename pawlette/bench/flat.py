"""Does memory stay flat over a long stream? Device and host memory, sampled beside it. Knows no rung and no model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pawlette import device as devices
from pawlette.job import Job
from pawlette.studio import Studio

EVERY = 0.2  # seconds between samples
MIB = 2**20
PAGE = 4096  # bytes, in which Linux counts
ALLOWED = 0.01  # of what is held: growth over the second half that still counts as flat
LEAST = 32.0  # MiB: and so does less than this


@dataclass(frozen=True, slots=True)
class Sample:
    """What was held when so many pictures were done, in MiB; None where nobody counts it."""

    done: int
    device: float | None
    host: float | None


def watched(studio: Studio, jobs: Sequence[Job], device: str) -> dict[str, Any]:
    """Stream all jobs, keeping nothing of them; how memory went."""
    samples, done, over = list[Sample](), [0], threading.Event()

    def sample() -> None:
        while not over.wait(EVERY):
            used = devices.used_memory(device)
            samples.append(Sample(done[0], None if used is None else used / MIB, host_memory()))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        for picture in studio.stream(jobs):
            picture.result()
            done[0] += 1
    finally:
        over.set()
        sampler.join()
    settled = [one for one in samples if one.done > len(jobs) // 2]
    return {
        "jobs": len(jobs), "samples": len(settled),
        "device": grown(settled, lambda one: one.device), "host": grown(settled, lambda one: one.host),
    }  # fmt: skip


def host_memory() -> float | None:
    """What this process holds of the host's memory, in MiB; None where there is no /proc."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / MIB
    return None


def grown(samples: Sequence[Sample], of: Callable[[Sample], float | None]) -> dict[str, Any] | None:
    """The straight line through the samples: MiB held, MiB a hundred jobs, and whether that is flat."""
    points = [(one.done, value) for one in samples if (value := of(one)) is not None]
    if len({done for done, _ in points}) < 2:
        return None
    middle = sum(done for done, _ in points) / len(points)
    mean = sum(value for _, value in points) / len(points)
    slope = sum((done - middle) * value for done, value in points) / sum((d - middle) ** 2 for d, _ in points)
    rise = slope * (points[-1][0] - points[0][0])
    return {
        "mean_mib": mean, "per_100_jobs_mib": 100 * slope, "rise_mib": rise,
        "flat": rise <= max(LEAST, ALLOWED * mean),
    }  # fmt: skip
