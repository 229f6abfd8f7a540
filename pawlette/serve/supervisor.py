"""What a server calls: the gate, the store, the workers and the pictures behind one front. Knows no HTTP.

All methods may be called from any thread and return in milliseconds, most of them after an fsync: call them from an
event loop through a thread. Only `listen` belongs in the loop. The process of the supervisor imports no torch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from pawlette.errors import BadJob, CannotSave, QueueClosed, StoreUnusable, UnknownJob
from pawlette.job import Finish, Sampling
from pawlette.serve.crew import Crew
from pawlette.serve.desk import Desk, OnFigures, nobody_counts
from pawlette.serve.duty import Duty, MakeStudio
from pawlette.serve.jobs import (
    NO_FINISH,
    OWN_SAMPLING,
    Counts,
    Deleted,
    Entry,
    Idempotency,
    Order,
    Page,
    Record,
    State,
)
from pawlette.serve.listeners import Listener, Listeners
from pawlette.serve.shelf import SUFFIXES, AtPoint, Shelf, nothing_happens
from pawlette.serve.store_sqlite import SqliteStore

DAY = 86_400.0
FILE, PICTURES = "jobs.db", "pictures"
FRESH = 3.0  # seconds that a sign of life counts, for readiness
MOST_PREVIEWS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. `folder` holds the store and the pictures, and belongs to one server at a time."""

    folder: Path
    workers: int = 1
    at_once: int | None = None  # pictures under way in a worker; None: what keeps its device busy
    most_queued: int = 1000
    most_in_a_request: int = 100
    retention: float | None = 30 * DAY  # seconds that ended jobs and pictures are kept; None: for ever
    room: int = 64 * 2**20  # bytes that must be free
    warm: bool = False  # draw one picture for nobody before a worker counts as ready
    beat: float = 1.0  # seconds between a worker's signs of life
    dead_after: float = 15.0  # seconds without one
    stalled_after: float = 300.0  # seconds without a step while something is drawn
    lease: float = 60.0  # seconds; longer than dead_after
    drain: float = 120.0  # seconds that running pictures get when the server ends
    nice: int = 10  # by how much workers give way to the server, where processors are few: 0 to 19
    preload: tuple[str, ...] = ("pawlette.serve.worker", "pawlette.model.qwen")  # what every worker imports
    max_pages: int | None = None  # of 4 KiB that the store's file may have; None: as many as the disk holds


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a picture that is asked for now would be drawn, and why not."""

    reasons: tuple[str, ...]  # why not; sentences
    workers: int  # that are ready
    under_way: int
    free: int  # bytes
    paused: bool  # what is asked for is accepted, and waits

    @property
    def is_ready(self) -> bool:
        return not self.reasons


class Supervisor:
    """`make_studio` makes the Studio of every process: a function of a module, or a functools.partial of one; or
    several, which the workers take in turn, so that each has a device of its own.

    Opening it opens the store (raises StoreUnusable or CannotSave) and sweeps orphans; `start` starts the workers.
    """

    def __init__(
        self,
        settings: Settings,
        make_studio: MakeStudio | Sequence[MakeStudio],
        *,
        at_point: AtPoint = nothing_happens,
    ) -> None:
        self.settings = settings
        makers = (make_studio,) if callable(make_studio) else tuple(make_studio)
        self.studio = makers[0]()  # for its gate: no weights are loaded here
        self.shelf = Shelf(settings.folder / PICTURES, at_point)
        self.shelf.make()
        self.store = open_store(settings, self.shelf)
        self.swept = self.shelf.sweep(self.store.pictures())
        self.listeners = Listeners(self.store)
        self._duties = tuple(
            Duty(
                make,
                self.shelf.folder,
                settings.beat,
                settings.at_once,
                settings.warm,
                at_point,
                settings.nice,
            )
            for make in islice(cycle(makers), settings.workers)
        )
        self.on_figures: OnFigures = nobody_counts
        self._desk: Desk | None = None

    @property
    def desk(self) -> Desk:
        if self._desk is None:
            raise QueueClosed("the workers are not started yet; ask again in a moment")
        return self._desk

    def start(self) -> None:
        """Start the workers; returns at once."""
        settings = self.settings
        crew = Crew(
            self._duties,
            dead_after=settings.dead_after,
            stalled_after=settings.stalled_after,
            preload=settings.preload,
        )
        self._desk = Desk(
            self.store,
            crew,
            self.shelf,
            self.listeners,
            now=self.store.now,
            lease=settings.lease,
            retention=settings.retention,
            room=settings.room,
            on_figures=lambda place, figures: self.on_figures(place, figures),
        )
        self._desk.start()

    def drain(self) -> None:
        """Refuse what is new, let running pictures finish, keep what waits, end the workers and let go of the store."""
        if self._desk is not None:
            self._desk.drain(self.settings.drain)
        self.store.close()

    # -- asking ----------------------------------------------------------------------------------------------

    def read(
        self, text: str, *, seed: int | None = None, size: tuple[int, int] | None = None, steps: int | None = None,
        guidance: float | None = None, style: str | None = None, transparent: bool = False,
        finish: Finish = NO_FINISH, format: str = "png", previews: int = 0, keep_words: bool = True, owner: str = "",
        priority: int = 0, patience: float | None = None, negative: str | None = None,
        sampling: Sampling = OWN_SAMPLING,
    ) -> Entry:  # fmt: skip
        """Through the gate, with everything that decides the pixels fixed; raises Refused, UnknownAnimal or BadJob."""
        accepted = self.studio.accept(
            text, seed=seed, size=size, steps=steps, guidance=guidance, style=style, transparent=transparent,
            finish=finish, negative=negative, sampling=sampling,
        )  # fmt: skip
        job = accepted.job
        if not 0 <= previews <= MOST_PREVIEWS:
            raise BadJob(f"0 to {MOST_PREVIEWS} previews can be shown; got {previews}")
        if format not in SUFFIXES:
            raise BadJob(f"a picture's format is one of {', '.join(SUFFIXES)}; got {format[:20]!r}")
        if format == "jpeg" and job.transparent:
            raise BadJob("jpeg has no transparency; use png or webp")
        order = Order(
            text=text, seed=job.seed, width=job.width, height=job.height, steps=job.steps, guidance=job.guidance,
            style=style, transparent=job.transparent, finish=finish, format=format, previews=previews,
            keep_words=keep_words, owner=owner, priority=priority, patience=patience, negative=negative,
            sampling=sampling,
        )  # fmt: skip
        return Entry(order, accepted.said, accepted.to_dict())

    def check_room(self, more: int) -> None:
        """Raise QueueFull where so many more cannot wait; from memory, so that refusing waits for nothing."""
        self.store.pace = self.desk.pace.between or 1.0
        self.store.check_room(more)

    def submit(
        self, entries: Sequence[Entry], *, idempotency: Idempotency | None = None
    ) -> tuple[tuple[Record, ...], bool]:
        """`JobStore.enqueue`; also raises QueueClosed while the server ends, and CannotSave where the disk is full."""
        if self.desk.broken is not None:
            raise StoreUnusable(f"nothing is accepted, for the queue stands still: {self.desk.broken}")
        if self.desk.is_draining or not self.desk.is_running:
            raise QueueClosed("this server is ending and takes no more; ask again in a moment")
        if len(entries) > self.settings.most_in_a_request:
            raise BadJob(
                f"a request has at most {self.settings.most_in_a_request} pictures; got {len(entries)}"
            )
        if self.desk.disk:
            raise CannotSave(f"{self.desk.disk}; nothing is accepted until there is room")
        self.store.pace = self.desk.pace.between or 1.0
        records, new = self.store.enqueue(entries, idempotency=idempotency)
        self.desk.wake()
        return tuple(self._timed(record) for record in records), new

    def get(self, job: str) -> Record:
        return self._timed(self.store.get(job))

    def page(
        self, *, states: Collection[State] | None = None, owner: str | None = None, request: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Page:  # fmt: skip
        page = self.store.page(states=states, owner=owner, request=request, before=before, limit=limit)
        return Page(tuple(self._timed(record) for record in page.records), page.next)

    def queue(self, *, owner: str | None = None, limit: int = 100) -> tuple[Record, ...]:
        return tuple(self._timed(record) for record in self.store.queue(owner=owner, limit=limit))

    def cancel(self, job: str) -> Record:
        """The worker that draws it lets go before its next step."""
        record = self.store.cancel(job)
        self._stop_drawing(job)
        return record

    def move(self, job: str, to: int) -> Record:
        return self._changed(self.store.move(job, to))

    def prioritise(self, job: str, priority: int) -> Record:
        return self._changed(self.store.prioritise(job, priority))

    def pause(self) -> None:
        self.store.pause()

    def resume(self) -> None:
        self.store.resume()
        if self._desk is not None:
            self._desk.wake()

    def delete(self, job: str) -> Deleted:
        return self._deleted(self.store.delete(job))

    def delete_everything(self, *, owner: str | None = None) -> Deleted:
        """Jobs, words, events and pictures; of an owner, or of all."""
        return self._deleted(self.store.delete_everything(owner=owner))

    def picture(self, job: str) -> Path:
        """The file of a done job; raises UnknownJob where there is none."""
        record = self.store.get(job)
        if record.picture is None:
            raise UnknownJob(f"{job} has no picture: it is {record.state}")
        return self.shelf.path(record.picture)

    # -- looking on ------------------------------------------------------------------------------------------

    def listen(
        self, *, jobs: Collection[str] | None = None, owner: str | None = None, after: int | None = None
    ) -> Listener:
        """Events of these jobs or this owner, in a running event loop: `async for event in supervisor.listen(...)`.

        `after`: an event's id, such as a Last-Event-ID: first what was missed since; None: from now on. Close it.
        """
        return self.listeners.add(after, jobs, owner)

    def health(self) -> Health:
        desk = self._desk
        if desk is None:
            return Health(("the workers are not started",), 0, 0, self.shelf.free(), False)
        fresh = desk.crew.ticks() - max(FRESH, 3 * self.settings.beat)
        ready = [one for one in tuple(desk.crew.members) if one.is_ready and one.last_beat > fresh]
        reasons = [
            f"the queue stands still: {desk.broken}" if desk.broken is not None else "",
            "the server is ending" if desk.is_draining else "",
            "" if ready else f"no worker is ready: {desk.crew.last_words}",
            desk.disk,
        ]
        return Health(
            reasons=tuple(reason for reason in reasons if reason),
            workers=len(ready),
            under_way=sum(len(member.under_way) for member in ready),
            free=self.shelf.free(),
            paused=self.store.is_paused() if desk.broken is None and not desk.is_draining else False,
        )

    def counts(self) -> Counts:
        return self.store.counts()

    def _stop_drawing(self, *jobs: str) -> None:
        if self._desk is not None:
            self._desk.stop_drawing(*jobs)

    def _timed(self, record: Record) -> Record:
        """With an estimate, once the workers are started."""
        if self._desk is None:
            return record
        if record.state is State.QUEUED and record.position is not None:
            return dataclasses.replace(record, estimate=self.desk.pace.wait(record.position))
        if record.state is State.RUNNING:
            return dataclasses.replace(record, estimate=self.desk.pace.rest(record.step / record.order.steps))
        return record

    def _changed(self, record: Record) -> Record:
        if self._desk is not None:
            self._desk.wake()
        return self._timed(record)

    def _deleted(self, deleted: Deleted) -> Deleted:
        self._stop_drawing(*deleted.running)
        self.shelf.remove(deleted.pictures)
        return deleted


def open_store(settings: Settings, shelf: Shelf) -> SqliteStore:
    """Raises StoreUnusable also where pictures lie there and their store does not: it is not begun anew in silence."""
    path = settings.folder / FILE
    if not path.exists() and any(shelf.folder.iterdir()):
        raise StoreUnusable(
            f"{path} is missing, while {shelf.folder} holds pictures; bring it back from a backup, or move them away"
        )
    return SqliteStore(path, most_queued=settings.most_queued, max_pages=settings.max_pages)
