"""Listeners hear what is theirs, in order, from where they left off; a slow one loses nothing that is kept."""

import asyncio

import pytest

from pawlette.serve.jobs import Event
from pawlette.serve.listeners import FLEETING, Listeners

SECONDS = 30


@pytest.fixture
def listeners(store):
    return Listeners(store)


async def hear(listener, count):
    """That many events."""

    async def some():
        heard = []
        async for event in listener:
            heard.append(event)
            if len(heard) == count:
                return heard

    return await asyncio.wait_for(some(), SECONDS)


def test_what_was_missed_comes_first_then_what_is_new(store, listeners, entry):
    async def play():
        (record,), _ = store.enqueue([entry()])
        listener = listeners.add(0, None, None)
        assert [event.kind for event in await hear(listener, 1)] == ["queued"]
        again = listeners.add(1, None, None)
        store.cancel(record.id)
        listeners.pump()
        (event,) = await hear(again, 1)
        assert (event.id, event.kind) == (2, "cancelled")

    asyncio.run(play())


def test_from_now_on(store, listeners, entry):
    async def play():
        store.enqueue([entry()])
        listeners.pump()
        listener = listeners.add(None, None, None)
        (record,), _ = store.enqueue([entry()])
        listeners.pump()
        assert [event.job for event in await hear(listener, 1)] == [record.id]

    asyncio.run(play())


def test_only_ones_own(store, listeners, entry):
    async def play():
        (mine,), _ = store.enqueue([entry(owner="ada")])
        (theirs,), _ = store.enqueue([entry(owner="bo")])
        by_owner, by_job = listeners.add(0, None, "ada"), listeners.add(0, [mine.id], None)
        for record in (mine, theirs):
            listeners.fleeting(Event(None, record.id, "step", 1.0, {"step": 1}, record.order.owner))
            store.cancel(record.id)
        listeners.pump()
        for listener in (by_owner, by_job):
            heard = await hear(listener, 3)
            assert {event.job for event in heard} == {mine.id}
            assert sorted(event.kind for event in heard) == ["cancelled", "queued", "step"]

    asyncio.run(play())


def test_a_slow_one_loses_only_old_fleeting_ones(store, listeners, entry):
    async def play():
        (record,), _ = store.enqueue([entry()])
        listener = listeners.add(0, None, None)
        for step in range(500):
            listeners.fleeting(Event(None, record.id, "step", 1.0, {"step": step}))
        for _ in range(200):
            store.move(record.id, 0)
        listeners.pump()
        heard = await hear(listener, FLEETING + 201)
        assert [event.data["step"] for event in heard if event.kind == "step"] == list(
            range(500 - FLEETING, 500)
        )
        ids = [event.id for event in heard if event.id]
        assert ids == sorted(ids)
        assert len(ids) == 201

    asyncio.run(play())


def test_a_fleeting_one_comes_before_the_end_of_its_job(store, listeners, entry):
    """Told while the listener reads what is kept, just before its job ends."""

    async def play():
        (record,), _ = store.enqueue([entry()])
        listener = listeners.add(0, None, None)
        read, told = listener._read, []

        def meanwhile():
            if not told:
                told.append("preview")
                listeners.fleeting(Event(None, record.id, "preview", 1.0, {"step": 1}))
                store.cancel(record.id)
            return read()

        listener._read = meanwhile
        heard = await hear(listener, 3)
        assert [event.kind for event in heard] == ["preview", "queued", "cancelled"]

    asyncio.run(play())


def test_the_end(store, listeners):
    async def play():
        listener = listeners.add(0, None, None)
        waiting = asyncio.create_task(hear(listener, 1))
        await asyncio.sleep(0.05)
        assert len(listeners) == 1
        listeners.close()
        assert await waiting is None
        assert len(listeners) == 0

    asyncio.run(play())
