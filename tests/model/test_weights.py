"""Every fault of a weight file is named; sharded, compact and exported folders give the same weights."""

import json
import pickle
import shutil
import struct
import zipfile

import pytest
import torch
from diffusers import AutoencoderKLQwenImage21, FlowMatchEulerDiscreteScheduler, QwenImage21Transformer2DModel
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import Qwen3VLForConditionalGeneration, Qwen3VLTextModel

from pawlette.errors import BadModel, BadWeights, CannotSave
from pawlette.model import weights
from pawlette.model.qwen import QwenImage
from tests.model import checkpoints

NAME = "diffusion_pytorch_model.safetensors"


def make_net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 20, 3), nn.GroupNorm(4, 20), nn.Flatten(), nn.Linear(20, 24))


@pytest.fixture
def state():
    torch.manual_seed(0)
    return make_net().state_dict()


@pytest.fixture
def folder(tmp_path, state):
    save_file(state, tmp_path / NAME)
    return tmp_path


def load(folder, **settings):
    with torch.device("meta"):
        net = make_net()
    return weights.load_into(net, folder, **settings)


def fails(folder, *words, error=BadWeights):
    with pytest.raises(error) as caught:
        load(folder)
    for word in words:
        assert word in str(caught.value)


def test_loads_what_was_saved(folder, state):
    net = load(folder)
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert not net.training
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_dtype_is_a_choice(folder):
    assert {p.dtype for p in load(folder, dtype=torch.bfloat16).parameters()} == {torch.bfloat16}
    assert {p.dtype for p in load(folder).parameters()} == {torch.float32}


# -- faults


def test_missing_file(tmp_path):
    fails(tmp_path, NAME, "is missing")
    fails(tmp_path / "nowhere", "nowhere is missing")


def test_a_pickle_is_named_and_not_opened(tmp_path):
    (tmp_path / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(1))
    fails(tmp_path, "diffusion_pytorch_model.bin", "only safetensors")


@pytest.mark.parametrize("kind", ["pickle", "zip", "empty", "text", "huge header"])
def test_renamed_files_are_no_safetensors(tmp_path, state, kind):
    path = tmp_path / NAME
    if kind == "zip":
        torch.save(state, path)
        assert zipfile.is_zipfile(path)
    else:
        content = {
            "pickle": pickle.dumps({"a": list(range(100))}), "empty": b"", "text": b"version https://git-lfs",
            "huge header": struct.pack("<Q", 2**40) + b"{}",
        }  # fmt: skip
        path.write_bytes(content[kind])
    fails(tmp_path, NAME, "no safetensors file")


def test_a_header_that_is_not_json(tmp_path):
    (tmp_path / NAME).write_bytes(struct.pack("<Q", 16) + b"x" * 16)
    fails(tmp_path, NAME, "not JSON")
    (tmp_path / NAME).write_bytes(struct.pack("<Q", 2) + b"[]")
    fails(tmp_path, NAME, "not a JSON object")
    (tmp_path / NAME).write_bytes(struct.pack("<Q", 9) + b'{"a": 1} ')
    fails(tmp_path, NAME, "entry of a is damaged")


@pytest.mark.parametrize("kept", [0.95, 0.5, 0.02])
def test_truncated(folder, kept):
    whole = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(whole[: int(len(whole) * kept)])
    fails(folder, NAME, "truncated")


def test_damaged_offsets(folder):
    whole = (folder / NAME).read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header = whole[8 : 8 + length].replace(b'"dtype":"F32"', b'"dtype":"F16"', 1)
    (folder / NAME).write_bytes(whole[:8] + header + whole[8 + length :])
    fails(folder, NAME, "cannot be read")


def test_missing_and_unexpected_keys(tmp_path, state):
    save_file({name: value for name, value in state.items() if name != "3.bias"}, tmp_path / NAME)
    fails(tmp_path, NAME, "3.bias is missing")
    save_file(state | {"4.bias": torch.zeros(1)}, tmp_path / NAME)
    fails(tmp_path, NAME, "4.bias is unexpected")


def test_wrong_shape(tmp_path, state):
    save_file(state | {"3.weight": torch.zeros(24, 19)}, tmp_path / NAME)
    fails(tmp_path, NAME, "3.weight", "(24, 19)", "(24, 20)")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_not_finite(tmp_path, state, value, dtype, monkeypatch):
    monkeypatch.setattr(weights, "CHUNK", 100)  # so that the value lies in a later chunk
    state = {name: tensor.to(dtype) for name, tensor in state.items()}
    state["3.weight"][17, 3] = value
    save_file(state, tmp_path / NAME)
    fails(tmp_path, NAME, "3.weight holds NaN or infinity")


