"""How many rows may share one forward: a number that was given, or as many as memory allows. Knows no model.

Measured on the first row of each key, alone: what it needs on top of what was held before. A batch that did not fit
all the same is halved for good.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pawlette import device as devices

MOST = 16  # rows: a larger batch gains nothing more on the cards that were measured
SHARE = 0.8  # of free memory: neighbouring stages need some too


@dataclass(frozen=True, slots=True)
class Memory:
    """What a device tells of its memory, in bytes; None where it does not count."""

    used: Callable[[], int | None]
    free: Callable[[], int | None]
    peak: Callable[[], int | None]
    forget_peak: Callable[[], None]

    @classmethod
    def of(cls, device: str) -> "Memory":
        return cls(
            lambda: devices.used_memory(device),
            lambda: devices.free_memory(device),
            lambda: devices.peak_memory(device),
            lambda: devices.forget_peak_memory(device),
        )


class BatchLimit:
    """One stage's limits by key. Where nothing is given and memory is not counted, rows go alone."""

    def __init__(self, given: int | None, memory: Memory) -> None:
        if given is not None and given < 1:
            raise ValueError(f"a batch has at least 1 row; got {given}")
        self.given, self.memory = given, memory
        self._found: dict[Hashable, int] = {}

    def of(self, key: Hashable) -> int:
        return self._found.get(key, self.given or 1)

    def halve(self, key: Hashable, tried: int) -> None:
        """`tried` rows did not fit."""
        self._found[key] = max(1, tried // 2)

    @contextmanager
    def measuring(self, key: Hashable) -> Iterator[None]:
        """Around a forward: the first of a key finds its limit."""
        before = None if self.given is not None or key in self._found else self.memory.used()
        if before is None:
            yield
            return
        self.memory.forget_peak()
        yield
        peak, free = self.memory.peak(), self.memory.free()
        if peak is not None and free is not None:
            room = int(SHARE * free / max(1, peak - before))
            self._found[key] = min(MOST, max(1, room))
