"""Stages from acts that end behind each other, and groups that find memory."""

import pytest

from pawlette.bench.clocks import (
    Took,
    clock,
    differences,
    fitting,
    matmul_rate,
    operations,
    stages,
    until_no_faster,
)
from pawlette.bench.subject import Wish
from tests.fakes import FakeModel, make_job


def test_stages_are_differences_of_ends():
    found = differences({"encode": Took(1.0, 0.5), "denoise": Took(4.0, 3.0), "decode": Took(3.5, None)})
    assert found["encode"] == Took(1.0, 0.5)
    assert found["denoise"] == Took(3.0, 2.5)
    assert found["decode"] == Took(0.0, None)  # noise of the clock is no negative time


def test_a_short_act_runs_three_times_and_a_cpu_has_no_kernels():
    calls = []
    assert clock(lambda: calls.append(1), "cpu").kernels is None
    assert len(calls) == 3
    assert matmul_rate("cpu") is None


def begun(model, count):
    jobs = [make_job(seed=seed) for seed in range(count)]
    return [model.begin(job, read) for job, read in zip(jobs, model.encode(jobs), strict=True)]


def test_a_group_is_halved_until_it_finds_memory():
    model = FakeModel(fits=3)
    assert fitting(model, begun(model, 8)) == 2
    with pytest.raises(Exception, match="do not fit"):
        fitting(FakeModel(fits=0), begun(model, 2))


def test_every_stage_has_its_time():
    model = FakeModel()
    assert set(stages(model, [make_job(seed=seed) for seed in (1, 2)], "cpu")) == {
        "encode",
        "denoise",
        "decode",
    }
    assert set(map(len, model.rows)) == {2}


def test_operations_grow_with_guidance(subject):
    plain, guided = (
        operations(subject.plain, subject.jobs(Wish(64, 2, scale), 1)[0]) for scale in (1.0, 3.0)
    )
    assert 1e5 < plain < guided


def test_an_act_is_repeated_until_it_is_no_faster():
    def told(*seconds, **settings):
        left = iter(seconds)
        return until_no_faster(lambda: next(left), **settings)

    assert told(9.0, 5.0, 4.9, 1.0) == [9.0, 5.0, 4.9]
    assert told(1.0, 1.0, 0.1) == [1.0, 1.0]
    assert told(9.0, 5.0, 3.0, 1.0, most=3) == [9.0, 5.0, 3.0]
    assert told(9.0, may=lambda: False) == []
