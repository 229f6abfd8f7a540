"""Who listens to events: each with a place in the kept ones and a small heap of fleeting ones. Knows no HTTP.

A slow listener holds nobody up and loses no kept event, since it reads those from the store at its own pace; of
fleeting ones it hears the newest.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence

from pawlette.serve.jobs import Event, JobStore

FLEETING = 32  # unheard ones that are kept for a listener


class Listener:
    """One subscription: `async for event in listener`. Ends with `close`, or when the server ends. `owner` may be
    changed meanwhile; what was read before comes nevertheless."""

    def __init__(
        self, store: JobStore, after: int, jobs: Collection[str] | None, owner: str | None,
        forget: Callable[[Listener], None],
    ) -> None:  # fmt: skip
        self.jobs, self.owner = None if jobs is None else frozenset(jobs), owner
        self._store, self._after, self._forget = store, after, forget
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        self._news.set()  # there may be something that was missed
        self._fleeting: deque[Event] = deque(maxlen=FLEETING)
        self._closed = False

    def wants(self, event: Event) -> bool:
        return (self.jobs is None or event.job in self.jobs) and self.owner in (None, event.owner)

    def tell(self, event: Event | None) -> None:
        """From any thread: a fleeting event, or None where there is something new in the store."""
        if event is not None:
            self._fleeting.append(event)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def close(self) -> None:
        """From any thread."""
        self._closed = True
        self._forget(self)
        self.tell(None)

    async def __aiter__(self) -> AsyncIterator[Event]:
        try:
            while not self._closed:
                await self._news.wait()
                self._news.clear()
                while True:
                    kept = await asyncio.to_thread(self._read)
                    # What was told on the way to these is here by now: a preview comes before the end of its job.
                    while self._fleeting:
                        yield self._fleeting.popleft()
                    for event in kept:
                        yield event
                    if not kept:
                        break
        finally:
            self._forget(self)

    def _read(self) -> Sequence[Event]:
        if self._closed:
            return ()
        kept = self._store.events(self._after, jobs=self.jobs, owner=self.owner, limit=100)
        if kept:
            self._after = kept[-1].id or self._after
        return kept


class Listeners:
    """All of them. `pump` tells them that the store has news."""

    def __init__(self, store: JobStore) -> None:
        self._store, self._lock = store, threading.Lock()
        self._all: set[Listener] = set()
        self._seen = store.last_event()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, after: int | None, jobs: Collection[str] | None, owner: str | None) -> Listener:
        """A new one, in a running event loop; after None: from now on."""
        start = self._store.last_event() if after is None else after
        listener = Listener(self._store, start, jobs, owner, self._drop)
        with self._lock:
            self._all.add(listener)
        return listener

    def pump(self) -> tuple[Event, ...]:
        """Wake who wants what is new in the store, which is returned."""
        news: list[Event] = []
        while found := self._store.events(self._seen):
            news += found
            self._seen = found[-1].id or self._seen
        for event in news:
            self._tell(event, None)
        return tuple(news)

    def fleeting(self, event: Event) -> None:
        self._tell(event, event)

    def close(self) -> None:
        for listener in self._copy():
            listener.close()

    def _tell(self, event: Event, said: Event | None) -> None:
        for listener in self._copy():
            if listener.wants(event):
                listener.tell(said)

    def _copy(self) -> tuple[Listener, ...]:
        with self._lock:
            return tuple(self._all)

    def _drop(self, listener: Listener) -> None:
        with self._lock:
            self._all.discard(listener)
