"""Parameters and operations by formula, against the modules themselves."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pawlette.advise.sizes import Sizes
from pawlette.errors import BadModel
from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21
from tests.advise import built
from tests.advise.live import as_on_a_gpu


@pytest.mark.parametrize("model", built.MODELS)
def test_every_part_has_the_parameters_of_its_module(model):
    sizes, autoencoder = built.sizes(model), built.autoencoder(model)
    decoder = built.count(autoencoder.decoder) + built.count(autoencoder.post_quant_conv)
    assert sizes.denoiser.parameters == built.count(built.denoiser(model))
    assert sizes.decoder.parameters == decoder
    assert sizes.decoder.parameters + sizes.encoder_parameters == built.count(autoencoder)
    assert sizes.tower.parameters == built.count(built.tower(model))


@pytest.mark.parametrize("model", ["1.x", "2.1"])
def test_a_published_model_needs_no_folder(model):
    assert Sizes.published({"1.x": QWEN_IMAGE, "2.1": QWEN_IMAGE_21}[model]) == built.sizes(model)


@pytest.mark.parametrize("model", ["1.x", "2.1", "builtin"])
def test_what_fp8_rounds_is_what_is_rounded(model):
    buffers = dict(built.denoiser(model, "fp8", built.LAYERS).named_buffers())
    denoiser = built.few_layers(model).denoiser
    assert denoiser.rounded == sum(one.numel() for name, one in buffers.items() if name.endswith(".weight"))
    assert denoiser.rounded_rows == sum(
        one.numel() for name, one in buffers.items() if name.endswith(".scale")
    )


def test_the_light_decoder_and_the_upscaler_are_counted_too():
    light, upscaler = built.additions()
    sizes = built.sizes("builtin")
    assert sizes.light.parameters == built.count(light)
    assert sizes.upscaler.parameters == built.count(upscaler)
    assert 2 * sizes.light.multiplications(256, folded=False) == operations(
        lambda: light.decode(torch.empty(1, 64, 16, 16))
    )
    pixels = 2 * sizes.upscaler.multiplications(64 * 64)
    assert pixels == operations(lambda: upscaler(torch.empty(1, 4, 64, 64)))


def operations(act):
    with as_on_a_gpu(), torch.device("meta"), FlopCounterMode(display=False) as counted:
        act()
    return counted.get_total_flops()


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("model", ["1.x", "2.1", "builtin"])
def test_a_decoder_multiplies_as_its_module_does(model, folded):
    sizes, module = built.sizes(model), built.autoencoder(model, folded=folded)
    found = operations(lambda: module.decode(torch.empty(1, sizes.decoder.z, 24, 24)))
    # Attention, which the fused kernel hides here, is the rest.
    width = sizes.decoder.blocks[0].inputs
    assert 2 * sizes.decoder.multiplications(24 * 24, folded=folded) == pytest.approx(
        found + 4 * (24 * 24) ** 2 * width, rel=1e-3
    )


def test_a_folder_whose_settings_lack_something_is_named(tmp_path):
    for part in ("transformer", "vae", "text_encoder"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "config.json").write_text("{}")
    (tmp_path / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    with pytest.raises(BadModel, match="lacks 'base_dim'"):
        Sizes.from_folder(tmp_path)
