"""How long pictures take, as far as was seen: for estimates and for "ask again in". Knows no store."""

from __future__ import annotations

import time
from collections.abc import Callable

NEWEST = 0.2  # share of the newest picture in what is expected


class Pace:
    """Running means of a picture's time and of the time between two, which is shorter where several are drawn."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self.ticks = ticks
        self.latency: float | None = None  # seconds from claim to picture
        self.between: float | None = None  # seconds from picture to picture, while there is work
        self._began: dict[str, float] = {}
        self._last = float("-inf")

    def began(self, job: str) -> None:
        self._began[job] = self.ticks()

    def forget(self, job: str) -> None:
        self._began.pop(job, None)

    def drew(self, job: str) -> None:
        now = self.ticks()
        if (began := self._began.pop(job, None)) is not None:
            self.latency = _mean(self.latency, now - began)
            self.between = _mean(self.between, now - max(began, self._last))
        self._last = now

    def wait(self, position: int) -> float | None:
        """Seconds until a job that waits at `position` will be done; None before anything was drawn."""
        if self.latency is None or self.between is None:
            return None
        return self.latency + position * self.between

    def rest(self, done: float) -> float | None:
        """Seconds that a job still takes of which this share of the steps is done."""
        return None if self.latency is None else self.latency * (1.0 - done)


def _mean(before: float | None, newest: float) -> float:
    return newest if before is None else before + NEWEST * (newest - before)
