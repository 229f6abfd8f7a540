"""The whole of it with real processes and a quick model: asked, shown, drawn, cancelled, drained, resumed."""

import asyncio
import dataclasses
import os
import signal
import time as clock
from functools import partial

import pytest

from pawlette.engine.deliver import read_picture
from pawlette.errors import BadJob, CannotSave, QueueClosed, Refused, StoreUnusable, UnknownJob
from pawlette.serve.chaos.quick import UNDRAWABLE, make_studio
from pawlette.serve.jobs import Idempotency, Reason, State
from pawlette.serve.supervisor import Settings, Supervisor

SECONDS = 60
QUICK = Settings(
    folder=None, workers=1, at_once=2, beat=0.1, dead_after=5.0, lease=20.0, drain=20.0, most_queued=50,
    preload=("pawlette.serve.worker",), most_in_a_request=20,
)  # fmt: skip


def start(folder, kind="quick", **changes):
    settings = dataclasses.replace(QUICK, folder=folder, **changes)
    supervisor = Supervisor(settings, partial(make_studio, kind))
    supervisor.start()
    return supervisor


def until(happens):
    end = clock.monotonic() + SECONDS
    while clock.monotonic() < end:
        if made := happens():
            return made
        clock.sleep(0.02)
    raise AssertionError("it did not happen")


def ended(supervisor, *records):
    until(lambda: all(supervisor.get(record.id).state.is_final for record in records))
    return [supervisor.get(record.id) for record in records]


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("serve") / "data")
    until(lambda: running.health().is_ready)
    yield running
    running.drain()


def ask(supervisor, *texts, **given):
    return supervisor.submit([supervisor.read(text, **given) for text in texts])[0]


def test_words_in_a_picture_on_disk(supervisor):
    (record,) = ask(supervisor, "two cats", seed=5, format="webp", owner="ada")
    assert record.understood["scene"]["creatures"][0]["animal"] == "cat"
    (done,) = ended(supervisor, record)
    assert (done.state, done.reason, done.step) == (State.DONE, Reason.DRAWN, done.order.steps)
    assert set(done.seconds) >= {"encode", "denoise", "decode"}
    said, form = read_picture(supervisor.picture(record.id))
    assert (said["seed"], said["words"], form) == (5, "two cats", "webp")


def test_workers_give_way_to_the_server(supervisor):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    (member,) = supervisor.desk.crew.members
    assert os.getpriority(os.PRIO_PROCESS, member.process.pid) == min(19, own + supervisor.settings.nice)
    assert supervisor.settings.nice > 0


def test_workers_count_the_rows_of_their_steps(supervisor):
    told = []
    supervisor.on_figures = lambda place, figures: told.append((place, figures))
    ended(supervisor, *ask(supervisor, "a cat", seed=6, steps=4))
    until(lambda: sum(sum(figures.rows.values()) for _, figures in told) >= 4)
    assert {place for place, _ in told} == {0}
    assert all(figures.busy is None for _, figures in told)  # a CPU has no clock of its own


def test_the_same_order_is_the_same_file(supervisor):
    records = ask(supervisor, "a cat", "a cat", seed=11)
    ended(supervisor, *records)
    first, second = (supervisor.picture(record.id).read_bytes() for record in records)
    assert first == second


def test_the_gate_stands_before_the_queue(supervisor):
    accepted = supervisor.counts().totals["accepted"]
    with pytest.raises(Refused):
        supervisor.read("a bloody cat with a gun")
    for given in (
        {"size": (100, 100)},
        {"format": "gif"},
        {"steps": 0},
        {"previews": 11},
        {"format": "jpeg", "transparent": True},
    ):
        with pytest.raises(BadJob):
            supervisor.read("a cat", **given)
    with pytest.raises(BadJob, match="at most 20"):
        ask(supervisor, *["a cat"] * 21)
    assert supervisor.counts().totals["accepted"] == accepted


def test_what_cannot_be_drawn_is_said(supervisor):
    (record,) = ended(supervisor, *ask(supervisor, "a cat", seed=UNDRAWABLE))
    assert (record.state, record.reason) == (State.FAILED, Reason.DRAWING_FAILED)
    assert "not finite" in record.message
    with pytest.raises(UnknownJob, match="no picture: it is failed"):
        supervisor.picture(record.id)


def test_steps_and_previews_are_heard_on_the_way(supervisor):
    async def play():
        (record,) = await asyncio.to_thread(ask, supervisor, "a cat", steps=12, previews=2, keep_words=False)
        heard = []

        async def listen():
            async for event in supervisor.listen(jobs=[record.id], after=0):
                heard.append(event)
                if event.kind == State.DONE:
                    return

        await asyncio.wait_for(listen(), SECONDS)
        return record, heard

    record, heard = asyncio.run(play())
    kept = [event.kind for event in heard if event.id is not None]
    assert kept == ["queued", "running", "done"]
    assert [event.data["step"] for event in heard if event.kind == "step"]
    previews = [event.data for event in heard if event.kind == "preview"]
    assert all(
        data["media_type"] == "image/png" and data["picture"].startswith(b"\x89PNG") for data in previews
    )
    assert [data["index"] for data in previews] == list(range(len(previews)))
    assert all(b"AIGC" in data["picture"] and b"a cat" not in data["picture"] for data in previews)
    assert supervisor.get(record.id).order.text == ""


