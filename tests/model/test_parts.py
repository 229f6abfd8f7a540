"""What may be chosen beside a model: found by name or path, else named with what would do."""

from hashlib import sha256
from pathlib import Path

import pytest

from pawlette.errors import BadJob, BadModel
from pawlette.model.parts import DecoderChoice, LoraChoice, known_loras, split_strength


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model folder with one LoRA, of a person who has another of that name and one more."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    own = tmp_path / "home" / ".pawlette" / "loras"
    for folder in (tmp_path / "model" / "loras", own / "watercolour"):
        folder.mkdir(parents=True)
    (tmp_path / "model" / "loras" / "fox.safetensors").write_bytes(b"beside the model")
    (own / "fox.safetensors").write_bytes(b"the person's own")
    (own / "watercolour" / "pytorch_lora_weights.safetensors").write_bytes(b"a folder")
    (own / "notes.txt").write_text("no LoRA")
    return tmp_path / "model"


def test_the_full_decoder_is_the_models_own(model):
    assert DecoderChoice.find("full", model) == DecoderChoice("full", None)


def test_the_light_decoder_lies_in_the_model_folder(model, tmp_path):
    with pytest.raises(BadModel, match=r"no light decoder.*pawlette train decoder"):
        DecoderChoice.find("light", model)
    folder = model / "light_decoder"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert DecoderChoice.find("light", model) == DecoderChoice("light", folder)
    other = tmp_path / "light"  # another one of that name is another decoder
    folder.rename(other)
    assert DecoderChoice.find(str(other), model) == DecoderChoice("light/", other)


def test_a_decoder_that_is_not_there_is_named(model):
    with pytest.raises(BadJob, match=r"full, light or a folder.*'lite'"):
        DecoderChoice.find("lite", model)


def test_a_lora_beside_the_model_goes_first(model):
    assert set(known_loras(model)) == {"fox", "watercolour"}
    assert LoraChoice.find("fox:0.8", model).path.read_bytes() == b"beside the model"
    assert LoraChoice.find("fox:0.8", model).label == "fox:0.8"
    assert LoraChoice.find("watercolour", model).label == "watercolour:1"


def test_a_lora_by_path_has_a_plain_name(model, tmp_path):
    home = tmp_path / "home" / ".pawlette" / "loras"
    assert LoraChoice.find(f"{home / 'fox.safetensors'}:2", model).label == "fox:2"
    inside = home / "watercolour" / "pytorch_lora_weights.safetensors"
    assert LoraChoice.find(str(inside), model).label == "watercolour:1"
    assert LoraChoice.find(str(home / "watercolour"), model).label == "watercolour:1"


@pytest.mark.parametrize("wanted", ["bear", "", ":1", "no/such/file.safetensors"])
def test_a_bad_name_lists_what_is_there(model, wanted):
    with pytest.raises(BadJob, match="there are fox, watercolour"):
        LoraChoice.find(wanted, model)


@pytest.mark.parametrize("wanted", ["fox:3", "fox:-2.5", "fox:nan", "fox:inf"])
def test_a_strength_beyond_sense_is_named(wanted):
    with pytest.raises(BadJob, match="strength is from -2 to 2"):
        split_strength(wanted)


def test_a_colon_may_belong_to_the_path():
    assert split_strength(r"C:\loras\fox") == (r"C:\loras\fox", 1.0)
    assert split_strength("a:b:0.5") == ("a:b", 0.5)


def test_the_digest_is_the_files(model):
    expected = sha256(b"a folder").hexdigest()[:16]
    assert LoraChoice.find("watercolour", model).digest() == expected


def test_a_strength_is_the_one_that_its_label_says():
    assert split_strength("fox:0.123456789") == ("fox", 0.123457)
