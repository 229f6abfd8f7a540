"""The OpenAI Images API: /v1/images/generations, /v1/models, and the signed addresses of pictures."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.sse import format_sse_event

from pawlette.errors import PawletteError, Refused, UnknownAnimal
from pawlette.job import MAX_SEED
from pawlette.serve.api.answers import ModelAnswer, ModelsAnswer
from pawlette.serve.api.bodies import JobId, SignedQuery
from pawlette.serve.api.encoding import compressed, partial
from pawlette.serve.api.images_answer import ImagesAnswer
from pawlette.serve.api.images_body import ImagesBody
from pawlette.serve.api.jobs import (
    IdempotencyKey,
    Wish,
    accept,
    check_open_text,
    digest_of,
    kept_for,
    picture_answer,
    read_all,
)
from pawlette.serve.api.problems import SAME_AGAIN, Problem, ended_badly, problem_of
from pawlette.serve.api.room import Asker, Known, Room, ThisRoom, spend_pictures
from pawlette.serve.api.stream import EventStream
from pawlette.serve.api.waiting import Gone, cancel, collect, watch
from pawlette.serve.jobs import Entry, Event, Idempotency, Record, State
from pawlette.words.lexicon import tokens

router = APIRouter(tags=["images"])
GOOD_FOR = 3600  # seconds that a signed address is good for


@dataclass(frozen=True, slots=True)
class Drawing:
    """An accepted request of this API, on its way."""

    body: ImagesBody
    records: tuple[Record, ...]
    owner: str
    digest: str
    key: str  # under which it was accepted
    created: int  # seconds since 1970

    @property
    def request(self) -> str:
        return self.records[0].request

    def asked(self, job: str) -> Record:
        """The record as it was accepted: its words may be blanked when it ends."""
        return next(record for record in self.records if record.id == job)


@router.post("/v1/images/generations", response_model=ImagesAnswer, response_class=JSONResponse,
             responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}})  # fmt: skip
async def generate(body: ImagesBody, request: Request, room: ThisRoom, asker: Known,
                   key: IdempotencyKey = None) -> Response:  # fmt: skip
    """Draw pictures and wait for them: as OpenAI's, with what Pawlette adds."""
    repeated = request.headers.get("x-stainless-retry-count", "0") not in ("", "0")
    wish = prepared(room, asker, body, repeated=repeated or key is not None)
    drawing = await anyio.to_thread.run_sync(begin, room, asker, body, wish, key, repeated)
    if body.stream:
        return EventStream(stream(room, drawing))
    with room.repeats.waiting(drawing.request) as alone:
        try:
            records = await collect(room, drawing.records, request.receive)
        except (Gone, Problem) as error:
            if alone():
                room.repeats.given_up(drawing.owner, drawing.digest, drawing.key)
                await cancel(room, drawing.records)
            if isinstance(error, Gone):
                return Response(status_code=499)
            raise
    base = str(request.base_url).rstrip("/")
    answer = await anyio.to_thread.run_sync(answer_of, room, drawing, records, base)
    room.repeats.sent(drawing.owner, drawing.digest, drawing.key)
    return JSONResponse(answer)


def prepared(room: Room, asker: Asker, body: ImagesBody, *, repeated: bool) -> Wish:
    """What is asked for, where it is not refused at once: before a thread is waited for and words are read."""
    try:
        family = room.desk.studio.family
        body.check(family)
        check_open_text(room, asker)
        wish: Wish = {
            "text": body.prompt,
            "size": body.pixels(family),
            "steps": body.steps(family),
            "guidance": body.guidance,
            "style": body.own_style,
            "transparent": body.transparent,
            "format": "png" if recompressed(body) else body.form,
            "previews": body.partial_images or 0,
            "patience": room.config.limits.wait_seconds,
        } | kept_for(room, asker)
        spend_pictures(room, asker, body.n or 1, repeated=repeated)
    except PawletteError as error:
        raise as_openai(error) from None
    return wish


