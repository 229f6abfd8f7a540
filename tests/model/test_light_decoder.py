"""The light decoder: shapes of both generations, its budget, what it reads and writes."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pawlette.errors import BadModel, BadWeights
from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config
from pawlette.model.light_decoder import LightDecoder, LightDecoderConfig, save_module

SMALL = LightDecoderConfig(z_dim=6, widths=(8, 8, 8, 8, 8), blocks=(1, 1, 0, 0, 1))
BUILTIN = Autoencoder21Config(
    base_dim=32, decoder_base_dim=40, dim_mult=(1, 2, 4, 4, 4), temperal_downsample=(False,) * 4,
    latents_mean=(0.0,) * 64, latents_std=(1.0,) * 64,
)  # fmt: skip


def small_decoder() -> LightDecoder:
    torch.manual_seed(0)
    return LightDecoder(SMALL).eval().requires_grad_(False)


@pytest.mark.parametrize(("z", "channels", "pixels"), [(64, 4, 16), (16, 3, 8)])
def test_it_gives_what_the_full_decoder_of_either_generation_gives(z, channels, pixels):
    config = LightDecoderConfig.fitting(z, channels, pixels)
    with torch.device("meta"):
        made = LightDecoder(config).decode(torch.empty(2, z, 4, 6))
    assert made.shape == (2, channels, 4 * pixels, 6 * pixels)
    assert config.pixels_per_latent == pixels


def test_decoded_pixels_are_in_range_and_unclamped_ones_need_not_be():
    latents = 40 * torch.randn(1, 6, 2, 2, generator=torch.Generator().manual_seed(0))
    model = small_decoder()
    free = model.decode_unclamped(latents)
    assert free.abs().max() > 1.0
    assert torch.equal(model.decode(latents), free.clamp(-1, 1))


def multiply_adds(model, latents) -> float:
    with FlopCounterMode(display=False) as counter:
        model.decode(latents)
    return counter.get_total_flops() / 2


def test_it_keeps_to_its_budget_beside_the_built_in_decoder(tmp_path):
    with torch.device("meta"):
        latents = torch.empty(1, 64, 16, 16)
        full, light = Autoencoder21(BUILTIN), LightDecoder(LightDecoderConfig())
    assert 4 * multiply_adds(light, latents) < multiply_adds(full, latents)
    assert sum(parameter.numel() for parameter in light.parameters()) <= 1.9e6
    save_module(LightDecoder(LightDecoderConfig()), tmp_path, compact=True)
    assert (tmp_path / "diffusion_pytorch_model.safetensors").stat().st_size <= 1.9e6


def test_expected_statistics_are_folded_into_the_first_convolution():
    mean, std = torch.linspace(-1, 1, 6), torch.linspace(0.5, 2, 6)
    plain, folded = small_decoder(), small_decoder()
    folded.expect(mean, std)
    latents = torch.randn(1, 6, 5, 5)
    wanted = plain.conv_in((latents - mean.view(1, -1, 1, 1)) / std.view(1, -1, 1, 1))
    inside = (..., slice(1, -1), slice(1, -1))  # at the rim zeros are read, which are no mean
    torch.testing.assert_close(folded.conv_in(latents)[inside], wanted[inside], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("compact", "allowed"), [(False, 0.03), (True, 0.08)])
def test_what_is_saved_is_what_is_loaded(tmp_path, compact, allowed):
    model, latents = small_decoder(), torch.randn(1, 6, 3, 2)
    save_module(model, tmp_path, compact=compact)
    loaded = LightDecoder.load(tmp_path)
    assert loaded.config == SMALL
    difference = (loaded.decode(latents) - model.decode(latents)).abs().max()
    assert 0 < difference < allowed


def test_a_folder_of_other_sizes_is_named(tmp_path):
    save_module(small_decoder(), tmp_path, compact=False)
    text = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(text.replace('"z_dim": 6', '"z_dim": 7'))
    with pytest.raises(BadWeights, match="conv_in"):
        LightDecoder.load(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadModel, match=r"config\.json"):
        LightDecoder.load(tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"widths": (8, 8)}, {"blocks": (1, 1)}, {"out_channels": 2}, {"widths": (8, 8, 8, 8, 0)}]
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(BadModel, match="light decoder"):
        LightDecoderConfig(**wrong)


def test_only_the_two_published_scales_are_fitted():
    with pytest.raises(BadModel, match="8 or 16"):
        LightDecoderConfig.fitting(16, 3, 4)
