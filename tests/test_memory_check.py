"""The scripts behind the advisor's figures: that they run at toy sizes, and what their tables say."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = Path(__file__).parent.parent / "runs"
GIB = 2**30


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module


def cell(card, fits=(True, True, True), predicted=True, allocated=10 * GIB):
    names = ("encode", "denoise", "decode")[: len(fits)]
    found = {"allocated": allocated, "reserved": 11 * GIB}
    return {
        "case": "2.1", "in_turns": False, "card_gib": card, "predicted_fits": predicted,
        "predicted": dict.fromkeys(("encode", "denoise", "decode"), 9 * GIB),
        "stages": {name: found | {"fits": one} for name, one in zip(names, fits, strict=True)},
    }  # fmt: skip


def test_the_table_says_what_was_off_and_who_fits_where(script):
    table = script("memory_table")
    cells = [
        cell(None), cell(4, (False,), predicted=False), cell(6, (True, False)), cell(8, (True,)), cell(12)
    ]  # fmt: skip
    report = {
        "machine": {"device": "H200", "small": False}, "cells": cells, "skipped": ["1.x: no time left"], "seconds": 1.0,
        "constants": {
            "CONTEXT": {"used": 1, "measured": None},
            "SLACK": {"used": 0.3, "measured": 0.25, "unlimited": 1.0, "unlimited_most": 1.5},
        },
    }  # fmt: skip
    told = table.as_markdown(report)
    assert "| 2.1 | encode | 9.00 | 10.00 | -10.0% | 11.00 |" in told
    assert "| 2.1 | no / no | **yes / no** | yes / – | yes / yes |" in told
    assert "2 of 3 as predicted" in told
    assert "- skipped: 1.x: no time left" in told
    assert "is 1; measured not counted here\n" in told
    assert "is 0.3; measured 0.25 where memory was short, 1 without a limit, at most 1.5" in told


def test_every_case_has_a_toy_and_an_unknown_model_is_named(script, monkeypatch, tmp_path):
    check = script("memory_check")
    monkeypatch.setattr(sys, "argv", ["memory_check.py", "--out", str(tmp_path), "--small"])
    options = check.read_options()
    assert {case.model for case in check.cases_of(options)} == {"builtin", "2.1", "1.x"}
    options.models = "3.0"
    with pytest.raises(SystemExit, match=r"no model '3\.0'; there are builtin, 2\.1, 1\.x"):
        check.cases_of(options)


def test_a_stage_that_finds_no_memory_is_told_and_another_error_is_not_hidden(script, monkeypatch, tmp_path):
    check = script("memory_check")
    run = check.Run(tmp_path, 60, "cpu", True, check.time.monotonic())

    def starve():
        raise MemoryError("none left\nmore")

    made, found = run.cell(4, starve)
    assert (made, found["fits"], found["why"]) == (None, False, "none left")
    with pytest.raises(ValueError, match="ours"):
        run.cell(4, lambda: (_ for _ in ()).throw(ValueError("ours")))


def test_work_that_slips_in_between_weights_that_are_too_large_does_not_fit(script, monkeypatch, tmp_path):
    check = script("memory_check")
    run = check.Run(tmp_path, 60, "cpu", True, check.time.monotonic())
    monkeypatch.setattr(check.devices, "peak_reserved_memory", lambda device: 5 * GIB)
    assert [run.cell(card, lambda: None)[1]["fits"] for card in (None, 4, 6)] == [True, False, True]


def test_slack_is_told_apart_where_memory_was_short(script, tmp_path):
    check = script("memory_check")
    run = check.Run(tmp_path, 60, "cpu", True, check.time.monotonic())

    def row(card, reserved, fits=True, work=2 * GIB):
        found = {"allocated": 4 * GIB, "reserved": reserved * GIB, "fits": fits}
        room = None if card is None else card * GIB
        work = {"encode": work // 100, "decode": work}
        stages = {"encode": found, "decode": found}
        return {
            "case": "2.1",
            "in_turns": True,
            "card_gib": card,
            "room": room,
            "work": work,
            "stages": stages,
        }

    run.cells = [row(None, 6), row(4, 4, fits=False), row(5, 5), row(8, 7)]
    assert run.slack(limited=False) == [1.0], "the text tower's work is too small to tell"
    assert run.slack(limited=True) == [0.5], "with 8 GiB memory was not short, with 4 it did not do"
    told = run.constants()["SLACK"]
    assert (told["measured"], told["unlimited"], told["unlimited_most"]) == (0.5, 1.0, 1.0)


@pytest.mark.slow
def test_toy_sizes_run_through(tmp_path):
    command = [sys.executable, RUNS / "memory_check.py", "--out", tmp_path, "--small", "--models", "1.x"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    report = json.loads((tmp_path / "memory.json").read_text())
    assert not report["skipped"]
    assert len(report["cells"]) == 6, "two ways resident, one in turns, each without a limit and with one"
    assert all(len(one["stages"]) == 3 for one in report["cells"])
    assert "Toy sizes" in (tmp_path / "memory.md").read_text()


def test_the_ladder_becomes_what_the_advisor_scales_by(script, tmp_path, capsys):
    tool = script("advise_measured")
    stages = {"wall": {"encode": 0.1, "denoise": 1.0, "decode": 0.2}, "image_steps": 10.0}
    report = {
        "machine": {"model": "2.1", "small": False, "device": "NVIDIA H200", "dtype": "bfloat16", "threads": 8,
                    "torch": "2.11"},
        "cases": [{"size": 1024, "steps": 8, "guidance": 1.0, "text_tokens": [60, 70], "rungs": [
            {"rung": "baseline"}, {"rung": "inline", "stages": stages}, {"rung": "all", "stages": stages},
            {"rung": "all-4", "per_minute": {"median": 30.0}}, {"rung": "fp8", "failed": "no memory"},
        ]}],
    }  # fmt: skip
    path = tmp_path / "ladder.json"
    path.write_text(json.dumps(report))
    one, four = tool.of_file(path)
    assert (one.card, one.model, one.rows, one.seconds, one.text_tokens) == (
        "H200",
        "2.1",
        1,
        pytest.approx(1.1),
        65,
    )
    assert one.switches.precision == "bf16"
    assert one.switches.graphs
    assert (four.rows, four.seconds) == (4, pytest.approx(2.0))
    report["machine"]["device"] = "NVIDIA B999"
    assert list(tool.of_report(report)) == []
    assert "left out: no card 'NVIDIA B999'" in capsys.readouterr().err


def test_what_ships_is_what_the_script_makes(script):
    tool, root = script("advise_measured"), RUNS.parent
    made = [anchor.to_dict() for anchor in tool.of_file(root / "docs" / "benchmarks" / "engine.json")]
    assert json.loads(tool.OUT.read_text()) == made
