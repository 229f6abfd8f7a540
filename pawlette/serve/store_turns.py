"""In which order queued jobs are drawn: priority, then owners in turn, then acceptance. Knows no record.

Each queued job has a `turn`, as in start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): an owner's next job
one behind its last, an owner's first beside whoever is next. All functions work inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import apsw

IN_TURN = "ORDER BY priority DESC, turn, number"


def next_turn(db: apsw.Connection, owner: str, priority: int) -> float:
    """Of a job that comes now."""
    rows: list[tuple[Any, ...]] = db.execute(
        "SELECT min(turn), max(turn) FILTER (WHERE owner = ?) FROM jobs WHERE state = 'queued' AND priority = ?",
        (owner, priority),
    ).fetchall()
    first, own = rows[0]
    return float(own + 1 if own is not None else first if first is not None else 0)


def move(db: apsw.Connection, job: str, to: int) -> None:
    """To place `to` of the whole queue, with the priority of the job that stood there."""
    others = db.execute(
        f"SELECT id, priority, turn FROM jobs WHERE state = 'queued' AND id != ? {IN_TURN}", (job,)
    ).fetchall()
    if not others:
        return
    to = max(0, min(to, len(others)))
    priority = others[min(to, len(others) - 1)][1]
    before = [row for row in others[:to] if row[1] == priority]
    after = [row for row in others[to:] if row[1] == priority]
    turn = _between(db, job, before, after)
    db.execute("UPDATE jobs SET priority = ?, turn = ? WHERE id = ?", (priority, turn, job))


def _between(db: apsw.Connection, job: str, before: Sequence[Any], after: Sequence[Any]) -> float:
    """Between two neighbours; where no number lies between, all of this priority are counted anew."""
    if not (before and after):
        return float(before[-1][2] + 1 if before else after[0][2] - 1)
    turn = float(before[-1][2] + after[0][2]) / 2
    if before[-1][2] < turn < after[0][2]:
        return turn
    for count, row in enumerate([*before, (job,), *after]):
        db.execute("UPDATE jobs SET turn = ? WHERE id = ?", (float(count), row[0]))
    return float(len(before))


def put_last(db: apsw.Connection, job: str, priority: int) -> None:
    """Behind all of this priority."""
    last = db.execute(
        "SELECT max(turn) FROM jobs WHERE state = 'queued' AND priority = ? AND id != ?", (priority, job)
    ).get
    turn = 0.0 if last is None else last + 1
    db.execute("UPDATE jobs SET priority = ?, turn = ? WHERE id = ?", (priority, turn, job))


def places(db: apsw.Connection, numbers: Collection[int]) -> dict[int, int]:
    """How many are before each of these queued jobs: of a few by two ranges of the index, of many in one go."""
    if len(numbers) <= 3:
        return {number: _place(db, number) for number in numbers}
    queue: list[tuple[Any, ...]] = db.execute(
        f"SELECT number FROM jobs WHERE state = 'queued' {IN_TURN}"
    ).fetchall()
    return {number: place for place, (number,) in enumerate(queue)}


def _place(db: apsw.Connection, number: int) -> int:
    priority, turn = db.execute("SELECT priority, turn FROM jobs WHERE number = ?", (number,)).fetchall()[0]
    return int(
        db.execute(
            "SELECT (SELECT count(*) FROM jobs WHERE state = 'queued' AND priority > ?1) + (SELECT count(*) FROM jobs "
            "WHERE state = 'queued' AND priority = ?1 AND (turn, number) < (?2, ?3))",
            (priority, turn, number),
        ).get
    )
