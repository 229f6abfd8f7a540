"""LoRA files of every spelling, merged as diffusers applies them; and what cannot be read or does not fit."""

import json

import pytest
import torch
from safetensors.torch import save_file

from pawlette.errors import BadModel, BadWeights
from pawlette.model.denoiser1 import Denoiser1, Denoiser1Config
from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config
from pawlette.model.lora import find_file, merge, read

RANK, GRID = 3, (4, 4)
TARGETS = ("attn.to_q", "attn.to_out.0")


def ours(checkpoint, kind):
    reference = checkpoint.components["transformer"]
    denoiser_class, config = {"1": (Denoiser1, Denoiser1Config), "21": (Denoiser21, Denoiser21Config)}[kind]
    denoiser = denoiser_class(config.from_dict(dict(reference.config))).eval().requires_grad_(False)
    denoiser.load_state_dict(reference.state_dict())
    return denoiser


def pairs(denoiser, rank=RANK):
    """(down, up) by module name, for two layers of the first block."""
    torch.manual_seed(0)
    found = {}
    for target in TARGETS:
        name = f"transformer_blocks.0.{target}"
        outputs, inputs = denoiser.get_submodule(name).weight.shape
        found[name] = torch.randn(rank, inputs) * 0.2, torch.randn(outputs, rank) * 0.2
    return found


def written(
    path, pairs, prefix="transformer.", down="lora_A.weight", up="lora_B.weight", alpha=None, metadata=None
):
    tensors = {}
    for name, (first, second) in pairs.items():
        spelt = "lora_unet_" + name.replace(".", "_") if prefix == "lora_unet_" else prefix + name
        tensors[f"{spelt}.{down}"], tensors[f"{spelt}.{up}"] = first.contiguous(), second.contiguous()
        if alpha is not None:
            tensors[f"{spelt}.alpha"] = torch.tensor(float(alpha))
    save_file(tensors, path, metadata=metadata)
    return path


@pytest.fixture
def denoiser(checkpoint_21):
    return ours(checkpoint_21, "21")


@pytest.fixture
def file(denoiser, tmp_path):
    return written(tmp_path / "pytorch_lora_weights.safetensors", pairs(denoiser))


def change(denoiser, lora, strength=1.0):
    """How far the two adapted layers moved, one tensor."""
    names = [f"transformer_blocks.0.{target}.weight" for target in TARGETS]
    before = [denoiser.get_parameter(name).clone() for name in names]
    merge(denoiser, lora, strength)
    moved = [denoiser.get_parameter(name) - was for name, was in zip(names, before, strict=True)]
    return torch.cat([one.flatten() for one in moved])


def expected(denoiser):
    return torch.cat([(up @ down).flatten() for down, up in pairs(denoiser).values()])


SPELLINGS = [
    ("transformer.", "lora_A.weight", "lora_B.weight"),  # diffusers
    ("base_model.model.", "lora_A.weight", "lora_B.weight"),  # peft
    ("transformer.", "lora_A.default.weight", "lora_B.default.weight"),
    ("diffusion_model.", "lora_A.weight", "lora_B.weight"),  # ComfyUI
    ("diffusion_model.", "lora_down.weight", "lora_up.weight"),
    ("", "lora_A.weight", "lora_B.weight"),
    ("", "lora.down.weight", "lora.up.weight"),
    ("lora_unet_", "lora_down.weight", "lora_up.weight"),  # flattened names
]


@pytest.mark.parametrize(("prefix", "down", "up"), SPELLINGS)
def test_every_spelling_is_the_same_adapter(denoiser, tmp_path, prefix, down, up):
    path = written(tmp_path / "any.safetensors", pairs(denoiser), prefix, down, up)
    torch.testing.assert_close(change(denoiser, read(path)), expected(denoiser))


def test_alpha_over_rank_and_strength_scale_the_change(denoiser, tmp_path):
    path = written(tmp_path / "any.safetensors", pairs(denoiser), alpha=1.5)
    torch.testing.assert_close(change(denoiser, read(path), 0.5), expected(denoiser) * 0.25)


def test_alpha_may_be_a_whole_number(file, tmp_path):
    path = resaved(file, tmp_path, lambda t: t.update({f"{Q}.alpha": torch.tensor(6)}))
    assert read(path).layers["transformer_blocks.0.attn.to_q"].scale == 2.0


