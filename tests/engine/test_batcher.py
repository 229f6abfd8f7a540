"""Which jobs go together: nobody is overtaken for ever, nobody is held up by another shape, nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawlette.engine.batcher import Batcher

KEYS = st.sampled_from("abc")
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS), st.tuples(st.just("read"), st.integers(1, 4)),
        st.tuples(st.just("drop"), st.integers(1, 4)), st.tuples(st.just("join"), st.integers(0, 4)),
        st.tuples(st.just("leave"), st.integers(1, 4)),
    ),
    max_size=80,
)  # fmt: skip


class Desk:
    """A batcher at work: jobs are numbers, `running` those of one key that were let in."""

    def __init__(self, patience, ahead):
        self.batcher = Batcher(patience=patience, ahead=ahead)
        self.keys, self.started, self.dropped, self.running, self.key = {}, [], [], [], None

    def put(self, key):
        number = len(self.keys)
        self.keys[number] = key
        self.batcher.put(key, number)

    def read(self, most):
        for waiting in self.batcher.to_read(most):
            self.batcher.read(waiting, waiting.item)

    def drop(self, most):
        for waiting in self.batcher.to_read(most):
            self.batcher.drop(waiting)
            self.dropped.append(waiting.item)

    def join(self, room):
        self.key, joined = self.batcher.join(self.key if self.running else None, lambda _: room)
        self.running += joined
        self.started += joined
        return joined

    def leave(self, count):
        del self.running[:count]

    def play(self, events):
        for what, with_ in events:
            getattr(self, what)(with_)
            yield

    def drain(self):
        while len(self.batcher):
            self.read(4)
            self.join(2)
            self.leave(1)


def overtaken(desk, number):
    """How many that came later have started or left before this one."""
    gone = desk.started + desk.dropped
    before = desk.started[: desk.started.index(number)] if number in desk.started else gone
    return sum(later > number for later in before)


@given(EVENTS, st.integers(1, 5), st.integers(1, 4))
def test_every_job_starts_once_and_nobody_is_overtaken_beyond_patience(events, patience, ahead):
    desk = Desk(patience, ahead)
    for _ in desk.play(events):
        pass
    desk.drain()
    assert sorted(desk.started + desk.dropped) == sorted(desk.keys)
    for number in desk.started:
        assert overtaken(desk, number) <= patience + len(desk.dropped)
    if not desk.dropped:
        assert all(overtaken(desk, number) <= patience for number in desk.keys)


@given(EVENTS, st.integers(1, 5), st.integers(1, 4))
def test_a_batch_has_one_key_and_a_key_keeps_its_order(events, patience, ahead):
    desk = Desk(patience, ahead)
    for _ in desk.play(events):
        assert {desk.keys[number] for number in desk.running} <= {desk.key}
    desk.drain()
    for key in "abc":
        own = [number for number in desk.started if desk.keys[number] == key]
        assert own == sorted(own)


@given(EVENTS, st.integers(1, 4))
def test_no_more_of_a_key_than_allowed_is_read_ahead(events, ahead):
    desk = Desk(1, ahead)
    for _ in desk.play(events):
        for heap in desk.batcher._read.values():
            assert 0 < len(heap) <= ahead


@given(st.integers(1, 6), st.integers(0, 12))
def test_another_shape_in_front_does_not_hold_up_who_fits(patience, others):
    """While patience lasts, free rows are filled at once, whoever stands in front."""
    desk = Desk(patience, ahead=16)
    desk.put("a")
    desk.read(1)
    assert desk.join(1) == [0]
    desk.put("b")
    for _ in range(others):
        desk.put("a")
    desk.read(16)
    assert len(desk.join(16)) == min(others, patience)
    desk.leave(99)
    assert desk.join(1) == [1]


def test_a_job_that_is_not_yet_read_holds_up_nobody_but_keeps_its_turn():
    desk = Desk(patience=2, ahead=4)
    for key in "ab":
        desk.put(key)
    slow, quick = desk.batcher.to_read(2)
    desk.put("b")
    desk.put("b")
    desk.batcher.read(quick, quick.item)
    desk.read(4)
    assert desk.join(9) == [1, 2]  # then 0 has been overtaken twice
    desk.leave(9)
    assert desk.join(9) == []
    desk.batcher.read(slow, slow.item)
    assert desk.join(9) == [0]


def test_an_unread_queue_of_one_shape_does_not_stop_the_reading_of_another():
    batcher = Batcher(ahead=2)
    for key in "aaaab":
        batcher.put(key, key)
    assert [waiting.item for waiting in batcher.to_read(9)] == ["a", "a", "b"]


def test_a_limit_that_is_none_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Batcher(patience=0)
