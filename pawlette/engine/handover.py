"""A bounded hand-over between two stages' threads. Knows no stage.

Whoever puts waits while it is full, so that a slow stage slows those before it and little memory lies between them.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class HandOver(Generic[Item]):
    """At most `depth` items wait here, or as many as who puts one says; `putters` threads put, and any number takes."""

    def __init__(self, depth: int = 1, putters: int = 1) -> None:
        self.depth, self._putters = depth, putters
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._abandoned = False

    def put(self, item: Item, depth: int | None = None) -> None:
        """Hand on, as soon as there is room: behind `depth` items at most. Once abandoned, nothing waits or is kept."""
        most = self.depth if depth is None else depth
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < most or self._abandoned)
            if not self._abandoned:
                self._items.append(item)
            self._changed.notify_all()

    def take(self, most: int | None = None) -> list[Item]:
        """All that waits, or so many of it, as soon as something does; nothing when nothing will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or not self._putters)
            items = [self._items.popleft() for _ in range(min(len(self._items), most or len(self._items)))]
            self._changed.notify_all()
            return items

    def end(self) -> None:
        """One that put will put nothing more."""
        with self._changed:
            self._putters = max(0, self._putters - 1)
            self._changed.notify_all()

    def abandon(self) -> None:
        """Nobody takes any more, or nobody puts: let go of whoever waits."""
        with self._changed:
            self._putters, self._abandoned = 0, True
            self._items.clear()
            self._changed.notify_all()
