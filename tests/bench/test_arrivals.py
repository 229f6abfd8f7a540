"""Arrivals, waiting and overtaking by arithmetic, and one small load end to end."""

import itertools
import json
import statistics

import pytest

from pawlette.bench.arrivals import Bounds, Watched, mixed, overtaken, poisson, run, waits
from pawlette.bench.rungs import rungs
from tests.fakes import FakeModel, make_job


def test_arrivals_keep_the_rate_and_the_bounds():
    times = poisson(10.0, Bounds(jobs=2000, seconds=1e9))
    assert len(times) == 2000
    assert statistics.mean(b - a for a, b in itertools.pairwise(times)) == pytest.approx(0.1, rel=0.1)
    assert max(poisson(10.0, Bounds(jobs=2000, seconds=3.0))) < 3.0
    assert poisson(1e-9, Bounds()) == [0.0]


def test_one_server_takes_jobs_as_they_come():
    assert waits([0.0, 1.0, 10.0], [3.0, 3.0, 1.0]) == [3.0, 5.0, 1.0]


def test_overtaking_counts_those_that_came_later():
    assert overtaken([1, 5, 2, 2, 5]) == [0, 2, 0, 0, 0]


def test_a_watched_model_knows_when_each_job_first_stood_in_a_step():
    watched = Watched(FakeModel())
    jobs = [make_job(seed=1), make_job(seed=2)]
    one, other = (watched.begin(job, read) for job, read in zip(jobs, watched.encode(jobs), strict=True))
    (one,) = watched.step([one])
    watched.step([one, other])
    assert watched.started == {1: 1, 2: 2}


def test_turns_have_the_same_kinds_and_other_texts(subject):
    one, other = mixed(subject, 8, 0), mixed(subject, 8, 1)
    assert [(a.shape, a.steps, a.guidance) for a in one] == [(b.shape, b.steps, b.guidance) for b in other]
    assert not {job.prompt.text for job in one} & {job.prompt.text for job in other}


def test_a_load_is_told_at_every_share(subject, tmp_path):
    rung = rungs(subject.family.generation)["engine-4"]
    report = run(subject, rung, tmp_path, Bounds(jobs=4, seconds=1.0, long=8), say=lambda line: None)
    assert [one["share"] for one in report["loads"]] == [0.5, 0.8, 1.2]
    assert not any(one["starved"] for one in report["loads"])
    assert report["memory"]["jobs"] == 8
    assert json.loads((tmp_path / "load.json").read_text())["capacity_per_minute"] > 0
    assert "overtaken at most" in (tmp_path / "load.md").read_text()
