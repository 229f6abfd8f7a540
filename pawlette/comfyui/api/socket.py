"""/ws: a client's messages, as they come about. Knows the Desk and no store."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import OrderedDict
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from pawlette.comfyui.api.desk import FLEETING, Desk, Front, Happening, News, NotLetIn, Prompt
from pawlette.comfyui.api.messages import FEATURES, Message, Telling, status
from pawlette.comfyui.api.plan import LONGEST_CLIENT

PATIENCE = 30.0  # seconds that a client may take nothing
LOOK = 15.0  # seconds between two looks at whether it is still there
MOST_KNOWN = 1000  # pictures whose prompts are remembered


async def follow(front: Front, socket: WebSocket) -> None:
    """Until the client goes away or the server ends."""
    try:
        await _follow(front, socket)
    except NotLetIn:
        await socket.close(1008)
    except WebSocketDisconnect:
        pass  # gone before it was greeted, or while it was closed


async def _follow(front: Front, socket: WebSocket) -> None:
    client = socket.query_params.get("clientId", "")[:LONGEST_CLIENT] or uuid.uuid4().hex
    desk = await front.desk(socket)
    async with desk.listen() as news:
        await socket.accept()
        teller = Teller(desk, socket, client)
        with suppress(WebSocketDisconnect, EOFError, TimeoutError):
            await teller.greet()
            await _first_to_end(teller.tell(news), teller.hear())
        with suppress(RuntimeError, TimeoutError):  # it may have gone already
            async with asyncio.timeout(PATIENCE):
                await socket.close()


async def _first_to_end(*work: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Teller:
    """One connection."""

    def __init__(self, desk: Desk, socket: WebSocket, client: str) -> None:
        self.desk, self.socket, self.client = desk, socket, client
        self.telling = Telling()
        self._known: OrderedDict[str, Prompt | None] = (
            OrderedDict()
        )  # by picture; None: no business of this client

    async def greet(self) -> None:
        kind, data = status(await anyio.to_thread.run_sync(self.desk.remaining))
        await self._say([(kind, {**data, "sid": self.client})])
        for prompt in await anyio.to_thread.run_sync(self.desk.open):
            if prompt.plan.client == self.client and prompt.was_begun:
                await self._say(self.telling.resume(prompt))

    async def hear(self) -> None:
        """What a client says: only which features it has, with its first message."""
        first = True
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            if first and (features := _features(message.get("text"))) is not None:
                self.telling.supports_metadata = features.get("supports_preview_metadata") is True
                await self._say([("feature_flags", FEATURES)])
            first = False

    async def tell(self, news: News) -> None:
        while True:
            happening = await news.next(LOOK)
            if happening is not None:
                await self._say(await self._messages(happening))

    async def _messages(self, happening: Happening) -> list[Message]:
        job, fleeting = happening.job, happening.kind in FLEETING
        last = self._known.get(job)
        if fleeting and last is not None and self.telling.is_running(last, job):
            return self.telling.on_the_way(last, happening)  # without a look at the store for every step
        prompt = await self._prompt(job)
        if prompt is None and fleeting:
            return []
        remaining = await anyio.to_thread.run_sync(self.desk.remaining)
        if prompt is None:  # somebody else's: only how much waits
            return [status(remaining)]
        if happening.kind == "queued":
            return self.telling.queued(prompt, remaining)
        told = self.telling.catch_up(prompt, remaining)
        return told + self.telling.on_the_way(prompt, happening) if fleeting else told

    async def _prompt(self, job: str) -> Prompt | None:
        """This client's prompt that the picture belongs to, as it stands."""
        known = self._known
        if job in known and known[job] is None:
            return None
        prompt = await anyio.to_thread.run_sync(self.desk.prompt_of, job)
        if prompt is not None and prompt.plan.client != self.client:
            prompt = None
        known[job] = prompt
        while len(known) > MOST_KNOWN:
            known.popitem(last=False)
        return prompt

    async def _say(self, messages: Iterable[Message]) -> None:
        for message in messages:
            async with asyncio.timeout(PATIENCE):
                if isinstance(message, bytes):
                    await self.socket.send_bytes(message)
                else:
                    await self.socket.send_text(json.dumps({"type": message[0], "data": message[1]}))


def _features(text: str | None) -> dict[str, object] | None:
    try:
        said = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    features = said.get("data") if isinstance(said, dict) and said.get("type") == "feature_flags" else None
    return features if isinstance(features, dict) else None
