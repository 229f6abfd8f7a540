"""`pawlette serve --comfyui`: ComfyUI's API over the jobs of the serving door. The two doors meet here alone.

A prompt is one request of the store: its id, as a UUID, is that of the request, so that nothing else need be kept.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import websockets  # noqa: F401  uvicorn's own need
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from pawlette.comfyui.api.desk import (
    Desk,
    Happening,
    NewPrompt,
    News,
    NotLetIn,
    Part,
    Plan,
    Prompt,
    Refusal,
    Stage,
)
from pawlette.comfyui.api.frontend import find_frontend
from pawlette.comfyui.api.routes import FRONTEND_PAGES, FRONTEND_SOCKETS, PROGRAMS, SOCKETS, routes
from pawlette.errors import BadJob, KeyReused, PawletteError, UnknownJob
from pawlette.job import Job
from pawlette.serve.api.jobs import SOON, accept, check_open_text, digest_of, kept_for
from pawlette.serve.api.news import Ended, news_of
from pawlette.serve.api.news import News as Told
from pawlette.serve.api.problems import Problem, problem_of
from pawlette.serve.api.reading import count_reading
from pawlette.serve.api.room import Asker, Room, check_streams, known_at, one_stream, spend_pictures
from pawlette.serve.api.sight import Sight
from pawlette.serve.jobs import Entry, Idempotency, Record, State
from pawlette.studio import Accepted, Studio, version

__all__ = ["PROGRAMS", "SOCKETS", "comfyui_door", "comfyui_routes"]
MOST_OPEN = 1000  # pictures that are looked at for the queue
PAGE, MOST_PAGES = 200, 50  # pictures that are looked at for the history, at once and in all
STAGES = {
    State.QUEUED: Stage.WAITING, State.RUNNING: Stage.RUNNING, State.DONE: Stage.DONE, State.FAILED: Stage.FAILED,
    State.CANCELLED: Stage.CANCELLED, State.EXPIRED: Stage.FAILED,
}  # fmt: skip
FINAL = tuple(state for state in State if state.is_final)


Make = Callable[[Room], Sequence[BaseRoute]]


def comfyui_routes(room: Room, frontend: Path | None = None) -> Sequence[BaseRoute]:
    return routes(RoomFront(room), frontend)


def comfyui_door(frontend: str | None) -> tuple[Make, dict[str, Any]]:
    """The door's routes, and what Config is told of them. `frontend`: ComfyUI's own, by folder; raises BadJob."""
    if frontend is None:
        return comfyui_routes, {"programs": PROGRAMS, "sockets": SOCKETS}
    make = partial(comfyui_routes, frontend=find_frontend(frontend))
    return make, {"programs": PROGRAMS, "sockets": SOCKETS | FRONTEND_SOCKETS, "pages": FRONTEND_PAGES}


class RoomFront:
    """`Front` of a room of the serving door."""

    def __init__(self, room: Room) -> None:
        self._room = room

    @property
    def studio(self) -> Studio:
        return self._room.desk.studio

    @property
    def version(self) -> str:
        return version()

    async def desk(self, connection: HTTPConnection) -> Desk:
        try:
            asker = known_at(self._room, connection)
            return RoomDesk(self._room, asker, Sight(self._room, connection, asker))
        except Problem as problem:
            if connection.scope["type"] == "websocket":
                raise NotLetIn from problem
            raise

    def refusal(self, error: Exception) -> Refusal | None:
        if isinstance(error, PawletteError):
            problem = problem_of(error)
            if problem.status >= 500:
                self._room.log.fault(error)
        elif isinstance(error, Problem):
            problem = error
        else:
            return None
        return Refusal(problem.status, problem.code, problem.message, problem.headers)


class RoomDesk:
    """`Desk` of one asker."""

    def __init__(self, room: Room, asker: Asker, sight: Sight) -> None:
        self._room, self._asker, self._sight = room, asker, sight

    @property
    def owner(self) -> str:
        return self._asker.owner or ""

    @property
    def kept_seconds(self) -> float:
        kept = self._room.preferences.now
        return kept.retention_days * 86400.0 if kept.history else SOON

    def submit(self, new: NewPrompt) -> Prompt:
        room, asker = self._room, self._asker
        check_open_text(room, asker)
        spend_pictures(room, asker, len(new.pictures), repeated=new.id is not None)
        entries = [self._entry(new, at, node, accepted) for at, (node, accepted) in enumerate(new.pictures)]
        repeated = None
        if new.id is not None:
            repeated = Idempotency(f"comfyui:{new.id}", digest_of({"prompt": dict(new.workflow)}))
        elif new.once is not None:
            repeated = Idempotency(f"comfyui-once:{new.once}", digest_of({"prompt": dict(new.workflow)}))
        records, is_new = accept(room, entries, repeated)
        if new.once is not None and not is_new:
            raise KeyReused("this key came with an earlier request, whose job is there")
        for entry in entries:
            count_reading(room.metrics, entry.understood)
        return _prompt(records)

    def _entry(self, new: NewPrompt, at: int, node: str, accepted: Accepted) -> Entry:
        """The first picture of a prompt carries what belongs to all of it."""
        job, room = accepted.job, self._room
        style, negative = asked_with(room.desk.studio, job)
        entry = room.desk.read(
            job.words, seed=job.seed, size=(job.width, job.height), steps=job.steps, guidance=job.guidance, style=style,
            transparent=job.transparent, finish=job.finish, previews=new.previews, negative=negative,
            sampling=job.sampling, priority=int(new.front and self._asker.adult),
            **kept_for(room, self._asker),
        )  # fmt: skip
        place = {"node": node} | ({} if at else {"plan": new.plan.to_dict()})
        papers = {} if at else {"workflow": new.workflow, "extra": new.extra}
        order = dataclasses.replace(entry.order, place=place, papers=papers)
        id = uuid.UUID(new.id).hex if new.id is not None and at == 0 else ""
        return dataclasses.replace(entry, order=order, id=id)

    def prompt(self, id: str) -> Prompt | None:
        return self._of_request(uuid.UUID(id).hex)

    def prompt_of(self, job: str) -> Prompt | None:
        record = self._record(job)
        return None if record is None else self._of_request(record.request)

    def _record(self, job: str) -> Record | None:
        """A picture of a workflow that the asker may see."""
        try:
            record = self._room.desk.get(job)
        except UnknownJob:
            return None
        return record if record.order.place and self._asker.sees(record) else None

    def _of_request(self, request: str) -> Prompt | None:
        most = self._room.desk.settings.most_in_a_request
        records = self._room.desk.page(request=request, owner=self._asker.scope, limit=most).records[::-1]
        return _prompt(records) if records and "plan" in records[0].order.place else None

    def remaining(self) -> int:
        return self._room.desk.counts().open

    def open(self) -> tuple[Prompt, ...]:
        desk, scope = self._room.desk, self._asker.scope
        running = desk.page(states=(State.RUNNING,), owner=scope, limit=MOST_OPEN).records
        return self._whole((*running[::-1], *desk.queue(owner=scope, limit=MOST_OPEN)))

    def _whole(self, records: Sequence[Record]) -> tuple[Prompt, ...]:
        """The prompts that pictures belong to, in the order of these."""
        requests = dict.fromkeys(record.request for record in records if record.order.place)
        return tuple(one for request in requests if (one := self._of_request(request)) is not None)

    def ended(self, limit: int, offset: int = 0) -> tuple[Prompt, ...]:
        found: dict[str, Prompt] = {}
        before: int | None = None
        for _ in range(MOST_PAGES):
            page = self._room.desk.page(states=FINAL, owner=self._asker.scope, before=before, limit=PAGE)
            for prompt in self._whole(page.records):
                if prompt.stage.is_final and prompt.was_begun:
                    found.setdefault(prompt.id, prompt)
            before = page.next
            if before is None or len(found) >= limit + offset:
                break
        return tuple(found.values())[offset : offset + limit]

    def newest(self, limit: int, before: int | None = None) -> tuple[tuple[Prompt, ...], int | None]:
        found: dict[str, Prompt] = {}
        for _ in range(MOST_PAGES):
            page = self._room.desk.page(owner=self._asker.scope, before=before, limit=PAGE)
            found |= {prompt.id: prompt for prompt in self._whole(page.records)}
            before = page.next
            if before is None or len(found) > limit:
                break
        prompts = tuple(found.values())[:limit]
        return prompts, prompts[-1].number if len(found) > limit else before

    def cancel(self, prompt: Prompt) -> None:
        for part in prompt.parts:
            if not part.stage.is_final:
                self._room.desk.cancel(part.job)

    def forget(self, prompt: Prompt) -> None:
        for part in prompt.parts:
            self._room.desk.delete(part.job)

    def picture(self, job: str) -> Path | None:
        record = self._record(job)
        if record is None or record.state is not State.DONE:
            return None
        path = self._room.desk.picture(job)
        return path if path.is_file() else None

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[News]:
        room, owner = self._room, self._asker.owner or "-"
        try:
            check_streams(room, owner)
        except Problem as problem:
            raise NotLetIn from problem
        with one_stream(room, owner):
            async with news_of(room.desk.listen(owner=self._asker.scope)) as news:
                yield Hearing(news, self._sight)


class Hearing:
    """`News` of a listener's events, for as long as whoever listens may see what they saw at first."""

    def __init__(self, told: Told, sight: Sight) -> None:
        self._told, self._sight, self._scope = told, sight, sight.scope

    async def next(self, seconds: float) -> Happening | None:
        try:
            event = await self._told.next(seconds)
        except Ended:
            raise EOFError from None
        if not self._sight.lasts() or self._sight.scope != self._scope:
            raise EOFError  # a client of ComfyUI's connects again
        if event is None:
            return None
        data = event.data
        if event.kind == "preview":
            return Happening(event.job, event.kind, data["step"], data["picture"], data["media_type"])
        return Happening(event.job, event.kind, data.get("step", 0))


