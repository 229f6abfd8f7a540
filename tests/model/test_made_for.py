"""A light decoder says which full one it stands in for; another model is refused with a way out."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from pawlette.errors import BadModel
from pawlette.model.made_for import check_made_for, keep_made_for
from pawlette.model.parts import LIGHT_FOLDER, MADE_FOR, DecoderChoice
from pawlette.model.qwen import QwenImage
from pawlette.model.weights import export
from pawlette.studio import builtin_folder
from tests.model import checkpoints


@pytest.fixture
def model(tmp_path):
    folder = checkpoints.save(
        checkpoints.components_21(), tmp_path / "m", {"_class_name": "QwenImage21Pipeline"}
    )
    checkpoints.save_part(checkpoints.light_decoder(), folder / LIGHT_FOLDER)
    return folder


def loads(model):
    return QwenImage.load(model, decoder=DecoderChoice.find("light", model)).additions.light_decoder


def test_without_a_record_it_is_taken_at_its_word(model):
    assert loads(model) is not None


def test_it_draws_for_the_weights_that_it_was_made_for_and_for_no_others(model):
    keep_made_for(model / LIGHT_FOLDER, "Qwen-Image-2.1", model / "vae")
    assert loads(model) is not None
    (path,) = (model / "vae").glob("*.safetensors")
    save_file({name: value + 0.01 for name, value in load_file(path).items()}, path)
    with pytest.raises(BadModel, match=r"was made for Qwen-Image-2\.1 .* pawlette train decoder --model"):
        loads(model)
    (model / LIGHT_FOLDER / MADE_FOR).unlink()  # the way out that the error names
    assert loads(model) is not None


def test_a_model_without_its_full_decoder_may_still_draw_with_the_light_one(model):
    keep_made_for(model / LIGHT_FOLDER, "Qwen-Image-2.1", model / "vae")
    (path,) = (model / "vae").glob("*.safetensors")
    path.unlink()
    assert loads(model) is not None


def test_an_exported_model_still_draws_with_its_light_decoder(model, tmp_path):
    keep_made_for(model / LIGHT_FOLDER, "Qwen-Image-2.1", model / "vae")
    out = export(model, tmp_path / "out", dtype=torch.bfloat16)
    assert not (out / LIGHT_FOLDER / MADE_FOR).exists()
    assert loads(out) is not None


def test_the_built_in_light_decoder_was_made_for_the_built_in_model():
    folder = builtin_folder()
    assert (folder / LIGHT_FOLDER / MADE_FOR).exists()
    check_made_for(folder / LIGHT_FOLDER, folder / "vae")
