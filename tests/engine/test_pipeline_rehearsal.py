"""Rehearsals meet what they should, lose and change nothing beside them, and end with the engine."""

import itertools
import threading
from concurrent.futures import CancelledError

import pytest

from pawlette.engine.pipeline import Pipeline
from pawlette.engine.stages import run_inline
from pawlette.errors import DrawingFailed
from tests.engine.pipelines import SECONDS, Gate, asked, fail_at, jobs_of_many_kinds, keep
from tests.fakes import FakeModel, make_job


def groups_of(*counts):
    """Groups of so many jobs, all of different texts, as a rehearsal wants them."""
    seeds = itertools.count(1000)
    return [[asked(seed, f"text {seed}", steps=1) for seed in itertools.islice(seeds, n)] for n in counts]


def test_a_rehearsal_meets_its_counts_at_every_stage(opened):
    model = FakeModel()
    pipeline = opened(model, batch=8, lanes=1)
    pipeline.rehearse(groups_of(1, 2, 4, 8))
    assert [len(texts) for texts in model.read] == [1, 2, 4, 8]
    assert [len(rows) for rows in model.rows] == [1, 2, 4, 8]
    assert model.decoded == [1, 2, 4, 8]


def test_a_group_is_cut_where_fewer_share_a_forward(opened):
    model = FakeModel()
    pipeline = opened(model, batch=3, lanes=1)
    pipeline.rehearse(groups_of(4))
    assert sorted(len(rows) for rows in model.rows) == [1, 3]
    assert sum(model.decoded) == 4


def test_pictures_behind_a_rehearsal_are_what_they_are_without(opened):
    pipeline, jobs = opened(FakeModel(), batch=4), jobs_of_many_kinds()
    pipeline.rehearse(groups_of(1, 2, 4))
    for job, future in [(job, pipeline.submit(job, keep)) for job in jobs]:
        assert future.result(SECONDS).data == run_inline(FakeModel(), job, keep).data


@pytest.mark.parametrize("stage", ["encode", "begin", "step", "decode"])
def test_an_error_of_a_rehearsal_is_raised_and_the_engine_goes_on(opened, monkeypatch, stage):
    fail_at(monkeypatch, stage, 1001, DrawingFailed(f"no {stage}"))
    model = FakeModel()
    pipeline = opened(model, batch=2)
    with pytest.raises(DrawingFailed, match=f"no {stage}"):
        pipeline.rehearse(groups_of(1, 2, 1))
    assert not any(1003 in rows for rows in model.rows)
    assert pipeline.submit(make_job(), keep).result(SECONDS).data


def test_a_rehearsal_beside_waiting_jobs_loses_none_and_doubles_none(opened):
    model = FakeModel()
    gate = Gate(model, "step")
    pipeline, steps = opened(model, batch=4, lanes=1), 3
    futures = [pipeline.submit(make_job(seed=seed, steps=steps), keep) for seed in range(9)]
    gate.wait()
    rehearsing = threading.Thread(target=pipeline.rehearse, args=(groups_of(1, 2, 4),))
    rehearsing.start()
    assert futures[2].cancel()
    gate.open()
    futures += [pipeline.submit(make_job(seed=seed, steps=steps), keep) for seed in range(9, 12)]
    rehearsing.join(SECONDS)
    assert not rehearsing.is_alive()
    drawn = [future.result(SECONDS).job.seed for future in futures if future is not futures[2]]
    assert drawn == [seed for seed in range(12) if seed != 2]
    stepped = [seed for rows in model.rows for seed in rows]
    assert all(stepped.count(seed) == steps for seed in drawn)
    assert [stepped.count(seed) for seed in range(1000, 1008)] == [1] * 7 + [0]
    assert sum(model.decoded) == 11 + 7


@pytest.mark.parametrize(("finish", "error"), [(False, CancelledError), (True, RuntimeError)])
def test_closing_ends_a_rehearsal(finish, error):
    """What was accepted of it is drawn or cancelled, as for any job, and nothing more is begun."""
    model, caught = FakeModel(), []
    gate = Gate(model, "step")
    pipeline = Pipeline(model, batch=4, lanes=1)

    def rehearse():
        try:
            pipeline.rehearse(groups_of(2, 4))
        except BaseException as raised:
            caught.append(raised)

    rehearsing = threading.Thread(target=rehearse)
    rehearsing.start()
    gate.wait()
    closing = threading.Thread(target=pipeline.close, kwargs={"finish": finish})
    closing.start()
    while not pipeline._closing:
        threading.Event().wait(0.001)
    gate.open()
    closing.join(SECONDS)
    rehearsing.join(SECONDS)
    assert not closing.is_alive()
    assert not rehearsing.is_alive()
    assert isinstance(caught[0], error)
    assert model.rows == [[1000, 1001]]
    assert model.decoded == ([2] if finish else [])