def test_integers_are_no_weights(tmp_path, state):
    save_file(state | {"3.weight": torch.zeros(24, 20, dtype=torch.int8)}, tmp_path / NAME)
    fails(tmp_path, NAME, "3.weight", "int8")


# -- shards


@pytest.fixture
def sharded(tmp_path, state):
    names = sorted(state)
    index = {name: f"part-{i % 2}.safetensors" for i, name in enumerate(names)}
    for file_name in set(index.values()):
        save_file({name: state[name] for name in names if index[name] == file_name}, tmp_path / file_name)
    write_index(tmp_path, index)
    return tmp_path, index


def write_index(folder, index):
    (folder / f"{NAME}.index.json").write_text(json.dumps({"weight_map": index}))


def test_shards_give_the_same_weights(sharded, state):
    loaded = load(sharded[0]).state_dict()
    assert all(torch.equal(loaded[name], state[name]) for name in state)


def test_missing_shard(sharded):
    (sharded[0] / "part-1.safetensors").unlink()
    fails(sharded[0], "part-1.safetensors is missing")


def test_a_name_in_the_wrong_shard(sharded):
    folder, index = sharded
    write_index(folder, index | {"0.bias": "part-1.safetensors"})
    fails(folder, "part-1.safetensors", "0.bias is missing")


def test_a_name_that_stands_twice(sharded, state):
    save_file(state, sharded[0] / "part-1.safetensors")
    fails(sharded[0], "stands twice")


@pytest.mark.parametrize(
    "name",
    ["../part-0.safetensors", "/etc/part.safetensors", "sub/part.safetensors", "..\\part.safetensors",
     "C:part.safetensors", "..", "", 7, "part-0.bin"],
)  # fmt: skip
def test_an_index_stays_in_its_folder(sharded, name):
    folder, index = sharded
    write_index(folder, index | {"0.bias": name})
    fails(folder, "index.json", "0.bias")


def test_an_empty_index(tmp_path):
    write_index(tmp_path, {})
    fails(tmp_path, "index.json", "no weight_map")


def test_the_reference_librarys_shards_load(checkpoint_21, tmp_path):
    folder = checkpoints.save(
        checkpoint_21.components, tmp_path, {"_class_name": "QwenImage21Pipeline"}, shard="200KB"
    )
    assert all(
        len(list((folder / part).glob("*.safetensors"))) > 1 for part in ("transformer", "text_encoder")
    )
    one, many = QwenImage.load(checkpoint_21.folder), QwenImage.load(folder)
    for part in ("denoiser", "autoencoder"):
        a, b = getattr(one, part).state_dict(), getattr(many, part).state_dict()
        assert all(torch.equal(a[name], b[name]) for name in a)


# -- int8


def test_int8_is_near_and_small(tmp_path, state):
    path = weights.save_compact(state, tmp_path / NAME)
    assert path.stat().st_mode & 0o444 == 0o444  # whoever installs the package may read it
    written = load_file(path)
    assert written["3.weight"].dtype == written["0.weight"].dtype == torch.int8
    assert written["1.weight"].dtype == torch.bfloat16
    loaded = load(tmp_path).state_dict()
    for name in ("0.weight", "3.weight"):
        step = state[name].flatten(1).abs().amax(1) / 127
        error = (loaded[name] - state[name]).flatten(1).abs().amax(1)
        assert torch.all(error <= step * 0.5001)
        assert error.max() > 0
    assert torch.equal(loaded["3.bias"], state["3.bias"].bfloat16().float())


def test_int8_of_int8_is_the_same(tmp_path, state):
    weights.save_compact(state, tmp_path / "a" / NAME)
    once = load(tmp_path / "a").state_dict()
    weights.save_compact(once, tmp_path / "b" / NAME)
    twice = load(tmp_path / "b").state_dict()
    assert all(torch.allclose(once[name], twice[name], rtol=1e-6, atol=0) for name in once)


def test_a_row_of_zeros_stays_zero():
    rows, scale = weights.quantise(torch.zeros(2, 16))
    assert not (rows.float() * scale[:, None]).any()


