"""What the engine tells of its work: rows of each step, and a device's time, where overlaps count once."""

from collections import Counter

import pytest

from pawlette.device import Lane
from pawlette.engine.pipeline import Pipeline
from pawlette.engine.tally import MOST_OPEN, Tally
from pawlette.job import Picture
from tests.fakes import FakeModel, make_job


class Moment:
    """A place in a device's order, in milliseconds."""

    def __init__(self, at, passed=True):
        self.at, self.passed = at, passed

    def query(self):
        return self.passed

    def elapsed_time(self, end):
        return end.at - self.at


def worked(tally, stage, start, end, pictures=0):
    start, end = (at if isinstance(at, Moment) else Moment(at) for at in (start, end))
    tally.worked(stage, start, end, [start] * pictures)


def test_rows_are_counted_since_the_last_time():
    tally = Tally()
    assert not tally.take()
    for rows in (1, 4, 4):
        tally.stepped(rows)
    assert tally.take().rows == {1: 1, 4: 2}
    assert not tally.take()


def test_a_device_without_a_clock_tells_no_time():
    tally = Tally()
    tally.stepped(2)
    tally.worked("denoise", None, None, [None])
    figures = tally.take()
    assert (figures.stages, figures.busy) == ((), None)


def test_each_picture_of_a_piece_is_a_stages_time():
    tally = Tally()
    worked(tally, "encode", 0, 10, pictures=2)
    tally.worked("denoise", Moment(90), Moment(100), [Moment(10), Moment(50)])
    assert tally.take().stages == (("encode", 0.01), ("encode", 0.01), ("denoise", 0.09), ("denoise", 0.05))


def test_overlaps_count_once_and_gaps_do_not():
    tally = Tally()
    worked(tally, "denoise", 1000, 1010)
    worked(tally, "decode", 1005, 1030)
    worked(tally, "denoise", 1010, 1020)
    worked(tally, "denoise", 1050, 1060)
    assert tally.take().busy == pytest.approx(0.040)
    worked(tally, "decode", 1055, 1070)  # 5 ms of it were counted already
    assert tally.take().busy == pytest.approx(0.010)
    worked(tally, "denoise", 1056, 1060)
    assert tally.take().busy == 0.0


def test_what_the_device_has_not_passed_waits_for_the_next_time():
    tally, end = Tally(), Moment(30, passed=False)
    worked(tally, "denoise", 0, 10)
    worked(tally, "denoise", 20, end)
    worked(tally, "denoise", 30, 40)
    assert tally.take().busy == pytest.approx(0.010)
    end.passed = True
    assert tally.take().busy == pytest.approx(0.020)


def test_who_never_takes_keeps_no_more_than_the_newest():
    tally = Tally()
    for at in range(MOST_OPEN + 5):
        worked(tally, "denoise", at, at + 1, pictures=1)
    assert len(tally.take().stages) == MOST_OPEN


@pytest.mark.parametrize("clocked", [False, True])
def test_the_pipeline_tallies_every_step(monkeypatch, clocked):
    if clocked:
        monkeypatch.setattr(Lane, "place", lambda lane: Moment(5.0))
    tally, jobs = Tally(), [make_job(seed=seed, steps=3) for seed in range(4)]
    with Pipeline(FakeModel(), batch=4, lanes=1, tally=tally) as pipeline:
        for future in [
            pipeline.submit(job, lambda pixels, took: Picture(pixels.job, b"", "raw", took)) for job in jobs
        ]:
            future.result(30)
    figures = tally.take()
    assert sum(rows * steps for rows, steps in figures.rows.items()) == 12
    named = Counter(stage for stage, _ in figures.stages)
    assert named == (dict.fromkeys(("encode", "denoise", "decode"), 4) if clocked else {})
    assert figures.busy == (0.0 if clocked else None)


@pytest.mark.cuda
def test_a_gpu_tells_its_own_time():
    tally, jobs = Tally(), [make_job(seed=seed, steps=3) for seed in range(4)]
    with Pipeline(FakeModel(), device="cuda", batch=4, tally=tally) as pipeline:
        for future in [
            pipeline.submit(job, lambda pixels, took: Picture(pixels.job, b"", "raw", took)) for job in jobs
        ]:
            future.result(30)
    figures = tally.take()
    assert Counter(stage for stage, _ in figures.stages) == dict.fromkeys(("encode", "denoise", "decode"), 4)
    assert all(seconds >= 0 for _, seconds in figures.stages)
    assert figures.busy is not None
    assert figures.busy > 0
