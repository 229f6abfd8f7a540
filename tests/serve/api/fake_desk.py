"""A desk whose workers are one thread and whose model is the fake one: the store, the gate and the labels are real."""

import io
import threading
import time
from pathlib import Path

from PIL import Image

from pawlette.errors import PawletteError, QueueClosed
from pawlette.serve.api.desk import Figures, Readiness
from pawlette.serve.api.reading import said_of, understood_by
from pawlette.serve.jobs import Entry, Event, Order, Reason
from pawlette.serve.store_sqlite import SqliteStore
from pawlette.studio import Studio
from tests.fakes import FakeModel

SLOW = "elephant"  # its pictures are begun, and finished only when `go` is set
BROKEN = 13  # a seed whose picture cannot be drawn


class FakeDesk:
    """Draws what is queued in a thread; `hold` keeps it from beginning anything."""

    def __init__(self, folder: Path, *, most_queued: int = 100, studio_mode: bool = False) -> None:
        self.store = SqliteStore(folder / "jobs.db", most_queued=most_queued)
        self.studio = Studio(load=lambda folder, device: FakeModel(broken_seeds=(BROKEN,)), studio_mode=studio_mode)
        self.folder = folder
        self.listeners = []
        self.hold, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.closed = False
        self.ready = Readiness(True)
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self._draw, self._announce)]
        for thread in self.threads:
            thread.start()

    # -- what the API asks for -------------------------------------------------------------------------------

    def read(self, wish):
        accepted = self.studio.accept(
            wish.text, seed=wish.seed, size=wish.size, steps=wish.steps, guidance=wish.guidance, style=wish.style,
            transparent=wish.transparent, finish=wish.finish,
        )  # fmt: skip
        job = accepted.job
        order = Order(
            text=wish.text, seed=job.seed, width=job.width, height=job.height, steps=job.steps, guidance=job.guidance,
            style=wish.style, transparent=job.transparent, finish=job.finish, format=wish.format, previews=wish.previews,
            keep_words=wish.keep_words, owner=wish.owner, priority=wish.priority, patience=wish.patience,
        )  # fmt: skip
        return Entry(order, tuple(said_of(accepted)), understood_by(accepted, wish.text))

    def submit(self, entries, *, idempotency=None):
        if self.closed:
            raise QueueClosed("the server is ending")
        return self.store.enqueue(entries, idempotency=idempotency)

    def cancel(self, job):
        return self.store.cancel(job)

    def delete(self, job):
        return self._without_files(self.store.delete(job))

    def delete_everything(self):
        return self._without_files(self.store.delete_everything())

    def purge(self, ended_before):
        return self._without_files(self.store.purge(ended_before))

    def picture(self, record):
        return self.folder / str(record.picture)

    def listen(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def readiness(self):
        return Readiness(False, "the server is ending") if self.closed else self.ready

    def figures(self):
        return Figures(workers={"idle": 1}, counters={"worker_restarts": 0}, gauges={"batch_size": 1})

    def drain(self, seconds):
        self.closed = True
        return True

    def close(self):
        self.ended.set()
        self.go.set()
        for thread in self.threads:
            thread.join(10)
        self.store.close()

    # -- who draws -------------------------------------------------------------------------------------------

    def _without_files(self, deleted):
        for name in deleted.pictures:
            (self.folder / name).unlink(missing_ok=True)
        return deleted

    def _tell(self, kind, job, **data):
        for listener in list(self.listeners):
            listener(Event(None, job, kind, time.time(), data))

    def _announce(self):
        """Whoever listens hears of kept events as soon as they are there."""
        seen = self.store.last_event()
        while not self.ended.wait(0.01):
            for event in self.store.events(seen):
                seen = event.id
                for listener in list(self.listeners):
                    listener(event)

    def _draw(self):
        while not self.ended.wait(0.005):
            claim = None if self.hold.is_set() or self.closed else self.store.claim("thread", lease=600)
            if claim is not None:
                self._draw_one(claim)

    def _is_wanted(self, claim):
        return claim.id in self.store.renew([(claim.id, claim.fence)], lease=600)

    def _draw_one(self, claim):
        order = claim.record.order
        accepted = self.studio.accept(
            order.text, seed=order.seed, size=(order.width, order.height), steps=order.steps, guidance=order.guidance,
            style=order.style, transparent=order.transparent, finish=order.finish,
        )  # fmt: skip
        for index in range(order.previews):
            self.store.progress(claim.id, claim.fence, index + 1)
            self._tell("step", claim.id, step=index + 1, steps=order.steps)
            self._tell("preview", claim.id, step=index + 1, index=index, picture=small(), media_type="image/jpeg")
        if SLOW in order.text:
            while not self.go.wait(0.02) and self._is_wanted(claim):
                pass
        try:
            picture = self.studio.draw(accepted.job, form=order.format, keep_words=order.keep_words)
        except PawletteError as error:
            self.store.fail(claim.id, claim.fence, Reason.DRAWING_FAILED, str(error))
            return
        name = f"{claim.id}.{order.format}"
        picture.save(self.folder / name)
        if not self.store.finish(claim.id, claim.fence, picture=name, seconds=picture.seconds):
            (self.folder / name).unlink()


def small():
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "pink").save(out, "JPEG")
    return out.getvalue()
