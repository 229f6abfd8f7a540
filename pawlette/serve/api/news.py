"""A listener's events with a limit to how long one waits for the next. Knows no HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pawlette.serve.jobs import Event
from pawlette.serve.listeners import Listener


class Ended(Exception):
    """There will be no more events: the server ends."""


class News:
    """`next` may be given up and asked again: no event is lost by it."""

    def __init__(self, listener: Listener) -> None:
        self._events = aiter(listener)
        self._coming: asyncio.Future[Event] | None = None

    async def next(self, seconds: float) -> Event | None:
        """The next event; None where none comes for so long. Raises Ended."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._events))
        await asyncio.wait({self._coming}, timeout=seconds)
        if not self._coming.done():
            return None
        coming, self._coming = self._coming, None
        try:
            return coming.result()
        except StopAsyncIteration:
            raise Ended from None

    async def close(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await self._coming


@asynccontextmanager
async def news_of(listener: Listener) -> AsyncIterator[News]:
    """The listener's events; in the end it is closed."""
    news = News(listener)
    try:
        yield news
    finally:
        listener.close()
        await news.close()
