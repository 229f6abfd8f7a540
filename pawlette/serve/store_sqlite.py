"""The job store in one SQLite file: WAL, synchronous=FULL, one owning process. Knows no worker and no HTTP.

What a caller was told is on disk. Every change of a job is one transaction, with its event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import apsw

from pawlette.errors import BadJob, KeyReused, QueueFull, WrongState
from pawlette.serve import store_turns
from pawlette.serve.jobs import (
    ATTEMPTS,
    MOST_PRIORITY,
    NOTHING,
    Claim,
    Counts,
    Deleted,
    Entry,
    Event,
    Idempotency,
    Page,
    Reason,
    Record,
    State,
)  # fmt: skip
from pawlette.serve.store_rows import COLUMNS, EVENT_COLUMNS, asked, dumps, read_event
from pawlette.serve.store_schema import plain_store_errors
from pawlette.serve.store_sessions import StoreSessions
from pawlette.serve.store_turns import IN_TURN

POISONED = "the process that drew this ended or hung {} times; it may be the cause, and is not tried again"


class SqliteStore(StoreSessions):
    """`JobStore`, in a `StoreFile`, with a table of sessions beside."""

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
            self._check_room(self._count_waiting(), len(entries))
            ids = [entry.id or uuid4().hex for entry in entries]
            if self._rows("SELECT 1 FROM jobs WHERE id IN (SELECT value FROM json_each(?))", dumps(ids)):
                raise KeyReused("another job has this id already")
            if idempotency is not None:
                self._run("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
                          owner, idempotency.key, idempotency.digest, ids[0])  # fmt: skip
            for id_, entry in zip(ids, entries, strict=True):
                self._insert(id_, ids[0], entry)
            self._count("accepted", len(entries))
            return tuple(self._record(id_) for id_ in ids), True

    def check_room(self, more: int) -> None:
        self._check_room(self.waiting, more)

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
            store_turns.move(self._db, job, to)
            self._tell(job, "moved")
            return self._record(job)

    def prioritise(self, job: str, priority: int) -> Record:
        check_priority(priority)
        with self._change():
            self._check_queued(job)
            store_turns.put_last(self._db, job, priority)
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

    def _check_room(self, waiting: int, more: int) -> None:
        if (beyond := waiting + more - self.most_queued) > 0:
            raise QueueFull(
                f"{waiting} pictures are waiting, {self.most_queued} may; ask again later, for fewer at once",
                retry_after=max(1.0, beyond * self.pace),
            )

    def _insert(self, id_: str, request: str, entry: Entry) -> None:
        order, now = entry.order, self.now()
        self._run(
            "INSERT INTO jobs (id, request, owner, state, priority, turn, accepted_at, expires_at, asked, said, "
            "understood) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)",
            id_, request, order.owner, order.priority,
            store_turns.next_turn(self._db, order.owner, order.priority), now,
            None if order.patience is None else now + order.patience,
            asked(order), dumps(list(entry.said)), dumps(dict(entry.understood)),
        )  # fmt: skip
        self._tell(id_, "queued", attempts=0)

    def _check_queued(self, job: str) -> None:
        if (state := self._record(job).state) is not State.QUEUED:
            raise WrongState(f"only a job that waits can be moved; {job} is {state}")

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


def check_priority(priority: int) -> None:
    if not -MOST_PRIORITY <= priority <= MOST_PRIORITY:
        raise BadJob(f"a priority is -{MOST_PRIORITY} to {MOST_PRIORITY}; got {priority}")
