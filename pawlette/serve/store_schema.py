"""The file of the SQLite store: opened by one process, checked, and brought to this version. Knows no rules of jobs.

A file that is damaged, another process's or a newer Pawlette's is an error, never replaced by a new one. A new one is
made beside its place and renamed, so that an empty file is damage too. Each migration is one transaction with the
version that it leads to: killed at any moment, the file is of one version or of the next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from pawlette.errors import CannotSave, StoreUnusable
from pawlette.files import sync_folder

APPLICATION = 0x50415754  # "PAWT": says that the file is ours
PATIENCE_MS = 3000  # for the predecessor to let go of the file

FIRST = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')),
    reason TEXT,
    message TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    restarts INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    priority INTEGER NOT NULL,
    turn REAL NOT NULL,
    accepted_at REAL NOT NULL,
    expires_at REAL,
    started_at REAL,
    ended_at REAL,
    picture TEXT,
    asked TEXT NOT NULL,
    said TEXT NOT NULL,
    understood TEXT NOT NULL,
    seconds TEXT NOT NULL DEFAULT '{}',
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running'))),
    CHECK ((reason IS NULL) = (ended_at IS NULL)),
    CHECK ((picture IS NOT NULL) = (state = 'done'))
) STRICT;
CREATE INDEX jobs_in_turn ON jobs (priority DESC, turn, number) WHERE state = 'queued';
CREATE INDEX jobs_suspect ON jobs (number) WHERE state = 'queued' AND attempts > 0;
CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE state = 'queued' AND expires_at IS NOT NULL;
CREATE INDEX jobs_running ON jobs (number) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_of_owner ON jobs (owner, number);
CREATE INDEX jobs_of_request ON jobs (request);
CREATE INDEX jobs_by_state ON jobs (state, number);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_job ON events (job, id);

CREATE TABLE keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_of_request ON keys (request);

CREATE TABLE totals (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
SESSIONS = """
CREATE TABLE sessions (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    seen REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""
MIGRATIONS: tuple[str, ...] = (
    FIRST,
    SESSIONS,
)  # the n-th leads to version n; append, and never change one that was released


def open_file(path: Path, migrations: Sequence[str] = MIGRATIONS) -> apsw.Connection:
    """The checked file at this version, made if it is not there; raises StoreUnusable or CannotSave."""
    with plain_store_errors(path):
        if not path.exists():
            _make(path, migrations)
        if path.stat().st_size == 0:
            raise _damaged(path, "it is empty")
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            _own(connection)
            _check(connection, path, len(migrations))  # before anything is written to it
            _settle(connection, path)
            migrate(connection, migrations)
        except BaseException:
            connection.close()
            raise
        return connection


def migrate(connection: apsw.Connection, migrations: Sequence[str]) -> None:
    """Whatever the file lacks, each step wholly or not at all."""
    for version in range(int(connection.pragma("user_version")) + 1, len(migrations) + 1):
        with transaction(connection):
            connection.execute(migrations[version - 1])
            connection.pragma("user_version", version)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All of it, durable when this ends; or, where anything is raised, nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def plain_store_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, each with what will do."""
    try:
        yield
    except apsw.FullError as error:
        raise CannotSave(f"the disk of {path} is full: nothing was accepted; make room") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise StoreUnusable(
            f"{path} belongs to another process that runs; end that, or choose another folder"
        ) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise _damaged(path, str(error)) from error
    except apsw.Error as error:
        raise StoreUnusable(f"{path} cannot be used: {error}") from error


def _damaged(path: Path, what: str) -> StoreUnusable:
    return StoreUnusable(
        f"{path} is damaged ({what}); bring it back from a backup, or move it and its pictures away to begin anew"
    )


def _own(connection: apsw.Connection) -> None:
    """For this process alone, from the first look on."""
    connection.set_busy_timeout(PATIENCE_MS)
    connection.pragma("locking_mode", "exclusive")  # before WAL: then no memory is shared
    connection.pragma("trusted_schema", False)
    connection.pragma("cell_size_check", True)


def _settle(connection: apsw.Connection, path: Path) -> None:
    """What is answered is on disk; what is deleted is overwritten."""
    if (mode := connection.pragma("journal_mode", "wal")) != "wal":
        raise StoreUnusable(f"{path} lies where SQLite cannot keep a write-ahead log (it offers {mode!r})")
    connection.pragma("synchronous", "full")
    connection.pragma("foreign_keys", True)
    connection.pragma("secure_delete", True)


def _check(connection: apsw.Connection, path: Path, newest: int) -> None:
    if (found := connection.pragma("application_id")) != APPLICATION:
        raise _damaged(path, f"it is no job store of ours: {found:#x}")
    if (version := connection.pragma("user_version")) > newest:
        raise StoreUnusable(
            f"{path} is of version {version}, and this Pawlette knows {newest}; use a newer Pawlette"
        )
    if (said := connection.pragma("quick_check")) != "ok":
        raise _damaged(path, str(said).partition("\n")[0])


def _make(path: Path, migrations: Sequence[str]) -> None:
    """A new file: whole under another name first, so that no kill leaves half of one under its own."""
    left = [name for name in (f"{path}-wal", f"{path}-journal") if os.path.exists(name)]
    if left:
        raise _damaged(path, f"it is missing, while {left[0]} is there")
    beside = path.with_name(f".{path.name}.new")
    for old in (beside, Path(f"{beside}-wal"), Path(f"{beside}-shm")):
        old.unlink(missing_ok=True)
    connection = apsw.Connection(str(beside))
    try:
        _own(connection)
        _settle(connection, beside)
        connection.pragma("application_id", APPLICATION)
        migrate(connection, migrations)
    finally:
        connection.close()  # writes the log back into the file
    if os.path.exists(f"{beside}-wal"):
        raise StoreUnusable(f"{path} could not be made: its log was not written back")
    os.replace(beside, path)
    sync_folder(path.parent)
