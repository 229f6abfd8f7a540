"""The nouns of a job that outlives its process, and what a store of them promises. Knows no SQL, process or HTTP.

The promise: accepted means durable. Every accepted job ends in exactly one of done, failed, cancelled and expired, with
a reason. Drawing happens at least once, publication of the picture exactly once.

    enqueue -> queued --claim--> running --finish--> done
                 ^                  |  \\--fail------> failed
                 \\---- release -----/   (lease ran out, worker ended, server started anew)
    cancel -> cancelled; too long in the queue -> expired
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, Protocol

from pawlette.job import Finish, Sampling

ATTEMPTS = 3  # workers that may end while they draw a job, before it is taken for the cause
RESTARTS = 10  # the same for the server itself, whose ends are mostly not the job's fault
MOST_PRIORITY = 9  # priorities are -9 to 9
NOTHING: Mapping[str, Any] = MappingProxyType({})
NO_FINISH = Finish()
OWN_SAMPLING = Sampling()


class State(StrEnum):
    """Where a job stands. The last four are final: a job enters one of them, once, and never leaves it."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


class Reason(StrEnum):
    """Why a job ended as it did, for programs and metrics; the sentence for people is `Record.message`."""

    DRAWN = "drawn"  # done
    BAD_JOB = "bad_job"  # failed: this model cannot draw it
    REFUSED = "refused"  # failed: the gate of the worker refused what an older gate let in
    DRAWING_FAILED = "drawing_failed"  # failed: what came out is no picture, or it does not fit in memory
    BAD_MODEL = "bad_model"  # failed: the model that was asked for cannot be used
    DISK_FULL = "disk_full"  # failed: the picture could not be saved, several times over
    POISONED = "poisoned"  # failed: the worker that drew it ended or hung, ATTEMPTS times
    CANCELLED = "cancelled"  # cancelled: by whoever asked for it, or an adult
    WAITED_TOO_LONG = "waited_too_long"  # expired: `Order.patience` ran out in the queue


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked: one picture. Everything that decides its pixels is fixed here, before it is queued."""

    text: str  # the words as they were typed; they go through the gate again where they are drawn
    seed: int
    width: int  # pixels
    height: int
    steps: int
    guidance: float
    style: str | None = None
    transparent: bool = False
    finish: Finish = NO_FINISH
    format: str = "png"  # or "webp", "jpeg"
    previews: int = 0  # how many unfinished pictures to show on the way, spread over the steps
    keep_words: bool = True  # False: blanked in the store when the job ends, and not in the picture's record
    owner: str = ""  # whose it is: an API key's or a session's public name, never the secret itself
    priority: int = 0  # -9 to 9; a higher one is drawn first
    patience: float | None = None  # seconds that it may wait in the queue; None: for ever
    negative: str | None = None  # what is not wanted, of one's own: for studio mode; None: the style's
    sampling: Sampling = OWN_SAMPLING  # where a foreign workflow asks for steps of another kind
    place: Mapping[str, Any] = field(
        default_factory=dict
    )  # JSON without words: where in a foreign workflow it stands
    papers: Mapping[str, Any] = field(
        default_factory=dict
    )  # JSON with words: that workflow, with its first picture


@dataclass(frozen=True, slots=True)
class Entry:
    """An order that passed the gate, and what its owner was told of it. `Supervisor.read` makes these."""

    order: Order
    said: tuple[str, ...] = ()  # what was changed, dropped and left out, in the reader's language
    understood: Mapping[str, Any] = field(default_factory=dict)  # Reading.to_dict(): JSON
    id: str = ""  # 32 hexadecimal digits that the asker chose; "": random ones


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What tells a repeated request from a new one; keys of different owners never meet."""

    key: str  # the client's Idempotency-Key, or the id of a request that was retried
    digest: str  # of the canonical body: the same key with another digest raises KeyReused


