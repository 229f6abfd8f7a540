"""What the scripts in runs/ make of their options."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

RUNS = Path(__file__).parent.parent / "runs"


@pytest.fixture
def builtin(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("builtin")


@pytest.mark.parametrize(
    ("stage", "stands_in"), [("denoiser", "train_denoiser"), ("distil", "distil"), ("autoencoder", "train_autoencoder")]
)  # fmt: skip
def test_the_seed_reaches_every_training_stage(builtin, monkeypatch, tmp_path, stage, stands_in):
    given = []
    monkeypatch.setattr(builtin, stands_in, lambda *arguments: given.extend(arguments))
    monkeypatch.setattr(builtin.torch, "set_float32_matmul_precision", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["builtin.py", stage, str(tmp_path), str(tmp_path), "--seed", "7"])
    builtin.main()
    (plan,) = [one for one in given if hasattr(one, "seed")]
    assert plan.seed == 7


@pytest.fixture
def finish(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("builtin_finish")


def stages_of(finish, monkeypatch, tmp_path, *, failing=()):
    """The names of the stages that are run, none of them for real; and what has failed."""
    lanes = finish.Lanes(tmp_path, 1.0, {})
    ran = []

    def run(command, *, stdout, **_):
        ran.append(Path(stdout.name).stem)
        return SimpleNamespace(returncode=int(ran[-1] in failing))

    monkeypatch.setattr(finish.subprocess, "run", run)
    finish.finish(lanes, tmp_path / "teacher", tmp_path / "art", workers=3, seed=0, count=1)
    return ran, lanes.failed


def test_everything_that_follows_a_teacher_is_made_in_its_order(finish, monkeypatch, tmp_path):
    ran, failed = stages_of(finish, monkeypatch, tmp_path)
    assert ran[:3] == ["unpack", "pictures", "large"]
    assert [stage for stage in ran if stage in ("distil", "compare", "upscaler")] == [
        "distil",
        "compare",
        "upscaler",
    ]
    assert [stage for stage in ran if stage in ("light", "judges")] == ["light", "judges"]
    assert (ran[-1], failed) == ("pack", [])


def test_a_stage_that_fails_is_named_and_stops_only_what_needs_it(finish, monkeypatch, tmp_path):
    ran, failed = stages_of(finish, monkeypatch, tmp_path, failing=("distil", "light"))
    assert "compare" not in ran
    assert {"upscaler", "judges"} < set(ran)
    assert sorted(failed) == ["distil", "light"]
    assert "distil FAILED with 1" in (tmp_path / "logs" / "progress").read_text()


def test_without_its_teacher_nothing_is_begun(finish, monkeypatch, tmp_path):
    assert stages_of(finish, monkeypatch, tmp_path, failing=("unpack",)) == (["unpack"], ["unpack"])
