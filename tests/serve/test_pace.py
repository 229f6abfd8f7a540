"""What is expected follows what was seen."""

import pytest

from pawlette.serve.pace import Pace


def test_it_knows_nothing_at_first():
    pace = Pace()
    assert pace.wait(3) is None
    assert pace.rest(0.5) is None


def test_pictures_beside_each_other(time):
    """Two at a time, each of 10 s, a new one every 5 s."""
    pace = Pace(time)
    pace.began("a")
    time.now += 5
    for job, before in zip("bcdefgh", "abcdefg", strict=True):
        pace.began(job)
        time.now += 5
        pace.drew(before)
    assert pace.latency == pytest.approx(10)
    assert pace.between == pytest.approx(5 + 5 * 0.8**6)
    assert pace.wait(0) == pytest.approx(10)
    assert pace.rest(0.75) == pytest.approx(2.5)


def test_an_idle_night_is_not_slowness(time):
    pace = Pace(time)
    for _ in range(2):
        pace.began("a")
        time.now += 2
        pace.drew("a")
        time.now += 10_000
    assert pace.between == pytest.approx(2)
    pace.began("b")
    pace.forget("b")
    pace.drew("b")
    assert pace.between == pytest.approx(2)