@dataclass(frozen=True, slots=True)
class Record:
    """A job as the store knows it at one moment."""

    id: str  # 32 hexadecimal digits, random: it names the files too
    number: int  # counts up; in the order of acceptance
    request: str  # the id of the first job of the same request; a request of one job: its own id
    order: Order
    state: State
    reason: Reason | None = None  # None until it is final
    message: str = ""  # the sentence that goes with the reason
    attempts: int = 0  # claims that were not given back
    step: int = 0  # denoising steps done, of order.steps; 0 again when drawn anew
    position: int | None = None  # pictures that are drawn before it, while queued; 0: the next
    estimate: float | None = None  # seconds until it will be done, if the supervisor can tell
    accepted_at: float = 0.0  # seconds since 1970
    started_at: float | None = None  # of the last claim
    ended_at: float | None = None
    picture: str | None = None  # file name in the folder of pictures; only where state is done
    seconds: Mapping[str, float] = field(default_factory=dict)  # what the stages took: Picture.seconds
    said: tuple[str, ...] = ()
    understood: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to draw one job until its lease runs out. `fence` is that of this claim alone: a later claim,
    a cancel and a deletion make it worthless, so whoever held it before can publish nothing."""

    record: Record
    fence: int

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def is_suspect(self) -> bool:
        """A worker ended while it drew this: it goes alone now, so that its neighbours are not drawn into it."""
        return self.record.attempts > 1


EventKind = Literal[
    "queued",  # accepted, or given back to be drawn anew; data: attempts
    "running",  # data: attempts
    "step",  # fleeting; data: step, steps
    "preview",  # fleeting; data: step, index, and `picture`: bytes of a small JPEG or PNG, `media_type`
    "moved",  # the queue was reordered; data: {}
    "done",  # data: reason, picture
    "failed",  # data: reason, message
    "cancelled",
    "expired",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job. Fleeting ones are told to whoever listens and kept nowhere: id is None."""

    id: int | None  # counts up and is never used twice, not even after `delete_everything`
    job: str
    kind: EventKind
    at: float  # seconds since 1970
    data: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""  # whose job it is: for choosing who hears of it, not for telling


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, the newest first, and where the next page starts."""

    records: tuple[Record, ...]
    next: int | None  # pass as `before`; None: that was all


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion took from the store: the caller removes the files and stops the workers."""

    jobs: tuple[str, ...]
    pictures: tuple[str, ...]  # file names
    running: tuple[str, ...] = ()  # of the jobs, those that a worker was drawing


@dataclass(frozen=True, slots=True)
class Counts:
    """For metrics and readiness. `totals` only grow, for as long as the store lives: accepted = ended + open + deleted
    (those that were deleted while they were open)."""

    states: Mapping[State, int]
    totals: Mapping[str, int] = field(
        default_factory=dict
    )  # "accepted", "done:drawn", "failed:poisoned", ...
    oldest_wait: float = 0.0  # seconds that the longest waiting job has waited
    paused: bool = False

    @property
    def open(self) -> int:
        return self.states.get(State.QUEUED, 0) + self.states.get(State.RUNNING, 0)


