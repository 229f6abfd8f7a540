"""Folders that are damaged, or that ask for more than their weights."""

import json
import math

import pytest
import torch
from safetensors.torch import save_file

from pawlette.errors import BadModel, BadWeights
from pawlette.model import weights
from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21_TURBO, QWEN_IMAGE_LIGHTNING, Family
from pawlette.model.folders import read_json
from pawlette.model.tower import TowerConfig

NAME = "diffusion_pytorch_model.safetensors"


def test_a_folder_cannot_choose_the_attention():
    settings = {
        "model_type": "qwen3_vl_text", "vocab_size": 32, "hidden_size": 16, "intermediate_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": 16,
        "attn_implementation": "somebody/kernel", "_attn_implementation": "flash_attention_2",
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2]},
    }  # fmt: skip
    plain = {key: value for key, value in settings.items() if not key.endswith("attn_implementation")}
    assert TowerConfig.from_dict(settings) == TowerConfig.from_dict(plain)


def header(content: bytes) -> bytes:
    return len(content).to_bytes(8, "little") + content


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 60_000,
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, Infinity]}}',
    ],
)
def test_a_hostile_header_is_bad_weights(content, tmp_path):
    (tmp_path / NAME).write_bytes(header(content))
    with pytest.raises(BadWeights, match=NAME):
        weights.read(tmp_path)


def test_deeply_nested_settings_are_a_bad_model(tmp_path):
    (tmp_path / "config.json").write_text("[" * 60_000)
    with pytest.raises(BadModel, match=r"config\.json"):
        read_json(tmp_path / "config.json")


def test_weights_in_a_form_that_needs_scales_are_refused(tmp_path):
    save_file({"a": torch.ones(2, 2).to(torch.float8_e4m3fn)}, tmp_path / NAME)
    with pytest.raises(BadWeights, match="float8"):
        weights.read(tmp_path)


def test_what_a_narrower_range_cannot_hold_is_named(tmp_path):
    save_file({"a": torch.tensor([1.0, 1e6])}, tmp_path / NAME)
    assert weights.read(tmp_path, dtype=torch.bfloat16).tensors["a"].dtype is torch.bfloat16
    with pytest.raises(BadWeights, match="float16"):
        weights.read(tmp_path, dtype=torch.float16)


def test_a_merged_lightning_folder_is_told_by_its_schedule(tmp_path):
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "QwenImagePipeline"}))
    (tmp_path / "scheduler").mkdir()
    path = tmp_path / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps({"base_shift": math.log(3), "max_shift": math.log(3), "shift_terminal": None}))
    assert Family.from_folder(tmp_path) is QWEN_IMAGE_LIGHTNING
    path.write_text(json.dumps({"base_shift": 0.5, "max_shift": 0.9, "shift_terminal": 0.02}))
    assert Family.from_folder(tmp_path) is QWEN_IMAGE
    assert not QWEN_IMAGE_21_TURBO.guidable