def test_alpha_stands_in_diffusers_metadata(denoiser, tmp_path):
    note = {
        "transformer.lora_alpha": 6,
        "transformer.r": RANK,
        "transformer.alpha_pattern": {"attn.to_q": 1.5},
    }
    path = written(
        tmp_path / "any.safetensors", pairs(denoiser), metadata={"lora_adapter_metadata": json.dumps(note)}
    )
    layers = read(path).layers
    scales = [layers[f"transformer_blocks.0.{target}"].scale for target in TARGETS]
    assert scales == [0.5, 2.0]


def test_alpha_stands_in_pefts_settings(denoiser, tmp_path):
    written(tmp_path / "adapter_model.safetensors", pairs(denoiser), "base_model.model.")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"lora_alpha": 9, "r": RANK}))
    torch.testing.assert_close(change(denoiser, read(tmp_path)), expected(denoiser) * 3.0)


def test_the_opposite_strength_takes_it_out_again(denoiser, file):
    name = "transformer_blocks.0.attn.to_q.weight"
    before = denoiser.get_parameter(name).clone()
    merge(denoiser, read(file), 0.7)
    assert not torch.allclose(denoiser.get_parameter(name), before, atol=1e-3)
    merge(denoiser, read(file), -0.7)
    torch.testing.assert_close(denoiser.get_parameter(name), before)


def test_a_bfloat16_model_is_changed_once_rounded(denoiser, file):
    name = "transformer_blocks.0.attn.to_q"
    was = denoiser.get_submodule(name).weight.bfloat16()
    down, up = pairs(denoiser)[name]
    merge(denoiser.bfloat16(), read(file))
    assert torch.equal(denoiser.get_submodule(name).weight, (was.float() + up @ down).bfloat16())


@pytest.mark.parametrize("kind", ["1", "21"])
def test_draws_what_diffusers_draws_with_it(kind, request, tmp_path, record_parity):
    checkpoint = request.getfixturevalue(f"checkpoint_{kind}")
    denoiser, reference = ours(checkpoint, kind), checkpoint.components["transformer"]
    path = written(tmp_path / "pytorch_lora_weights.safetensors", pairs(denoiser))
    latents, embeds = torch.randn(2, 16, reference.config.in_channels), torch.randn(2, 8, 48)
    sigmas = torch.tensor([0.3, 0.8])
    common = dict(
        hidden_states=latents, encoder_hidden_states=embeds, timestep=sigmas,
        img_shapes=[[(1, *GRID)]] * 2, return_dict=False,
    )  # fmt: skip
    if kind == "1":
        common["encoder_hidden_states_mask"] = torch.ones(2, 8, dtype=torch.bool)
    else:
        slots = torch.ones(2, 4, dtype=torch.bool)  # one for four image tokens
        common["img_mask"] = torch.cat([torch.zeros(2, 8, dtype=torch.bool), slots], dim=1)
    with torch.no_grad():
        plain = denoiser(latents, embeds, sigmas, GRID)
        merge(denoiser, read(path))
        got = denoiser(latents, embeds, sigmas, GRID)
        reference.load_lora_adapter(tmp_path, weight_name=path.name, adapter_name="test")
        try:
            wanted = reference(**common)[0][:, -16:]
        finally:
            reference.delete_adapters("test")
            reference.unload_lora()
    difference = (got - wanted).abs().max().item()
    record_parity(f"{kind} denoiser with a merged LoRA", difference, 1e-5)
    assert difference <= 1e-5
    assert (got - plain).abs().max() > 0.05


# -- what cannot be read -------------------------------------------------------------------------------------


def resaved(file, tmp_path, edit):
    from safetensors.torch import load_file

    tensors = load_file(file)
    edit(tensors)
    path = tmp_path / "edited.safetensors"
    save_file(tensors, path)
    return path


