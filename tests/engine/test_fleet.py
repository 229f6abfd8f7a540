"""Engines in processes of their own, with a model that is fake and devices that are all the CPU."""

from functools import partial

import pytest
import torch

from pawlette.device import several
from pawlette.engine.deliver import deliver
from pawlette.engine.fleet import Fleet
from pawlette.engine.labels import Labels
from pawlette.engine.previews import Previews
from pawlette.engine.stages import run_inline
from pawlette.errors import BadJob, BadModel, DrawingFailed
from tests.fakes import FakeModel, load_deadly, load_nothing, make_job

SECONDS = 120  # no test waits for ever
finish = partial(deliver, labels=Labels(model="fake", version="0"))


@pytest.fixture(scope="module")
def fleet():
    with Fleet(load_deadly, ["cpu", "cpu"]) as fleet:
        yield fleet


def test_every_device_draws_and_each_picture_is_that_of_its_plain_twin(fleet):
    jobs = [make_job(seed=seed, steps=1 + seed % 3) for seed in range(12) if seed != 13]
    drawn = [fleet.submit(job, finish) for job in jobs]
    for job, future in zip(jobs, drawn, strict=True):
        picture = future.result(SECONDS)
        assert picture.job == job
        assert picture.data == run_inline(FakeModel(), job, finish).data


def test_an_error_comes_back_as_itself_and_stops_nobody_else(fleet):
    bad, good = fleet.submit(make_job(seed=13), finish), fleet.submit(make_job(seed=14), finish)
    with pytest.raises(DrawingFailed, match="not finite"):
        bad.result(SECONDS)
    assert good.result(SECONDS).job.seed == 14


def test_steps_are_told_here_and_an_error_of_the_listener_is_its_own(fleet):
    told = []
    fleet.submit(make_job(steps=4), finish, on_step=told.append).result(SECONDS)
    assert told == [1, 2, 3, 4]

    def listen(at):
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        fleet.submit(make_job(steps=4), finish, on_step=listen).result(SECONDS)


def test_what_is_cancelled_is_not_drawn_and_holds_up_nobody(fleet):
    slow = [fleet.submit(make_job(seed=1000 + n, steps=200), finish) for n in range(4)]
    for future in slow:
        assert future.cancel()
    assert fleet.submit(make_job(seed=20), finish).result(SECONDS).job.seed == 20
    assert not any(worker.under_way for worker in fleet._workers)


def test_jobs_are_shared_out(fleet):
    futures = [fleet.submit(make_job(seed=1000 + n, steps=200), finish) for n in range(6)]
    assert [len(worker.under_way) for worker in fleet._workers] == [3, 3]
    for future in futures:
        future.cancel()


def test_several_devices_show_no_previews(fleet):
    with pytest.raises(BadJob, match="one device does"):
        fleet.submit(make_job(), finish, previews=Previews(frozenset({1}), print))


def test_a_process_that_ends_loses_no_job(tmp_path):
    with Fleet(partial(load_deadly, deadly=(5,), once=tmp_path / "ended"), ["cpu"]) as fleet:
        futures = [fleet.submit(make_job(seed=seed), finish) for seed in range(8)]
        assert [future.result(SECONDS).job.seed for future in futures] == list(range(8))
    assert (tmp_path / "ended").exists()


def test_a_job_that_ends_its_process_again_and_again_is_told_and_the_others_are_drawn():
    with Fleet(partial(load_deadly, deadly=(5,)), ["cpu"]) as fleet:
        deadly = fleet.submit(make_job(seed=5, steps=1), finish)
        with pytest.raises(DrawingFailed, match="2 processes ended while they drew this, the last on cpu"):
            deadly.result(SECONDS)
        assert fleet.submit(make_job(seed=6), finish).result(SECONDS).job.seed == 6


def test_where_no_model_can_be_loaded_everybody_hears_why():
    with Fleet(load_nothing, ["cpu", "cpu"]) as fleet:
        for future in [fleet.submit(make_job(seed=seed), finish) for seed in range(3)]:
            with pytest.raises(BadModel, match="there is no model for cpu"):
                future.result(SECONDS)
        with pytest.raises(BadModel):
            fleet.submit(make_job(), finish).result(SECONDS)


def test_closing_finishes_what_was_accepted_or_cancels_it():
    fleet = Fleet(load_deadly, ["cpu"])
    kept = [fleet.submit(make_job(seed=seed), finish) for seed in range(3)]
    fleet.close()
    assert [future.result(0).job.seed for future in kept] == [0, 1, 2]
    with pytest.raises(RuntimeError, match="closed"):
        fleet.submit(make_job(), finish)
    fleet = Fleet(load_deadly, ["cpu"])
    dropped = fleet.submit(make_job(seed=1000, steps=200), finish)
    fleet.close(finish=False)
    assert dropped.cancelled()


def test_a_fleet_needs_a_device():
    with pytest.raises(ValueError, match="at least one device"):
        Fleet(load_deadly, [])


def test_names_of_several_devices(monkeypatch):
    assert several("cpu, cpu") == ("cpu", "cpu")
    with pytest.raises(BadJob, match="tpu"):
        several("cpu,tpu")
    assert len(several("all")) >= 1
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert several("all") == ("cuda:0", "cuda:1", "cuda:2")
