"""What an engine tells of its own work while it works: rows of each step, and seconds by the device's own clock.

Nothing waits in order to measure: places in a device's order are noted on the way and read, by whoever asks, once the
device has passed them. A device without a clock of its own (a CPU) tells rows alone. Knows no model and no door.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MOST_OPEN = 10_000  # pieces of work whose end is not read yet; beyond, the oldest is not counted


class Place(Protocol):
    """A place in a device's order of work that knows its time: a CUDA event with timing."""

    def query(self) -> bool:
        """Whether the device has passed it."""

    def elapsed_time(self, end: Any, /) -> float:
        """Milliseconds from here to a later place; less than nothing to an earlier one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What came about since they were taken last."""

    rows: Mapping[int, int]  # rows that a step was made of -> how many such steps
    stages: tuple[tuple[str, float], ...] = ()  # stage and seconds of each picture, by the device's clock
    busy: float | None = None  # seconds in which the device had a stage's work; None: it has no clock

    def __bool__(self) -> bool:
        return bool(self.rows or self.stages or self.busy)


@dataclass(frozen=True, slots=True)
class Piece:
    """Work of a stage between two places, and how many pictures it finished that stage of, which began `since`."""

    stage: str
    start: Place
    end: Place
    since: tuple[Place, ...]


class Tally:
    """Filled by the engine's threads, emptied by whoever calls `take`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows = Counter[int]()
        self._open = deque[Piece](maxlen=MOST_OPEN)
        self._latest: Place | None = None  # the latest end that was counted as busy
        self._is_timed = False

    def stepped(self, rows: int) -> None:
        """A denoising step was made of so many rows."""
        with self._lock:
            self._rows[rows] += 1

    def worked(
        self, stage: str, start: Place | None, end: Place | None, since: Iterable[Place | None]
    ) -> None:
        """A stage's work between two places, in which it finished the pictures that it had begun `since`."""
        if start is None or end is None:
            return
        with self._lock:
            self._is_timed = True
            self._open.append(Piece(stage, start, end, tuple(place for place in since if place is not None)))

    def take(self) -> Figures:
        """What is known since the last time. Asks the device what it has passed, and waits for nothing."""
        with self._lock:
            rows, self._rows = self._rows, Counter()
            passed = []
            while self._open and self._open[0].end.query():
                passed.append(self._open.popleft())
        stages = tuple(
            (piece.stage, since.elapsed_time(piece.end) / 1e3) for piece in passed for since in piece.since
        )
        busy = self._covered(passed) if self._is_timed else None
        return Figures(rows, stages, busy)

    def _covered(self, passed: list[Piece]) -> float:
        """Seconds that the pieces cover beyond what was counted before; where they overlap, once."""
        if not passed:
            return 0.0
        zero = self._latest or passed[0].start
        covered, until, latest = 0.0, 0.0 if self._latest else float("-inf"), self._latest
        spans = [
            (zero.elapsed_time(piece.start), zero.elapsed_time(piece.end), piece.end) for piece in passed
        ]
        for start, end, place in sorted(spans, key=lambda span: span[:2]):
            if end > until:
                covered += end - max(start, until)
                until, latest = end, place
        self._latest = latest
        return covered / 1e3
