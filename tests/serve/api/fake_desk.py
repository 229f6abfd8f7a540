"""The real supervisor, whose workers are one thread with the fake model: store, gate, shelf and labels are real."""

import io
import threading
import time

from PIL import Image

from pawlette.errors import PawletteError
from pawlette.serve.jobs import Event, Reason
from pawlette.serve.pace import Pace
from pawlette.serve.shelf import Shelf
from pawlette.serve.supervisor import Settings, Supervisor
from pawlette.studio import Studio
from tests.fakes import FakeModel

SLOW = "elephant"  # its pictures are begun, and finished only when `go` is set
BROKEN = 13  # a seed whose picture cannot be drawn


class FakeSupervisor(Supervisor):
    """`hold` keeps its thread from beginning anything."""

    def __init__(self, folder, *, most_queued=100, studio_mode=False):
        def studio():
            return Studio(
                load=lambda folder, device: FakeModel(broken_seeds=(BROKEN,)), studio_mode=studio_mode
            )

        super().__init__(Settings(folder, most_queued=most_queued, retention=None), studio)
        self.hold, self.go = threading.Event(), threading.Event()

    def start(self):
        self._desk = ThreadDesk(self)

    def close(self):
        self.go.set()
        self.drain()

    @property
    def folder(self):
        return self.shelf.folder


class ThreadDesk:
    """What the supervisor asks of its desk."""

    def __init__(self, supervisor):
        self.supervisor, self.store = supervisor, supervisor.store
        self.pace, self.disk, self.broken, self.lost_leases = Pace(), "", None, 0
        self.crew = self
        self.members, self.last_words = [Ready()], "it is not there"
        self.is_draining = False
        self._drawing = threading.Lock()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._draw, self._announce)]
        for thread in self._threads:
            thread.start()

    def ticks(self):
        return time.monotonic()

    @property
    def is_running(self):
        return not self._ended.is_set()

    def wake(self):
        pass

    def stop_drawing(self, *jobs):
        pass

    def drain(self, seconds):
        self.is_draining = True
        with self._drawing:
            self._ended.set()
        for thread in self._threads:
            thread.join(10)
        self.supervisor.listeners.close()

    def _announce(self):
        while not self._ended.wait(0.01):
            self.supervisor.listeners.pump()

    def _draw(self):
        while not self._ended.wait(0.005):
            with self._drawing:
                waits = self.supervisor.hold.is_set() or self.is_draining
                claim = None if waits else self.store.claim("thread", lease=600)
                if claim is not None:
                    self._draw_one(claim)

    def _is_wanted(self, claim):
        return claim.id in self.store.renew([(claim.id, claim.fence)], lease=600)

    def _tell(self, claim, kind, **data):
        event = Event(None, claim.id, kind, time.time(), data, claim.record.order.owner)
        self.supervisor.listeners.fleeting(event)

    def _draw_one(self, claim):
        order, studio = claim.record.order, self.supervisor.studio
        accepted = studio.accept(
            order.text, seed=order.seed, size=(order.width, order.height), steps=order.steps, guidance=order.guidance,
            style=order.style, transparent=order.transparent, finish=order.finish,
        )  # fmt: skip
        for index in range(order.previews):
            self.store.progress(claim.id, claim.fence, index + 1)
            self._tell(claim, "step", step=index + 1, steps=order.steps)
            self._tell(
                claim, "preview", step=index + 1, index=index, picture=small(), media_type="image/jpeg"
            )
        while SLOW in order.text and not self.supervisor.go.wait(0.02) and self._is_wanted(claim):
            pass
        try:
            picture = studio.draw(accepted.job, form=order.format, keep_words=order.keep_words)
        except PawletteError as error:
            self.store.fail(claim.id, claim.fence, Reason.DRAWING_FAILED, str(error))
            return
        name = Shelf.name(claim.id, claim.fence, order.format)
        picture.save(self.supervisor.shelf.path(name))
        if not self.store.finish(claim.id, claim.fence, picture=name, seconds=picture.seconds):
            self.supervisor.shelf.remove([name])


class Ready:
    is_ready, under_way, last_beat = True, (), float("inf")


def small():
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "pink").save(out, "JPEG")
    return out.getvalue()
