"""Events from the desk's threads to those who listen in the event loop. Knows no HTTP.

A kept event only says that there is something new: the listener reads the store, which has them all in order. So
nothing is lost or doubled, however slow a listener is. Fleeting events (steps, previews) are passed on, and dropped
for who does not keep up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pawlette.serve.jobs import Event

DEPTH = 64  # fleeting events that wait for one listener
Wants = Callable[[Event], bool]


class Listener:
    """`news` is set by `wait` where the store has something new."""

    def __init__(self, wants: Wants) -> None:
        self._wants = wants
        self._wake = asyncio.Event()
        self._fleeting = deque[Event](maxlen=DEPTH)
        self._news = self._closed = False

    def tell(self, event: Event) -> None:
        if not self._wants(event):
            return
        if event.id is None:
            self._fleeting.append(event)
        else:
            self._news = True
        self._wake.set()

    def close(self) -> None:
        """The server ends."""
        self._closed = True
        self._wake.set()

    @property
    def closed(self) -> bool:
        return self._closed

    async def wait(self, seconds: float) -> tuple[list[Event], bool]:
        """Fleeting events, and whether the store has kept ones; nothing and False after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return [], False
        self._wake.clear()
        fleeting, news = list(self._fleeting), self._news
        self._fleeting.clear()
        self._news = False
        return fleeting, news


class Hub:
    """Made in the event loop; `publish` may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners = set[Listener]()
        self._closed = False

    def __len__(self) -> int:
        return len(self._listeners)

    def publish(self, event: Event) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell, event)
        except RuntimeError:  # the loop is closed: nobody listens any more
            return

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener.tell(event)

    @contextmanager
    def listen(self, wants: Wants) -> Iterator[Listener]:
        listener = Listener(wants)
        self._listeners.add(listener)
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        self._closed = True
        for listener in self._listeners:
            listener.close()
