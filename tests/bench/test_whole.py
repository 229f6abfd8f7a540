"""`pawlette bench` on small models: the protocol, the ladder behind it, and what is left in the folder."""

import json

import pytest

from pawlette.bench import whole
from pawlette.bench.plan import Budget, Plan
from pawlette.bench.subject import Wish
from pawlette.bench.whole import Settings, engine_of
from pawlette.errors import BadJob
from pawlette.model.switches import Switches

BRIEF = Settings(1, Plan(jobs=2, rounds=1, slice=1, alone=1), ["inline", "preload"])


def measured(subject, out, settings, budget=3600.0):
    return whole.run(
        subject, Wish(64, 2), settings, out, command="pawlette bench", budget=Budget(budget), say=lambda _: None
    )  # fmt: skip


def test_all_is_measured_and_kept(subject, tmp_path):
    report = measured(subject, tmp_path, BRIEF)
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert kept["protocol"]["blocks"] == report["protocol"]["blocks"]
    assert [one["rung"] for one in report["ladder"]["cases"][0]["rungs"]] == ["baseline", "inline", "preload"]
    for name in ("bench.md", "study.png", "timeline.png", "ladder-64.png", "ladder.json"):
        assert (tmp_path / name).exists()
    assert "(toy sizes) on cpu" in (tmp_path / "bench.md").read_text()
    assert report["seconds"] > 0


@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_without_rungs_there_is_no_ladder(subject, tmp_path):
    report = measured(subject, tmp_path, Settings(1, rungs=[]))
    assert report["ladder"] is None
    assert not (tmp_path / "ladder.json").exists()


@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_what_does_not_fit_is_named_and_a_report_is_there_all_the_same(subject, tmp_path):
    report = measured(subject, tmp_path, BRIEF, budget=0.0)
    assert len(report["protocol"]["skipped"]) == 10
    assert all("skipped" in one for one in report["ladder"]["cases"][0]["rungs"])
    assert "not measured: a cute panda, plain" in (tmp_path / "bench.md").read_text()


def test_the_engine_of_the_protocol_is_what_suits_the_device_or_a_rung(subject):
    assert engine_of(subject, Settings()).switches == Switches.best("cpu", subject.family)
    assert engine_of(subject, Settings(rung="all-4")).batch == 4
    with pytest.raises(BadJob, match="got 'al'"):
        engine_of(subject, Settings(rung="al"))


def test_quick_is_bounded():
    assert Settings.small().plan.budget == whole.QUICK < 180
