"""/v1/jobs, /v1/queue and /v1/gallery: asking for pictures, looking at them, and an adult's hand on the queue."""

from __future__ import annotations

import dataclasses
import json
import time
from hashlib import sha256
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import FileResponse

from pawlette.errors import BadJob, PawletteError, QueueClosed, QueueFull, Refused, UnknownAnimal, UnknownJob
from pawlette.job import MAX_SEED
from pawlette.serve.api.answers import JobAnswer, JobsAnswer, PageAnswer, PausedAnswer, QueueAnswer
from pawlette.serve.api.bodies import (
    AgainBody,
    JobId,
    JobsBody,
    JobsQuery,
    MoveBody,
    Nothing,
    PageQuery,
    PictureQuery,
    PriorityBody,
)
from pawlette.serve.api.problems import Problem, problem_of
from pawlette.serve.api.reading import count_reading, count_refusal
from pawlette.serve.api.room import Adult, Asker, Known, Room, ThisRoom, spend_pictures
from pawlette.serve.jobs import Entry, Idempotency, Record, State

router = APIRouter(tags=["jobs"])
MEDIA = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}
MOST_JOBS = 100  # of one request: texts times count
KEY = r"^[!-~]{1,200}$"
Wish = dict[str, Any]  # keyword arguments of Supervisor.read: one picture as a request describes it
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=KEY)]


@router.post("/v1/jobs", status_code=202, response_model=JobsAnswer)
async def accept_jobs(body: JobsBody, room: ThisRoom, asker: Known, response: Response,
                      key: IdempotencyKey = None) -> JobsAnswer:  # fmt: skip
    """Ask for pictures: all of a request are accepted, or none."""
    # What can be refused at once is, before a thread is waited for, words are read and the store is asked.
    check_priority(body.priority, asker)
    wishes = wishes_of(body, room, asker)
    check_open_text(room, asker)
    spend_pictures(room, asker, len(wishes), repeated=key is not None)

    def read_and_submit() -> JobsAnswer:
        entries = read_all(room, wishes, body.texts)
        idempotency = None if key is None else Idempotency(key, digest_of(body.model_dump(mode="json")))
        return submit(room, entries, response, idempotency)

    return await anyio.to_thread.run_sync(read_and_submit)


def submit(
    room: Room, entries: list[Entry], response: Response, idempotency: Idempotency | None = None
) -> JobsAnswer:
    records, new = accept(room, entries, idempotency)
    response.headers["location"] = f"/v1/jobs/{records[0].id}"
    jobs = [JobAnswer.of(record) for record in records]
    return JobsAnswer(request=records[0].request, jobs=jobs, replayed=not new)


def accept(
    room: Room, entries: list[Entry], idempotency: Idempotency | None
) -> tuple[tuple[Record, ...], bool]:
    """The desk's `submit`, counted."""
    if room.ending.is_set():
        raise QueueClosed("this server is ending and takes no more; ask again in a moment")
    try:
        return room.desk.submit(entries, idempotency=idempotency)
    except QueueFull:
        room.metrics.limited.labels("queue").inc()
        raise


def digest_of(body: dict[str, Any]) -> str:
    """Equal bodies have equal digests, however they were written."""
    return sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def check_priority(priority: int, asker: Asker) -> None:
    if priority > 0 and not asker.adult:
        raise Problem(
            403, "adult_needed", "Only adults put pictures before those of others.", param="priority"
        )


def check_open_text(room: Room, asker: Asker) -> None:
    """Where open text reaches the model, only adults and keys may draw."""
    if room.config.studio_mode and not (asker.adult or asker.by_key):
        raise Problem(403, "adult_needed", "This server is in studio mode, for adults: give the PIN first.")


def read_size(size: str | None) -> tuple[int, int] | None:
    if size is None:
        return None
    width, _, height = size.partition("x")
    return int(width), int(height)


