"""What a worker process does: load one Studio, draw what it is told, say what came of it. Knows no database.

Hears ("draw", Claim), ("cancel", job, fence) and ("close",). Says ("ready", at_once), ("broken", why), ("beat",),
("figures", Figures), ("step", job, fence, step), ("preview", job, fence, Preview), ("saved", job, fence, name,
seconds) and ("failed", job, fence, reason, message). A picture is on disk before it is "saved"; what a worker says
counts only while its claim does. Alone (its server is gone), it ends at once: the jobs are the next server's.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from pawlette.engine.deliver import encode_image, to_image
from pawlette.engine.groups import attempt
from pawlette.engine.limits import MOST
from pawlette.engine.pipeline import DEPTH
from pawlette.engine.previews import Previews
from pawlette.engine.tally import Tally
from pawlette.errors import BadJob, BadModel, CannotSave, PawletteError, Refused, UnknownAnimal
from pawlette.job import Job, Picture, Pixels
from pawlette.serve.duty import Duty, Preview
from pawlette.serve.jobs import Claim, Order, Reason
from pawlette.serve.shelf import Shelf
from pawlette.studio import Studio

PREVIEW_SIDE = 512  # pixels
ON_A_CPU = 4  # pictures under way that keep two lanes and a decoder busy
REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (Refused, Reason.REFUSED),
    (UnknownAnimal, Reason.BAD_JOB),
    (BadJob, Reason.BAD_JOB),
    (BadModel, Reason.BAD_MODEL),
    (CannotSave, Reason.DISK_FULL),
)


def work(connection: Connection, duty: Duty) -> None:
    """The process, from its start to its end."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # the server's to answer: it drains
    if hasattr(os, "nice"):  # not on Windows
        os.nice(duty.nice)
    say = Voice(connection)
    tally, ready = Tally(), threading.Event()
    threading.Thread(target=beat, args=(say, duty.beat, tally, ready), daemon=True).start()
    studio = attempt(partial(ready_studio, duty, tally))
    if isinstance(studio, Exception):
        say("broken", sentence(studio))
        return
    tally.take()  # a rehearsal's, which nobody asked for
    ready.set()
    say("ready", duty.at_once or at_once(studio))
    Hand(connection, say, studio, Shelf(duty.pictures, duty.at_point)).run()


def ready_studio(duty: Duty, tally: Tally) -> Studio:
    studio = duty.make_studio()
    studio.count(tally)
    studio.load()
    studio.rehearse()  # where the model compiles or records: no picture that is asked for waits for that
    if duty.warm:
        studio.draw(studio.accept("a cat", seed=0).job)
    return studio


def at_once(studio: Studio) -> int:
    from pawlette import device as devices

    return MOST + 2 * DEPTH if devices.choose(studio.device).startswith("cuda") else ON_A_CPU


def beat(say: Voice, seconds: float, tally: Tally, ready: threading.Event) -> None:
    """Signs of life, also while a model loads, and once it is ready what was counted since the last. A stopped process
    gives none; that it draws is told by its steps."""
    pause = threading.Event()
    while True:
        say("beat")
        if ready.is_set() and (figures := tally.take()):
            say("figures", figures)
        pause.wait(seconds)


def sentence(error: Exception) -> str:
    return str(error) if isinstance(error, PawletteError) else f"{type(error).__name__}: {error}"


class Voice:
    """Sends whole messages, from any thread; where nobody is there to hear them, the process ends."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.speaking = connection, threading.Lock()

    def __call__(self, *message: object) -> None:
        try:
            with self.speaking:
                self.connection.send(message)
        except OSError:
            os._exit(1)


class Hand:
    """Draws claims beside each other."""

    def __init__(self, connection: Connection, say: Voice, studio: Studio, shelf: Shelf) -> None:
        self.connection, self.say, self.studio, self.shelf = connection, say, studio, shelf
        self.under_way: dict[tuple[str, int], Future[Picture]] = {}
        self.saving = ThreadPoolExecutor(2, "pawlette-save")  # a disk that is slow holds up no drawing

    def run(self) -> None:
        while (message := self._heard()) != ("close",):
            match message:
                case ("draw", Claim() as claim):
                    self._draw(claim)
                case ("cancel", str(job), int(fence)):
                    if wanted := self.under_way.get((job, fence)):
                        wanted.cancel()
        self.studio.close()
        self.saving.shutdown()

    def _heard(self) -> Any:
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            os._exit(1)

    def _draw(self, claim: Claim) -> None:
        key = (claim.id, claim.fence)
        future = attempt(partial(self._submit, claim))
        if isinstance(future, Exception):
            self._failed(key, future)
            return
        self.under_way[key] = future
        future.add_done_callback(partial(self._drawn, key))

    def _submit(self, claim: Claim) -> Future[Picture]:
        order = claim.record.order
        job = accept(self.studio, order)
        shown = itertools.count()

        def show(step: int, pixels: Pixels) -> None:
            small = encode_preview(pixels, order, self.studio)
            self.say(
                "preview", claim.id, claim.fence, Preview(step, next(shown), small, f"image/{order.format}")
            )

        return self.studio.submit(
            job,
            form=order.format,
            on_step=partial(self.say, "step", claim.id, claim.fence),
            previews=Previews.spread(order.previews, job.steps, show) if order.previews else None,
            keep_words=order.keep_words,
        )

    def _drawn(self, key: tuple[str, int], future: Future[Picture]) -> None:
        self.under_way.pop(key, None)
        if future.cancelled():
            return
        if isinstance(error := future.exception(), Exception):
            self._failed(key, error)
        else:
            self.saving.submit(self._save, key, future.result())

    def _save(self, key: tuple[str, int], picture: Picture) -> None:
        name = attempt(partial(self.shelf.save, *key, picture.format, picture.data))
        if isinstance(name, Exception):
            self._failed(key, name)
        else:
            self.say("saved", *key, name, dict(picture.seconds))

    def _failed(self, key: tuple[str, int], error: Exception) -> None:
        reason = next((why for kind, why in REASONS if isinstance(error, kind)), Reason.DRAWING_FAILED)
        self.say("failed", *key, reason, sentence(error))


def encode_preview(pixels: Pixels, order: Order, studio: Studio) -> bytes:
    """Small, labelled, and in the order's format."""
    image = to_image(pixels)
    image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return encode_image(image, pixels.job, studio.labels(keep_words=order.keep_words), order.format)


def accept(studio: Studio, order: Order) -> Job:
    """The order through the gate: the same words and numbers make the same Job in every process."""
    accepted = studio.accept(
        order.text,
        seed=order.seed,
        size=(order.width, order.height),
        steps=order.steps,
        guidance=order.guidance,
        style=order.style,
        transparent=order.transparent,
        finish=order.finish,
        negative=order.negative,
        sampling=order.sampling,
    )
    return accepted.job