Q = "transformer.transformer_blocks.0.attn.to_q"
EDITS = {
    "no key of a LoRA": lambda t: t.update({f"{Q}.dora_scale": torch.ones(3)}),
    "stands alone": lambda t: t.pop(f"{Q}.lora_B.weight"),
    "the down matrix .* is missing": lambda t: t.pop(f"{Q}.lora_A.weight"),
    "are no pair": lambda t: t.update({f"{Q}.lora_A.weight": torch.ones(5, 48)}),
    "NaN": lambda t: t[f"{Q}.lora_A.weight"].fill_(float("nan")),
    "one number": lambda t: t.update({f"{Q}.alpha": torch.ones(2)}),
    "says again": lambda t: t.update({f"{Q}.lora_down.weight": torch.ones(3, 48)}),
    "16 or 32 bit floats": lambda t: t.update({f"{Q}.lora_A.weight": torch.ones(3, 48, dtype=torch.int8)}),
}


@pytest.mark.parametrize("says", EDITS)
def test_a_bad_file_is_named_with_its_key(file, tmp_path, says):
    path = resaved(file, tmp_path, EDITS[says])
    with pytest.raises(BadWeights, match=says) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "to_q" in str(caught.value)


def test_what_is_there_is_said(tmp_path, file):
    with pytest.raises(BadWeights, match=r"nowhere is missing"):
        read(tmp_path / "nowhere")
    assert find_file(tmp_path) == file
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(BadWeights, match=r"pytorch_lora_weights\.safetensors is missing"):
        read(other)
    (other / "lora.bin").write_bytes(b"PK")
    with pytest.raises(BadWeights, match="only safetensors"):
        read(other)
    for name in ("one", "two"):
        (other / f"{name}.safetensors").write_bytes(file.read_bytes())
    with pytest.raises(BadWeights, match="holds 2 safetensors files"):
        read(other)
    pickle = tmp_path / "renamed.safetensors"
    pickle.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(BadWeights, match="renamed pickle"):
        read(pickle)


def test_other_kinds_of_adapters_are_refused(denoiser, tmp_path):
    written(tmp_path / "adapter_model.safetensors", pairs(denoiser))
    (tmp_path / "adapter_config.json").write_text(json.dumps({"use_dora": True}))
    with pytest.raises(BadWeights, match="use_dora"):
        read(tmp_path)
    (tmp_path / "adapter_config.json").write_text(json.dumps({"lora_alpha": 4, "alpha_pattern": {"to_z": 2}}))
    with pytest.raises(BadWeights, match="'to_z' is the end of no layer"):
        read(tmp_path)
    for settings in ({"lora_alpha": "much"}, {"lora_alpha": float("nan")}, {"alpha_pattern": [1]}):
        (tmp_path / "adapter_config.json").write_text(json.dumps(settings))
        with pytest.raises(BadWeights, match="must be a number"):
            read(tmp_path)


# -- what does not fit ---------------------------------------------------------------------------------------


def test_an_adapter_of_another_model_leaves_no_trace(checkpoint_1, denoiser, tmp_path):
    other = ours(checkpoint_1, "1")
    name = "transformer_blocks.1.attn.add_q_proj"
    adapter = pairs(other) | {name: (torch.ones(3, 48), torch.ones(48, 3))}
    path = written(tmp_path / "one.safetensors", adapter)
    before = {key: value.clone() for key, value in denoiser.state_dict().items()}
    with pytest.raises(BadWeights, match=f"{name} is no layer of this model's denoiser"):
        merge(denoiser, read(path))
    assert all(torch.equal(value, before[key]) for key, value in denoiser.state_dict().items())


def test_shapes_and_kinds_are_compared(denoiser, tmp_path):
    name = "transformer_blocks.0.attn.to_q"
    path = written(tmp_path / "one.safetensors", {name: (torch.ones(2, 40), torch.ones(48, 2))})
    with pytest.raises(BadWeights, match=r"shape \(48, 40\), this model's is \(48, 48\)"):
        merge(denoiser, read(path))
    path = written(
        tmp_path / "two.safetensors",
        {"transformer_blocks.0.attn.norm_q": (torch.ones(2, 4), torch.ones(4, 2))},
    )
    with pytest.raises(BadModel, match="norm_q is a RMSNorm here"):
        merge(denoiser, read(path))
    path = written(
        tmp_path / "three.safetensors", {"x": (torch.ones(2, 4), torch.ones(4, 2))}, "text_encoder."
    )
    with pytest.raises(BadWeights, match="text encoder are not read"):
        merge(denoiser, read(path))