def wishes_of(body: JobsBody, room: Room, asker: Asker) -> list[Wish]:
    texts = body.texts if body.texts is not None else [body.text or ""]
    if len(texts) * body.count > MOST_JOBS:
        raise Problem(
            400, "invalid_value", f"At most {MOST_JOBS} pictures may be asked for at once.", param="count"
        )
    settings: Wish = {
        "size": read_size(body.size), "steps": body.steps, "guidance": body.guidance, "style": body.style,
        "transparent": body.transparent, "format": body.format, "previews": body.previews, "priority": body.priority,
        "patience": body.patience,
    } | kept_for(room, asker)  # fmt: skip
    if body.finish is not None:
        settings["finish"] = body.finish.finish()
    seed = room.seed() if body.seed is None else body.seed
    if seed + body.count - 1 > MAX_SEED:
        raise Problem(400, "invalid_value", f"Seeds go up to {MAX_SEED}.", param="seed")
    return [settings | {"text": text, "seed": seed + i} for text in texts for i in range(body.count)]


def kept_for(room: Room, asker: Asker) -> Wish:
    """Whose it is, and whether the words are kept."""
    return {"owner": asker.owner or "", "keep_words": room.preferences.now.history}


def read_all(room: Room, wishes: list[Wish], listed: list[str] | None = None) -> list[Entry]:
    """Through the gate, each text once; those of a list that were refused are named together."""
    read: dict[str, Entry] = {}
    wrong: list[tuple[int, PawletteError]] = []
    for wish in wishes:
        if (text := wish["text"]) in read:
            continue
        try:
            read[text] = room.desk.read(**wish)
        except (Refused, UnknownAnimal, BadJob) as error:
            if isinstance(error, Refused):
                count_refusal(room.metrics, error)
            if listed is None:
                raise
            wrong.append((listed.index(text), error))
    if wrong:
        raise _all_wrong(wrong)
    for entry in read.values():
        count_reading(room.metrics, entry.understood)
    return [_with_seed(read[wish["text"]], wish["seed"]) for wish in wishes]


def _with_seed(entry: Entry, seed: int) -> Entry:
    return dataclasses.replace(entry, order=dataclasses.replace(entry.order, seed=seed))


def _all_wrong(wrong: list[tuple[int, PawletteError]]) -> Problem:
    """The first, with each of them beside. A text that is asked for twice is named at its first place."""
    problem = problem_of(wrong[0][1])
    problem.param = "texts"
    places = dict(reversed(wrong))
    problem.more["items"] = [
        {"index": index} | problem_of(error).body()["error"] for index, error in sorted(places.items())
    ]
    return problem


def find(room: Room, asker: Asker, job: str) -> Record:
    """A job that the asker may see; UnknownJob for others, as if it were not there."""
    record = room.desk.get(job)
    if not asker.sees(record):
        raise UnknownJob("no job has this id")
    return record


def page(room: Room, query: JobsQuery | PageQuery, **narrowed: Any) -> PageAnswer:
    found = room.desk.page(before=query.before, limit=query.limit, **narrowed)
    return PageAnswer(jobs=[JobAnswer.of(record) for record in found.records], next=found.next)


@router.get("/v1/jobs", response_model=PageAnswer)
def list_jobs(query: Annotated[JobsQuery, Query()], room: ThisRoom, asker: Known) -> PageAnswer:
    """One's own jobs, or for adults all, the newest first."""
    return page(room, query, states=query.state or None, request=query.request, owner=asker.scope)


@router.get("/v1/gallery", response_model=PageAnswer)
def list_gallery(query: Annotated[PageQuery, Query()], room: ThisRoom, asker: Known) -> PageAnswer:
    """Pictures that were drawn; only where an adult turned history on."""
    if not room.preferences.now.history:
        raise Problem(403, "history_off", "No pictures are kept here: an adult can turn history on.")
    return page(room, query, states=(State.DONE,), owner=asker.scope)


@router.get("/v1/jobs/{job}", response_model=JobAnswer)
def show_job(job: JobId, room: ThisRoom, asker: Known) -> JobAnswer:
    """Where a job stands."""
    return JobAnswer.of(find(room, asker, job))


@router.post("/v1/jobs/{job}/cancel", response_model=JobAnswer)
def cancel_job(job: JobId, body: Nothing, room: ThisRoom, asker: Known) -> JobAnswer:
    """End a job; one that ended before is left as it is."""
    find(room, asker, job)
    return JobAnswer.of(room.desk.cancel(job))


