"""Fingerprints of weights: what changes them, what does not, and how little of a file is read."""

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from pawlette.errors import BadWeights
from pawlette.model import fingerprint
from pawlette.studio import builtin_folder
from tests.model import checkpoints


@pytest.fixture
def model(tmp_path):
    return checkpoints.save(checkpoints.components_1(), tmp_path / "m", {"_class_name": "QwenImagePipeline"})


def trained(path, share=1e-3):
    """As after a little training: every number is another one."""
    tensors = load_file(path)
    changed = {name: value + share * torch.randn_like(value) for name, value in tensors.items()}
    save_file(changed, path, metadata={"format": "pt"})


def test_a_copy_has_the_same(model, tmp_path):
    copy = shutil.copytree(model, tmp_path / "copy")
    assert fingerprint.of_model(copy) == fingerprint.of_model(model)
    assert fingerprint.of_weights(copy / "vae") == fingerprint.of_weights(model / "vae")


@pytest.mark.parametrize("part", ["transformer", "vae", "text_encoder"])
def test_training_any_part_changes_it_though_every_shape_stays(model, part):
    before = fingerprint.of_model(model), fingerprint.of_weights(model / "vae")
    (path,) = (model / part).glob("*.safetensors")
    trained(path)
    after = fingerprint.of_model(model), fingerprint.of_weights(model / "vae")
    assert before[0] != after[0]
    assert (before[1] != after[1]) == (part == "vae")


def test_settings_count_for_the_whole_model_and_line_ends_do_not(model):
    path = model / "scheduler" / "scheduler_config.json"
    before, text = fingerprint.of_model(model), path.read_bytes()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert fingerprint.of_model(model) == before
    path.write_bytes(text.replace(b"0.5", b"0.6"))
    assert fingerprint.of_model(model) != before


def test_what_may_be_chosen_beside_a_model_is_no_part_of_it(model):
    before = fingerprint.of_model(model)
    checkpoints.save_part(checkpoints.light_decoder(4, 3, 4), model / "light_decoder")
    checkpoints.save_lora(model / "loras" / "fox.safetensors")
    assert fingerprint.of_model(model) == before


def test_of_a_large_file_only_blocks_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "BLOCKS", 4)
    monkeypatch.setattr(fingerprint, "BLOCK", 64)
    path = tmp_path / "model.safetensors"
    save_file({"w": torch.arange(10_000.0)}, path)
    before, whole = fingerprint.of_weights(tmp_path), path.read_bytes()
    start = len(whole) - 40_000
    for at, is_seen in ((start, True), (len(whole) - 1, True), (start + 5_000, False), (0, True)):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        if at:
            assert (fingerprint.of_weights(tmp_path) != before) == is_seen
        else:  # the header's length: no safetensors file any more
            with pytest.raises(BadWeights):
                fingerprint.of_weights(tmp_path)


def test_a_part_without_weights_is_named(tmp_path):
    with pytest.raises(BadWeights, match="missing"):
        fingerprint.of_weights(tmp_path / "vae")


def test_the_built_in_model_has_one():
    assert len(fingerprint.of_model(builtin_folder())) == 16
