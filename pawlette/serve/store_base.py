"""The owned file of the job store: transactions, records, the one way into a final state. Knows no request.

Leases and steps are kept in memory, since they end with the process that owns them: opening the store gives back
whatever was running.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pawlette.errors import UnknownJob
from pawlette.serve import store_turns
from pawlette.serve.clock import Clock, steady_clock
from pawlette.serve.jobs import RESTARTS, EventKind, Reason, Record, State
from pawlette.serve.store_rows import COLUMNS, blanked, dumps, read_order, read_record
from pawlette.serve.store_schema import open_file, plain_store_errors, transaction


class StoreFile:
    """The file `path`, open. `most_queued`: how many jobs may wait; `max_pages`: how many of 4 KiB the file may have;
    `pace`: seconds a picture, for `QueueFull.retry_after`, kept up to date by whoever knows it. `now`: its clock.
    """

    def __init__(
        self, path: Path, *, most_queued: int = 1000, max_pages: int | None = None, clock: Clock | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.path, self.most_queued, self.pace = path, most_queued, 1.0
        self.waiting = (
            0  # queued jobs, as the last change left them: may be read without waiting for the next
        )
        self._ticks = ticks  # for leases
        self._leases: dict[str, tuple[int, float]] = {}  # job -> (fence, end)
        self._steps: dict[str, int] = {}
        self._lock = threading.RLock()
        self._db = open_file(path)
        if max_pages is not None:
            self._db.pragma("max_page_count", max_pages)
        self.now = clock or steady_clock(self._last_time())
        self._give_back_all()

    def close(self) -> None:
        with self._lock, plain_store_errors(self.path):
            self._db.close()

    # -- rows ------------------------------------------------------------------------------------------------

    @contextmanager
    def _look(self) -> Iterator[None]:
        with self._lock, plain_store_errors(self.path):
            yield

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction; what is kept in memory goes back too where it fails."""
        with self._lock:
            leases, steps = dict(self._leases), dict(self._steps)
            try:
                with plain_store_errors(self.path), transaction(self._db):
                    yield
                    waiting = self._count_waiting()
                self.waiting = waiting
            except BaseException:
                self._leases, self._steps = leases, steps
                raise

    def _count_waiting(self) -> int:
        return int(self._one("SELECT count(*) FROM jobs WHERE state = 'queued'"))

    def _run(self, sql: str, *given: Any) -> None:
        self._db.execute(sql, given)

    def _rows(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, given).fetchall()

    def _rows_safely(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        with plain_store_errors(self.path):
            return self._rows(sql, *given)

    def _one(self, sql: str, *given: Any) -> Any:
        return self._db.execute(sql, given).get

    def _record(self, job: str) -> Record:
        rows = self._rows(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", job)
        if not rows:
            raise UnknownJob(f"there is no job {job[:40]!r}; it may have been deleted")
        return self._records(rows)[0]

    def _records(self, rows: list[tuple[Any, ...]]) -> tuple[Record, ...]:
        waiting = {row[0] for row in rows if row[3] == State.QUEUED}
        places = store_turns.places(self._db, waiting)
        return tuple(
            read_record(row, self._step_of(row), places.get(row[0]) if row[0] in waiting else None)
            for row in rows
        )

    def _step_of(self, row: tuple[Any, ...]) -> int:
        id_, state, order = row[1], row[3], row[12]
        return read_order(order).steps if state == State.DONE else self._steps.get(id_, 0)

    # -- a job's way --------------------------------------------------------------------------------------

    def _holds(self, job: str, fence: int) -> bool:
        return job in self._leases and self._leases[job][0] == fence

    def _fence(self, job: str) -> int:
        return int(self._one("SELECT fence FROM jobs WHERE id = ?", job))

    def _end(
        self, record: Record, state: State, reason: Reason, message: str, picture: str | None = None
    ) -> None:
        """The one way into a final state."""
        self._run(
            "UPDATE jobs SET state = ?, reason = ?, message = ?, picture = ?, ended_at = ? WHERE id = ?",
            state, reason, message, picture, self.now(), record.id,
        )  # fmt: skip
        if not record.order.keep_words:
            self._run("UPDATE jobs SET asked = ?, said = '[]', understood = '{}' WHERE id = ?",
                      blanked(record.order), record.id)  # fmt: skip
        self._forget(record.id)
        self._count(f"{state}:{reason}", 1)
        more = {} if picture is None else {"picture": picture}
        self._tell(record.id, state.value, reason=reason, message=message, **more)

    def _forget(self, job: str) -> None:
        self._leases.pop(job, None)
        self._steps.pop(job, None)

    def _tell(self, job: str, kind: EventKind, **data: object) -> None:
        self._run(
            "INSERT INTO events (job, owner, kind, at, data) SELECT id, owner, ?, ?, ? FROM jobs WHERE id = ?",
            kind, self.now(), dumps(data), job,
        )  # fmt: skip

    def _count(self, name: str, more: int) -> None:
        self._run(
            "INSERT INTO totals VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
            name, more,
        )  # fmt: skip

    # -- opening ---------------------------------------------------------------------------------------------

    def _last_time(self) -> float:
        with self._look():
            return float(self._one("SELECT at FROM events ORDER BY id DESC LIMIT 1") or 0.0)

    def _give_back_all(self) -> None:
        """Whatever ran when the last process ended is to be drawn anew; that end is not held against it, unless it has
        seen RESTARTS of them."""
        with self._change():
            for job, restarts in self._rows("SELECT id, restarts FROM jobs WHERE state = 'running'"):
                self._run("UPDATE jobs SET state = 'queued', restarts = restarts + 1, "
                          "attempts = attempts - 1 WHERE id = ?", job)  # fmt: skip
                if restarts + 1 >= RESTARTS:
                    said = f"the server ended {RESTARTS} times while this was drawn; it is not tried again"
                    self._end(self._record(job), State.FAILED, Reason.POISONED, said)
                else:
                    self._tell(job, "queued", attempts=self._record(job).attempts)
