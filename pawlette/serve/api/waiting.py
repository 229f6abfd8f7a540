"""Waiting for the pictures of one request, with what is seen of them on the way. Knows no format of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import anyio
import anyio.to_thread
from starlette.types import Receive

from pawlette.errors import PawletteError
from pawlette.serve.api.news import Ended, news_of
from pawlette.serve.api.problems import Problem, problem_of, retry_after
from pawlette.serve.api.room import Room
from pawlette.serve.jobs import Event, Record, State

LOOK = 1.0  # seconds after which the store is asked although nothing was told


class Gone(Exception):
    """The client went away."""


async def watch(room: Room, records: Sequence[Record]) -> AsyncGenerator[Record | Event, None]:
    """Each preview of the jobs as it comes, and each record as soon as it is final; ends behind the last.

    Raises the Problem of waiting too long, of a server that ends before they are begun, and of jobs that are deleted.
    """
    open_jobs = {record.id for record in records}
    deadline = asyncio.get_running_loop().time() + room.config.limits.wait_seconds
    async with news_of(room.desk.listen(jobs=tuple(open_jobs), after=0)) as news:
        event = None
        while True:
            if event is None or event.id is not None:  # fleeting ones change nothing in the store
                for record in await anyio.to_thread.run_sync(_looked_at, room, tuple(open_jobs)):
                    if record.state.is_final:
                        open_jobs.discard(record.id)
                        yield record
                    elif record.state is State.QUEUED and room.ending.is_set():
                        raise ending()
                if not open_jobs:
                    return
            if (left := deadline - asyncio.get_running_loop().time()) <= 0:
                raise Problem(503, "waited_too_long", "The pictures took too long.", headers=retry_after(30))
            try:
                event = await news.next(min(LOOK, left))
            except Ended:
                raise ending() from None
            if event is not None and event.kind == "preview":
                yield event


def ending() -> Problem:
    return Problem(503, "draining", "The server ends; ask again soon.", headers=retry_after(5))


def _looked_at(room: Room, jobs: Sequence[str]) -> list[Record]:
    try:
        return [room.desk.store.get(job) for job in jobs]
    except PawletteError as error:
        raise problem_of(error) from None


async def cancel(room: Room, records: Sequence[Record]) -> None:
    """Nobody waits for these any more; also where the task that says so is being cancelled itself."""
    with anyio.CancelScope(shield=True):
        await anyio.to_thread.run_sync(_cancel, room, [record.id for record in records])


def _cancel(room: Room, jobs: Sequence[str]) -> None:
    for job in jobs:
        try:
            room.desk.cancel(job)
        except PawletteError as error:
            room.log.fault(error, doing="cancel")


async def until_gone(receive: Receive) -> None:
    """Returns when the client has gone; the request's body was read before."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def collect(room: Room, records: Sequence[Record], receive: Receive) -> list[Record]:
    """All final records in their order; raises Gone as soon as the client is."""
    found: dict[str, Record] = {}

    async def drawn() -> None:
        async with aclosing(watch(room, records)) as news:
            async for made in news:
                if isinstance(made, Record):
                    found[made.id] = made

    drawing, leaving = asyncio.create_task(drawn()), asyncio.create_task(until_gone(receive))
    try:
        await asyncio.wait({drawing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not drawing.done():
            raise Gone
        drawing.result()
    finally:
        drawing.cancel()
        leaving.cancel()
        await asyncio.gather(drawing, leaving, return_exceptions=True)
    return [found[record.id] for record in records]
