"""Token buckets, one for each name: so many a second, and so many at once. Knows no HTTP; the clock is given."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOST_NAMES = 10_000  # the one that was quiet for longest is forgotten: it is full again by then


class Buckets:
    """`rate` tokens a second flow into each bucket, which holds `burst`."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._levels = OrderedDict[str, tuple[float, float]]()  # name -> tokens, when
        self._lock = threading.Lock()

    def take(self, name: str, tokens: float = 1.0) -> float:
        """0.0 where the tokens were there and are taken; else the seconds until they will be, and none is taken.

        More tokens than a bucket holds are never there: infinity.
        """
        if tokens > self.burst:
            return float("inf")
        with self._lock:
            now = self._clock()
            level, when = self._levels.pop(name, (self.burst, now))
            level = min(self.burst, level + max(0.0, now - when) * self.rate)
            missing = tokens - level
            self._levels[name] = (level if missing > 0 else level - tokens, now)
            if len(self._levels) > MOST_NAMES:
                self._levels.popitem(last=False)
        return missing / self.rate if missing > 0 else 0.0
