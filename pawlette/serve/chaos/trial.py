"""One server under trial: started, asked, killed, and audited afterwards. Knows no row of the table."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any, TypeVar

from pawlette import errors
from pawlette.engine.deliver import read_picture
from pawlette.errors import BadPicture, PawletteError, QueueFull
from pawlette.serve.chaos.server import SOCKET
from pawlette.serve.jobs import Reason, Record, State
from pawlette.serve.shelf import Shelf
from pawlette.serve.store_sqlite import SqliteStore
from pawlette.serve.supervisor import PICTURES, Settings, open_store

Made = TypeVar("Made")
FINAL = frozenset(state.value for state in State if state.is_final)
PATIENCE = 120.0  # seconds until something that does not happen is said not to happen
SETTINGS: dict[str, Any] = {
    "workers": 2, "at_once": 4, "beat": 0.2, "dead_after": 4.0, "lease": 20.0, "drain": 20.0, "most_queued": 400,
}  # fmt: skip


class Gone(Exception):
    """The server was killed while it was asked, or is not there."""


class OutOfTime(Exception):
    """What had to happen did not."""


def until(happens: Callable[[], Made], seconds: float = PATIENCE, what: str = "") -> Made:
    """What `happens` gives as soon as that is true; raises OutOfTime."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Gone):
            if made := happens():
                return made
        time.sleep(0.05)
    raise OutOfTime(what or f"nothing came within {seconds:g} s")


