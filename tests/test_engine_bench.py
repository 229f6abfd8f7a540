"""The script that measures the engine on a GPU: what it runs, and how a figure stands beside its mark."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = Path(__file__).parent.parent / "runs"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("engine_bench")


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("engine_rows")


def report(**rung):
    return {"cases": [{"rungs": [{"rung": "baseline"}, {"rung": "all", **rung}]}]}


def test_a_figure_passes_fails_or_says_why_there_is_none(rows):
    figure = rows.Figure("row", "what", "case", rows.of("all", "stages", "step_ms"), most=65)
    assert rows.judged(figure, {}) == (None, "not run")
    assert rows.judged(figure, {"case": report(stages={"step_ms": 60.0})}) == (60.0, "pass")
    assert rows.judged(figure, {"case": report(stages={"step_ms": 70.0})}) == (70.0, "FAIL")
    assert rows.judged(figure, {"case": report(failed="no memory")}) == (None, "no memory")
    assert rows.judged(figure, {"case": {"cases": []}}) == (None, "not measured")
    merely = rows.Figure("row", "what", "case", rows.of("all", "x"))
    assert rows.judged(merely, {"case": report(x=1.0)}) == (1.0, "told")


def test_every_figure_is_of_a_rung_that_its_case_climbs(rows):
    from pawlette.bench.rungs import rungs

    cases = {case.name: case for case in (*rows.CASES, rows.ON_CPU)}
    assert {figure.case for figure in rows.FIGURES} <= cases.keys()
    for case in cases.values():
        known = rungs("1.x" if case.model == "1.x" else "2.1")
        assert {*case.rungs, *case.fallback} <= known.keys()


def test_toy_sizes_get_no_verdict(rows):
    reports = {"2.1 at 1024": report(ratio={"default": {"median": 9.0}})}
    assert "| 9 | ≥ 1.7 | pass |" in rows.as_markdown(reports)
    assert "| 9 | ≥ 1.7 | toy sizes |" in rows.as_markdown(reports, toys=True)


def test_all_cases_have_a_toy_size(bench):
    for case in (*bench.CASES, bench.ON_CPU):
        toy = bench.toy(case)
        assert toy.name == case.name
        assert toy.wish[0] <= 256


def test_a_process_that_takes_too_long_is_ended(bench):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    assert bench.ended(process, 0.2) == "cut off after 0 s"
    assert process.poll() is not None
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], start_new_session=True)
    assert bench.ended(process, 60) == "ended with 3"


def test_an_unknown_case_is_named(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["engine_bench.py", "--out", str(tmp_path), "--cases", "2.1 at 7"])
    with pytest.raises(SystemExit, match=r"no case '2.1 at 7'; there are 2.1 at 1024; "):
        bench.chosen(bench.read_options())


def test_a_whole_case_is_not_measured_twice(bench, monkeypatch, tmp_path):
    (tmp_path / "engine.json").write_text('{"2.1 at 1024": {"state": "whole", "report": null}}')
    monkeypatch.setattr(
        sys, "argv", ["engine_bench.py", "--out", str(tmp_path), "--small", "--cases", "2.1 at 1024", "--budget", "0"]
    )  # fmt: skip
    monkeypatch.setattr(bench, "measured", lambda *_: pytest.fail("measured again"))
    bench.main()
    assert "2.1 at 1024: whole" in (tmp_path / "engine.md").read_text()
