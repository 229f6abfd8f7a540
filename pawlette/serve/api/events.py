"""Server-sent events of jobs, with Last-Event-ID: kept events come from the store, in order, whatever was missed."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from pawlette.errors import JobsError
from pawlette.serve.api.answers import picture_path
from pawlette.serve.api.bodies import EventsQuery, JobId
from pawlette.serve.api.jobs import find
from pawlette.serve.api.problems import Problem, retry_after
from pawlette.serve.api.room import Known, Room, ThisRoom
from pawlette.serve.api.stream import EventStream
from pawlette.serve.jobs import Event

router = APIRouter(tags=["events"])
PING = 15.0  # seconds
MANY = 200  # kept events read at once
FINAL = frozenset({"done", "failed", "cancelled", "expired"})
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Server-sent events."}
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
    if after is not None and record.state.is_final and not await _kept(room, after, job=job):
        return Response(status_code=204)
    return _stream(room, after or 0, job=job)


@router.get("/v1/events", response_class=EventStream, responses=STREAM)
async def all_events(query: Annotated[EventsQuery, Query()], request: Request, room: ThisRoom, asker: Known,
                     last: LastEventId = None) -> Response:  # fmt: skip
    """What happens to all jobs that the asker may see; does not end."""
    after = _after(last, query)
    if after is None:
        after = await anyio.to_thread.run_sync(room.desk.store.last_event)
    return _stream(room, after, owner=asker.scope)


def _after(last: str | None, query: EventsQuery) -> int | None:
    return query.after if last is None else int(last)


async def _kept(room: Room, after: int, *, job: str | None = None, owner: str | None = None) -> tuple[Event, ...]:
    jobs = None if job is None else (job,)
    return await anyio.to_thread.run_sync(
        lambda: room.desk.store.events(after, jobs=jobs, owner=owner, limit=MANY)
    )


def _stream(room: Room, after: int, *, job: str | None = None, owner: str | None = None) -> Response:
    if len(room.hub) >= room.config.limits.listeners:
        room.metrics.limited.labels("listeners").inc()
        raise Problem(429, "too_many_listeners", "Too many event streams are open.", headers=retry_after(5))
    return EventStream(follow(room, after, job=job, owner=owner))


async def follow(room: Room, after: int, *, job: str | None = None, owner: str | None = None) -> AsyncGenerator[bytes, None]:
    """The bytes of an event stream, until its job has ended or the server does."""
    mine = await _ownership(room, job, owner)
    with room.hub.listen(lambda event: mine(event)) as listener:
        yield KEEPALIVE_COMMENT  # the head goes out now, not with the first event
        news = True
        while not listener.closed:
            while news:
                kept = await _kept(room, after, job=job, owner=owner)
                for event in kept:
                    after = event.id or after
                    yield encode(event)
                    if job is not None and event.kind in FINAL:
                        return
                news = len(kept) == MANY
            fleeting, news = await listener.wait(PING)
            for event in fleeting:
                yield encode(event)
            if not fleeting and not news:
                yield KEEPALIVE_COMMENT
                if job is not None and await anyio.to_thread.run_sync(_is_gone, room, job):
                    return


def _is_gone(room: Room, job: str) -> bool:
    try:
        room.desk.store.get(job)
    except JobsError:
        return True
    return False


async def _ownership(room: Room, job: str | None, owner: str | None) -> Callable[[Event], bool]:
    """Whether an event is for this stream. An owner's jobs are looked up once each, off the event loop's back."""
    if job is not None:
        return lambda event: event.job == job
    if owner is None:
        return lambda event: True
    known: dict[str, bool] = {}

    def is_mine(event: Event) -> bool:
        # Kept events are read from the store, which knows their owner; a fleeting one follows a kept one of its job.
        if event.id is not None:
            return True
        if event.job not in known:
            if len(known) > 1000:
                known.clear()
            try:
                known[event.job] = room.desk.store.get(event.job).order.owner == owner
            except JobsError:
                return False
        return known[event.job]

    return is_mine


def encode(event: Event) -> bytes:
    """One event as it goes over the wire."""
    data = {"job": event.job, "at": event.at} | _plain(event)
    ident = None if event.id is None else str(event.id)
    return format_sse_event(event=event.kind, id=ident, data_str=json.dumps(data, separators=(",", ":")))


def _plain(event: Event) -> Mapping[str, Any]:
    """The event's data as JSON: a preview's bytes in base64, a picture's file as the address that serves it."""
    data = dict(event.data)
    if event.kind == "preview":
        data["b64"] = base64.b64encode(data.pop("picture", b"")).decode("ascii")
    elif event.kind == "done":
        data["picture"] = picture_path(event.job)
    return data
