"""The folded doubling against doubling and convolving."""

import pytest
import torch
from torch import nn

from pawlette.model.autoencoder_blocks import Resample
from pawlette.model.folded import FoldedUpsample, fold
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches


@pytest.mark.parametrize(("inputs", "outputs", "size"), [(6, 3, (5, 7)), (4, 4, (1, 1)), (8, 16, (2, 9))])
@torch.no_grad()
def test_a_folded_doubling_is_the_doubling(inputs, outputs, size, record_parity):
    torch.manual_seed(0)
    plain, x = Resample(inputs, outputs, up=True), torch.randn(2, inputs, *size)
    folded = FoldedUpsample(plain.resample[1])
    expected = plain(x)
    assert expected.shape == (2, outputs, 2 * size[0], 2 * size[1])
    difference = (folded(x) - expected).abs().max().item()  # at the borders too
    record_parity(f"folded doubling, {inputs} to {outputs} channels, {size}", difference, 1e-5)
    assert difference <= 1e-5


@pytest.mark.parametrize(("which", "channels", "doublings"), [("1", 4, 3), ("21", 8, 4)])
@torch.no_grad()
def test_a_folded_decoder_is_the_decoder(request, which, channels, doublings, record_parity):
    folder = request.getfixturevalue(f"checkpoint_{which}").folder
    plain, folded = (QwenImage.load(folder, switches=Switches(folded=one)).decoder for one in (False, True))
    assert sum(isinstance(part, FoldedUpsample) for part in folded.modules()) == doublings
    latents = torch.randn(2, channels, 4, 6, generator=torch.Generator().manual_seed(0))
    difference = (folded.decode(latents) - plain.decode(latents)).abs().max().item()
    record_parity(f"{which} decoder, folded", difference, 1e-4)
    assert difference <= 1e-4
    half = [model.bfloat16().decode(latents.bfloat16()).float() for model in (plain, folded)]
    difference = (half[0] - half[1]).abs().mean().item()
    record_parity(f"{which} decoder, folded, bf16 (mean)", difference, 0.02)
    assert difference <= 0.02  # the summed kernel is rounded once where the plain one was rounded four times


def test_what_does_not_double_this_way_is_left():
    other = nn.Sequential(nn.Conv2d(4, 4, 3), Resample(4, 4, up=False))
    fold(other)
    assert not any(isinstance(part, FoldedUpsample) for part in other.modules())
