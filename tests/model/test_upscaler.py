"""The upscaler: plain interpolation until trained, blind to the colour of what is invisible."""

import pytest
import torch
import torch.nn.functional as F

from pawlette.errors import BadModel
from pawlette.model.light_decoder import save_module
from pawlette.model.upscaler import Upscaler, UpscalerConfig, premultiply, straighten

SMALL = dict(width=8, blocks=1, fine_width=8, fine_blocks=1)


def upscaler(*, trained: bool, channels: int = 4) -> Upscaler:
    torch.manual_seed(0)
    model = Upscaler(UpscalerConfig(channels=channels, **SMALL)).eval().requires_grad_(False)
    if trained:
        torch.nn.init.normal_(model.last.conv.weight, std=0.02)
    return model


def pictures(channels: int = 4) -> torch.Tensor:
    return torch.rand(2, channels, 8, 12, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_untrained_it_is_bicubic_interpolation_of_opaque_pictures():
    opaque = pictures()
    opaque[:, 3] = 1.0
    wanted = F.interpolate(opaque, scale_factor=2.0, mode="bicubic").clamp(-1, 1)
    torch.testing.assert_close(upscaler(trained=False)(opaque), wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("channels", [3, 4])
def test_sides_double_and_values_stay_in_range(channels):
    made = upscaler(trained=True, channels=channels)(pictures(channels))
    assert made.shape == (2, channels, 16, 24)
    assert made.abs().max() <= 1.0


def test_the_colour_of_invisible_pixels_does_not_reach_the_edge():
    black, white = pictures(), pictures()
    for picture, colour in ((black, -1.0), (white, 1.0)):
        picture[..., :6] = colour
        picture[:, 3, :, :6] = -1.0  # the left half is invisible
        picture[:, 3, :, 6:] = 1.0
    model = upscaler(trained=True)
    torch.testing.assert_close(model(black), model(white))
    assert model(white)[:, 3].min() == -1.0


def test_premultiplying_loses_nothing_that_is_seen():
    straight = pictures()
    torch.testing.assert_close(straighten(premultiply(straight)), straight, atol=1e-4, rtol=0)
    straight[:, 3] = -1.0
    gone = straighten(premultiply(straight))
    assert (gone[:, :3] == 1.0).all()


def test_the_default_is_small_and_loads_from_int8(tmp_path):
    torch.manual_seed(0)
    model = Upscaler(UpscalerConfig())
    save_module(model, tmp_path, compact=True)
    assert (tmp_path / "diffusion_pytorch_model.safetensors").stat().st_size <= 0.45e6
    loaded = Upscaler.load(tmp_path)
    assert loaded.config == UpscalerConfig()
    assert loaded(torch.zeros(1, 4, 8, 8)).shape == (1, 4, 16, 16)


def test_impossible_sizes_are_refused():
    for wrong in ({"channels": 1}, {"width": 0}, {"blocks": -1}):
        with pytest.raises(BadModel, match="upscaler"):
            UpscalerConfig(**wrong)
    with pytest.raises(BadModel, match="scale"):
        UpscalerConfig.from_dict(
            {"channels": 4, "width": 8, "blocks": 1, "fine_width": 8, "fine_blocks": 1, "scale": 4}
        )