def begin(room: Room, asker: Asker, body: ImagesBody, wish: Wish, key: str | None, repeated: bool) -> Drawing:
    """Through the gate and into the queue; raises the Problem that OpenAI's clients understand."""
    owner, count = asker.owner or "", body.n or 1
    digest = digest_of(body.model_dump(mode="json"))
    given = room.repeats.key(owner, digest, repeated=repeated) if key is None else key
    try:
        records, new = accept(room, _entries(room, wish, count, body.seed), Idempotency(given, digest))
        if not new and key is None and any(record.state is State.CANCELLED for record in records):
            # The first time was given up when its client went away: this one is drawn anew.
            room.repeats.given_up(owner, digest, given)
            given = room.repeats.key(owner, digest, repeated=False)
            records, new = accept(room, _entries(room, wish, count, body.seed), Idempotency(given, digest))
    except PawletteError as error:
        raise as_openai(error) from None
    return Drawing(body, records, owner, digest, given, int(time.time()))


def recompressed(body: ImagesBody) -> bool:
    """Whether the finished file is encoded once more, at the compression that was asked for."""
    return body.output_compression is not None and body.form != "png"


def _entries(room: Room, wish: Wish, count: int, seed: int | None) -> list[Entry]:
    first = room.seed() if seed is None else seed
    return read_all(room, [wish | {"seed": min(first + i, MAX_SEED)} for i in range(count)])


def as_openai(error: PawletteError) -> Problem:
    """Errors of words and settings, as this API names them."""
    problem = problem_of(error)
    if isinstance(error, Refused):
        return Problem(
            400, "moderation_blocked", error.message, param="prompt", kind="image_generation_user_error",
            headers=SAME_AGAIN, **problem.more,
        )  # fmt: skip
    if isinstance(error, UnknownAnimal):
        return Problem(400, "unknown_animal", problem.message, param="prompt", kind="image_generation_user_error",
                       headers=SAME_AGAIN, **problem.more)  # fmt: skip
    return problem


def answer_of(room: Room, drawing: Drawing, records: Sequence[Record], base: str) -> dict[str, Any]:
    """The answer's JSON; raises the Problem of the first picture that was not drawn."""
    data = []
    for record in records:
        asked = drawing.asked(record.id)
        if record.state is not State.DONE:
            raise ended_badly(record)
        body = drawing.body
        one: dict[str, Any] = {"revised_prompt": asked.understood.get("prompt")}
        if body.response_format == "url":
            one["url"] = base + signed_path(room, record.id)
        else:
            one["b64_json"] = base64.b64encode(file_of(room, record, body)).decode("ascii")
        data.append(one | ours(asked))
    whole = {"created": drawing.created, "data": data, "notes": drawing.body.notes}
    return whole | {"usage": usage(room, drawing.body, records)} | common(drawing.body, records[0])


def ours(record: Record) -> dict[str, Any]:
    safety = {"status": record.understood.get("status", "accepted"), "said": list(record.said)}
    return {"seed": record.order.seed, "job_id": record.id, "safety": safety}


def common(body: ImagesBody, record: Record) -> dict[str, Any]:
    order = record.order
    return {
        "background": "transparent" if order.transparent else "opaque",
        "output_format": body.form,
        "quality": "low" if body.quality == "low" else "high",
        "size": f"{order.width}x{order.height}",
    }


