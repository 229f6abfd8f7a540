"""One job's live events of the Comfy API v2: status, progress, preview, output, log. Knows the Desk and no store.

A stream begins with how the job stands and ends behind its last status; whoever comes back begins anew. Outputs come
before the last status, for clients stop there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pawlette.comfyui.api import v2_answers
from pawlette.comfyui.api.desk import FLEETING, Desk, Happening, Prompt

LOOK = 15.0  # seconds between two signs of life
ALIVE = b": keepalive\n\n"
Look = Callable[[], Awaitable[tuple[Prompt, dict[str, Any]] | None]]


def frame(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


async def events_of(desk: Desk, look: Look) -> AsyncGenerator[bytes, None]:
    """`look` tells how the job stands now, as a prompt and as a job; None where it was deleted. Raises NotLetIn."""
    async with desk.listen() as news:
        seen = await look()
        if seen is None:
            return
        telling = Telling(*seen)
        yield b"".join(telling.whole())
        while not telling.is_over:
            try:
                happening = await news.next(LOOK)
            except EOFError:
                return
            if happening is None:
                yield ALIVE
                continue
            if happening.job not in telling.jobs:
                continue
            is_fleeting = happening.kind in FLEETING
            if not is_fleeting or not telling.prompt.was_begun:
                seen = await look()
                if seen is None:
                    return
                if frames := telling.catch_up(*seen):
                    yield b"".join(frames)
            if is_fleeting and not telling.is_over and (told := telling.fleeting(happening)):
                yield told


class Telling:
    """What was told of one job."""

    def __init__(self, prompt: Prompt, job: dict[str, Any]) -> None:
        self.prompt, self.job = prompt, job
        self.jobs = frozenset(part.job for part in prompt.parts)
        self._steps: dict[str, int] = {}
        self._outputs: set[tuple[str, str]] = set()
        self._status: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        return self.prompt.stage.is_final

    def whole(self) -> list[bytes]:
        """How it stands; of one that has ended, its outputs first."""
        return self.catch_up(self.prompt, self.job, always=True)

    def catch_up(self, prompt: Prompt, job: dict[str, Any], *, always: bool = False) -> list[bytes]:
        self.prompt, self.job = prompt, job
        status, frames = v2_answers.status(job), list[bytes]()
        if not self.is_over and (always or status != self._status):
            frames.append(frame("status", status))
        new = [one for one in job["outputs"] if (one["node_id"], one["id"]) not in self._outputs]
        self._outputs |= {(one["node_id"], one["id"]) for one in new}
        if progress := v2_answers.progress(prompt, self._steps):
            frames.append(frame("progress", progress))
        frames += [frame("output", one) for one in new]
        if self.is_over:
            if job["error"] is not None:
                frames.append(frame("log", {"level": "error", "message": job["error"]["message"]}))
            frames.append(frame("status", status))
        self._status = status
        return frames

    def fleeting(self, happening: Happening) -> bytes | None:
        """A step, if it is one further, or an unfinished picture."""
        part = next(one for one in self.prompt.parts if one.job == happening.job)
        if happening.kind == "preview":
            text = base64.b64encode(happening.picture).decode("ascii")
            return frame(
                "preview", {"node_id": part.node, "content_type": happening.media_type, "data_base64": text}
            )
        if happening.step <= self._steps.get(part.job, 0):
            return None
        self._steps[part.job] = happening.step
        progress = v2_answers.progress(self.prompt, self._steps)
        return None if progress is None else frame("progress", progress)


class EventStream(StreamingResponse):
    """The events, of which the first was waited for; what makes them is closed in the end, however that comes."""

    media_type = "text/event-stream"

    def __init__(self, first: bytes, events: AsyncGenerator[bytes, None]) -> None:
        super().__init__(_with(first, events), headers={"x-accel-buffering": "no"})
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._events.aclose()


async def _with(first: bytes, events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield first
    async for event in events:
        yield event
