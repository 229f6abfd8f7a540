"""What the API needs of whoever keeps and draws the jobs. Knows no HTTP, no SQL and no process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pawlette.job import Finish
from pawlette.serve.jobs import NO_FINISH, Deleted, Entry, Event, Idempotency, JobStore, Record
from pawlette.studio import Studio


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a picture that is asked for now would be drawn, and if not, why."""

    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture as a request describes it; None: what the model takes by default."""

    text: str
    seed: int | None = None
    size: tuple[int, int] | None = None  # width, height in pixels
    steps: int | None = None
    guidance: float | None = None
    style: str | None = None
    transparent: bool = False
    finish: Finish = NO_FINISH
    format: str = "png"
    previews: int = 0
    keep_words: bool = True
    owner: str = ""
    priority: int = 0
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the workers tell of themselves, for metrics."""

    workers: Mapping[str, int] = field(default_factory=dict)  # state of a worker -> how many
    counters: Mapping[str, float] = field(default_factory=dict)  # "lease_expiries", "worker_restarts" ...
    gauges: Mapping[str, float] = field(default_factory=dict)  # "batch_size", "kernel_busy" ...


class Desk(Protocol):
    """Keeps jobs and has them drawn. Its methods may be called from any thread."""

    @property
    def store(self) -> JobStore:
        """Where the jobs are kept."""

    @property
    def studio(self) -> Studio:
        """The front desk, without a loaded model: it reads words and knows what the model draws."""

    def read(self, wish: Wish) -> Entry:
        """Through the gate; raises Refused, UnknownAnimal or BadJob."""

    def submit(
        self, entries: Sequence[Entry], *, idempotency: Idempotency | None = None
    ) -> tuple[tuple[Record, ...], bool]:
        """As `JobStore.enqueue`, and the workers hear of it. Raises QueueClosed while the server ends."""

    def cancel(self, job: str) -> Record:
        """End a job; a worker that draws it stops before its next step. Raises UnknownJob."""

    def delete(self, job: str) -> Deleted:
        """Forget a job and remove its picture. Raises UnknownJob."""

    def delete_everything(self) -> Deleted:
        """Forget all jobs and remove all pictures."""

    def purge(self, ended_before: float) -> Deleted:
        """Forget the jobs that ended before this time, in seconds since 1970, and remove their pictures."""

    def picture(self, record: Record) -> Path:
        """Where the picture of a job that is done lies."""

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with every event from now on, in any thread; what comes back ends it."""

    def readiness(self) -> Readiness:
        """Whether a picture that is asked for now would be drawn."""

    def figures(self) -> Figures:
        """For metrics."""

    def drain(self, seconds: float) -> bool:
        """Take no more jobs and claim none; wait until those that run are finished. False: some are not."""

    def close(self) -> None:
        """End the workers and let go of the store."""
