"""The ladder end to end on small models: what fails is named, what does not fit is skipped, the rest is kept."""

import itertools
import json
from types import SimpleNamespace

import pytest
import torch
from torch._dynamo.utils import counters

from pawlette.bench import clocks, ladder
from pawlette.bench.baseline import Taken
from pawlette.bench.busy import Busy
from pawlette.bench.gauge import Gauge
from pawlette.bench.ladder import Budget, Plan, run, settle, streamed
from pawlette.bench.rungs import Rung
from pawlette.bench.streams import Streamed
from pawlette.bench.subject import Wish
from pawlette.model import fast
from pawlette.model.compiled import compile_regions
from pawlette.model.switches import Switches

BRIEF = Plan(jobs=3, rounds=2, slice=1)


def silent(line):
    pass


def climbed(report):
    return {rung["rung"]: rung for rung in report["cases"][0]["rungs"]}


def test_every_rung_has_its_figures(subject, tmp_path):
    report = run(
        subject, [Wish(64, 2, 3.0)], tmp_path, BRIEF, names=["inline", "preload", "engine-4"], say=silent
    )
    assert (
        json.loads((tmp_path / "ladder.json").read_text())["cases"][0]["rungs"] == report["cases"][0]["rungs"]
    )
    assert "| engine-4 |" in (tmp_path / "ladder.md").read_text()
    found = climbed(report)
    assert list(found) == ["baseline", "inline", "preload", "engine-4"]
    for name in ("inline", "preload", "engine-4"):
        assert found[name]["rounds"] == 2
        assert set(found[name]["ratio"]) == {"default", "level 4", "none"}
        assert found[name]["against_plain"]["relative_by_step"][-1] < 1e-4
        assert found[name]["memory"]["weights_gib"] > 0
        assert found[name]["against_plain"]["pixels_ssim"] > 0.99
        assert found[name]["processor_share"] > 0
        assert found[name]["nvml"] is found[name]["sm_util"] is None
        assert found[name]["alone"]["p50"] > 0
    assert "no NVIDIA card" in report["notes"][0]
    assert found["inline"]["unguided_against_plain"]["latents_max"] == 0
    assert found["baseline"]["stages"]["step_ms"] >= 0, found[
        "baseline"
    ]  # a difference, lost in noise at its worst


@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_a_rung_that_fails_is_named_and_ends_nothing(subject, tmp_path, monkeypatch):
    plain = subject.ours

    def ours(switches):
        if switches.graphs:
            raise RuntimeError("no graphs here\nmore of it")
        return plain(switches)

    monkeypatch.setattr(subject, "ours", ours)
    report = run(
        subject, [Wish(64, 2)], tmp_path, Plan(jobs=2, rounds=1, slice=1, streams=False),
        names=["all", "inline"], fallback=["engine"], say=silent,
    )  # fmt: skip
    found = climbed(report)
    assert found["all"]["failed"] == "RuntimeError: no graphs here"
    assert list(found) == ["baseline", "all", "inline", "engine"]
    assert "per_minute" not in found["inline"]
    assert "failed: RuntimeError: no graphs here" in (tmp_path / "ladder.md").read_text()


@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_what_does_not_fit_the_budget_is_skipped_by_name(subject, tmp_path):
    report = run(subject, [Wish(64, 2)], tmp_path, Plan(budget=0.0), names=["inline"], say=silent)
    assert all("budget" in rung["skipped"] for rung in climbed(report).values())


class Slow:
    """A rung's model of which every step takes `seconds`, by a clock that only it moves."""

    def __init__(self, monkeypatch, seconds):
        self.seconds, self.now = seconds, 0.0
        self.table = 100.0  # seconds that a step takes which finds none
        monkeypatch.setattr(clocks.time, "perf_counter", lambda: self.now)

    def encode(self, jobs):
        return [SimpleNamespace(tensor=None) for _ in jobs]

    def begin(self, job, read):
        return job

    def make_table(self, size, steps):
        assert (size, steps) == ((64, 64), 8)
        self.table = 0.0

    def step(self, latents):
        self.now += self.seconds + self.table
        return latents