def test_faults_of_the_compact_form(tmp_path, state):
    path = weights.save_compact(state, tmp_path / NAME)
    whole, mark = load_file(path), {"pawlette.int8": "1"}
    save_file({k: v for k, v in whole.items() if k != "3.weight.scale"}, path, metadata=mark)
    fails(tmp_path, NAME, "3.weight.scale is missing")
    save_file(whole | {"3.weight.scale": torch.ones(3)}, path, metadata=mark)
    fails(tmp_path, NAME, "3.weight.scale has shape (3,)")
    save_file(whole | {"3.weight.scale": torch.full((24,), float("nan"))}, path, metadata=mark)
    fails(tmp_path, NAME, "3.weight.scale holds NaN")
    save_file(whole, path, metadata={"pawlette.int8": "9"})
    fails(tmp_path, NAME, "'9'")


def test_a_parameter_called_scale_is_no_int8_scale(tmp_path):
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gain = nn.ParameterDict({"scale": torch.full((3,), 2.0)})

    weights.save_compact(Scaled().state_dict(), tmp_path / NAME)
    with torch.device("meta"):
        net = Scaled()
    assert torch.equal(weights.load_into(net, tmp_path).state_dict()["gain.scale"], torch.full((3,), 2.0))


# -- writing


def compact(source, target):
    """The folder with its transformer, vae and text encoder in the compact form."""
    weights.export(source, target, dtype=torch.float32)
    for part in ("transformer", "vae", "text_encoder"):
        (path,) = (target / part).glob("*.safetensors")
        weights.save_compact(load_file(path), path)
    return target


def test_export_loads_in_the_reference_classes(checkpoint_21, tmp_path):
    small = compact(checkpoint_21.folder, tmp_path / "small")
    plain = weights.export(small, tmp_path / "plain", dtype=torch.float32)
    ours = QwenImage.load(small)
    theirs = {
        "denoiser": QwenImage21Transformer2DModel.from_pretrained(plain / "transformer"),
        "autoencoder": AutoencoderKLQwenImage21.from_pretrained(plain / "vae"),
    }
    for part, reference in theirs.items():
        mine, expected = getattr(ours, part).state_dict(), reference.state_dict()
        assert mine.keys() == expected.keys()
        assert all(torch.equal(mine[name], expected[name]) for name in mine)
    text = Qwen3VLForConditionalGeneration.from_pretrained(plain / "text_encoder").model.language_model
    mine = ours.text.tower.state_dict()
    assert all(torch.equal(value, text.state_dict()[name]) for name, value in mine.items())
    FlowMatchEulerDiscreteScheduler.from_pretrained(plain / "scheduler")
    assert QwenImage.load(plain).family == ours.family
    assert sum(p.stat().st_size for p in small.rglob("*.safetensors")) < 0.45 * sum(
        p.stat().st_size for p in plain.rglob("*.safetensors")
    )


def test_export_of_a_bare_text_tower_loads(checkpoint_21, tmp_path):
    tower = checkpoint_21.components["text_encoder"].model.language_model
    tower.save_pretrained(tmp_path / "model" / "text_encoder")
    plain = weights.export(tmp_path / "model", tmp_path / "plain")
    loaded = Qwen3VLTextModel.from_pretrained(plain / "text_encoder", dtype=torch.bfloat16)
    expected = tower.state_dict()
    assert all(torch.equal(v, expected[name].bfloat16()) for name, v in loaded.state_dict().items())


def test_export_does_not_write_over_anything(checkpoint_21, tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(CannotSave, match="not empty"):
        weights.export(checkpoint_21.folder, tmp_path)
    with pytest.raises(CannotSave, match="not empty"):
        weights.export(checkpoint_21.folder, tmp_path / "mine.txt")
    with pytest.raises(BadModel, match="no model folder"):
        weights.export(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(CannotSave, match="cannot be written"):
        weights.save_plain({}, tmp_path / "mine.txt" / "below" / NAME)
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_a_failed_export_leaves_nothing(checkpoint_21, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(checkpoint_21.folder, model)
    (path,) = (model / "vae").glob("*.safetensors")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BadWeights, match="truncated"):
        weights.export(model, tmp_path / "out")
    assert [found.name for found in tmp_path.iterdir()] == ["model"]


def test_nothing_half_is_left_behind(tmp_path, state, monkeypatch):
    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "save_file", full_disk)
    with pytest.raises(CannotSave, match="No space left"):
        weights.save_plain(state, tmp_path / NAME)
    assert list(tmp_path.iterdir()) == []
