"""Jobs in, Pictures out: encode -> rolling denoise -> decode -> deliver, each beside the others' next pictures.

Knows no model, no words and no file format. Owns the threads, one for each stage (on a CPU two that denoise, beside a
GPU several that deliver), and what passes between them; the order of work on the device is device.py's. Equal to its
plain twin, `run_inline`: exactly where rows go alone, within rounding where they share a batch.
"""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from types import TracebackType
from typing import Any, TypeVar

from torch import Tensor

from pawlette.device import Lane, Mark, shares
from pawlette.device import writers as file_writers
from pawlette.engine.batcher import Batcher, Waiting
from pawlette.engine.denoise import Rolling
from pawlette.engine.encode import Encoder
from pawlette.engine.groups import attempt, run_group, tell
from pawlette.engine.handover import HandOver
from pawlette.engine.lead import Lead
from pawlette.engine.limits import MOST, BatchLimit, Memory
from pawlette.engine.previews import Previews, Sketcher
from pawlette.engine.stages import Deliver, Model, OnSpan, OnStep, prefetch
from pawlette.engine.tally import Place, Tally
from pawlette.errors import DrawingFailed
from pawlette.job import Job, Latents, Picture, Pixels

TICK = 0.001  # seconds between looks at a device that nothing new is asked of
DEPTH = 2  # groups between two stages: the one that is next, and one behind it
Made = TypeVar("Made")
Found = TypeVar("Found", bound=list[Any])


@dataclass(slots=True, eq=False)
class Parcel:
    """A job on its way, and the one who asked for it."""

    job: Job
    deliver: Deliver
    on_step: OnStep | None = None
    previews: Previews | None = None
    future: Future[Picture] = field(default_factory=Future)
    seconds: dict[str, float] = field(default_factory=dict)  # stage -> seconds
    joined: float = 0.0  # when it joined the denoising batch
    joined_at: Place | None = None  # the same by the device's clock

    @property
    def unwanted(self) -> bool:
        """Cancelled, or told already that it failed."""
        return self.future.done()


