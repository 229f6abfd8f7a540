"""The instruments beside a measurement: NVML's figure, SM_UTIL, the processor's share, and who else is at work.

Knows no model. What an instrument cannot tell is None, and why is a sentence in `notes`: nothing is invented. The
package that asks NVML may be missing too; a measurement goes on without it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pawlette.bench.intervals import Interval, merged, total, within

if TYPE_CHECKING:
    from pawlette.bench.nvml import Card, Sample

EVERY = 1.0  # seconds between looks at the driver's ring buffer, which holds many more
BEFORE = 2.0  # seconds of the card's past in which it should have been idle
QUIET = 5.0  # percent: more than this before a measurement is somebody else's work
LOADED = 0.3  # of the cores


class Unseen(Exception):
    """An instrument tells nothing of this device; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Period:
    """One NVML sample: percent of a period, in seconds of time.perf_counter."""

    start: float
    end: float
    percent: float


@dataclass(slots=True)
class Watch:
    """What the instruments told while something ran; None where one told nothing. Whole when `watching` ends."""

    start: float
    end: float = 0.0
    periods: list[Period] = field(default_factory=list)
    sm_util: float | None = None  # percent of multiprocessors that were busy, a mean over the time
    processor: float = 0.0  # of all cores, how much this process used: 0 to 1

    def nvml(self, spans: Sequence[Interval] | None = None) -> float | None:
        """NVML's figure in percent, over all the time or over (start, end) spans of time.perf_counter."""
        if spans is not None:
            return weighted(self.periods, spans)
        inside = [one for one in self.periods if one.start >= self.start and one.end <= self.end]
        return weighted(inside or self.periods, [(self.start, self.end)])


def weighted(periods: Sequence[Period], spans: Sequence[Interval]) -> float | None:
    """The mean of samples by how much of each lies in the spans; None where none does."""
    bounds = merged(spans)
    shares = [(one.percent, total(within([(one.start, one.end)], bounds))) for one in periods]
    covered = sum(length for _, length in shares)
    return sum(percent * length for percent, length in shares) / covered if covered > 0 else None


class Gauge:
    """The instruments for one device. Close it. `notes`: what is not told here, and what may disturb."""

    def __init__(self, device: str) -> None:
        self.notes: list[str] = []
        self.card = self._card(device)
        self._note_load()
        if self.card is not None:
            if self.card.no_gpm:
                self.notes.append(f"{self.card.no_gpm}.")
            self._note_others(self.card)

    def __enter__(self) -> Gauge:
        return self

    def __exit__(self, *_: object) -> None:
        if self.card is not None:
            self.card.close()

    @property
    def driver(self) -> str | None:
        return None if self.card is None else self.card.driver

    def _card(self, device: str) -> Card | None:
        if not device.startswith("cuda"):
            self.notes.append(
                f"There is no NVIDIA card in use: the device is {device}, which NVML does not know."
            )
            return None
        try:
            from pawlette.bench.nvml import Card
        except ModuleNotFoundError as error:
            self.notes.append(
                f"NVML was not asked: {error.name} (nvidia-ml-py of the [bench] extra) is missing."
            )
            return None
        try:
            return Card(device)
        except Unseen as error:
            self.notes.append(f"No NVML figure: {error}.")
            return None

    def _note_load(self) -> None:
        if not hasattr(os, "getloadavg"):  # Windows
            return
        load, there = os.getloadavg()[0], cores()
        if load > LOADED * there:
            self.notes.append(
                f"The machine was not calm: its load was {load:.1f} on {there} cores before the start."
            )

    def _note_others(self, card: Card) -> None:
        if others := card.others():
            self.notes.append(f"The card was not ours alone: {others} other processes compute on it.")
        now = time.time()
        past = [one.percent for one in self._asked(now - BEFORE)]
        if past and sum(past) / len(past) > QUIET:
            self.notes.append(
                f"The card was at work before anything was asked of it: {sum(past) / len(past):.0f} % over "
                f"{BEFORE:.0f} s."
            )

    def _asked(self, since: float) -> list[Sample]:
        """The driver's samples; once it has none to give, that is noted and nothing is asked any more."""
        if self.card is None:
            return []
        try:
            return self.card.samples(since)
        except Unseen as error:
            self.notes.append(f"No NVML figure: {error}.")
            self.card.close()
            self.card = None
            return []

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Watch whatever runs inside; figures are there when it has ended."""
        end_gpm = (lambda: None) if self.card is None else self.card.begin_gpm()
        over, times = threading.Event(), list[tuple[float, float]]()
        skew = time.time() - time.perf_counter()
        watch, used = Watch(time.perf_counter()), time.process_time()
        before = self._asked(watch.start + skew - 2 * BEFORE)
        last = before[-1].time if before else watch.start + skew

        def collect() -> None:
            while not over.wait(EVERY):
                times.extend((one.time, one.percent) for one in self._asked(times[-1][0] if times else last))

        collector = threading.Thread(target=collect, daemon=True)
        if self.card is not None:
            collector.start()
        try:
            yield watch
        finally:
            watch.end = time.perf_counter()
            watch.sm_util = end_gpm()
            watch.processor = (time.process_time() - used) / (watch.end - watch.start) / cores()
            over.set()
            if collector.ident is not None:
                collector.join()
                times.extend((one.time, one.percent) for one in self._asked(times[-1][0] if times else last))
            for moment, percent in times:
                watch.periods.append(Period(last - skew, moment - skew, percent))
                last = moment


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