@dataclass
class Trial:
    """A folder with a server. `accepted`: what its clients were told, id -> seed."""

    folder: Path
    kind: str = "quick"
    settings: dict[str, Any] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    server: subprocess.Popen[bytes] | None = None
    groups: list[int] = field(default_factory=list)  # process groups of all servers that were started
    _line: Connection | None = None

    def __post_init__(self) -> None:
        self.first_kind = self.kind
        self._tether = os.pipe()  # its other end is ours alone: servers end with this process
        self.faults.mkdir(parents=True, exist_ok=True)

    @property
    def faults(self) -> Path:
        return self.folder / "faults"

    @property
    def log(self) -> Path:
        """What the servers said."""
        return self.folder / "log"

    def start(self, **changes: Any) -> None:
        """Start the server; returns when it answers."""
        given = json.dumps(
            {"folder": str(self.folder), "kind": self.kind} | SETTINGS | self.settings | changes
        )
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "pawlette.serve.chaos.server", given],
                stdin=self._tether[0],
                stderr=log,
                start_new_session=True,
            )
        self.groups.append(self.server.pid)
        until(self._answers, what="the server did not start")

    def _answers(self) -> bool:
        if self.server is not None and (code := self.server.poll()) is not None:
            raise OutOfTime(f"the server ended with {code}: {self.last_words()}")
        return bool(self.ask("states"))

    def last_words(self) -> str:
        """The last line of the log."""
        return self.log.read_text(errors="replace").strip().rpartition("\n")[2] if self.log.exists() else ""

    def wait_ready(self) -> None:
        until(lambda: not self.ask("health"), what="no worker became ready")

    def ask(self, method: str, line: Connection | None = None, **arguments: Any) -> Any:
        """Raises Gone, or the error that the server named."""
        try:
            if line is None:
                self._line = line = self._line or self.connect()
            line.send((method, arguments))
            answer = line.recv()
        except (OSError, EOFError) as error:
            self._line = None
            raise Gone from error
        if answer[0] == "ok":
            return answer[1]
        _, name, message, seconds = answer
        kind: type[PawletteError] = getattr(errors, name)
        raise QueueFull(message, retry_after=seconds) if kind is QueueFull else kind(message)

    def connect(self) -> Connection:
        """A line of its own, for a thread of its own."""
        try:
            return Client(str(self.folder / SOCKET), "AF_UNIX")
        except OSError as error:
            raise Gone from error

    def submit(
        self, seeds: list[int], *, owner: str = "", key: str | None = None, digest: str = "", steps: int = 4,
        line: Connection | None = None,
    ) -> list[str]:  # fmt: skip
        """Ask for pictures, once; what is answered counts as accepted."""
        ids: list[str] = self.ask(
            "submit", line, seeds=seeds, owner=owner, key=key, digest=digest or str(seeds), steps=steps
        )
        self.accepted.update(zip(ids, seeds, strict=True))
        return ids

    def wait_ended(self, ids: list[str] | None = None, seconds: float = PATIENCE) -> None:
        """Until these, or all, are final."""

        def all_ended() -> bool:
            if ids is None:
                states = self.ask("states")
                return states["queued"] + states["running"] == 0
            return all(State(self.ask("state", job=job)[0]).is_final for job in ids)

        until(all_ended, seconds, "not every job came to its end")

    def kill(self) -> None:
        """kill -9 of the server."""
        assert self.server is not None
        self.server.kill()
        self.server.wait()
        self._line = None

    def end(self) -> int:
        """SIGTERM; the exit code. Raises OutOfTime, with the server killed, where that does not end it."""
        if self.server is None:
            return 0
        self.server.send_signal(signal.SIGTERM)
        try:
            return self.server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()  # or it would answer in its successor's place
            raise OutOfTime("the server did not end at SIGTERM") from None
        finally:
            self.server, self._line = None, None

    def close(self) -> None:
        """Whatever came of it, no process is left."""
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        if self.server is not None:
            self.server.wait()
        for end in self._tether:
            os.close(end)

    def left(self) -> int:
        """Process groups of ended servers in which something runs on, when there was time to end."""
        end = time.monotonic() + PATIENCE
        while (left := sum(runs(group) for group in self.groups)) and time.monotonic() < end:
            time.sleep(0.05)
        return left

    # -- afterwards ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """The store, once no server owns it."""
        store = open_store(Settings(self.folder / "data"), Shelf(self.folder / "data" / PICTURES))
        try:
            yield store
        finally:
            store.close()

    def audit(self, parts: Mapping[str, Collection[str]]) -> tuple[dict[str, Audit], Remains]:
        """After the server's end: what became of the jobs of each part, and what is left that is nobody's."""
        with self.store() as store:
            records = {record.id: record for record in _all(store)}
            ends = Counter(event.job for event in store.events(0, limit=10**6) if event.kind in FINAL)
            published = store.pictures()
        folder = self.folder / "data" / PICTURES
        files = {path.name for path in folder.iterdir()}
        audits = {}
        for name, jobs in parts.items():
            there = [records[job] for job in jobs if job in records]
            drawn = [record for record in there if record.state is State.DONE]
            audits[name] = Audit(
                accepted=len(jobs),
                ended=Counter(f"{record.state}" for record in there if record.state.is_final),
                poisoned=sum(record.reason is Reason.POISONED for record in there),
                lost=len(jobs)
                - sum(record.state.is_final for record in there)
                + sum(record.picture not in files for record in drawn),
                doubled=sum(ends[job] > 1 for job in jobs),
                wrong=sum(record.picture in files and not _is_of(folder, record) for record in drawn),
            )
        known = {job for jobs in parts.values() for job in jobs}
        return audits, Remains(len(records.keys() - known), len(files - published), self.left())


@dataclass(frozen=True, slots=True)
class Audit:
    """Counts of a row. Lost: accepted, and not at an end, or done without its file. Doubled: ended more than once.
    Wrong: a picture that does not open, or is not its job's.
    """

    accepted: int
    ended: Counter[str]
    poisoned: int
    lost: int
    doubled: int
    wrong: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


@dataclass(frozen=True, slots=True)
class Remains:
    """What should not be there: jobs that no client was told of, files that are no job's, servers that ended while
    some process of theirs runs on.
    """

    unknown: int
    orphans: int
    processes: int

    @property
    def is_clean(self) -> bool:
        return not (self.unknown or self.orphans or self.processes)


def _all(store: SqliteStore) -> Iterator[Record]:
    before = None
    while True:
        page = store.page(before=before, limit=200)
        yield from page.records
        if (before := page.next) is None:
            return


def _is_of(folder: Path, record: Record) -> bool:
    """Whether the file opens, and says that it is this job's picture."""
    try:
        said, form = read_picture(folder / str(record.picture))
    except BadPicture:
        return False
    return form == record.order.format and said["seed"] == record.order.seed


def runs(group: int) -> bool:
    """Whether a process of the group is alive; those that only wait to be reaped are not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    if not Path("/proc").is_dir():
        return True
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, its_group = entry.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False
