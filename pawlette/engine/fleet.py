"""Several devices behind one desk: an engine for each, in a process of its own. Knows no model: it is told how to load.

A job goes to the device with the fewest under way. Pictures, steps and errors come back as they would from `Pipeline`,
whose equal this is: the same job draws the same picture on any device of a kind. A process that ends on its own is
started again, and its jobs go on elsewhere; a job that has seen two of them end is told so, since it may be the cause.
"""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from pawlette.engine.fleet_worker import Load, serve
from pawlette.engine.groups import attempt, tell
from pawlette.engine.previews import Previews
from pawlette.engine.stages import Deliver, OnStep
from pawlette.errors import BadJob, DrawingFailed
from pawlette.job import Job, Picture

ENDS = 2  # processes that one job may see the end of
ENOUGH = 24  # jobs under way that keep one device's engine filled


@dataclass(slots=True, eq=False)
class Asked:
    """A job, and the one who asked for it."""

    number: int
    job: Job
    deliver: Deliver
    on_step: OnStep | None
    future: Future[Picture] = field(default_factory=Future)
    ends: int = 0  # of processes that drew it


@dataclass(slots=True, eq=False)
class Worker:
    """A device's process, as the desk sees it."""

    device: str
    process: Any
    connection: Connection
    under_way: dict[int, Asked] = field(default_factory=dict)
    loaded: bool = False
    sending: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, *message: object) -> None:
        """Say something to the process. If it is gone, its end settles what it did not hear."""
        with self.sending:
            attempt(lambda: self.connection.send(message))


class Fleet:
    """Draws jobs on `devices`. Close it, or use it in a `with`, as a Pipeline.

    `load` makes the model in each process, so it is a function of a module, no lambda; `batch` is the engines'.
    """

    def __init__(self, load: Load, devices: Sequence[str], *, batch: int | None = None) -> None:
        if not devices:
            raise ValueError("a fleet has at least one device")
        self._given = (load, batch, len(devices))
        self._context: Any = multiprocessing.get_context("spawn")  # CUDA does not survive a fork
        self._desk = threading.Lock()  # guards the workers, what they have under way, and the three below
        self._open = set[Asked]()  # accepted, and not yet told what came of it
        self._closing = False
        self._last_words: Exception = DrawingFailed("no device's process is left to draw")
        self._numbers = itertools.count()
        self._workers: list[Worker] = []
        self._listeners: list[threading.Thread] = []
        self.enough = ENOUGH * len(devices)
        with self._desk:
            for device in devices:
                self._start(device)

    def submit(self, job: Job, deliver: Deliver, *, on_step: OnStep | None = None,
               previews: Previews | None = None) -> Future[Picture]:  # fmt: skip
        """Draw a job, soon. Its Future gives the Picture or raises its error; until then it can be cancelled.

        Raises BadJob for previews: pixels of unfinished pictures do not travel between processes.
        """
        if previews is not None:
            raise BadJob("several devices show no unfinished pictures; one device does")
        asked = Asked(next(self._numbers), job, deliver, on_step)
        with self._desk:
            if self._closing:
                raise RuntimeError("this engine is closed: it takes no more jobs")
            self._open.add(asked)
        asked.future.add_done_callback(lambda _: self._forget(asked))
        self._send(asked)
        return asked.future

    def close(self, *, finish: bool = True) -> None:
        """Draw what was accepted or, with finish=False, cancel it; then end the processes."""
        with self._desk:
            self._closing = True
            unfinished = tuple(self._open)
        if not finish:
            for asked in unfinished:
                asked.future.cancel()
        wait([asked.future for asked in unfinished])
        with self._desk:
            workers, listeners = list(self._workers), list(self._listeners)
        for worker in workers:
            worker.tell("close")
        for listener in listeners:
            listener.join()

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close(finish=error is None)

    # -- who draws what --------------------------------------------------------------------------------------

    def _start(self, device: str) -> None:
        """A process, and the thread that hears it; the desk is held."""
        here, there = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(there, device, *self._given), name=f"pawlette {device}", daemon=True
        )
        process.start()
        there.close()
        worker = Worker(device, process, here)
        listener = threading.Thread(target=self._listen, args=(worker,), daemon=True)
        self._workers.append(worker)
        self._listeners.append(listener)
        listener.start()

    def _send(self, asked: Asked) -> None:
        """To the device with the fewest jobs; where none is left, the one who asked is told."""
        with self._desk:
            worker = min(self._workers, key=lambda one: len(one.under_way), default=None)
            if worker is not None:
                worker.under_way[asked.number] = asked
        if worker is None:
            self._settle(asked, self._last_words)
        else:
            worker.tell("draw", asked.number, asked.job, asked.deliver, asked.on_step is not None)

    def _settle(self, asked: Asked, outcome: Picture | Exception | None) -> None:
        """Tell the one who asked, once; None where the job was cancelled."""
        with self._desk:
            if asked not in self._open:
                return
            self._open.remove(asked)
        tell(asked.future, outcome)

    def _forget(self, asked: Asked) -> None:
        """Of a job that is done while a device still has it, because it was cancelled or its listener failed."""
        self._settle(asked, None)
        with self._desk:
            holders = [worker for worker in self._workers if worker.under_way.pop(asked.number, None)]
        for worker in holders:
            worker.tell("cancel", asked.number)

    # -- what the processes say ------------------------------------------------------------------------------

    def _listen(self, worker: Worker) -> None:
        """To its end, whatever that is; then its jobs go to another one."""
        answers: dict[str, Callable[[Worker, int, Any], None]] = {
            "loaded": self._loaded, "broken": self._broken, "step": self._stepped, "done": self._done
        }  # fmt: skip
        try:
            while True:
                kind, number, said = worker.connection.recv()
                answers[kind](worker, number, said)
        except (EOFError, OSError):
            self._bury(worker)

    def _loaded(self, worker: Worker, number: int, said: None) -> None:
        worker.loaded = True

    def _broken(self, worker: Worker, number: int, said: Exception) -> None:
        self._last_words = said

    def _stepped(self, worker: Worker, number: int, at: int) -> None:
        asked = worker.under_way.get(number)
        if asked is not None and asked.on_step is not None:
            told = attempt(partial(asked.on_step, at))
            if isinstance(told, Exception):
                self._settle(asked, told)

    def _done(self, worker: Worker, number: int, outcome: Picture | Exception) -> None:
        with self._desk:
            asked = worker.under_way.pop(number, None)
        if asked is not None:
            self._settle(asked, outcome)

    def _bury(self, worker: Worker) -> None:
        worker.process.join()
        with self._desk:
            worker.connection.close()
            self._workers.remove(worker)
            orphans = list(worker.under_way.values())
            worker.under_way.clear()
            if worker.loaded and orphans:
                self._start(worker.device)
        for asked in orphans:
            asked.ends += worker.loaded
            if asked.ends >= ENDS:
                ended = f"{ENDS} processes ended while they drew this, the last on {worker.device}"
                self._settle(asked, DrawingFailed(ended))
            else:
                self._send(asked)
