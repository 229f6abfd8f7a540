"""How far the engine asks ahead of a device that works by itself: here one whose steps a test lets pass."""

import threading

import pytest

from pawlette.device import Lane
from pawlette.engine.lead import MOST, Lead
from pawlette.engine.pipeline import Pipeline
from tests.engine.test_pipeline import SECONDS, keep
from tests.fakes import FakeModel, make_job


class Done:
    """A mark that the device comes to when the test says so."""

    def __init__(self):
        self.passed, self.waited = threading.Event(), threading.Event()

    def query(self):
        return self.passed.is_set()

    def synchronize(self):
        self.waited.set()
        assert self.passed.wait(SECONDS)


def test_steps_are_told_in_order_once_they_are_done():
    told, marks = [], [Done() for _ in range(MOST)]
    lead = Lead(lambda owner, at: told.append((owner, at)))
    for number, mark in enumerate(marks, start=1):
        lead.asked(mark, [("a", number), ("b", number)])
    assert told == []
    marks[1].passed.set()
    assert lead.look()
    assert told == []  # the second is done, but the first is not known to be
    marks[0].passed.set()
    assert not lead.look()
    assert told == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_one_too_many_waits_for_the_oldest():
    marks = [Done() for _ in range(MOST + 1)]
    told = []
    lead = Lead(lambda owner, at: told.append(at))

    def ask():
        for number, mark in enumerate(marks):
            lead.asked(mark, [("a", number)])

    asking = threading.Thread(target=ask)
    asking.start()
    assert marks[0].waited.wait(SECONDS)
    assert asking.is_alive()
    marks[0].passed.set()
    asking.join(SECONDS)
    assert told == [0]
    assert not marks[1].waited.is_set()


def test_where_work_is_done_when_it_is_asked_nothing_waits():
    told = []
    lead = Lead(lambda owner, at: told.append(at))
    lead.asked(None, [("a", 1)])
    assert told == [1]
    assert not lead.look()


@pytest.fixture
def device(monkeypatch):
    """The marks of a device's steps, in the order in which they were asked."""
    marks = []

    def milestone(lane):
        marks.append(Done())
        return marks[-1]

    monkeypatch.setattr(Lane, "milestone", milestone)
    monkeypatch.setattr(Lane, "follow", lambda *_: None)
    return marks


def until(true):
    for _ in range(SECONDS * 200):
        if true():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it did not come about")


def test_a_cancelled_job_takes_few_steps_more(device):
    model, told = FakeModel(), []
    with Pipeline(model, lanes=1) as engine:
        future = engine.submit(make_job(steps=20), keep, on_step=told.append)
        until(lambda: len(model.rows) == MOST + 1)
        assert device[0].waited.wait(SECONDS)
        assert told == []
        device[0].passed.set()
        until(lambda: len(model.rows) == MOST + 2)
        assert told == [1]
        assert future.cancel()
        for mark in device:
            mark.passed.set()
    assert len(model.rows) == MOST + 2
    assert told == [1]


def test_the_last_steps_are_told_though_nothing_follows(device):
    told, held = [], threading.Event()  # it holds up the delivery, which tells the rest
    with Pipeline(FakeModel(), lanes=1) as engine:
        engine.submit(
            make_job(steps=2), lambda *made: held.wait(SECONDS) and keep(*made), on_step=told.append
        )
        until(lambda: len(device) == 2)
        assert told == []
        device[0].passed.set()
        until(lambda: told == [1])
        device[1].passed.set()
        until(lambda: told == [1, 2])
        held.set()


def test_who_comes_while_the_last_steps_run_does_not_wait_for_them(device):
    model = FakeModel()
    with Pipeline(model, lanes=1) as engine:
        engine.submit(make_job(seed=1, steps=2), keep)
        until(lambda: len(device) == 2)
        engine.submit(make_job("a cute fox", seed=2, steps=2), keep)
        until(lambda: [2] in model.rows)
        assert not device[1].passed.is_set()
        until(lambda: device[0].waited.is_set())
        for mark in device:
            mark.passed.set()
        until(lambda: len(device) == 4)
        for mark in device:
            mark.passed.set()