def usage(room: Room, body: ImagesBody, records: Sequence[Record]) -> dict[str, Any]:
    """Image tokens that were denoised, and the words and characters of the prompt as the gate cuts them."""
    family = room.desk.studio.family
    side = family.patch * family.pixels_per_latent
    image = sum((record.order.width // side) * (record.order.height // side) for record in records)
    text = len(tokens(body.prompt.lower()))
    return {
        "input_tokens": text, "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
        "output_tokens": image, "total_tokens": text + image,
    }  # fmt: skip


def file_of(room: Room, record: Record, body: ImagesBody) -> bytes:
    path = room.desk.picture(record.id)
    try:
        if recompressed(body):
            return compressed(path, body.form, body.output_compression or 0)
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise Problem(404, "no_picture", "This picture was deleted.") from None


async def stream(room: Room, drawing: Drawing) -> AsyncGenerator[bytes, None]:
    """Partial pictures as they come, then each finished one; an error is an event, too."""
    with room.repeats.waiting(drawing.request) as alone:
        whole = False
        try:
            async with aclosing(watch(room, drawing.records)) as news:
                async for made in news:
                    yield await anyio.to_thread.run_sync(event_of, room, drawing, made)
            whole = True
            room.repeats.sent(drawing.owner, drawing.digest, drawing.key)
        except Problem as problem:
            yield format_sse_event(event="error", data_str=json.dumps({"type": "error"} | problem.body()))
        finally:
            if not whole and alone():
                room.repeats.given_up(drawing.owner, drawing.digest, drawing.key)
                await cancel(room, drawing.records)


def event_of(room: Room, drawing: Drawing, made: Record | Event) -> bytes:
    return partial_event(drawing, made) if isinstance(made, Event) else completed_event(room, drawing, made)


def partial_event(drawing: Drawing, event: Event) -> bytes:
    order = drawing.records[0].order
    picture = partial(event.data["picture"], drawing.body.form, (order.width, order.height))
    data = {
        "type": "image_generation.partial_image",
        "b64_json": base64.b64encode(picture).decode("ascii"),
        "created_at": drawing.created,
        "partial_image_index": event.data["index"],
        "job_id": event.job,
    } | common(drawing.body, drawing.records[0])
    return format_sse_event(event="image_generation.partial_image", data_str=json.dumps(data))


def completed_event(room: Room, drawing: Drawing, record: Record) -> bytes:
    if record.state is not State.DONE:
        raise ended_badly(record)
    asked = drawing.asked(record.id)
    data = {
        "type": "image_generation.completed",
        "b64_json": base64.b64encode(file_of(room, record, drawing.body)).decode("ascii"),
        "created_at": drawing.created,
        "revised_prompt": asked.understood.get("prompt"),
        "usage": usage(room, drawing.body, [record]),
        "notes": drawing.body.notes,
    }
    data |= common(drawing.body, record) | ours(asked)
    return format_sse_event(event="image_generation.completed", data_str=json.dumps(data))


def signed_path(room: Room, job: str) -> str:
    until = int(time.time()) + GOOD_FOR
    return f"/v1/pictures/{job}?until={until}&signature={signature(room, job, until)}"


def signature(room: Room, job: str, until: int) -> str:
    return hmac.new(room.secret, f"{job}:{until}".encode(), sha256).hexdigest()


@router.get("/v1/pictures/{job}", response_class=FileResponse,
            responses={200: {"content": {"image/png": {}, "image/webp": {}, "image/jpeg": {}}}})  # fmt: skip
def signed_picture(job: JobId, query: Annotated[SignedQuery, Query()], room: ThisRoom) -> Response:
    """A picture by its signed address, which the Images API gives for `response_format: url`."""
    right = hmac.compare_digest(signature(room, job, query.until), query.signature)
    if not right or query.until < time.time():
        raise Problem(404, "not_found", "This address is not good, or not any more.")
    response = picture_answer(room, room.desk.get(job))
    response.headers["cross-origin-resource-policy"] = "cross-origin"  # what the address is for
    return response


@router.get("/v1/models", response_model=ModelsAnswer)
def list_models(room: ThisRoom, asker: Known) -> ModelsAnswer:
    """The loaded model."""
    return ModelsAnswer(data=[_model(room)])


@router.get("/v1/models/{model}", response_model=ModelAnswer)
def show_model(model: str, room: ThisRoom, asker: Known) -> ModelAnswer:
    """The loaded model, by its name."""
    found = _model(room)
    if model not in (found.id, "pawlette"):
        raise Problem(404, "model_not_found", f"This server draws with {found.id}.", param="model")
    return found


def _model(room: Room) -> ModelAnswer:
    return ModelAnswer(id=room.desk.studio.family.name, created=room.started, owned_by="pawlette")
