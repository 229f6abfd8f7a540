"""Structural similarity against values that can be worked out by hand."""

import pytest
import torch

from pawlette.ssim import ssim


def test_ssim_of_equal_pictures_is_one_and_of_flat_ones_is_known():
    picture = torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert ssim(picture, picture) == pytest.approx(1.0)
    dark, light = torch.full((1, 3, 16, 16), -0.6), torch.full((1, 3, 16, 16), 0.2)  # 0.2 and 0.6 of white
    assert ssim(dark, light) == pytest.approx((2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), rel=1e-3)
    assert ssim(picture, picture.flip(3)) < 0.3
