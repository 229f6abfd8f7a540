"""`pawlette train decoder` from the outside: a folder that works, and errors with a way out."""

import json
import sys

import pytest
import torch
from click.testing import CliRunner

from pawlette.cli_train import train
from pawlette.errors import MissingExtra
from pawlette.model.light_decoder import LightDecoder
from pawlette.train.latent_bank import save_latents
from tests.model import checkpoints


@pytest.fixture
def model(tmp_path):
    return checkpoints.save(checkpoints.components_1(), tmp_path / "m", {"_class_name": "QwenImagePipeline"})


def run(*arguments: object):
    return CliRunner().invoke(train, ["decoder", *map(str, arguments)])


def test_a_light_decoder_is_made_and_loads(tmp_path, model):
    save_latents(torch.randn(9, 4, 2, 2), tmp_path / "latents" / "all.safetensors")
    options = (
        "--latents",
        tmp_path / "latents",
        "--device",
        "cpu",
        "--steps",
        1,
        "--batch",
        1,
        "--width",
        0.25,
    )
    done = run("--model", model, "--out", tmp_path / "out", *options)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out/scores.json").read_text())["steps"] == 1
    assert LightDecoder.load(tmp_path / "out").config.z_dim == 4
    assert "--decoder" in done.output
    again = run("--model", model, "--out", tmp_path / "out", *options)
    assert again.exit_code == 8
    assert "--resume" in again.output


def test_a_missing_extra_names_the_line_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    monkeypatch.delitem(sys.modules, "pawlette.train.light_decoder_folder", raising=False)
    done = run("--out", tmp_path / "out", "--device", "cpu")
    assert done.exit_code == MissingExtra.exit_code
    assert "pip install 'pawlette[train]'" in done.output
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_model_is_named(tmp_path):
    done = run("--model", tmp_path, "--out", tmp_path / "out", "--device", "cpu")
    assert done.exit_code == 5
    assert str(tmp_path) in done.output


def test_a_seed_beyond_what_torch_takes_is_refused_at_once(tmp_path):
    done = run("--out", tmp_path / "out", "--seed", 2**63)
    assert done.exit_code == 2
    assert "seed" in done.output
    assert not (tmp_path / "out").exists()