class JobStore(Protocol):
    """Where jobs are kept. One process owns it; its methods may be called from any thread and return quickly.

    Whatever a method returned is durable: it survives kill -9 and a power cut. Each method happens wholly or not at
    all. All raise `StoreUnusable` where the store is damaged or is another's, and `CannotSave` where its disk is full;
    a method that raised changed nothing.
    """

    # -- those who ask ---------------------------------------------------------------------------------------

    def enqueue(
        self, entries: Sequence[Entry], *, idempotency: Idempotency | None = None
    ) -> tuple[tuple[Record, ...], bool]:
        """Accept all of the entries or none; their records in the same order, and whether they are new.

        Where the owner's idempotency key is known with the same digest, the records of the first time come back, as
        they stand now, with False. Raises KeyReused for another digest and for
        an `Entry.id` that a job has, QueueFull (with `retry_after`, seconds) where
        not all fit below the queue's bound, ValueError for no entries or for entries of several owners.
        """

    def check_room(self, more: int) -> None:
        """Raise QueueFull where `enqueue` would for so many, as the last change left the queue. Waits for nobody."""

    def get(self, job: str) -> Record:
        """One job; raises UnknownJob."""

    def page(
        self, *, states: Collection[State] | None = None, owner: str | None = None, request: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Page:  # fmt: skip
        """Jobs by number, the newest first; `before` is a `Page.next`. None: of any state, owner or request."""

    def queue(self, *, owner: str | None = None, limit: int = 100) -> tuple[Record, ...]:
        """The queued jobs in the order in which they will be drawn; `position` counts everybody's."""

    def cancel(self, job: str) -> Record:
        """End a queued or running job; its fence is worthless from now on. A final job is left as it is.

        Raises UnknownJob. Whether this call did it is told by comparing the state before: use the event.
        """

    def move(self, job: str, to: int) -> Record:
        """Put a queued job at place `to` (0: drawn next; beyond the end: last). It takes on the priority of the job
        that stood there. Raises UnknownJob, or WrongState where it is not queued.
        """

    def prioritise(self, job: str, priority: int) -> Record:
        """Give a queued job another priority, behind those that have it. Raises UnknownJob, WrongState, or BadJob for
        one that is not -9 to 9.
        """

    def pause(self) -> None:
        """Let nobody claim; running jobs go on. It lasts over a restart."""

    def resume(self) -> None:
        """The end of a pause."""

    def is_paused(self) -> bool:
        """Whether nobody may claim."""

    # -- those who draw --------------------------------------------------------------------------------------

    def claim(self, worker: str, *, lease: float, suspects: bool | None = None) -> Claim | None:
        """The next job, for `lease` seconds of a clock that does not jump; None: nothing waits, or all is paused.

        The order: priority; then owners in turn, so that one who asks for a hundred does not keep others waiting; then
        acceptance. `suspects`: True only jobs that saw a worker end, False only others, None both.
        """

    def suspects(self) -> int:
        """How many queued jobs saw a worker end while it drew them."""

    def renew(self, claims: Iterable[tuple[str, int]], *, lease: float) -> frozenset[str]:
        """A worker lives: prolong the leases of (job, fence). Those that come back are still held; who is missing was
        cancelled, deleted or given to another, and is to be drawn no further.
        """

    def progress(self, job: str, fence: int, step: int) -> bool:
        """`step` denoising steps are done; False where the fence is old. Kept in memory only: after a restart the job
        is drawn anew.
        """

    def finish(self, job: str, fence: int, *, picture: str, seconds: Mapping[str, float] = NOTHING) -> bool:
        """The file `picture` is whole and on disk: done. False where the fence is old; nothing is published then."""

    def fail(self, job: str, fence: int, reason: Reason, message: str) -> bool:
        """It cannot be drawn, however often it is tried. False where the fence is old."""

    def release(self, job: str, fence: int, *, blame: bool = True, message: str = "") -> Record | None:
        """Give a running job back, to be drawn anew at its old place in the queue; None where the fence is old.

        `blame`: its worker ended or hung, so the attempt counts; the job that has used up ATTEMPTS is
        failed(poisoned) instead. Without blame (drain, disk full elsewhere) the attempt is forgotten.
        """

    def expire(self) -> tuple[Record, ...]:
        """Release, with blame, what has a lease that ran out; expire what waited past its patience. Returns those that
        changed.
        """

    # -- those who look on -----------------------------------------------------------------------------------

    def events(self, after: int, *, jobs: Collection[str] | None = None, owner: str | None = None,
               limit: int = 500) -> tuple[Event, ...]:  # fmt: skip
        """Kept events with an id above `after`, in their order: what a listener with this Last-Event-ID has missed."""

    def last_event(self) -> int:
        """The highest id that was given to an event; 0 where there was none."""

    def counts(self) -> Counts:
        """How many jobs stand where."""

    # -- those who tidy --------------------------------------------------------------------------------------

    def purge(self, ended_before: float, *, limit: int = 1000) -> Deleted:
        """Forget final jobs (with events and idempotency keys) that ended before this time, in seconds since 1970."""

    def delete(self, job: str) -> Deleted:
        """Forget one job, whatever its state. Raises UnknownJob."""

    def delete_everything(self, *, owner: str | None = None) -> Deleted:
        """Forget all jobs (of an owner, or of all), whatever their state; the words leave the file on disk too."""

    def pictures(self) -> frozenset[str]:
        """The file names of all published pictures: any other file in their folder is an orphan."""

    def close(self) -> None:
        """Let go of the store; another process may own it then."""
