"""A wall clock that does not jump. Knows no job.

Waiting times, leases and retention are reckoned by it, so that a corrected or mistaken system clock neither expires
jobs nor deletes pictures.
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]  # seconds since 1970


def steady_clock(not_before: float = 0.0) -> Clock:
    """The system's time, read once and counted on from there; never before `not_before`, the last known time."""
    start, counted = max(time.time(), not_before), time.monotonic()
    return lambda: start + (time.monotonic() - counted)