@router.post("/v1/jobs/{job}/again", status_code=202, response_model=JobsAnswer)
def draw_again(job: JobId, body: AgainBody, room: ThisRoom, asker: Known, response: Response) -> JobsAnswer:
    """The same wish once more, with another seed or the same."""
    record = find(room, asker, job)
    order = record.order
    if not order.text:
        raise Problem(
            409, "words_gone", "The words of this picture were not kept, so it cannot be drawn again."
        )
    check_open_text(room, asker)
    spend_pictures(room, asker, 1)
    seed = {"new": room.seed(), "same": order.seed}.get(str(body.seed), body.seed)
    same = ("text", "steps", "guidance", "style", "transparent", "finish", "format", "previews", "patience",
            "negative", "sampling")  # fmt: skip
    wish = {name: getattr(order, name) for name in same} | kept_for(room, asker)
    wish |= {"seed": int(seed), "size": (order.width, order.height)}
    return submit(room, read_all(room, [wish]), response)


@router.delete("/v1/jobs/{job}", status_code=204)
def delete_job(job: JobId, room: ThisRoom, asker: Known) -> Response:
    """Forget a job and its picture."""
    find(room, asker, job)
    room.desk.delete(job)
    return Response(status_code=204)


@router.get("/v1/jobs/{job}/picture", response_class=FileResponse,
            responses={200: {"content": {kind: {} for kind in MEDIA.values()}}})  # fmt: skip
def show_picture(
    job: JobId, query: Annotated[PictureQuery, Query()], room: ThisRoom, asker: Known
) -> Response:
    """The picture's file."""
    return picture_answer(room, find(room, asker, job), download=query.download)


def picture_answer(room: Room, record: Record, *, download: bool = False) -> Response:
    if record.state is not State.DONE:
        raise Problem(404, "no_picture", "This picture is not drawn.")
    path = room.desk.picture(record.id)
    if not path.is_file():
        raise Problem(404, "no_picture", "This picture was deleted.")
    form = record.order.format
    name = f"pawlette-{record.id[:8]}.{'jpg' if form == 'jpeg' else form}"
    headers = {"cache-control": "private, max-age=3600", "etag": f'"{record.id}"'}
    return FileResponse(
        path, media_type=MEDIA[form], headers=headers, filename=name,
        content_disposition_type="attachment" if download else "inline",
    )  # fmt: skip


@router.get("/v1/queue", response_model=QueueAnswer)
def show_queue(room: ThisRoom, asker: Known) -> QueueAnswer:
    """What is drawn now and what waits, in the order in which it is drawn."""
    desk = room.desk
    running = desk.page(states=(State.RUNNING,), owner=asker.scope, limit=100).records
    waiting = desk.queue(owner=asker.scope, limit=500)
    jobs = [JobAnswer.of(record) for record in (*reversed(running), *waiting)]
    return QueueAnswer(paused=desk.counts().paused, jobs=jobs)


@router.post("/v1/queue/pause", response_model=PausedAnswer)
def pause_queue(body: Nothing, room: ThisRoom, asker: Adult) -> PausedAnswer:
    """Begin no more pictures; those that are drawn go on."""
    room.desk.pause()
    return PausedAnswer(paused=True)


@router.post("/v1/queue/resume", response_model=PausedAnswer)
def resume_queue(body: Nothing, room: ThisRoom, asker: Adult) -> PausedAnswer:
    """The end of a pause."""
    room.desk.resume()
    return PausedAnswer(paused=False)


@router.post("/v1/jobs/{job}/move", response_model=JobAnswer)
def move_job(job: JobId, body: MoveBody, room: ThisRoom, asker: Adult) -> JobAnswer:
    """Put a waiting job at another place of the queue."""
    return JobAnswer.of(room.desk.move(job, body.to))


@router.post("/v1/jobs/{job}/priority", response_model=JobAnswer)
def prioritise_job(job: JobId, body: PriorityBody, room: ThisRoom, asker: Adult) -> JobAnswer:
    """Give a waiting job another priority."""
    return JobAnswer.of(room.desk.prioritise(job, body.priority))


def purge_ended(room: Room, now: float | None = None) -> int:
    """Forget what an adult's settings no longer keep; how many jobs."""
    kept = room.preferences.now
    seconds = kept.retention_days * 86400.0 if kept.history else SOON
    gone = room.desk.store.purge((time.time() if now is None else now) - seconds)
    room.desk.shelf.remove(gone.pictures)
    return len(gone.jobs)


SOON = 3600.0  # seconds that a picture can be fetched for, where history is off
