"""The desk: one thread that stands between the store and the workers. Knows no HTTP.

It gives claims to workers, tells the store what they say, takes back what an ended one had, and puts the old away. What
the store cannot take now, its disk being full, is kept in order and said again.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from pawlette.engine.tally import Figures
from pawlette.errors import CannotSave, PawletteError
from pawlette.serve.crew import Crew, Member
from pawlette.serve.jobs import ATTEMPTS, Claim, Event, EventKind, JobStore, Reason
from pawlette.serve.listeners import Listeners
from pawlette.serve.pace import Pace
from pawlette.serve.shelf import Shelf

LOG = logging.getLogger("pawlette.serve")
TICK = 0.25  # seconds between two looks at what nobody announces
SELDOM = 60.0  # seconds between two looks for what may be forgotten
OnFigures = Callable[[int, Figures], None]  # a worker's place, and what it counted


def nobody_counts(place: int, figures: Figures) -> None:
    """The ear of those who keep no figures."""


class Desk:
    """Runs from `start` to the end of `drain`. `now` is the wall clock of events; `retention`: seconds that ended jobs
    are kept, None: for ever; `room`: bytes that must be free before a picture is drawn; `on_figures`: hears what the
    worker at a place has counted."""

    def __init__(
        self, store: JobStore, crew: Crew, shelf: Shelf, listeners: Listeners, *, now: Callable[[], float],
        lease: float, retention: float | None, room: int, on_figures: OnFigures = nobody_counts,
    ) -> None:  # fmt: skip
        self.store, self.crew, self.shelf, self.listeners = store, crew, shelf, listeners
        self.now, self.lease, self.retention, self.room = now, lease, retention, room
        self.on_figures = on_figures
        self.pace = Pace()
        self.disk = ""  # why nothing is drawn: there is no room
        self.broken: Exception | None = None  # what ended this thread before its time
        self.lost_leases = 0  # for metrics
        self._unwanted: deque[str] = deque()  # jobs whose workers should stop, from any thread
        self._outbox: deque[tuple[Claim, Callable[[], object]]] = deque()
        self._drain_until: float | None = None
        self._next_tick = self._next_seldom = 0.0
        self._thread = threading.Thread(target=self._run, name="pawlette-desk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """From any thread: look now."""
        self.crew.wake()

    def stop_drawing(self, *jobs: str) -> None:
        """From any thread: these were cancelled or deleted; workers let go of them before their next step."""
        self._unwanted.extend(jobs)
        self.wake()

    def drain(self, seconds: float) -> None:
        """Claim no more, wait at most so long for what is drawn, give the rest back, end the workers."""
        self._drain_until = time.monotonic() + seconds
        self.wake()
        self._thread.join()

    @property
    def is_draining(self) -> bool:
        return self._drain_until is not None

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    # -- the thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._is_over():
                for member, message in self.crew.listen(TICK):
                    self._hear(member, message)
                self._once()
            self._give_back()
        except Exception as error:
            self.broken = error
            LOG.critical("the queue stands still: %s", error, exc_info=not isinstance(error, PawletteError))
        finally:
            self.crew.close()
            self.listeners.close()

    def _once(self) -> None:
        while self._unwanted:
            self._stop_drawing(self._unwanted.popleft())
        self._send_outbox()
        if (now := time.monotonic()) >= self._next_tick:
            self._next_tick = now + TICK
            for member in self.crew.tend(start=not self.is_draining):
                self._ended(member)
            self._look_at_leases()
            self._look_at_disk()
        if now >= self._next_seldom:
            self._next_seldom = now + SELDOM
            self._forget_the_old()
        self._feed()
        self.listeners.pump()

    def _is_over(self) -> bool:
        if self._drain_until is None:
            return False
        busy = self._outbox or any(member.under_way for member in self.crew.members)
        return not busy or time.monotonic() > self._drain_until

    def _give_back(self) -> None:
        for member in self.crew.members:
            for claim in member.under_way.values():
                self._later(claim, lambda claim=claim: self.store.release(claim.id, claim.fence, blame=False))  # type: ignore[misc]
        self._send_outbox()  # what does not get through is given back when the store is opened again
        self.listeners.pump()

    # -- what workers say ------------------------------------------------------------------------------------

    def _hear(self, member: Member, message: tuple[Any, ...]) -> None:
        match message:
            case ("step", str(job), int(fence), int(step)):
                self._stepped(member, job, fence, step)
            case ("preview", str(job), int(fence), preview):
                if self._draws(member, job, fence):
                    self._fleeting(job, "preview", step=preview.step, index=preview.index, picture=preview.picture,
                                   media_type=preview.media_type)  # fmt: skip
            case ("saved", str(job), int(fence), str(name), seconds):
                self._saved(member, job, fence, name, seconds)
            case ("failed", str(job), int(fence), reason, str(why)):
                self._failed(member, job, fence, reason, why)
            case ("figures", figures):
                self.on_figures(member.place, figures)
            case ("ended",):
                self._ended(member)

    def _draws(self, member: Member, job: str, fence: int) -> Claim | None:
        claim = member.under_way.get(job)
        return claim if claim is not None and claim.fence == fence else None

    def _stepped(self, member: Member, job: str, fence: int, step: int) -> None:
        claim = self._draws(member, job, fence)
        if claim is None:
            return
        if self.store.progress(job, fence, step):
            self._fleeting(job, "step", step=step, steps=claim.record.order.steps)
        else:
            self._stop_drawing(job)

    def _saved(self, member: Member, job: str, fence: int, name: str, seconds: dict[str, float]) -> None:
        claim = self._draws(member, job, fence)
        self.crew.drew()
        if claim is None:
            self.shelf.remove([name])  # it came late: another has drawn it since, or nobody wants it
            return
        del member.under_way[job]
        self.pace.drew(job)

        def finish() -> None:
            if not self.store.finish(job, fence, picture=name, seconds=seconds):
                self.shelf.remove([name])

        self._later(claim, finish)

    def _failed(self, member: Member, job: str, fence: int, reason: Reason, why: str) -> None:
        claim = member.under_way.pop(job, None)
        if claim is None:
            return
        if claim.fence != fence:
            member.under_way[job] = claim
            return
        self.pace.forget(job)
        if reason is Reason.DISK_FULL:
            self.disk = why
            if claim.record.attempts < ATTEMPTS:
                self._later(claim, lambda: self.store.release(job, fence))
                return
        self._later(claim, lambda: self.store.fail(job, fence, reason, why))

    def _ended(self, member: Member) -> None:
        """Its claims go back. What it may have saved without saying so is nobody's picture."""
        self.crew.bury(member)
        for claim in member.under_way.values():
            self.pace.forget(claim.id)
            self.shelf.remove([Shelf.name(claim.id, claim.fence, claim.record.order.format)])
            self._later(claim, lambda claim=claim: self.store.release(claim.id, claim.fence))  # type: ignore[misc]
        member.under_way.clear()

    # -- what the store is told ------------------------------------------------------------------------------

    def _later(self, claim: Claim, tell: Callable[[], object]) -> None:
        self._outbox.append((claim, tell))
        self._send_outbox()

    def _send_outbox(self) -> None:
        """In order. Where the disk is full, the rest waits, with its leases prolonged."""
        try:
            while self._outbox:
                self._outbox[0][1]()
                self._outbox.popleft()
        except CannotSave as error:
            self.disk = str(error)

    def _look_at_leases(self) -> None:
        alive = [claim for member in self.crew.members for claim in member.under_way.values()]
        waiting = [claim for claim, _ in self._outbox]
        held = self.store.renew([(claim.id, claim.fence) for claim in (*alive, *waiting)], lease=self.lease)
        for claim in alive:
            if claim.id not in held:
                self._stop_drawing(claim.id)
        try:
            self.lost_leases += len(self.store.expire())
        except CannotSave as error:
            self.disk = str(error)

    def _look_at_disk(self) -> None:
        if self.shelf.free() < self.room:
            self.disk = f"only {self.shelf.free() // 2**20} MiB are free where pictures are kept"
        elif self.disk and not self._outbox:
            self.disk = self.shelf.probe()

    def _forget_the_old(self) -> None:
        if self.retention is None:
            return
        try:
            while (gone := self.store.purge(self.now() - self.retention)).jobs:
                self.shelf.remove(gone.pictures)
        except CannotSave as error:
            self.disk = str(error)

    def _fleeting(self, job: str, kind: EventKind, **data: object) -> None:
        if len(self.listeners):
            owner = next(
                (m.under_way[job].record.order.owner for m in self.crew.members if job in m.under_way), ""
            )
            self.listeners.fleeting(Event(None, job, kind, self.now(), data, owner))

    # -- who draws what --------------------------------------------------------------------------------------

    def _stop_drawing(self, job: str) -> None:
        for member in self.crew.members:
            if claim := member.under_way.pop(job, None):
                member.tell("cancel", job, claim.fence)
                self.pace.forget(job)

    def _feed(self) -> None:
        """Claims for who has room. Suspects go one at a time to a member that draws nothing else meanwhile."""
        if self.is_draining or self.disk:
            return
        ready = sorted((m for m in self.crew.members if m.is_ready), key=lambda member: len(member.under_way))
        if not ready:
            return
        try:
            self._feed_suspects(ready)
            for member in ready:
                while member.room and not member.is_alone and (claim := self._claim(member, suspects=False)):
                    self._give(member, claim)
        except CannotSave as error:
            self.disk = str(error)

    def _feed_suspects(self, ready: list[Member]) -> None:
        alone = next((member for member in ready if member.is_alone), None)
        if self.store.suspects():
            alone = alone or ready[0]
            alone.is_alone = True
            if not alone.under_way and (claim := self._claim(alone, suspects=True)):
                self._give(alone, claim)
        elif alone is not None and not alone.under_way:
            alone.is_alone = False

    def _claim(self, member: Member, *, suspects: bool) -> Claim | None:
        return self.store.claim(member.name, lease=self.lease, suspects=suspects)

    def _give(self, member: Member, claim: Claim) -> None:
        if not member.under_way:
            member.last_step = self.crew.ticks()
        member.under_way[claim.id] = claim
        self.pace.began(claim.id)
        bare = dataclasses.replace(claim.record, said=(), understood={})  # short: sending it waits for nobody
        member.tell("draw", dataclasses.replace(claim, record=bare))
