"""A file that cannot be trusted is an error and is left as it is; a killed migration has happened or has not."""

import signal
import subprocess
import sys

import apsw
import pytest

from pawlette.errors import StoreUnusable
from pawlette.serve.store_schema import APPLICATION, FIRST, MIGRATIONS, migrate, open_file

HARMS = {
    "empty": lambda whole: b"",
    "cut in the midst": lambda whole: whole[: len(whole) // 2],
    "overwritten": lambda whole: whole[:4096] + bytes(range(256)) * 16 + whole[8192:],
    "no database": lambda whole: b"once upon a time " * 999,
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs.db"


def make(path):
    open_file(path).close()
    return path.read_bytes()


@pytest.mark.parametrize("harm", HARMS)
def test_damage_is_named_and_nothing_is_written(path, harm):
    harmed = HARMS[harm](make(path))
    path.write_bytes(harmed)
    with pytest.raises(StoreUnusable, match=r"jobs\.db is damaged"):
        open_file(path)
    assert path.read_bytes() == harmed
    assert [one.name for one in path.parent.iterdir()] == ["jobs.db"]


def test_another_programs_database_is_not_touched(path):
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE recipes (cake)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="no job store of ours"):
        open_file(path)
    assert path.read_bytes() == before


def test_one_owner(path):
    first = open_file(path)
    try:
        with pytest.raises(StoreUnusable, match="belongs to another process"):
            open_file(path)
    finally:
        first.close()
    open_file(path).close()


def test_a_newer_version_is_left_alone(path):
    connection = open_file(path, (*MIGRATIONS, "CREATE TABLE tomorrow (a)"))
    connection.close()
    with pytest.raises(StoreUnusable, match="use a newer Pawlette"):
        open_file(path)


def test_a_log_without_its_file_is_damage(path):
    path.with_name("jobs.db-wal").write_bytes(b"log")
    with pytest.raises(StoreUnusable, match="missing"):
        open_file(path)
    assert not path.exists()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StoreUnusable, match="cannot be used"):
        open_file(tmp_path / "nowhere" / "jobs.db")


def test_what_is_promised_of_every_write(path):
    connection = open_file(path)
    try:
        found = {
            name: connection.pragma(name)
            for name in ("journal_mode", "synchronous", "locking_mode", "foreign_keys", "application_id")
        }
    finally:
        connection.close()
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "locking_mode": "exclusive", "foreign_keys": 1,
        "application_id": APPLICATION,
    }  # fmt: skip
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)


SECOND = """
CREATE TABLE colours (name TEXT);
INSERT INTO colours SELECT 'c' || value FROM generate_series(1, 500);
CREATE INDEX by_name ON colours (name);
DELETE FROM totals;
""".replace("generate_series(1, 500)", "json_each('[" + "1," * 499 + "1]')")
KILLED = """
import os, signal, sys
from pathlib import Path
import apsw
from pawlette.serve import store_schema
from tests.serve.test_store_schema import STEPS

count = 0
def struck(*_):
    global count
    count += 1
    if count == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return 0

apsw.connection_hooks.append(lambda connection: connection.set_progress_handler(struck, int(sys.argv[4])))
store_schema.open_file(Path(sys.argv[1]), STEPS[sys.argv[3]]).close()
"""


STEPS = {"a large one": (FIRST, SECOND), "sessions": (FIRST, MIGRATIONS[1])}


def is_whole(path, steps):
    """Whether the second migration has happened: all of it, or none."""
    connection = open_file(path, steps[: version_of(path)])
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        new, there = {"colours", "by_name", "sessions"} & tables, version_of_open(connection) == 2
        if not there:
            return not new and connection.execute("SELECT count FROM totals").get == 7
        if "sessions" in new:
            return connection.execute("SELECT count(*) FROM sessions").get == 0
        return len(new) == 2 and connection.execute("SELECT count(*) FROM colours").get == 500
    finally:
        connection.close()


def version_of_open(connection):
    return connection.pragma("user_version")


def version_of(path):
    connection = apsw.Connection(str(path))
    try:
        return version_of_open(connection)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "every", "strikes"),
    [
        ("a large one", 40, (1, 4, 8, 12, 18, 26, 40, 10**9)),
        ("sessions", 4, (1, 98, 103, 110, 117, 123, 10**9)),
    ],
)
def test_a_migration_that_is_killed_has_happened_or_has_not(path, name, every, strikes):
    """kill -9 at growing numbers of steps of the virtual machine, until one run gets through."""
    connection = open_file(path, (FIRST,))
    connection.execute("INSERT INTO totals VALUES ('accepted', 7)")
    connection.close()
    before, killed = path.read_bytes(), 0
    for strike in strikes:
        path.write_bytes(before)
        given = [sys.executable, "-c", KILLED, str(path), str(strike), name, str(every)]
        run = subprocess.run(given, check=False)
        killed += run.returncode == -signal.SIGKILL
        assert run.returncode in (0, -signal.SIGKILL)
        assert is_whole(path, STEPS[name])
        for left in path.parent.glob("jobs.db-*"):
            left.unlink()
    assert killed >= 4
    assert version_of(path) == 2


def test_migrations_go_one_after_another(path):
    connection, first = open_file(path), len(MIGRATIONS)
    try:
        migrate(connection, (*MIGRATIONS, "CREATE TABLE a (b)", "INSERT INTO a VALUES (3)"))
        assert version_of_open(connection) == first + 2
        with pytest.raises(apsw.SQLError):
            migrate(connection, (*MIGRATIONS, "", "", "CREATE TABLE c (d); SELECT nothing FROM nowhere"))
        assert version_of_open(connection) == first + 2
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'c'").get == 0
    finally:
        connection.close()
