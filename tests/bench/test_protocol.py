"""The study's protocol on small models: blocks, their units, and what a budget leaves out."""

from functools import partial

import pytest

from pawlette.bench import protocol
from pawlette.bench.gauge import Gauge
from pawlette.bench.plan import Budget
from pawlette.bench.prompts import STUDY
from pawlette.bench.protocol import Block, Measured, Way
from pawlette.bench.subject import Wish
from pawlette.engine.deliver import deliver
from pawlette.engine.labels import Labels
from tests.fakes import FakeModel, make_job

WAYS = [Way("plain", inline=True), Way("engine")]
FINISH = partial(deliver, labels=Labels(model="fake", version="0"))


def measure(subject, out, seconds=3600.0, **changes):
    saved = []
    with Gauge("cpu") as gauge:
        report = protocol.run(
            subject, WAYS, Wish(64, 2), out, runs=2, gauge=gauge, budget=Budget(seconds), save=saved.append,
            say=lambda _: None, **changes,
        )  # fmt: skip
    return report, saved


def test_each_prompt_is_drawn_each_way_as_often_as_asked(subject, tmp_path):
    report, saved = measure(subject, tmp_path)
    assert [(one["prompt"], one["way"]) for one in report["blocks"][:4]] == [
        (STUDY[0], "plain"), (STUDY[0], "engine"), (STUDY[1], "engine"), (STUDY[1], "plain"),
    ]  # fmt: skip
    assert len(report["blocks"]) == 10
    assert all(one["runs"] == 2 for one in report["blocks"])
    assert all(one["nvml"] is one["allocated_mib"] is None for one in report["blocks"])
    assert [one["way"] for one in report["timelines"]] == ["plain", "engine"]
    assert report["timelines"][0]["lanes"]["denoise"]
    assert len(saved) == 11
    assert {path.name for path in tmp_path.glob("*.png")} == {"engine-0.png", "engine-1.png", "plain-0.png"}


def test_what_does_not_fit_is_named(subject, tmp_path):
    report, _ = measure(subject, tmp_path, seconds=0.0)
    assert report["blocks"] == []
    assert len(report["skipped"]) == 10
    assert "a cute panda, plain" in report["skipped"][0]


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize(("seconds", "runs"), [(0.0, 1), (60.0, 4)])
def test_a_block_has_one_run_at_least_and_no_more_than_its_time(tmp_path, seconds, runs, apart):
    model = FakeModel()
    with Gauge("cpu") as gauge:
        one = Measured(
            "plain", partial(protocol._one_by_one, model, FINISH), "cpu", tmp_path, gauge, apart=apart
        )
        block = one.block("a cute panda", [make_job(seed=seed) for seed in range(4)], Budget(seconds))
    assert len(block.latencies) == runs
    assert model.calls.count("encode") == (1 + apart) * runs  # alone, and then without a pause
    assert apart or block.continuous == sum(block.latencies)


def test_a_block_is_told_in_the_studys_units():
    block = Block("a cute panda", "plain", (1.0, 2.0, 3.0), 4.0, 50.0, 7.5, 0.25, 3 * 2**20, 5 * 2**20)
    found = block.told()
    assert found["latency_ms"] == {
        "mean": 2000.0, "deviation": 1000.0, "median": 2000.0, "lowest": 1000.0, "highest": 3000.0
    }  # fmt: skip
    assert (found["p50_ms"], found["p95_ms"]) == (2000.0, 3000.0)
    assert (found["allocated_mib"], found["reserved_mib"], found["per_minute"]) == (3.0, 5.0, 45.0)
    assert (found["nvml"], found["sm_util"], found["processor_share"]) == (50.0, 7.5, 0.25)


def test_one_value_has_no_deviation():
    block = Block("a cute panda", "plain", (1.0,), 1.0, None, None, 0.25, None, None)
    assert block.told()["latency_ms"]["deviation"] is None