@pytest.mark.parametrize(
    ("seconds", "picture", "share", "left_out"),
    [
        (1.0, 1.0, 60.0, True),  # 8 s a picture, 80 s for ten, and eight times the baseline
        (1.0, 1.0, 90.0, False),  # they fit
        (1.0, 4.0, 60.0, False),  # no slower than the machine is anyway
    ],
)
@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_a_rung_that_is_far_slower_than_the_rest_and_its_share_is_left_out(
    subject, monkeypatch, seconds, picture, share, left_out
):
    model = Slow(monkeypatch, seconds)
    case = ladder.Case(subject, Wish(64, 8), BRIEF, lambda: None, None, Gauge("cpu"), Budget(600.0))
    case.picture, case.share = picture, SimpleNamespace(left=share)
    why = case._too_long(model, Rung("fp32", Switches(precision="fp32")))
    assert bool(why) is left_out
    assert not left_out or "a picture take 8.0 s, the baseline's picture 1.0" in why
    assert not case._too_long(model, Rung("all", Switches(compiled=True)))
    case.picture = 0.0  # the baseline failed
    assert not case._too_long(model, Rung("fp32", Switches(precision="fp32")))


def test_a_rung_that_is_left_out_says_why_in_the_table(subject, tmp_path, monkeypatch):
    monkeypatch.setattr(ladder.Case, "_too_long", lambda *_: "too slow")
    report = run(subject, [Wish(64, 2)], tmp_path, BRIEF, names=["inline"], say=silent)
    assert climbed(report)["inline"]["skipped"] == "too slow"
    assert "| inline | skipped: too slow |" in (tmp_path / "ladder.md").read_text()


@pytest.mark.parametrize(
    ("share", "batch", "jobs"), [(1000.0, 1, 32), (20.0, 1, 10), (2.0, 1, 4), (2.0, 8, 16)]
)
def test_a_stream_is_as_long_as_the_rungs_share_allows(subject, share, batch, jobs):
    case = ladder.Case(subject, Wish(64, 2), Plan(), lambda: None, None, Gauge("cpu"), Budget(60.0))
    case.share = SimpleNamespace(left=share)
    assert case._fitting(Rung("engine", batch=batch), picture=1.0) == jobs


@pytest.mark.parametrize(
    ("batch", "picture", "counts"), [(1, 0.2, [3, 3]), (1, 4.0, [1, 1]), (4, 4.0, [8, 8])]
)
def test_what_is_slow_is_warmed_with_fewer_pictures_but_meets_every_batch(
    subject, tmp_path, monkeypatch, batch, picture, counts
):
    drawn = []

    def stream(studio, rung, jobs, out):
        drawn.append(len(jobs))
        return SimpleNamespace(seconds=1.0)

    monkeypatch.setattr(ladder, "stream", stream)
    case = ladder.Case(subject, Wish(64, 2), Plan(), lambda: None, None, Gauge("cpu"), Budget(60.0))
    case._warm(None, Rung("all", Switches(compiled=True), batch=batch), tmp_path, picture)
    assert drawn == counts


@pytest.mark.parametrize(("window", "lost", "share"), [(1.5, 0.0, 0.5), (0.1, 0.0, None), (1.5, 0.3, None)])
@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_a_trace_that_is_too_short_or_has_lost_kernels_tells_no_share(
    subject, tmp_path, monkeypatch, window, lost, share
):
    case = ladder.Case(subject, Wish(64, 2), BRIEF, lambda: None, None, Gauge("cpu"), Budget(60.0))
    monkeypatch.setattr(ladder, "busy", lambda *_: Busy(window, window / 2, window / 2, 9, (), lost))
    found = case._busy(None, Rung("engine"), tmp_path, {"jobs": 3, "per_minute": {"median": 60.0}})
    assert (found["share"], found["window"], found["lost"]) == (share, window, lost)


def test_figures_that_came_before_an_error_are_kept():
    def act(entry):
        entry["stages"] = 1
        raise MemoryError("too small")

    entry = {"rung": "one"}
    settle(entry, act, Budget(60.0), "cpu")
    assert entry["stages"] == 1
    assert entry["failed"] == "no memory: too small"


