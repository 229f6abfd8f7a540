"""`pawlette profile`: its options, and a whole run with a model of a few lines."""

import sys

from click.testing import CliRunner

from pawlette.cli import main
from pawlette.cli_profile import profile
from tests.fakes import FakeModel


def test_profile_needs_a_folder_and_says_what_it_takes_apart():
    assert CliRunner().invoke(profile, []).exit_code == 2
    shown = CliRunner().invoke(main, ["profile", "--help"])
    for said in ("--model", "--device", "--jobs", "--rung", "--out", "Perfetto"):
        assert said in shown.output


def test_a_profile_is_shown_and_kept(tmp_path, monkeypatch):
    from pawlette.bench import profile_studio

    monkeypatch.setattr(profile_studio, "load_model", lambda *_, **__: FakeModel())
    shown = CliRunner().invoke(
        main, ["profile", "a cute panda", "--jobs", "2", "--steps", "2", "--device", "cpu", "--out", str(tmp_path)]
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "A denoising step, in percent of its cycle" in shown.output
    assert (tmp_path / "lanes.png").exists()


def test_a_missing_extra_is_named_with_its_cure(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.startswith("pawlette.bench")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    shown = CliRunner().invoke(main, ["profile", "--out", str(tmp_path)])
    assert shown.exit_code == 9
    assert "pip install 'pawlette[bench]'" in shown.output


def test_refused_words_are_refused(tmp_path):
    shown = CliRunner().invoke(main, ["profile", "a bloody knife", "--device", "cpu", "--out", str(tmp_path)])
    assert shown.exit_code == 3
