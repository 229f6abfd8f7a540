"""Errors, cancelling and closing reach their owners, and nobody else; nothing hangs."""

from concurrent.futures import CancelledError, wait

import pytest

from pawlette.engine.pipeline import Pipeline
from pawlette.errors import BadJob, DrawingFailed
from tests.engine.pipelines import SECONDS, Gate, fail_at, jobs_of_many_kinds, keep
from tests.fakes import FakeModel, make_job

PARTS = ("encode", "denoise", "decode", "deliver")


def test_a_broken_picture_fails_alone(opened):
    pipeline = opened(FakeModel(broken_seeds=(3,)), batch=8)
    futures = [pipeline.submit(make_job(seed=seed), keep) for seed in range(8)]
    wait(futures, SECONDS)
    with pytest.raises(DrawingFailed, match="not finite"):
        futures.pop(3).result()
    assert all(future.result().data for future in futures)


@pytest.mark.parametrize("stage", ["encode", "begin", "step", "decode"])
def test_an_error_of_any_stage_reaches_its_owner_and_nobody_else(opened, monkeypatch, stage):
    fail_at(monkeypatch, stage, 2, BadJob(f"no {stage} for 2"))
    pipeline = opened(FakeModel(), batch=2)
    futures = [pipeline.submit(make_job(f"{seed} pandas", seed=seed), keep) for seed in range(1, 5)]
    with pytest.raises(BadJob, match=f"no {stage} for 2"):
        futures.pop(1).result(SECONDS)
    assert [future.result(SECONDS).job.seed for future in futures] == [1, 3, 4]


@pytest.mark.parametrize("listener", ["deliver", "on_step"])
def test_an_error_of_whoever_listens_reaches_them(opened, listener):
    def faulty(*given):
        raise ZeroDivisionError(listener)

    pipeline = opened(FakeModel())
    given = {"deliver": (faulty, None), "on_step": (keep, faulty)}[listener]
    future, other = pipeline.submit(make_job(), given[0], on_step=given[1]), pipeline.submit(make_job(), keep)
    with pytest.raises(ZeroDivisionError, match=listener):
        future.result(SECONDS)
    assert other.result(SECONDS).data


def test_a_batch_that_finds_no_memory_is_halved_and_drawn(opened):
    pipeline = opened(FakeModel(fits=2), batch=8)
    futures = [pipeline.submit(make_job(seed=seed), keep) for seed in range(8)]
    assert [future.result(SECONDS).job.seed for future in futures] == list(range(8))


def test_one_picture_that_finds_no_memory_is_told_what_may_do(opened):
    pipeline = opened(FakeModel(fits=0))
    with pytest.raises(DrawingFailed, match="smaller --size"):
        pipeline.submit(make_job(), keep).result(SECONDS)


def test_a_cancelled_job_takes_no_further_step(opened):
    model = FakeModel()
    gate = Gate(model, "step")
    pipeline = opened(model, batch=1, lanes=1)
    drawn, waiting, last = (pipeline.submit(make_job(seed=seed), keep) for seed in (1, 2, 3))
    gate.wait()
    assert drawn.cancel()
    assert waiting.cancel()
    gate.open()
    assert last.result(SECONDS).job.seed == 3
    assert model.rows == [[1], [3], [3], [3]]
    with pytest.raises(CancelledError):
        drawn.result(SECONDS)
    assert not last.cancel()


def test_whoever_waits_for_a_cancelled_job_is_told_at_once(opened):
    model = FakeModel()
    gate = Gate(model, "encode")
    pipeline = opened(model)
    future = pipeline.submit(make_job(), keep)
    gate.wait()
    future.cancel()
    assert wait([future], SECONDS).not_done == set()
    gate.open()


def test_closing_finishes_what_was_accepted():
    with Pipeline(FakeModel()) as pipeline:
        futures = [pipeline.submit(job, keep) for job in jobs_of_many_kinds()]
    assert all(future.done() and future.result().data for future in futures)
    with pytest.raises(RuntimeError, match="takes no more jobs"):
        pipeline.submit(make_job(), keep)
    pipeline.close()


def stopped_halfway():
    """What came of twelve jobs when the block was left by an error."""
    model, futures = FakeModel(), []
    gate = Gate(model, "step")
    try:
        with Pipeline(model) as pipeline:
            futures += [pipeline.submit(job, keep) for job in jobs_of_many_kinds()]
            gate.wait()
            gate.open()
            raise KeyError
    except KeyError:
        return futures


def test_closing_without_finishing_tells_everybody():
    futures = stopped_halfway()
    assert all(future.done() for future in futures)
    assert any(future.cancelled() for future in futures)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fault", [ZeroDivisionError, SystemExit])
def test_an_engine_that_breaks_tells_everybody(fault):
    def faulty(stage, start, end):
        if stage == "denoise":
            raise fault(stage)

    model = FakeModel()
    gate = Gate(model, "encode")
    pipeline = Pipeline(model, on_span=faulty)
    futures = [pipeline.submit(make_job(seed=seed), keep) for seed in range(9)]
    gate.open()
    wait(futures, SECONDS)
    for future in futures:
        with pytest.raises((ZeroDivisionError, DrawingFailed)):
            future.result(0)
    pipeline.close()
    with pytest.raises(RuntimeError):
        pipeline.submit(make_job(), keep)
