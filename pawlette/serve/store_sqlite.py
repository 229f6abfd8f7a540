"""The job store in one SQLite file: WAL, synchronous=FULL, one owning process. Knows no worker and no HTTP.

What a caller was told is on disk. Leases and steps are kept in memory, since they end with the process that owns them:
opening the store gives back whatever was running. Every change of a job is one transaction, with its event.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import apsw

from pawlette.errors import BadJob, KeyReused, QueueFull, UnknownJob, WrongState
from pawlette.serve.clock import Clock, steady_clock
from pawlette.serve.jobs import (
    ATTEMPTS,
    MOST_PRIORITY,
    NOTHING,
    RESTARTS,
    Claim,
    Counts,
    Deleted,
    Entry,
    Event,
    EventKind,
    Idempotency,
    Page,
    Reason,
    Record,
    State,
)
from pawlette.serve.store_rows import (
    COLUMNS,
    EVENT_COLUMNS,
    asked,
    blanked,
    dumps,
    read_event,
    read_order,
    read_record,
)
from pawlette.serve.store_schema import open_file, plain_store_errors, transaction

IN_TURN = "ORDER BY priority DESC, turn, number"
POISONED = "the process that drew this ended or hung {} times; it may be the cause, and is not tried again"


class SqliteStore:
    """`JobStore` in the file `path`. `most_queued`: how many jobs may wait; `max_pages`: how many of 4 KiB the file
    may have; `pace`: seconds a picture, for `QueueFull.retry_after`, kept up to date by whoever knows it. `now`: its
    clock.
    """

    def __init__(
        self, path: Path, *, most_queued: int = 1000, max_pages: int | None = None, clock: Clock | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.path, self.most_queued, self.pace = path, most_queued, 1.0
        self._ticks = ticks  # for leases
        self._leases: dict[str, tuple[int, float]] = {}  # job -> (fence, end)
        self._steps: dict[str, int] = {}
        self._lock = threading.RLock()
        self._db = open_file(path)
        if max_pages is not None:
            self._db.pragma("max_page_count", max_pages)
        self.now = clock or steady_clock(self._last_time())
        self._give_back_all()

    # -- those who ask ---------------------------------------------------------------------------------------

    def enqueue(
        self, entries: Sequence[Entry], *, idempotency: Idempotency | None = None
    ) -> tuple[tuple[Record, ...], bool]:
        if not entries or len({entry.order.owner for entry in entries}) > 1:
            raise ValueError("a request has one owner, and at least one entry")
        for entry in entries:
            check_priority(entry.order.priority)
        owner = entries[0].order.owner
        with self._change():
            if idempotency is not None and (known := self._known(owner, idempotency)):
                return known, False
            self._check_room(len(entries))
            ids = [uuid4().hex for _ in entries]
            if idempotency is not None:
                self._run("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
                          owner, idempotency.key, idempotency.digest, ids[0])  # fmt: skip
            for id_, entry in zip(ids, entries, strict=True):
                self._insert(id_, ids[0], entry)
            self._count("accepted", len(entries))
            return tuple(self._record(id_) for id_ in ids), True

    def get(self, job: str) -> Record:
        with self._look():
            return self._record(job)

    def page(
        self, *, states: Collection[State] | None = None, owner: str | None = None, request: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Page:  # fmt: skip
        wanted = [] if states is None else sorted(states)
        conditions = {
            "owner = ?": owner, "request = ?": request, "number < ?": before,
        }  # fmt: skip
        where = ["1", *(condition for condition, value in conditions.items() if value is not None)]
        given = [value for value in conditions.values() if value is not None]
        if states is not None:
            where.append(f"state IN ({', '.join('?' * len(wanted))})")
        with self._look():
            rows = self._rows(
                f"SELECT {COLUMNS} FROM jobs WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?",
                *given, *wanted, limit + 1,
            )  # fmt: skip
            records = self._records(rows[:limit])
        return Page(records, records[-1].number if len(rows) > limit else None)

    def queue(self, *, owner: str | None = None, limit: int = 100) -> tuple[Record, ...]:
        mine = "" if owner is None else "AND owner = ?"
        with self._look():
            rows = self._rows(
                f"SELECT {COLUMNS} FROM jobs WHERE state = 'queued' {mine} {IN_TURN} LIMIT ?",
                *([] if owner is None else [owner]), limit,
            )  # fmt: skip
            return self._records(rows)

    def cancel(self, job: str) -> Record:
        with self._change():
            record = self._record(job)
            if not record.state.is_final:
                self._end(record, State.CANCELLED, Reason.CANCELLED, "it was cancelled")
            return self._record(job)

    def move(self, job: str, to: int) -> Record:
        with self._change():
            self._check_queued(job)
            others = self._rows(
                f"SELECT id, priority, turn FROM jobs WHERE state = 'queued' AND id != ? {IN_TURN}", job
            )
            if others:
                to = max(0, min(to, len(others)))
                priority = others[min(to, len(others) - 1)][1]
                before = [row for row in others[:to] if row[1] == priority]
                after = [row for row in others[to:] if row[1] == priority]
                self._place(job, priority, before, after)
            self._tell(job, "moved")
            return self._record(job)

    def prioritise(self, job: str, priority: int) -> Record:
        check_priority(priority)
        with self._change():
            self._check_queued(job)
            last = self._one(
                "SELECT max(turn) FROM jobs WHERE state = 'queued' AND priority = ? AND id != ?",
                priority,
                job,
            )
            turn = 0.0 if last is None else last + 1
            self._run("UPDATE jobs SET priority = ?, turn = ? WHERE id = ?", priority, turn, job)
            self._tell(job, "moved")
            return self._record(job)

    def pause(self) -> None:
        with self._change():
            self._run("INSERT OR REPLACE INTO settings VALUES ('paused', 'yes')")

    def resume(self) -> None:
        with self._change():
            self._run("DELETE FROM settings WHERE name = 'paused'")

    def is_paused(self) -> bool:
        with self._look():
            return bool(self._rows("SELECT 1 FROM settings WHERE name = 'paused'"))

    # -- those who draw --------------------------------------------------------------------------------------

    def claim(self, worker: str, *, lease: float, suspects: bool | None = None) -> Claim | None:
        which = {None: "", True: "AND attempts > 0", False: "AND attempts = 0"}[suspects]
        with self._lock:
            if self.is_paused() or not (
                found := self._rows_safely(
                    f"SELECT id FROM jobs WHERE state = 'queued' {which} {IN_TURN} LIMIT 1"
                )
            ):
                return None
            (job,) = found[0]
            with self._change():
                self._run(
                    "UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, started_at = ? "
                    "WHERE id = ?", self.now(), job,
                )  # fmt: skip
                record, fence = self._record(job), self._fence(job)
                self._tell(job, "running", attempts=record.attempts, worker=worker)
            self._leases[job] = (fence, self._ticks() + lease)
            return Claim(record, fence)

    def suspects(self) -> int:
        with self._look():
            return int(self._one("SELECT count(*) FROM jobs WHERE state = 'queued' AND attempts > 0"))

    def renew(self, claims: Iterable[tuple[str, int]], *, lease: float) -> frozenset[str]:
        with self._lock:
            held = [(job, fence) for job, fence in claims if self._holds(job, fence)]
            for job, fence in held:
                self._leases[job] = (fence, self._ticks() + lease)
            return frozenset(job for job, _ in held)

    def progress(self, job: str, fence: int, step: int) -> bool:
        with self._lock:
            if held := self._holds(job, fence):
                self._steps[job] = step
            return held

    def finish(self, job: str, fence: int, *, picture: str, seconds: Mapping[str, float] = NOTHING) -> bool:
        with self._change():
            if not self._holds(job, fence):
                return False
            self._run("UPDATE jobs SET seconds = ? WHERE id = ?", dumps(dict(seconds)), job)
            self._end(self._record(job), State.DONE, Reason.DRAWN, "", picture=picture)
            return True

    def fail(self, job: str, fence: int, reason: Reason, message: str) -> bool:
        with self._change():
            if not self._holds(job, fence):
                return False
            self._end(self._record(job), State.FAILED, reason, message)
            return True

    def release(self, job: str, fence: int, *, blame: bool = True, message: str = "") -> Record | None:
        with self._change():
            if not self._holds(job, fence):
                return None
            record = self._record(job)
            if blame and record.attempts >= ATTEMPTS:
                said = message or POISONED.format(ATTEMPTS)
                self._end(record, State.FAILED, Reason.POISONED, said)
            else:
                self._run("UPDATE jobs SET state = 'queued', attempts = ? WHERE id = ?",
                          record.attempts - (not blame), job)  # fmt: skip
                self._forget(job)
                self._tell(job, "queued", attempts=record.attempts - (not blame))
            return self._record(job)

    def expire(self) -> tuple[Record, ...]:
        with self._lock:
            overdue = [(job, fence) for job, (fence, end) in self._leases.items() if end < self._ticks()]
            changed = [self.release(job, fence) for job, fence in overdue]
            late = self._rows_safely(
                "SELECT id FROM jobs WHERE state = 'queued' AND expires_at IS NOT NULL AND expires_at < ?",
                self.now(),
            )
            for (job,) in late:
                with self._change():
                    self._end(self._record(job), State.EXPIRED, Reason.WAITED_TOO_LONG,
                              "it waited longer than it may")  # fmt: skip
                    changed.append(self._record(job))
            return tuple(record for record in changed if record is not None)

    # -- those who look on -----------------------------------------------------------------------------------

    def events(self, after: int, *, jobs: Collection[str] | None = None, owner: str | None = None,
               limit: int = 500) -> tuple[Event, ...]:  # fmt: skip
        where, given = ["id > ?"], [after]
        if jobs is not None:
            where.append("job IN (SELECT value FROM json_each(?))")
        if owner is not None:
            where.append("owner = ?")
        with self._look():
            rows = self._rows(
                f"SELECT {EVENT_COLUMNS} FROM events WHERE {' AND '.join(where)} ORDER BY id LIMIT ?",
                *given, *([] if jobs is None else [dumps(list(jobs))]), *([] if owner is None else [owner]), limit,
            )  # fmt: skip
        return tuple(read_event(row) for row in rows)

    def last_event(self) -> int:
        with self._look():
            return int(self._one("SELECT seq FROM sqlite_sequence WHERE name = 'events'") or 0)

    def counts(self) -> Counts:
        with self._look():
            states = dict(self._rows("SELECT state, count(*) FROM jobs GROUP BY state"))
            totals = dict(self._rows("SELECT name, count FROM totals"))
            oldest = self._one("SELECT min(accepted_at) FROM jobs WHERE state = 'queued'")
            return Counts(
                states={state: states.get(state, 0) for state in State},
                totals=totals,
                oldest_wait=0.0 if oldest is None else max(0.0, self.now() - oldest),
                paused=self.is_paused(),
            )

    # -- those who tidy --------------------------------------------------------------------------------------

    def purge(self, ended_before: float, *, limit: int = 1000) -> Deleted:
        with self._change():
            return self._delete(
                "SELECT id, state, picture FROM jobs WHERE ended_at < ? ORDER BY ended_at LIMIT ?",
                ended_before, limit,
            )  # fmt: skip

    def delete(self, job: str) -> Deleted:
        with self._change():
            self._record(job)
            return self._delete("SELECT id, state, picture FROM jobs WHERE id = ?", job)

    def delete_everything(self, *, owner: str | None = None) -> Deleted:
        with self._lock:
            with self._change():
                if owner is None:
                    deleted = self._delete("SELECT id, state, picture FROM jobs")
                else:
                    deleted = self._delete("SELECT id, state, picture FROM jobs WHERE owner = ?", owner)
            with plain_store_errors(self.path):
                self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)  # the log holds the words too
            return deleted

    def pictures(self) -> frozenset[str]:
        with self._look():
            rows = self._rows("SELECT picture FROM jobs WHERE state = 'done'")
        return frozenset(picture for (picture,) in rows)

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
            except BaseException:
                self._leases, self._steps = leases, steps
                raise

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
        places = (
            self._places() if len(waiting) > 3 else {number: self._position(number) for number in waiting}
        )
        return tuple(
            read_record(row, self._step_of(row), places.get(row[0]) if row[0] in waiting else None)
            for row in rows
        )

    def _step_of(self, row: tuple[Any, ...]) -> int:
        id_, state, order = row[1], row[3], row[12]
        return read_order(order).steps if state == State.DONE else self._steps.get(id_, 0)

    def _position(self, number: int) -> int:
        return int(self._one(
            "SELECT count(*) FROM jobs AS other, (SELECT priority, turn, number FROM jobs WHERE number = ?) AS this "
            "WHERE other.state = 'queued' AND (other.priority > this.priority OR (other.priority = this.priority "
            "AND (other.turn, other.number) < (this.turn, this.number)))", number,
        ))  # fmt: skip

    def _places(self) -> dict[int, int]:
        rows = self._rows(f"SELECT number FROM jobs WHERE state = 'queued' {IN_TURN}")
        return {number: place for place, (number,) in enumerate(rows)}

    # -- rules -----------------------------------------------------------------------------------------------

    def _known(self, owner: str, idempotency: Idempotency) -> tuple[Record, ...]:
        rows = self._rows(
            "SELECT digest, request FROM keys WHERE owner = ? AND key = ?", owner, idempotency.key
        )
        if not rows:
            return ()
        digest, request = rows[0]
        if digest != idempotency.digest:
            raise KeyReused(
                f"the idempotency key {idempotency.key[:40]!r} came before with another request; use a new key"
            )
        return self._records(
            self._rows(f"SELECT {COLUMNS} FROM jobs WHERE request = ? ORDER BY number", request)
        )

    def _check_room(self, more: int) -> None:
        waiting = int(self._one("SELECT count(*) FROM jobs WHERE state = 'queued'"))
        if (beyond := waiting + more - self.most_queued) > 0:
            raise QueueFull(
                f"{waiting} pictures are waiting, {self.most_queued} may; ask again later, for fewer at once",
                retry_after=max(1.0, beyond * self.pace),
            )

    def _insert(self, id_: str, request: str, entry: Entry) -> None:
        order, now = entry.order, self.now()
        first, own = self._rows(
            "SELECT min(turn), max(turn) FILTER (WHERE owner = ?) FROM jobs WHERE state = 'queued' AND priority = ?",
            order.owner, order.priority,
        )[0]  # fmt: skip
        turn = own + 1 if own is not None else first if first is not None else 0.0
        self._run(
            "INSERT INTO jobs (id, request, owner, state, priority, turn, accepted_at, expires_at, asked, said, "
            "understood) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)",
            id_, request, order.owner, order.priority, turn, now,
            None if order.patience is None else now + order.patience,
            asked(order), dumps(list(entry.said)), dumps(dict(entry.understood)),
        )  # fmt: skip
        self._tell(id_, "queued", attempts=0)

    def _check_queued(self, job: str) -> None:
        if (state := self._record(job).state) is not State.QUEUED:
            raise WrongState(f"only a job that waits can be moved; {job} is {state}")

    def _place(self, job: str, priority: int, before: list[Any], after: list[Any]) -> None:
        """Between two neighbours; where no number lies between, all of this priority are counted anew."""
        if before and after:
            turn = (before[-1][2] + after[0][2]) / 2
            if not before[-1][2] < turn < after[0][2]:
                for count, row in enumerate([*before, (job,), *after]):
                    self._run("UPDATE jobs SET turn = ? WHERE id = ?", float(count), row[0])
                turn = float(len(before))
        else:
            turn = before[-1][2] + 1 if before else after[0][2] - 1
        self._run("UPDATE jobs SET priority = ?, turn = ? WHERE id = ?", priority, turn, job)

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

    def _delete(self, select: str, *given: Any) -> Deleted:
        rows = self._rows(select, *given)
        gone = dumps([job for job, *_ in rows])
        (requests,) = self._rows(
            "SELECT json_group_array(DISTINCT request) FROM jobs WHERE id IN (SELECT value FROM json_each(?))",
            gone,
        )[0]
        self._run("DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(?))", gone)
        self._run(
            "DELETE FROM keys WHERE request IN (SELECT value FROM json_each(?)) "
            "AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.request = keys.request)", requests,
        )  # fmt: skip
        for job, _, _ in rows:
            self._forget(job)
        open_ = sum(state in (State.QUEUED, State.RUNNING) for _, state, _ in rows)
        if open_:
            self._count("deleted", open_)
        return Deleted(
            jobs=tuple(job for job, _, _ in rows),
            pictures=tuple(picture for _, _, picture in rows if picture is not None),
            running=tuple(job for job, state, _ in rows if state == State.RUNNING),
        )

    # -- opening ---------------------------------------------------------------------------------------------

    def _last_time(self) -> float:
        with self._look():
            return float(self._one("SELECT max(at) FROM events") or 0.0)

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


def check_priority(priority: int) -> None:
    if not -MOST_PRIORITY <= priority <= MOST_PRIORITY:
        raise BadJob(f"a priority is -{MOST_PRIORITY} to {MOST_PRIORITY}; got {priority}")
