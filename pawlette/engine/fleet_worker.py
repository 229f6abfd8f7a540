"""What a process of a fleet does: load the model, draw what comes, until it is told to close or is left alone.

Knows no other process. Says ("loaded" | "broken" | "step" | "done", job's number, what) and hears ("draw", number,
job, deliver, whether steps are told), ("cancel", number) and ("close",).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from pawlette.device import writers
from pawlette.engine.groups import attempt
from pawlette.engine.pipeline import Pipeline
from pawlette.engine.stages import Model
from pawlette.errors import BadJob, BadModel, BadWeights, CannotSave, DrawingFailed
from pawlette.job import Picture

Load = Callable[[str], Model]  # device -> model
TRAVEL = (
    BadJob,
    BadModel,
    BadWeights,
    CannotSave,
    DrawingFailed,
)  # errors that are one sentence and nothing else


def serve(connection: Connection, device: str, load: Load, batch: int | None, engines: int = 1) -> None:
    """The process, from its start to its end; `engines` share the host's cores."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the desk's to answer: it cancels or finishes
    say = Voice(connection)
    model = attempt(partial(load, device))
    if isinstance(model, Exception):
        say("broken", -1, model)
        return
    say("loaded", -1, None)
    with Pipeline(model, device=device, batch=batch, writers=writers(device, engines)) as engine:
        answer(connection, engine, say)


def answer(connection: Connection, engine: Pipeline, say: Voice) -> None:
    """Draw and cancel as told; when the desk is gone, what is under way is worth nothing."""
    futures: dict[int, Future[Picture]] = {}
    while (message := heard(connection)) != ("close",):
        match message:
            case ("draw", int(number), job, deliver, told):
                on_step = partial(say, "step", number) if told else None
                futures[number] = future = engine.submit(job, deliver, on_step=on_step)
                future.add_done_callback(partial(finished, say, futures, number))
            case ("cancel", int(number)):
                if wanted := futures.get(number):
                    wanted.cancel()
            case _:
                engine.close(finish=False)
                return


def heard(connection: Connection) -> tuple[Any, ...] | None:
    """The next message; None when the desk is gone."""
    try:
        message: tuple[Any, ...] = connection.recv()
    except (EOFError, OSError):
        return None
    return message


def finished(say: Voice, futures: dict[int, Future[Picture]], number: int, future: Future[Picture]) -> None:
    futures.pop(number, None)
    if not future.cancelled():
        say("done", number, future.exception() or future.result())


class Voice:
    """Sends whole messages, from any thread."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.speaking = connection, threading.Lock()

    def __call__(self, kind: str, number: int, said: object) -> None:
        if isinstance(said, BaseException) and type(said) not in TRAVEL:
            said = DrawingFailed(f"{type(said).__name__}: {said}")
        with self.speaking:
            attempt(lambda: self.connection.send((kind, number, said)))
