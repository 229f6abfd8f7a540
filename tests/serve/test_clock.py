"""A system clock that is set back or on moves no job."""

from pawlette.serve import clock


def test_it_does_not_jump(monkeypatch):
    wall, counted = [5000.0], [10.0]
    monkeypatch.setattr(clock.time, "time", lambda: wall[0])
    monkeypatch.setattr(clock.time, "monotonic", lambda: counted[0])
    now = clock.steady_clock()
    for jump in (-4000.0, 10.0**9):
        wall[0] += jump
        counted[0] += 1
        assert now() == 5000.0 + counted[0] - 10.0


def test_it_does_not_go_back_over_a_restart(monkeypatch):
    monkeypatch.setattr(clock.time, "time", lambda: 100.0)
    assert clock.steady_clock(not_before=250.0)() >= 250.0
