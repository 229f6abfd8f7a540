"""`pawlette advise` and `draw --advised`."""

import json

import pytest
from click.testing import CliRunner

from pawlette import studio as studio_module
from pawlette.advise import find, machine
from pawlette.cli import main
from pawlette.model.switches import Switches
from tests.fakes import FakeModel
from tests.test_house import loaded_by


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, list(args))


def test_a_card_is_told_every_model_and_the_best_with_its_reasons(run):
    result = run("advise", "--card", "RTX 4090")
    assert result.exit_code == 0, result.output
    assert "RTX 4090: 24.0 GiB" in result.output
    for name in ("builtin", "2.1-turbo", "2.1", "lightning", "1.x"):
        assert f"\n{name} " in result.output
    assert "→ pawlette draw" in result.output
    assert "The rate is" in result.output


def test_json_carries_everything(run):
    result = run("advise", "--vram", "6", "--compute", "8.6", "--model", "builtin", "--json")
    (told,) = json.loads(result.output)["models"]
    assert told["chosen"] is True
    assert told["card"]["capability"] == [8, 6]
    assert Switches(**told["settings"]["switches"]).precision == "bf16"
    assert {"per_minute", "basis", "reasons", "device_gib", "room_gib", "instances"} <= told.keys()


def test_a_model_that_does_not_fit_is_said_and_no_command_is_given(run):
    result = run("advise", "--card", "GTX 1650", "--model", "2.1")
    assert result.exit_code == 0
    assert "does not fit" in result.output
    assert "pawlette draw" not in result.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--card", "RTX 9999"], "no card 'RTX 9999' is known; the nearest are"),
        (["--vram", "6"], "by both --vram 12 and --compute 8.9"),
        (["--card", "T4", "--vram", "6", "--compute", "8.6"], "by both --vram 12 and --compute 8.9"),
        (["--vram", "6", "--compute", "x"], "such as 8.6"),
        (["--card", "T4", "--model", "nothing"], "a model is one of builtin"),
        (["--card", "T4", "--size", "100"], "another --size may do"),
        (["--card", "T4", "--model", "2.1", "--size", "100"], "multiples of 32"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(run, given, told):
    result = run("advise", *given)
    assert result.exit_code == 2
    assert told in result.output


def test_a_named_card_needs_no_torch():
    code = (
        "from click.testing import CliRunner\nfrom pawlette.cli import main\n"
        "assert CliRunner().invoke(main, ['advise', '--card', 'H200']).exit_code == 0"
    )
    assert "torch" not in loaded_by(code)


def test_this_machine_has_a_card():
    assert machine.here("cpu").kind == "cpu"
    assert machine.here("cpu").memory > 0.5


@pytest.fixture
def drawing(run, monkeypatch):
    """Runs draw on a machine that is said to have an RTX 4090; what the model was loaded with is kept."""
    loaded = []
    monkeypatch.setattr(
        studio_module, "load_model", lambda *given, **parts: loaded.append(parts) or FakeModel()
    )  # fmt: skip
    monkeypatch.setattr(machine, "here", lambda device: find("RTX 4090"))
    return run, loaded


def test_draw_takes_the_advised_settings(drawing):
    run, loaded = drawing
    result = run("draw", "a cute panda", "--seed", "1", "--advised")
    assert result.exit_code == 0, result.output
    assert "advised: 256x256, 8 steps, bf16" in result.stderr
    assert loaded[0]["switches"].precision == "bf16"
    assert loaded[0]["switches"].folded
    assert not loaded[0]["in_turns"]


def test_what_is_given_beside_goes_before(drawing):
    run, loaded = drawing
    given = ("--steps", "2", "--size", "512", "--precision", "fp8", "--decoder", "light", "--in-turns")
    result = run("draw", "a cute panda", "--seed", "1", "--advised", *given)
    assert "advised: 512x512, 2 steps, fp8" in result.stderr
    assert loaded[0]["switches"].precision == "fp8"
    assert loaded[0]["decoder"].name == "light"
    assert loaded[0]["in_turns"]


def test_draw_says_what_would_do_where_nothing_fits(drawing, monkeypatch):
    run, loaded = drawing
    monkeypatch.setattr(machine, "here", lambda device: find("GTX 1650"))
    result = run("draw", "a cute panda", "--advised", "--model", "2.1")
    assert result.exit_code == 5
    assert "does not fit" in result.stderr
    assert not loaded
