"""Orders and stores for the tests of the serving door."""

import pytest

pytest.importorskip("apsw", reason="needs the [serve] extra")

from pawlette.serve.jobs import Entry, Order
from pawlette.serve.store_sqlite import SqliteStore


class Time:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def open_store(tmp_path, time):
    """`open_store()` opens the test's one store, again after it was closed."""
    opened = []

    def start(**settings):
        opened.append(SqliteStore(tmp_path / "jobs.db", clock=time, ticks=time, **settings))
        return opened[-1]

    yield start
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store(most_queued=20)


@pytest.fixture
def entry():
    """`entry(text, **changes)`: something to enqueue."""

    def make(text="a cute panda", **changes):
        settings = {"seed": 7, "width": 256, "height": 256, "steps": 4, "guidance": 1.0} | changes
        return Entry(Order(text=text, **settings), ("heard",), {"text": text})

    return make