def test_a_stage_that_is_lost_in_noise_has_no_rate():
    case = SimpleNamespace(report={"steps": 2}, operations=10**12, rate=1e12)
    took = clocks.differences(
        {name: clocks.Took(wall, None) for name, wall in (("encode", 0.3), ("denoise", 0.2))}
    )
    found = ladder.Case._stages(case, took, 1)
    assert (found["step_ms"], found["image_steps"]) == (None, None)
    assert found["wall"] == {"encode": 0.3, "denoise": None}


def test_jobs_come_with_texts_that_are_forgotten(subject):
    case = ladder.Case(subject, Wish(64, 2), BRIEF, lambda: None, None, Gauge("cpu"), Budget(60.0))
    words = [job.prompt.text for _ in range(3) for job in case._new(32)]
    assert len(set(words)) == 96


@pytest.mark.parametrize("subject", ["2.1"], indirect=True)
def test_what_compiles_is_rehearsed_and_no_stream_compiles(subject, tmp_path, monkeypatch, one_thread):
    """Traced, but not turned into kernels: quick, with all guards."""
    torch._dynamo.reset()
    monkeypatch.setattr(fast, "compile_regions", lambda *parts: compile_regions(*parts, backend="eager"))
    plain, met = ladder.stream, []

    def watched(*given, **more):
        before = counters["stats"]["unique_graphs"]
        took = plain(*given, **more)
        met.append((before, counters["stats"]["unique_graphs"]))
        return took

    monkeypatch.setattr(ladder, "stream", watched)
    report = run(
        subject, [Wish(64, 2)], tmp_path, Plan(jobs=9, rounds=2, slice=1), names=["engine-4", "graphless-4"],
        say=silent,
    )  # fmt: skip
    found = climbed(report)
    assert "rehearsed" not in found["engine-4"]
    assert found["graphless-4"]["rehearsed"] > 0
    assert not found["graphless-4"]["unrehearsed"]
    assert found["graphless-4"]["rounds"] == 2
    assert met[-1][1] > 0
    assert all(before == behind for before, behind in met)
    torch._dynamo.reset()


@pytest.mark.parametrize(("seconds", "short"), [(60.0, False), (0.0, True)])
def test_a_rehearsal_may_take_half_of_the_runs_time_and_costs_the_rung_none(subject, seconds, short):
    case = ladder.Case(subject, Wish(64, 2), BRIEF, lambda: None, None, Gauge("cpu"), Budget(seconds))
    case.share = Budget(20.0)
    entry, drawn = {}, []

    def rehearse(jobs, may):
        drawn.extend(itertools.takewhile(lambda _: may(), jobs))
        case.share = Budget(-1.0)  # it took longer than the rung's share

    case._rehearse(SimpleNamespace(rehearse=rehearse), entry, 20.0)
    assert entry["unrehearsed"] is short
    assert bool(drawn) is not short
    assert (case.share.left > 0) is not short


def test_ratios_are_of_one_round():
    taken = [Taken(2.0, {"default": 1.0, "level 4": 0.5, "none": 0.0})]
    slower = [Taken(8.0, {"default": 1.0, "level 4": 1.0, "none": 0.0})]
    stages = {"kernels": {"encode": 0.1, "denoise": 0.3, "decode": 0.1}}
    found = streamed([(taken, Streamed(2.0, (1.0, 2.0))), (slower, Streamed(4.0, (2.0, 4.0)))], stages)
    assert found["ratio"]["default"] == {"median": 3.75, "lowest": 3.0, "highest": 4.5}
    assert found["ratio"]["none"]["lowest"] == 2.0
    assert found["of_kernel_floor"] == pytest.approx(0.5 * (60.0 + 30.0) / 2 / 60.0)
    unknown = {"kernels": stages["kernels"] | {"decode": None}}
    assert streamed([(taken, Streamed(2.0, (1.0, 2.0)))], unknown)["of_kernel_floor"] is None
    assert found["per_minute"]["median"] == 45.0
    assert found["of_kernel_floor"] == pytest.approx(0.375)
    assert found["latency"] == {"p50": 2.0, "p95": 4.0}
