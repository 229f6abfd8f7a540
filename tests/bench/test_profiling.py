"""Profiling the real engine around a model of a few lines: what is marked, what is left in the folder."""

import gzip
import json
from functools import partial

import pytest

from pawlette.bench import profiling
from pawlette.bench.profiling import engine, plain, run
from pawlette.bench.stock import stock
from pawlette.bench.subject import Wish
from pawlette.bench.trace import read
from pawlette.bench.unread import as_asked, otherwise
from pawlette.engine.deliver import deliver
from pawlette.engine.labels import Labels
from tests.fakes import FakeModel, make_job

FINISH = partial(deliver, labels=Labels(model="fake", version="0"))
JOBS = [make_job(text, seed=seed) for seed, text in enumerate(("a cute panda", "a cat", "two foxes"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def report(folder):
    model, said = FakeModel(), []
    with engine(model, FINISH, device="cpu") as way:
        ways = [plain(model, FINISH), way]
        return run(
            ways, JOBS, folder, device="cpu", machine={"device": "cpu"}, notes=["calm"], say=said.append
        )


def trace_of(folder, way):
    return json.loads(gzip.decompress((folder / f"trace-{way}.json.gz").read_bytes()))


@pytest.mark.parametrize("way", ["plain", "engine"])
def test_every_call_of_every_stage_is_marked_whatever_thread_makes_it(report, folder, way):
    (found,) = [one for one in report["ways"] if one["way"] == way]
    calls = {stage["stage"]: stage["calls"] for stage in found["dissection"]["stages"]}
    assert calls["denoise"] == 9
    assert calls["begin"] == calls["decode"] == calls["deliver"] == calls["save"] == 3
    assert [(step["step"], step["seen"]) for step in found["dissection"]["steps"]] == [(1, 3), (2, 3), (3, 3)]
    assert found["dissection"]["basis"] == "operators"
    assert len(list((folder / f"pictures-{way}").glob("*.png"))) == 3
    spans = found["untraced_lanes"]
    assert [lane for lane, own in spans.items() if own] == ["encode", "denoise", "decode", "save"]


def test_operators_of_the_engines_threads_are_seen(report, folder):
    stages = {one["stage"]: one for one in report["ways"][1]["dissection"]["stages"]}
    assert stages["denoise"]["host"]["operators"] > 0
    threads = {one.thread for one in read(trace_of(folder, "engine")).segments if one.kind == "operators"}
    assert len(threads) > 1


def test_a_kept_trace_names_its_threads_and_no_machine(report, folder):
    kept = trace_of(folder, "engine")
    assert "host_name" not in kept
    names = {event["args"]["name"] for event in kept["traceEvents"] if event.get("name") == "thread_name"}
    assert {"pawlette denoise", "pawlette decode", "pawlette deliver"} <= names
    assert any("begin, encode" in name for name in names)


def test_the_report_is_kept_as_json_and_as_a_page(report, folder):
    assert json.loads((folder / "profile.json").read_text())["ways"][0]["way"] == "plain"
    page = (folder / "profile.md").read_text()
    assert "- calm" in page
    assert "35 to 40" in page
    assert "## engine: through the engine" in page


def test_every_turn_reads_the_same_texts_though_the_engine_remembers_them(tmp_path):
    model = FakeModel()
    with engine(model, FINISH, device="cpu") as way:
        for turn in (2, 1, 0):
            way.draw(otherwise(JOBS, turn), tmp_path, lambda *_: None)
            way.draw(otherwise(JOBS, turn), tmp_path, lambda *_: None)  # these it remembers
    read_texts = [text for group in model.read for text in group]
    assert sorted(read_texts) == sorted(3 * [job.prompt.text for job in JOBS])


def test_a_job_of_another_turn_is_the_job_that_was_asked_for():
    others = otherwise(JOBS, 3)
    assert len({job.prompt.text for job in (*JOBS, *others)}) == 6
    assert [as_asked(job) for job in others] == JOBS


def test_a_gpu_is_warmed_until_it_is_no_faster_and_a_cpu_once():
    seconds = iter([9.0, 5.0, 3.0, 2.9, 1.0])
    asked = []

    def draw(jobs):
        asked.append(len(jobs))
        return next(seconds), [], 0.0

    assert profiling._warm(draw, JOBS, "cuda") == [9.0, 5.0, 3.0, 2.9]
    assert profiling._warm(draw, JOBS, "cpu") == [1.0]
    assert asked == [3, 3, 3, 3, 1]


def test_diffusers_own_pipeline_is_marked_from_outside(subject, tmp_path, monkeypatch):
    jobs, seen = subject.jobs(Wish(64, 3), 2), []
    draw = subject.baseline.draw
    monkeypatch.setattr(subject.baseline, "draw", lambda job, **given: seen.append(job) or draw(job, **given))
    report = run([stock(subject.baseline, "as it is")], jobs, tmp_path, device="cpu", machine={}, say=str)
    (found,) = report["ways"]
    calls = {stage["stage"]: stage["calls"] for stage in found["dissection"]["stages"]}
    assert calls == {"encode": 2, "denoise": 6, "decode": 2, "save": 2}
    assert [step["step"] for step in found["dissection"]["steps"]] == [1, 2, 3]
    assert (tmp_path / "pictures-diffusers" / "1.png").exists()
    assert {job.prompt.text for job in seen} == {job.prompt.text for job in jobs}  # whatever the turn
