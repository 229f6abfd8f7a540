"""Server-sent events of jobs, with Last-Event-ID: kept events come from the store, in order, whatever was missed."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from pawlette.errors import JobsError
from pawlette.serve.api.answers import picture_path
from pawlette.serve.api.bodies import EventsQuery, JobId
from pawlette.serve.api.jobs import find
from pawlette.serve.api.news import Ended, news_of
from pawlette.serve.api.room import Known, Room, ThisRoom, check_streams, one_stream
from pawlette.serve.api.sight import Sight
from pawlette.serve.api.stream import EventStream
from pawlette.serve.jobs import Event, Record

router = APIRouter(tags=["events"])
PING = 15.0  # seconds
FINAL = frozenset({"done", "failed", "cancelled", "expired"})
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "Server-sent events.",
    }
}
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", pattern=r"^[0-9]{1,16}$")]


@router.get("/v1/jobs/{job}/events", response_class=EventStream,
            responses=STREAM | {204: {"description": "The job has ended, and all its events were seen."}})  # fmt: skip
async def job_events(
    job: JobId, query: Annotated[EventsQuery, Query()], request: Request, room: ThisRoom, asker: Known,
    last: LastEventId = None,
) -> Response:  # fmt: skip
    """What happens to one job; ends behind its last event."""
    record = await anyio.to_thread.run_sync(find, room, asker, job)
    after = _after(last, query)
    over = after is not None and record.state.is_final
    if over and not await anyio.to_thread.run_sync(_missed, room, after or 0, job):
        return Response(status_code=204)
    return _stream(room, Sight(room, request, asker), after or 0, record)


@router.get("/v1/events", response_class=EventStream, responses=STREAM)
async def all_events(query: Annotated[EventsQuery, Query()], request: Request, room: ThisRoom, asker: Known,
                     last: LastEventId = None) -> Response:  # fmt: skip
    """What happens to all jobs that the asker may see, for as long as they may; does not end by itself."""
    after = _after(last, query)
    if after is None:
        after = await anyio.to_thread.run_sync(room.desk.store.last_event)
    return _stream(room, Sight(room, request, asker), after)


def _after(last: str | None, query: EventsQuery) -> int | None:
    return query.after if last is None else int(last)


def _missed(room: Room, after: int, job: str) -> bool:
    return bool(room.desk.store.events(after, jobs=(job,), limit=1))


def _stream(room: Room, sight: Sight, after: int, record: Record | None = None) -> Response:
    owner = sight.owner or "-"
    check_streams(room, owner)
    events = follow(room, after, sight) if record is None else follow_one(room, after, sight, record)
    return EventStream(counted(room, owner, events))


async def counted(room: Room, owner: str, events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same events, and one stream more of this owner while they last."""
    with one_stream(room, owner):
        async with aclosing(events):
            async for event in events:
                yield event


async def follow(room: Room, after: int, sight: Sight) -> AsyncGenerator[bytes, None]:
    """The bytes of a stream of all events in sight, until whoever opened it is let in no more, or the server ends."""
    listener = room.desk.listen(owner=sight.scope, after=after)
    async with news_of(listener) as news:
        yield KEEPALIVE_COMMENT  # the head goes out now, not with the first event
        with suppress(Ended):
            while True:
                event = await news.next(PING)
                if not sight.lasts():
                    return
                listener.owner = sight.scope
                if event is None:
                    yield KEEPALIVE_COMMENT
                elif sight.sees(event.owner):  # else it was read while an adult looked on
                    yield encode(event)


async def follow_one(room: Room, after: int, sight: Sight, record: Record) -> AsyncGenerator[bytes, None]:
    """The same of one job, until it has ended or is out of sight."""
    async with news_of(room.desk.listen(jobs=(record.id,), after=after)) as news:
        yield KEEPALIVE_COMMENT
        with suppress(Ended):
            while True:
                event = await news.next(PING)
                if not sight.lasts() or not sight.sees(record.order.owner):
                    return
                if event is not None:
                    yield encode(event)
                    if event.kind in FINAL:
                        return
                else:
                    yield KEEPALIVE_COMMENT
                    if await anyio.to_thread.run_sync(_is_gone, room, record.id):
                        return


def _is_gone(room: Room, job: str) -> bool:
    try:
        room.desk.store.get(job)
    except JobsError:
        return True
    return False


def encode(event: Event) -> bytes:
    """One event as it goes over the wire."""
    data = {"job": event.job, "at": event.at} | _plain(event)
    ident = None if event.id is None else str(event.id)
    return format_sse_event(event=event.kind, id=ident, data_str=json.dumps(data, separators=(",", ":")))


def _plain(event: Event) -> dict[str, Any]:
    """The event's data as JSON: a preview's bytes in base64, a picture's file as the address that serves it."""
    data = dict(event.data)
    if event.kind == "preview":
        data["b64"] = base64.b64encode(data.pop("picture", b"")).decode("ascii")
    elif event.kind == "done":
        data["picture"] = picture_path(event.job)
    return data
