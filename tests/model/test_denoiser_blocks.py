"""The shared blocks against their definitions."""

import pytest
import torch

from pawlette.errors import BadModel
from pawlette.model.denoiser_blocks import (
    RMSNorm,
    centred_grid,
    check_axes,
    clipped,
    rotate,
    rotation,
    timestep_features,
)
from tests.model.host_reads import NoHostReads


def test_rotation_is_multiplication_by_unit_complex_numbers():
    x, angles = torch.randn(2, 5, 3, 8), 10 * torch.randn(2, 5, 1, 4)
    units = torch.polar(torch.ones_like(angles), angles)
    expected = torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * units).flatten(-2)
    torch.testing.assert_close(rotate(x, *rotation(angles)), expected)
    assert rotate(x.bfloat16(), *rotation(angles)).dtype == torch.bfloat16


def test_the_grid_is_centred_on_zero():
    with NoHostReads():
        rows, columns = centred_grid((2, 3), torch.device("cpu"))
    assert rows.tolist() == [-1, -1, -1, 0, 0, 0]
    assert columns.tolist() == [-2, -1, 0, -2, -1, 0]


def test_features_are_of_1000_sigma_whichever_is_multiplied_first():
    sigmas = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    frequencies = 10_000.0 ** (-torch.arange(128, dtype=torch.float64) / 128)
    angles = 1000 * sigmas[:, None] * frequencies
    expected = torch.cat([angles.cos(), angles.sin()], dim=-1).float()
    first, last = (timestep_features(sigmas, scaled_first=order) for order in (True, False))
    torch.testing.assert_close(first, expected, atol=2e-4, rtol=0)
    torch.testing.assert_close(last, expected, atol=2e-4, rtol=0)
    assert not torch.equal(first, last)  # in float32: which one a model was trained with matters


@pytest.mark.parametrize("centred", [False, True])
def test_the_norm_gives_length_one_a_channel(centred):
    norm = RMSNorm(16, 1e-6, centred=centred)
    x = norm(100 * torch.randn(4, 16))
    torch.testing.assert_close(x.square().mean(-1), torch.ones(4))


def test_only_half_precision_is_clipped():
    huge = torch.tensor([1e6, -1e6])
    assert clipped(huge.half()).tolist() == [65504, -65504]
    assert clipped(huge).tolist() == [1e6, -1e6]


@pytest.mark.parametrize("axes", [(4, 8, 8), (5, 7, 12)])
def test_axes_share_out_a_heads_channels(axes):
    check_axes((4, 8, 12), 24)
    with pytest.raises(BadModel, match="axes_dims_rope"):
        check_axes(axes, 24)
