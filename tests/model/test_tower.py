"""The text tower against transformers' classes, and what its settings may say."""

import json

import pytest
import torch
from transformers import Qwen2_5_VLTextConfig, Qwen3VLTextConfig
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLTextModel
from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLTextModel

from pawlette.errors import BadModel
from pawlette.model.tower import Tower, TowerConfig
from tests.model.checkpoints import randomise

TWINS = {
    "qwen2_5_vl_text": (Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel, {"mrope_section": [4, 2, 2]}),
    "qwen3_vl_text": (
        Qwen3VLTextConfig, Qwen3VLTextModel, {"mrope_section": [4, 2, 2], "mrope_interleaved": True},
    ),
}  # fmt: skip
SIZES = dict(
    vocab_size=120, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, rms_norm_eps=1e-6,
)  # fmt: skip


def pair(kind, dtype=torch.float32):
    """The twin, and ours with its weights."""
    of_config, of_model, rope = TWINS[kind]
    settings = of_config(
        **SIZES, rope_parameters={"rope_type": "default", "rope_theta": 10000.0} | rope, pad_token_id=None
    )
    settings._attn_implementation = "sdpa"
    twin = randomise(of_model(settings), seed=7).to(dtype)
    ours = Tower(TowerConfig.from_dict(settings.to_dict()))
    ours.load_state_dict(twin.state_dict())
    return twin, ours.to(dtype).eval()


@pytest.mark.parametrize("kind", TWINS)
@torch.inference_mode()
def test_it_equals_its_twin(kind, record_parity):
    twin, ours = pair(kind)
    ids = torch.randint(120, (3, 41), generator=torch.Generator().manual_seed(1))
    wanted = twin(input_ids=ids, use_cache=False).last_hidden_state
    difference = (ours(ids) - wanted).abs().max().item()
    record_parity(f"text tower, {kind}", difference, 1e-5)
    assert wanted.std() > 0.5
    assert difference <= 1e-5
    one = twin(input_ids=ids[:1, :1], use_cache=False).last_hidden_state
    assert (ours(ids[:1, :1]) - one).abs().max() <= 1e-5


@pytest.mark.parametrize("kind", TWINS)
@torch.inference_mode()
def test_half_precision_rounds_where_its_twin_does(kind):
    exact, _ = pair(kind)
    twin, ours = pair(kind, torch.bfloat16)
    ids = torch.randint(120, (2, 33), generator=torch.Generator().manual_seed(2))
    wanted = exact(input_ids=ids, use_cache=False).last_hidden_state
    errors = [
        (states.float() - wanted).square().mean().sqrt().item()
        for states in (ours(ids), twin(input_ids=ids, use_cache=False).last_hidden_state)
    ]
    assert errors[0] <= 1.1 * errors[1]


@torch.inference_mode()
def test_what_stands_behind_a_token_does_not_move_it():
    _, ours = pair("qwen3_vl_text")
    ids = torch.arange(20)[None]
    assert (ours(ids)[:, :12] - ours(ids[:, :12])).abs().max() <= 1e-5


def config(**changes):
    """As files of the whole model have it, in the older form."""
    text = {
        **SIZES,
        "rope_theta": 5e6,
        "rope_scaling": {"type": "mrope", "mrope_section": [4, 2, 2]},
    } | changes
    return {"model_type": "qwen3_vl", "text_config": {k: v for k, v in text.items() if v is not None}}


def test_files_of_every_age_are_read():
    read = TowerConfig.from_dict(config())
    assert (read.rope_theta, read.head_dim, read.normed) == (5e6, 16, True)
    flat = {"model_type": "qwen2_5_vl", **config(head_dim=None)["text_config"]}
    assert TowerConfig.from_dict(flat) == TowerConfig(120, 64, 96, 3, 4, 2, 16, 1e-6, 5e6, normed=False)
    newer = config(
        rope_theta=None, rope_scaling=None, rope_parameters={"rope_type": "default", "rope_theta": 1e4}
    )
    assert TowerConfig.from_dict(newer).rope_theta == 1e4
    assert TowerConfig.from_dict(json.loads(json.dumps(newer))).rope_theta == 1e4


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"hidden_size": None}, "'hidden_size' is missing"),
        ({"rope_theta": None}, "'rope_theta' is missing"),
        ({"hidden_size": "64"}, "hidden_size must be a positive number, got '64'"),
        ({"num_hidden_layers": True}, "num_hidden_layers"),
        ({"num_attention_heads": 0, "head_dim": None}, "num_attention_heads"),
        ({"num_attention_heads": 3, "head_dim": None, "hidden_size": 63}, "3 heads cannot share 2 keys"),
        ({"head_dim": 15}, "head_dim must be even"),
        ({"rms_norm_eps": -1.0}, "rms_norm_eps"),
        ({"rope_theta": float("nan")}, "rope_theta"),
        ({"hidden_act": "gelu"}, "hidden_act must be 'silu', got 'gelu'"),
        ({"attention_bias": True}, "attention_bias"),
        ({"use_sliding_window": True}, "use_sliding_window"),
        ({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, "rope_type is one of default, mrope, got 'yarn'"),
        ({"rope_scaling": [1]}, "rope_parameters must be an object"),
    ],
)  # fmt: skip
def test_what_is_another_architecture_is_named(changes, named):
    with pytest.raises(BadModel, match=named):
        TowerConfig.from_dict(config(**changes))


def test_another_model_is_named():
    with pytest.raises(BadModel, match="qwen2_5_vl, qwen3_vl, got 'bert'"):
        TowerConfig.from_dict({"model_type": "bert"})
    with pytest.raises(BadModel, match="text_config must be an object"):
        TowerConfig.from_dict({"model_type": "qwen3_vl", "text_config": [1]})
