"""The store's table of sessions: whole, durable, and gone when it is told to be."""

import pytest

pytest.importorskip("apsw", reason="needs the [serve] extra")
from pawlette.serve.store_sessions import KeptSession
from pawlette.serve.store_sqlite import SqliteStore


def test_sessions_are_there_when_the_file_is_opened_again(tmp_path):
    one, two = KeptSession("a" * 64, "ada", "k" * 64, 100.5), KeptSession("b" * 64, "bo", "l" * 64, 200.0)
    store = SqliteStore(tmp_path / "jobs.db")
    store.keep_sessions([one, two])
    store.keep_sessions([KeptSession(one.name, "ada", one.key, 300.0)], forget=[two.name, "unknown"])
    store.close()
    again = SqliteStore(tmp_path / "jobs.db")
    try:
        assert again.sessions() == (KeptSession(one.name, "ada", one.key, 300.0),)
        again.keep_sessions([], forget=[one.name])
        assert again.sessions() == ()
    finally:
        again.close()