def asked_with(studio: Studio, job: Job) -> tuple[str | None, str | None]:
    """The style and the negative text with which the gate makes this Job of its words; raises BadJob for none."""
    for style in (None, job.prompt.style):
        for negative in (None, job.prompt.negative) if studio.studio_mode else (None,):
            again = studio.accept(
                job.words, seed=job.seed, size=(job.width, job.height), steps=job.steps, guidance=job.guidance,
                style=style, transparent=job.transparent, finish=job.finish, negative=negative, sampling=job.sampling,
            )  # fmt: skip
            if again.job == job:
                return style, negative
    raise BadJob("this picture cannot be queued: its words alone do not make it")


def _prompt(records: Sequence[Record]) -> Prompt:
    """From all pictures of a request, the first one first."""
    first = records[0]
    papers = first.order.papers
    return Prompt(
        id=str(uuid.UUID(hex=first.request)),
        number=first.number,
        created_at=first.accepted_at,
        plan=Plan.from_dict(first.order.place["plan"]),
        parts=tuple(_part(record) for record in records),
        workflow=papers.get("workflow", {}),
        extra=papers.get("extra", {}),
    )


def _part(record: Record) -> Part:
    return Part(
        job=record.id,
        node=record.order.place["node"],
        stage=STAGES[record.state],
        steps=record.order.steps,
        step=record.step,
        started_at=record.started_at,
        ended_at=record.ended_at,
        message=record.message if record.state is not State.DONE else "",
        position=record.position,
    )
