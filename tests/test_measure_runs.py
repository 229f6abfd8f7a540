"""The scripts that measure a GPU, at toy sizes on whatever is here: what they leave, and how their parts end."""

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.conftest import pages, subject  # noqa: F401 - fixtures

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "runs"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("profile_gpu")


@pytest.fixture
def ramp(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("busy_ramp")


def options(script, monkeypatch, *given):
    monkeypatch.setattr(sys, "argv", ["profile_gpu.py", *given])
    return script.read_options()


def test_a_ramp_is_climbed_and_drawn(ramp, monkeypatch, tmp_path):
    from pawlette.bench import ramp as measured

    climb = measured.run
    monkeypatch.setattr(
        measured, "run", lambda device, out, **_: climb(device, out, budget=0.0, shares=(1.0,), say=print)
    )
    monkeypatch.setattr(sys, "argv", ["busy_ramp.py", "--out", str(tmp_path), "--device", "cpu", "--small"])
    ramp.main()
    assert (tmp_path / "ramp.png").exists()
    (tmp_path / "ramp.png").unlink()
    monkeypatch.setattr(sys, "argv", ["busy_ramp.py", "--out", str(tmp_path), "--plot"])
    ramp.main()
    assert (tmp_path / "ramp.png").exists()


def test_an_unknown_part_is_named(script, monkeypatch, capsys, tmp_path):
    with pytest.raises(SystemExit):
        options(script, monkeypatch, "--out", str(tmp_path), "--parts", "ramp,lunch")
    assert "got 'lunch'" in capsys.readouterr().err


def test_every_rung_is_on_the_ladder(script):
    from pawlette.bench.rungs import choose

    for case in (*script.CASES, *script.TOYS):
        for generation in ("1.x", "2.1"):
            assert len(choose(generation, case.rungs)) == len(case.rungs)


@pytest.mark.slow
def test_ways_that_fail_or_do_not_fit_are_named_and_the_others_kept(script, subject, monkeypatch, tmp_path):  # noqa: F811
    from pawlette.bench import profiling
    from pawlette.bench.plan import Budget

    profiled = profiling.profiled

    def failing(way, *given, **settings):
        if way.name == "plain":
            raise RuntimeError("no plain path\ntoday")
        return profiled(way, *given, **settings)

    monkeypatch.setattr(profiling, "profiled", failing)
    monkeypatch.setattr(script, "LEAST", -1.0)
    script.profile_case(script.Case(64, 2, ("engine-4",), steps=2), subject, tmp_path, Budget(0.0))
    report = json.loads((tmp_path / "profile.json").read_text())
    assert [way["way"] for way in report["ways"]] == ["diffusers", "engine-4"]
    assert any("plain failed: RuntimeError: ['no plain path']" in note for note in report["notes"])
    monkeypatch.setattr(script, "LEAST", 5.0)
    monkeypatch.setattr(subject, "small", False)
    (tmp_path / "profile.json").unlink()
    script.profile_case(script.Case(64, 2, ()), subject, tmp_path, Budget(0.0))
    assert not (tmp_path / "profile.json").exists()


def test_parts_without_time_are_told(script, monkeypatch, tmp_path):
    monkeypatch.setattr(script, "run_part", lambda *_: pytest.fail("was begun"))
    script.measure(options(script, monkeypatch, "--out", str(tmp_path), "--small", "--budget", "1"))
    states = json.loads((tmp_path / "states.json").read_text())
    assert (states["ramp"], states["profile"]) == ("no time left", "no time left")


@pytest.mark.slow
def test_everything_runs_at_toy_sizes(tmp_path):
    run = subprocess.run(
        [sys.executable, str(RUNS / "profile_gpu.py"), "--out", str(tmp_path), "--small", "--device", "cpu"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    states = json.loads((tmp_path / "states.json").read_text())
    assert (states["ramp"], states["profile"]) == ("whole", "whole")
    for name in ("64/profile.md", "96/lanes.png", "ramp/ramp.md"):
        assert (tmp_path / name).exists()


@pytest.fixture
def fused(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("fused_bench")


def test_blocks_of_both_generations_are_compared(fused, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["fused_bench.py", "--out", str(tmp_path), "--small"])
    monkeypatch.setattr(fused, "START", time.monotonic())
    fused.main()
    rows = json.loads((tmp_path / "fused.json").read_text())["rows"]
    assert [(row["model"], row["precision"]) for row in rows] == list(fused.KINDS)
    assert not [row for row in rows if "failed" in row]
    assert all(row["apart"] == 0.0 for row in rows)  # on a CPU the switch does nothing
    page = (tmp_path / "fused.md").read_text()
    assert "## 2.1 fp8 2x16" in page
    assert "aten::" not in page


def test_a_case_without_time_and_one_that_fails_are_named(fused):
    case = fused.Case("2.1", "bf16", 2, 16)
    (late,) = fused.measured([case], "cpu", -1.0, small=True)
    (broken,) = fused.measured([fused.replace(case, tokens=17)], "cpu", 1e9, small=True)
    assert late["failed"] == "no time left"
    assert "Error" in broken["failed"]
    assert fused.line_of(late) == ["2.1 bf16 2x16", "no time left"]


def test_a_kernels_name_is_short(fused):
    raw = "void at::native::(anonymous namespace)::vectorized_layer_norm_kernel<c10::BFloat16, float, false>(int)"
    assert fused.shortened("normed_rows") == "normed_rows"
    assert fused.shortened(raw) == "vectorized_layer_norm_kernel<BFloat16, float, false>(int)"
    assert len(fused.shortened(raw * 2)) == fused.LETTERS


@pytest.fixture
def reports(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("gpu_reports")


def run_reports(reports, monkeypatch, out, *given):
    monkeypatch.setattr(sys, "argv", ["gpu_reports.py", "--out", str(out), *given])
    reports.main()


def test_every_rung_of_a_report_is_on_its_ladder(reports):
    from pawlette.bench.rungs import choose

    for report in reports.REPORTS:
        if report.rungs is not None:
            names = report.rungs.split(",")
            assert [rung.name for rung in choose(report.model, names)] == names
            assert not report.runs or {"inline", "engine", "all", "fp8"} <= set(names)


def test_an_unknown_report_is_named(reports, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match=r"no report 'lunch'; there are 2.1 at 1024"):
        run_reports(reports, monkeypatch, tmp_path, "--only", "lunch")


def test_a_whole_report_is_not_measured_again_and_a_broken_one_is_named(
    reports, monkeypatch, tmp_path, capsys
):
    asked = []

    def ended(command, **_):
        asked.append(command[command.index("--size") + 1])
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(reports.subprocess, "run", ended)
    (tmp_path / "2.1-at-256").mkdir()
    (tmp_path / "2.1-at-256" / "bench.json").write_text('{"seconds": 12.5, "ladder": null}')
    run_reports(reports, monkeypatch, tmp_path, "--only", "2.1 at 256; 2.1 at 512")
    assert asked == ["512"]
    told = capsys.readouterr().out
    assert "2.1 at 256: whole before" in told
    assert "2.1 at 512: ended with 3" in told


def test_a_report_without_runs_is_its_ladder_alone_and_whole_with_its_last_rung(
    reports, monkeypatch, tmp_path, capsys
):
    climbed = ["baseline"]

    def ended(command, *, stdout, **_):
        assert command[3:5] == ["bench", "ladder"]
        assert "--runs" not in command
        climbed.append(["all-4", "graphless-4"][len(climbed) - 1])
        ladder = {"machine": {}, "notes": [], "plan": {}, "matmul_tflops": None, "cases": []}
        ladder["cases"].append(
            {"size": 256, "steps": 8, "guidance": 1.0, "text_tokens": [20, 20], "rungs": [
                {"rung": name, "skipped": "no time"} for name in climbed
            ]}
        )  # fmt: skip
        (tmp_path / "built-in-compiled" / "ladder.json").write_text(json.dumps(ladder))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(reports.subprocess, "run", ended)
    for _ in range(3):
        run_reports(reports, monkeypatch, tmp_path, "--only", "built-in, compiled")
    assert climbed == ["baseline", "all-4", "graphless-4"]
    assert "built-in, compiled: whole before" in capsys.readouterr().out
    assert "graphless-4" in (tmp_path / "rungs.md").read_text()


def test_a_report_that_its_tracer_took_down_is_measured_without_a_trace(
    reports, monkeypatch, tmp_path, capsys
):
    asked, ends = [], [-6, 0]
    (tmp_path / "2.1-at-512-traced" / "pictures").mkdir(parents=True)  # of an earlier time

    def ended(command, **_):
        asked.append("--no-trace" in command)
        return subprocess.CompletedProcess(command, ends.pop(0))

    monkeypatch.setattr(reports.subprocess, "run", ended)
    run_reports(reports, monkeypatch, tmp_path, "--only", "2.1 at 512")
    assert asked == [False, True]
    assert "2.1 at 512: whole, without a trace: with one it ended with -6" in capsys.readouterr().out
    assert (tmp_path / "2.1-at-512-traced" / "log").exists()


def test_a_report_that_was_killed_or_broke_when_it_was_whole_is_not_measured_again(
    reports, monkeypatch, tmp_path, capsys
):
    ends = [-9, -6]

    def ended(command, **_):
        folder = Path(command[command.index("--out") + 1])
        if len(ends) == 1:
            (folder / "bench.json").write_text('{"seconds": 12.5, "ladder": null}')
        return subprocess.CompletedProcess(command, ends.pop(0))

    monkeypatch.setattr(reports.subprocess, "run", ended)
    run_reports(reports, monkeypatch, tmp_path, "--only", "2.1 at 512; 2.1 at 256")
    assert not ends
    told = capsys.readouterr().out
    assert "2.1 at 512: ended with -9" in told
    assert "2.1 at 256: ended with -6" in told


def test_a_report_that_hangs_is_cut_off(reports, monkeypatch, tmp_path, capsys):
    def hung(command, *, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(reports.subprocess, "run", hung)
    run_reports(reports, monkeypatch, tmp_path, "--only", "built-in")
    (budget,) = (one.budget for one in reports.REPORTS if one.name == "built-in")
    assert f"built-in: cut off 90 s behind its budget of {budget}" in capsys.readouterr().out


def test_the_tables_of_published_reports_are_made_anew_without_measuring(reports, monkeypatch, tmp_path):
    """From a whole report its own ladder, from one that was cut off the ladder's file, and nothing of one without."""
    monkeypatch.setattr(reports.subprocess, "run", None)
    (whole, cut, bare), ladder = (reports.REPORTS[at] for at in (0, 1, 2)), published()
    for report, found in (
        (whole, {"seconds": 9.0, "ladder": ladder}),
        (bare, {"seconds": 9.0, "ladder": None}),
    ):
        (tmp_path / report.folder).mkdir()
        (tmp_path / report.folder / "bench.json").write_text(json.dumps(found))
    (tmp_path / cut.folder).mkdir()
    (tmp_path / cut.folder / "ladder.json").write_text(json.dumps(ladder))
    run_reports(reports, monkeypatch, tmp_path, "--tables")
    assert json.loads((tmp_path / "rungs.json").read_text()) == {whole.name: ladder, cut.name: ladder}
    text = (tmp_path / "rungs.md").read_text()
    assert text.count("| inline |") == 2
    assert f"# {bare.name}" not in text


def published():
    case = {"size": 64, "steps": 2, "guidance": 1.0, "text_tokens": [50, 60], "rungs": [{"rung": "inline"}]}
    return {"machine": {}, "plan": {"jobs": 4}, "matmul_tflops": None, "cases": [case]}


@pytest.mark.slow
def test_ladders_of_toy_sizes_stand_in_one_table(reports, monkeypatch, tmp_path):
    run_reports(reports, monkeypatch, tmp_path, "--small", "--only", "1.x at 512")
    found = json.loads((tmp_path / "rungs.json").read_text())
    assert [one["rung"] for one in found["1.x at 512"]["cases"][0]["rungs"]] == [
        "baseline",
        "inline",
        "engine",
    ]
    assert "# 1.x at 512" in (tmp_path / "rungs.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("model", "size"), [("2.1", "64"), ("builtin", "256")])
def test_a_fleet_is_measured_beside_one_device(tmp_path, model, size):
    given = [
        "--devices",
        "cpu,cpu",
        "--model",
        model,
        "--size",
        size,
        "--small",
        "--rounds",
        "1",
        "--jobs",
        "2",
    ]
    command = [sys.executable, str(RUNS / "fleet_bench.py"), "--out", str(tmp_path), *given, "--steps", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert ended.returncode == 0, ended.stderr
    (found,) = json.loads((tmp_path / "fleet.json").read_text())["rounds"]
    assert found["same"] is (True if model == "builtin" else None)
    assert found["one"] > 0
    assert "all 2" in (tmp_path / "fleet.md").read_text()
