"""The bounded hand-over: who puts waits while it is full, who takes while it is empty, and nobody for ever."""

import threading

from pawlette.engine.handover import HandOver

SECONDS = 60  # until a test that hangs is said to hang


def beside(act):
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_all_that_waits_is_taken_in_order():
    between = HandOver(3)
    for item in "abc":
        between.put(item)
    assert between.take() == ["a", "b", "c"]
    between.put("d")
    between.end()
    assert (between.take(), between.take()) == (["d"], [])


def test_who_puts_may_want_less_to_lie_before_it():
    between, second = HandOver(8), threading.Event()
    between.put(1)
    thread = beside(lambda: (between.put(2, 1), second.set()))
    assert not second.wait(0.05)
    assert between.take() == [1]
    thread.join(SECONDS)
    assert between.take() == [2]


def test_several_take_their_part_and_all_hear_of_the_end():
    between, taken = HandOver(3), []
    for item in "abc":
        between.put(item)
    assert between.take(2) == ["a", "b"]
    between.put("d")  # there is room at once
    threads = [beside(lambda: taken.append((between.take(1), between.take(1)))) for _ in range(2)]
    between.end()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(item for pair in taken for items in pair for item in items) == ["c", "d"]
    assert between.take(1) == []


def test_it_ends_when_all_that_put_have_ended():
    between = HandOver(1, putters=2)
    between.end()
    between.put("late")
    between.end()
    assert (between.take(), between.take()) == (["late"], [])


def test_who_puts_waits_while_it_is_full():
    between, second = HandOver(1), threading.Event()
    between.put(1)
    thread = beside(lambda: (between.put(2), second.set()))
    assert not second.wait(0.05)
    assert between.take() == [1]
    thread.join(SECONDS)
    assert second.is_set()
    assert between.take() == [2]


def test_nobody_waits_for_an_abandoned_one():
    full, empty = HandOver(1), HandOver(1)
    full.put(1)
    threads = [beside(lambda: full.put(2)), beside(empty.take)]
    full.abandon()
    empty.abandon()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    assert full.take() == []
