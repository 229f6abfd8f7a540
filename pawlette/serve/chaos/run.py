"""The whole table: rows on servers of their own, an audit after each server's end, a line for each row."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pawlette.errors import PawletteError
from pawlette.serve.chaos import over_http
from pawlette.serve.chaos.acts import Broken, Row
from pawlette.serve.chaos.loads import CROWD, overload, soak, storm
from pawlette.serve.chaos.over_http import overload_over_http
from pawlette.serve.chaos.rows import ROWS
from pawlette.serve.chaos.trial import Audit, OutOfTime, Trial

STORM, OVERLOAD, OVER_HTTP, SOAK = "storm", "overload", "overload over HTTP", "soak"
NAMES = (STORM, OVERLOAD, OVER_HTTP, *ROWS)  # what is done where nothing is named


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, as it came out."""

    name: str
    audit: Audit | None  # None: its server left nothing to look at
    seconds: float
    said: str
    held: bool  # whether every promise did

    def __str__(self) -> str:
        ended = self.audit.ended if self.audit else {}
        counts = [
            getattr(self.audit, name, 0) for name in ("accepted", "poisoned", "lost", "doubled", "wrong")
        ]
        states = [ended.get(state, 0) for state in ("done", "failed", "cancelled")]
        numbers = "".join(f"{number:>10}" for number in (counts[0], *states, *counts[1:]))
        return f"{'ok' if self.held else 'BROKEN':7}{self.name:30}{numbers}{self.seconds:8.1f} s  {self.said}"


HEAD = f"{'':7}{'row':30}" + "".join(
    f"{name:>10}"
    for name in ("accepted", "done", "failed", "cancelled", "poisoned", "lost", "doubled", "wrong")
)


# A real model takes its time, and none of its seeds ends a process.
WITH_A_MODEL = (
    STORM,
    "duplicate keys",
    "kill between rename and done",
    "cancel",
    "SIGTERM",
    "kill everything",
)
SLOW = {"dead_after": 15.0, "lease": 60.0, "drain": 100.0}


LONG, SHORT = 60.0, 4.0  # seconds of each half of the overload over HTTP: with a real model, and without


def trials(
    names: Collection[str], jobs: int, kills: int, steps: int, seconds: float, kind: str
) -> list[tuple[dict[str, Row], dict[str, Any]]]:
    """Which rows share a server, and what that is started with."""
    shared = {name: row for name, row in ROWS.items() if name in names}
    wanted: list[tuple[dict[str, Row], dict[str, Any]]] = []
    if STORM in names:
        wanted.append(
            ({STORM: partial(storm, jobs=jobs, kills=kills, steps=steps)}, {"most_queued": max(400, jobs)})
        )
    if OVERLOAD in names:
        wanted.append(({OVERLOAD: overload}, {"most_queued": CROWD}))
    if OVER_HTTP in names:
        how = {"seconds": LONG, "steps": None} if kind == "builtin" else {"seconds": SHORT, "steps": 2}
        wanted.append(({OVER_HTTP: partial(overload_over_http, **how)}, over_http.SETTINGS))
    if SOAK in names:
        wanted.append(({SOAK: partial(soak, seconds=max(10.0, seconds - 30.0))}, {}))
    return [*wanted, *([(shared, {})] if shared else [])]


def run(
    seed: int, *, names: Collection[str] = NAMES, jobs: int = 200, kills: int = 30, steps: int = 8, kind: str = "quick",
    seconds: float = 180.0, report: Callable[[str], None] = print,
) -> bool:  # fmt: skip
    """Every row that is named, with its line reported; whether all promises held. Rows that the time does not suffice
    for count as broken.
    """
    end, all_held = time.monotonic() + seconds, True
    report(HEAD)
    for rows, settings in trials(names, jobs, kills, steps, seconds, kind):
        for line in one_server(rows, settings, random.Random(seed), kind, end):
            report(str(line))
            all_held &= line.held
    return all_held


def one_server(
    rows: Mapping[str, Row], settings: dict[str, Any], chance: random.Random, kind: str, end: float
) -> Iterator[Line]:
    """The rows one after another on one server, which is ended and audited."""
    came: dict[str, tuple[float, str, bool]] = {}
    parts: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="pawlette-chaos-") as folder:
        trial = Trial(Path(folder), kind, settings | (SLOW if kind == "builtin" else {}))
        try:
            trial.start()
            trial.wait_ready()
            for name, row in rows.items():
                before, start = set(trial.accepted), time.monotonic()
                said, held = ("there was no time left", False) if start > end else attempt(row, trial, chance)
                came[name] = (time.monotonic() - start, said, held)
                parts[name] = [job for job in trial.accepted if job not in before]
            trial.end()
            audits, remains = trial.audit(parts)
        finally:
            trial.close()
    for name, (took, said, held) in came.items():
        yield Line(name, audits[name], took, said, held and audits[name].is_clean)
    if not remains.is_clean:
        yield Line("what is left", None, 0.0, str(remains), False)


def attempt(row: Row, trial: Trial, chance: random.Random) -> tuple[str, bool]:
    """What it saw, or what broke; the rows behind it go on with a server that answers."""
    try:
        return row(trial, chance), True
    except (Broken, OutOfTime, PawletteError) as error:
        said = f"{type(error).__name__}: {error}"
    said = f"{said} ({trial.last_words()})"
    trial.end()
    trial.kind = trial.first_kind
    for left in trial.faults.iterdir():
        left.unlink()
    trial.start()
    return said, False