class Pipeline:
    """Draws jobs beside each other. Close it, or use it in a `with`: leaving that well finishes what was accepted.

    `batch`: how many rows may share a forward; None: alone on a CPU, as many as memory allows on a GPU. `patience`:
    the batcher's. `lanes`: threads that denoise, each a batch of its own; `threads`: what an operation of one may use
    of the CPU; `writers`: threads that deliver, each one picture at a time; None: as device.py has them, and all of
    the CPU for a lane that works alone. `on_span` hears of each picture's stages, from their threads: host time, not
    the device's; `tally` counts the rows of each step, and the device's time.
    """

    def __init__(
        self, model: Model, *, device: str = "cpu", batch: int | None = None, patience: int = 16,
        lanes: int | None = None, threads: int | None = None, writers: int | None = None,
        on_span: OnSpan | None = None, tally: Tally | None = None,
    ) -> None:  # fmt: skip
        suits = shares(device)
        lanes, self._alone = lanes or suits[0], threads or suits[2]
        self._beside = threads = threads or suits[1]
        self.model, self.device, self.on_span, self.tally = model, device, on_span, tally
        self.most = batch or (MOST if device.startswith("cuda") else 1)
        self._limits = {stage: BatchLimit(batch, Memory.of(device)) for stage in ("denoise", "decode")}
        self._batcher = Batcher[Parcel, tuple[Parcel, Latents, Mark]](
            patience=patience, ahead=max(DEPTH, lanes * self.most)
        )
        self._to_decode = HandOver[tuple[list[tuple[Parcel, Latents]], Mark]](DEPTH, lanes)
        self._to_deliver = HandOver[tuple[Parcel, Pixels, Mark]]()
        self._desk = threading.Condition()  # guards the batcher and the three below
        self._sketcher = Sketcher(model, device, self._settle)
        self._open = set[Parcel]()  # accepted, and not yet told what came of it
        self._at_work = set[Lane]()  # those that denoise or decode now
        self._closing = self._broken = False
        # Compiled code is of the number of threads that it was made with: on a card, where they hardly matter, of one.
        reading = 1 if device == "cpu" else threads
        stages = [("encode", self._encode, reading), *[("denoise", self._denoise, threads)] * lanes]
        stages += [("decode", self._decode, threads)]
        stages += [("deliver", self._deliver, 1)] * (writers or file_writers(device))
        self._threads = [
            threading.Thread(target=self._run, args=given, name=f"pawlette-{given[0]}", daemon=True)
            for given in stages
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close, finish=False)

    @property
    def enough(self) -> int:
        """How many jobs under way keep every stage and hand-over filled."""
        return 4 * (DEPTH + self.most)

    # -- the desk --------------------------------------------------------------------------------------------

    def submit(self, job: Job, deliver: Deliver, *, on_step: OnStep | None = None,
               previews: Previews | None = None) -> Future[Picture]:  # fmt: skip
        """Draw a job, soon. Its Future gives the Picture or raises its error; until then it can be cancelled."""
        parcel = Parcel(job, deliver, on_step, previews)
        self._accept([parcel])
        return parcel.future

    def rehearse(self, groups: Iterable[Sequence[Job]]) -> None:
        """Draw groups of jobs for nothing, one behind the other, so that every stage has met their shapes on its lane.

        A group is accepted as one. Where nothing else is drawn, and as far as the limits allow, it is read, denoised
        (by one lane, where there are several) and decoded as one too: give its jobs one shape and count of steps, and
        texts that the engine does not remember. Raises a job's error, and CancelledError where the engine is closed
        without finishing; the rest of its group is then cancelled.
        """
        for group in groups:
            parcels = [Parcel(job, unseen) for job in group]
            self._accept(parcels)
            try:
                for parcel in parcels:
                    parcel.future.result()
            finally:
                for parcel in parcels:
                    parcel.future.cancel()

    def _accept(self, parcels: Sequence[Parcel]) -> None:
        """Put them into the queue at once: nobody sees a part of them."""
        with self._desk:
            if self._closing:
                raise RuntimeError("this engine is closed: it takes no more jobs")
            self._open.update(parcels)
            for parcel in parcels:
                self._batcher.put(parcel.job.shape, parcel)
            self._desk.notify_all()
        for parcel in parcels:
            # Whoever waits for a job that is cancelled hears of it at once.
            parcel.future.add_done_callback(partial(self._let_go, parcel))

    def _let_go(self, parcel: Parcel, _: Future[Picture]) -> None:
        self._settle(parcel, None)

    def close(self, *, finish: bool = True) -> None:
        """Draw what was accepted or, with finish=False, cancel it; then end the threads."""
        with self._desk:
            self._closing = True
            self._desk.notify_all()
            unfinished = () if finish else tuple(self._open)
        for parcel in unfinished:
            parcel.future.cancel()
        for thread in self._threads:
            thread.join()
        self._sketcher.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close(finish=error is None)

    def _settle(self, parcel: Parcel, outcome: Picture | Exception | None) -> None:
        """Tell the one who asked, once; None where the job was cancelled."""
        with self._desk:
            if parcel not in self._open:
                return
            self._open.remove(parcel)
        tell(parcel.future, outcome)

    # -- the threads -----------------------------------------------------------------------------------------

    def _run(self, name: str, stage: Callable[[Lane], None], threads: int) -> None:
        """A stage's thread. What stops a whole stage, and is no row's own error, is told to everybody."""
        outcome: Exception | None = DrawingFailed(f"the engine's stage {name!r} was stopped")
        try:
            with Lane(self.device, threads) as lane:
                outcome = attempt(partial(stage, lane))
        finally:
            if outcome is not None:
                self._abandon(outcome)

    def _abandon(self, error: Exception) -> None:
        with self._desk:
            self._closing = self._broken = True
            self._desk.notify_all()
            unfinished = tuple(self._open)
        for parcel in unfinished:
            self._settle(parcel, error)
        self._to_decode.abandon()
        self._to_deliver.abandon()

    def _encode(self, lane: Lane) -> None:
        encoder = Encoder(self.model, BatchLimit(self.most, Memory.of(self.device)))
        ahead = deque[tuple[Parcel, Latents]]()  # read; `prefetch` comes while nothing is to be read
        while group := self._to_read(ahead):
            start, place = perf_counter(), self._place(lane)
            wanted = [(waiting, waiting.item.job) for waiting in group if not waiting.item.unwanted]
            read = dict(encoder(wanted))
            mark = lane.mark()
            self._worked("encode", lane, place, [place] * len(wanted))
            self._took("encode", [waiting.item for waiting, _ in wanted], start)
            with self._desk:
                for waiting in group:
                    latents = read.get(waiting)
                    if isinstance(latents, Latents):
                        self._batcher.read(waiting, (waiting.item, latents, mark))
                    else:
                        self._batcher.drop(waiting)
                self._desk.notify_all()
            ahead += self._well((waiting.item, latents) for waiting, latents in read.items())

    def _to_read(self, ahead: deque[tuple[Parcel, Latents]]) -> list[Waiting[Parcel]]:
        """Who is read next; what those who were read will need is made until then."""
        while ahead:
            with self._desk:
                group = self._batcher.to_read(self.most)
            if group:
                return group
            parcel, latents = ahead.popleft()
            if not parcel.unwanted:
                attempt(partial(prefetch, self.model, latents))
        return self._wait(lambda: self._batcher.to_read(self.most))

    def _denoise(self, lane: Lane) -> None:
        """The hot loop: nothing here asks the device for a number."""
        rolling, lead = Rolling[Parcel](self.model, self._limits["denoise"]), Lead[Parcel](self._tell_step)
        while self._join(rolling, lane, lead):
            rolling.drop(lambda parcel: parcel.unwanted)
            self._share(lane)
            watched = {parcel: before for parcel, before in rolling.rows if is_shown(parcel, before)}
            stepped = self._well(self._step(rolling, lane))
            for parcel, latents in stepped:
                if parcel in watched:
                    self._sketcher.put(parcel, watched[parcel], latents, lane.mark())
            done = [(parcel, latents) for parcel, latents in stepped if latents.done]
            for parcel, _ in done:
                self._took("denoise", [parcel], parcel.joined)
            if stepped:
                lead.asked(mark := lane.milestone(), [(parcel, latents.at) for parcel, latents in stepped])
            if done:
                self._to_decode.put((done, mark))
        self._to_decode.end()

    def _step(self, rolling: Rolling[Parcel], lane: Lane) -> list[tuple[Parcel, Latents | Exception]]:
        """One step of every row, tallied."""
        if self.tally is None or not rolling.rows:
            return rolling.step()
        place, rows = self._place(lane), len(rolling.rows)
        for parcel, _ in rolling.rows:
            parcel.joined_at = parcel.joined_at or place
        stepped = rolling.step()
        done = [parcel.joined_at for parcel, now in stepped if isinstance(now, Latents) and now.done]
        self.tally.stepped(rows)
        self._worked("denoise", lane, place, done)
        return stepped

    def _join(self, rolling: Rolling[Parcel], lane: Lane, lead: Lead[Parcel]) -> bool:
        """Let in whoever may join now; False when nobody is here and nobody will come."""

        def take() -> list[tuple[Hashable, tuple[Parcel, Latents, Mark]]]:
            key, joined = self._batcher.join(rolling.key, rolling.room)
            return [(key, ready) for ready in joined]

        if not rolling.rows:
            self._at_work.discard(lane)
        while True:
            # Outside the desk: whoever hears of a step may ask something of it.
            untold = not rolling.rows and lead.look()
            with self._desk:
                joined = take()
                if joined:
                    self._desk.notify_all()  # there is room to read more, or nothing is left to wait for
                if joined or rolling.rows or (self._is_over and not untold):
                    break
                self._desk.wait(TICK if untold else None)
        for key, (parcel, latents, mark) in joined:
            lane.follow(mark, tensors_of(latents))
            parcel.joined = perf_counter()
            rolling.join(key, [(parcel, latents)])
        return bool(rolling.rows)

    def _decode(self, lane: Lane) -> None:
        limit = self._limits["decode"]
        while items := self._to_decode.take():
            for key, rows in by_shape(items, lane).items():
                while rows := [(parcel, latents) for parcel, latents in rows if not parcel.unwanted]:
                    group, rows = rows[: limit.of(key)], rows[limit.of(key) :]
                    self._share(lane)
                    start, place = perf_counter(), self._place(lane)
                    decoded = run_group(self.model.decode, group, limit, key)
                    mark = lane.mark()
                    self._worked("decode", lane, place, [place] * len(group))
                    self._took("decode", [parcel for parcel, _ in group], start)
                    self._at_work.discard(lane)
                    for parcel, pixels in self._well(decoded):
                        # As many as two groups, which are small where memory is short.
                        self._to_deliver.put((parcel, pixels, mark), DEPTH * limit.of(key))
        self._to_deliver.end()

    def _deliver(self, lane: Lane) -> None:
        while items := self._to_deliver.take(1):
            # Nothing is held here while the next is waited for: a row holds the pixels of its whole group.
            self._hand_over(lane, *items.pop())

    def _hand_over(self, lane: Lane, parcel: Parcel, pixels: Pixels, mark: Mark) -> None:
        if parcel.unwanted:
            return
        lane.follow(mark, [pixels.tensor])
        start = perf_counter()
        outcome = attempt(partial(parcel.deliver, pixels, parcel.seconds))
        self._took("deliver", [parcel], start)
        self._settle(parcel, outcome)

    def _share(self, lane: Lane) -> None:
        """CPU threads for what this lane asks next: all, where no other is at work."""
        self._at_work.add(lane)
        lane.use(self._alone if len(self._at_work) == 1 else self._beside)

    # -- between the stages ----------------------------------------------------------------------------------

    @property
    def _is_over(self) -> bool:
        return self._broken or (self._closing and not len(self._batcher))

    def _wait(self, take: Callable[[], Found]) -> Found:
        """What `take` finds, as soon as it finds something; nothing when nothing will come any more."""
        with self._desk:
            while not (found := take()) and not self._is_over:
                self._desk.wait()
            return found

    def _well(self, rows: Iterable[tuple[Parcel, Made | Exception]]) -> list[tuple[Parcel, Made]]:
        """The rows that go on; the errors of the others go to those who asked."""
        well = []
        for parcel, made in rows:
            if isinstance(made, Exception):
                self._settle(parcel, made)
            else:
                well.append((parcel, made))
        return well

    def _tell_step(self, parcel: Parcel, at: int) -> None:
        if parcel.on_step is None or parcel.unwanted:
            return
        told = attempt(partial(parcel.on_step, at))
        if isinstance(told, Exception):
            self._settle(parcel, told)

    def _place(self, lane: Lane) -> Place | None:
        return None if self.tally is None else lane.place()

    def _worked(self, stage: str, lane: Lane, start: Place | None, since: Sequence[Place | None]) -> None:
        if self.tally is not None and start is not None:
            self.tally.worked(stage, start, lane.place(), since)

    def _took(self, stage: str, parcels: Sequence[Parcel], start: float) -> None:
        end = perf_counter()
        for parcel in parcels:
            parcel.seconds[stage] = end - start
            if self.on_span is not None:
                self.on_span(stage, start, end)


def unseen(pixels: Pixels, seconds: dict[str, float]) -> Picture:
    """A delivery that makes no file. It waits for the pixels, so that whatever broke on the device is heard of."""
    pixels.tensor.cpu()
    return Picture(pixels.job, b"", "none", seconds)


def is_shown(parcel: Parcel, before: Latents) -> bool:
    """Whether somebody wants to see what the next step foresees."""
    return parcel.previews is not None and before.at + 1 in parcel.previews.steps


def tensors_of(latents: Latents) -> list[Tensor]:
    """All that the denoiser reads of one picture."""
    given = latents.conditioning
    return [tensor for tensor in (latents.tensor, given.embeds, given.negative) if tensor is not None]


def by_shape(items: Iterable[tuple[list[tuple[Parcel, Latents]], Mark]], lane: Lane) -> dict[Hashable, Any]:
    """What several steps finished, as groups that may be decoded together, behind the work that made it."""
    groups: dict[Hashable, list[tuple[Parcel, Latents]]] = {}
    for rows, mark in items:
        lane.follow(mark, [latents.tensor for _, latents in rows])
        for parcel, latents in rows:
            groups.setdefault(parcel.job.shape, []).append((parcel, latents))
    return groups
