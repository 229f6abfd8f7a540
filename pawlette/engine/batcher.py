"""Which waiting jobs go together. Pure: no threads, no clock, no tensors, no model.

Jobs wait in queues by key: what must agree within a batch, such as the shape. They are read (encoded) first, the
oldest first, and then join a batch of their key. A queue that is long, or whose jobs are not yet read, holds up no
other: what is there joins.

The fairness rule: a waiting job is overtaken by at most `patience` jobs that came after it. Once it has been, nothing
but the oldest job may start; a batch of another key then empties, and the oldest begins the next one. So a job starts,
at the latest, behind all that came before it and `patience` that came after.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Asked]):
    """A job in its queue; numbers follow the order of arrival."""

    number: int
    key: Hashable
    item: Asked


class Batcher(Generic[Asked, Read]):
    """The queues. `ahead`: how many jobs of a key may be read before their turn, so that memory stays bounded."""

    def __init__(self, *, patience: int = 16, ahead: int = 16) -> None:
        if patience < 1 or ahead < 1:
            raise ValueError(f"patience and ahead are at least 1; got {patience}, {ahead}")
        self.patience, self.ahead = patience, ahead
        self._unread: dict[Hashable, deque[Waiting[Asked]]] = {}
        self._reading: dict[int, Waiting[Asked]] = {}
        self._read: dict[Hashable, list[tuple[int, Read]]] = {}  # heaps: groups may come back in any order
        self._arrived = self._left = 0

    def __len__(self) -> int:
        return self._arrived - self._left

    def put(self, key: Hashable, item: Asked) -> None:
        self._unread.setdefault(key, deque()).append(Waiting(self._arrived, key, item))
        self._arrived += 1

    # -- reading -------------------------------------------------------------------------------------------------

    def to_read(self, most: int) -> list[Waiting[Asked]]:
        """The oldest that are unread, of any key, but for keys of which enough is read already."""
        group: list[Waiting[Asked]] = []
        while len(group) < most:
            heads = [queue[0] for key, queue in self._unread.items() if self._is_wanted(key)]
            if not heads:
                break
            first = min(heads, key=lambda waiting: waiting.number)
            self._unread[first.key].popleft()
            if not self._unread[first.key]:
                del self._unread[first.key]
            self._reading[first.number] = first
            group.append(first)
        return group

    def _is_wanted(self, key: Hashable) -> bool:
        ready = len(self._read.get(key, ())) + sum(w.key == key for w in self._reading.values())
        return ready < self.ahead

    def read(self, waiting: Waiting[Asked], item: Read) -> None:
        """A job that `to_read` gave is read: it may join a batch."""
        del self._reading[waiting.number]
        heapq.heappush(self._read.setdefault(waiting.key, []), (waiting.number, item))

    def drop(self, waiting: Waiting[Asked]) -> None:
        """A job that `to_read` gave will not be drawn."""
        del self._reading[waiting.number]
        self._left += 1

    # -- joining -------------------------------------------------------------------------------------------------

    def join(self, key: Hashable, room: Callable[[Hashable], int]) -> tuple[Hashable, list[Read]]:
        """Who starts now: of `key` while a batch of it runs, else (None) of the key of the oldest that is read.

        `room` says how many more a batch of a key holds.
        """
        joined: list[Read] = []
        while True:
            number, found = self._next(key)
            if number is None or len(joined) >= room(found):
                return key, joined
            key = found
            joined.append(heapq.heappop(self._read[key])[1])
            if not self._read[key]:
                del self._read[key]
            self._left += 1

    def _next(self, key: Hashable | None) -> tuple[int | None, Hashable]:
        """The number and key of the one that may start next, if there is one."""
        heads = ((heap[0][0], own) for own, heap in self._read.items() if key in (None, own))
        first, own = min(heads, key=lambda head: head[0], default=(None, None))
        # All that came before the oldest have left, so the others that left have overtaken it.
        oldest = self._oldest()
        worn_out = oldest is not None and self._left - oldest >= self.patience
        return (None, None) if worn_out and first != oldest else (first, own)

    def _oldest(self) -> int | None:
        numbers = [queue[0].number for queue in self._unread.values()]
        numbers += [heap[0][0] for heap in self._read.values()]
        return min([*numbers, *self._reading], default=None)
