"""What the scripts in runs/ make of their options."""

import importlib
import sys
from pathlib import Path

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