def test_cancelled_before_the_next_step(supervisor):
    (record,) = ask(supervisor, "a cat", steps=200)
    until(lambda: supervisor.get(record.id).step > 0)
    assert supervisor.get(record.id).state is State.RUNNING
    assert supervisor.cancel(record.id).state is State.CANCELLED
    until(lambda: supervisor.health().under_way == 0)
    (next_one,) = ended(supervisor, *ask(supervisor, "a dog"))
    assert next_one.state is State.DONE
    assert supervisor.get(record.id).state is State.CANCELLED


def test_an_estimate_once_something_was_drawn(supervisor):
    ended(supervisor, *ask(supervisor, "a cat"))
    supervisor.pause()
    first, second = ask(supervisor, "a cat", "a dog")
    assert 0 < first.estimate < second.estimate
    assert supervisor.health().paused
    supervisor.resume()
    ended(supervisor, first, second)


def test_a_repeated_request(supervisor):
    entry, key = supervisor.read("a cat"), Idempotency("k", "d")
    (first,), new = supervisor.submit([entry], idempotency=key)
    (again,), old = supervisor.submit([supervisor.read("a cat")], idempotency=key)
    assert (first.id, new, old) == (again.id, True, False)
    ended(supervisor, first)


def test_reordering(supervisor):
    supervisor.pause()
    a, b, c = ask(supervisor, "a cat", "a dog", "a fox")
    assert supervisor.move(c.id, 0).position == 0
    assert supervisor.prioritise(b.id, 2).position == 0
    assert [record.id for record in supervisor.queue()] == [b.id, c.id, a.id]
    supervisor.resume()
    ended(supervisor, a, b, c)


def test_a_worker_that_is_killed_or_stopped_is_replaced(supervisor):
    for number in (signal.SIGKILL, signal.SIGSTOP):
        (record,) = ask(supervisor, "a cat", steps=20, seed=3)
        until(lambda record=record: supervisor.get(record.id).step > 0)
        (member,) = supervisor.desk.crew.members
        os.kill(member.process.pid, number)
        (done,) = ended(supervisor, record)
        assert (done.state, done.attempts) == (State.DONE, 2)


def test_full_disks_refuse(supervisor, monkeypatch):
    monkeypatch.setattr(supervisor.desk, "room", 2**62)
    until(lambda: supervisor.desk.disk)
    with pytest.raises(CannotSave, match="nothing is accepted"):
        ask(supervisor, "a cat")
    assert "are free" in supervisor.health().reasons[0]
    monkeypatch.setattr(supervisor.desk, "room", 0)
    until(lambda: supervisor.health().is_ready)


def test_deleting_everything(supervisor):
    supervisor.pause()
    ask(supervisor, "a cat")
    supervisor.resume()
    running = ask(supervisor, "a cat", steps=200)
    until(lambda: supervisor.get(running[0].id).step > 0)
    deleted = supervisor.delete_everything()
    assert running[0].id in deleted.running
    until(lambda: supervisor.health().under_way == 0)
    assert supervisor.page().records == ()
    assert list(supervisor.shelf.folder.iterdir()) == []


def test_drained_and_opened_again(tmp_path):
    """What runs finishes, what waits is drawn by the next; orphans are swept; nobody else may open it meanwhile."""
    folder = tmp_path / "data"
    first = start(folder, at_once=1)
    with pytest.raises(StoreUnusable, match="another process"):
        start(folder)
    running, waiting = ask(first, "a cat", "a dog", steps=20)
    until(lambda: first.get(running.id).step > 0)
    pids = [member.process.pid for member in first.desk.crew.members]
    first.drain()
    with pytest.raises(QueueClosed):
        ask(first, "a cat")
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            until(lambda pid=pid: os.kill(pid, 0))
    (folder / "pictures" / ".pawlette-half.png").touch()
    second = start(folder)
    try:
        assert second.swept == (".pawlette-half.png",)
        assert second.get(running.id).state is State.DONE
        (done,) = ended(second, waiting)
        assert done.attempts == 1
    finally:
        second.drain()


def test_workers_that_cannot_start_are_tried_more_and_more_slowly(tmp_path):
    supervisor = start(tmp_path / "data", kind="none")
    try:
        until(lambda: "no model, for the sake" in "".join(supervisor.health().reasons))
        assert not supervisor.health().is_ready
        crew = supervisor.desk.crew
        until(lambda: crew.ended >= 2)
        assert crew._not_before - crew.ticks() > 0.1
        (record,) = ask(supervisor, "a cat")
        assert supervisor.get(record.id).state is State.QUEUED, "accepted is kept, workers or not"
    finally:
        supervisor.drain()


def test_a_store_that_is_gone_while_pictures_are_there(tmp_path):
    (tmp_path / "data" / "pictures").mkdir(parents=True)
    (tmp_path / "data" / "pictures" / "a-1.png").touch()
    with pytest.raises(StoreUnusable, match=r"missing, while .* holds pictures"):
        start(tmp_path / "data")


def test_the_servers_process_does_without_torch():
    import subprocess
    import sys

    code = (
        "import pawlette.serve.supervisor, sys; print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


def test_workers_take_the_studios_in_turn(tmp_path):
    """As with a device for each: every worker has its own, and so has whoever replaces it."""
    settings = dataclasses.replace(QUICK, folder=tmp_path / "data", workers=3)
    makers = [partial(make_studio, "quick"), partial(make_studio, "none")]
    supervisor = Supervisor(settings, makers)
    try:
        assert [duty.make_studio.args for duty in supervisor._duties] == [("quick",), ("none",), ("quick",)]
    finally:
        supervisor.drain()
