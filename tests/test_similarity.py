"""PSNR and structural similarity against values that can be worked out by hand."""

import math

import pytest
import torch

from pawlette.similarity import psnr, ssim


def test_ssim_of_equal_pictures_is_one_and_of_flat_ones_is_known():
    picture = torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert ssim(picture, picture) == pytest.approx(1.0)
    dark, light = torch.full((1, 3, 16, 16), -0.6), torch.full((1, 3, 16, 16), 0.2)  # 0.2 and 0.6 of white
    assert ssim(dark, light) == pytest.approx((2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), rel=1e-3)
    assert ssim(picture, picture.flip(3)) < 0.3


def test_psnr_of_a_known_error_is_known():
    black, grey = torch.full((1, 3, 4, 4), -1.0), torch.full((1, 3, 4, 4), -0.8)
    assert psnr(grey, black) == pytest.approx(20.0, rel=1e-5)  # a tenth of the span
    assert psnr(torch.tensor([7.0]), torch.tensor([9.0]), 255.0) == pytest.approx(42.11, abs=0.005)


def test_psnr_of_equal_pictures_is_a_number_unless_asked_otherwise():
    one = torch.ones(2, 3, 4, 4)
    assert psnr(one, one) == 100.0
    assert psnr(one, one, most=math.inf) == math.inf
    assert psnr(one, one + 1e-6) == 100.0 < psnr(one, one + 1e-6, most=math.inf)


def test_psnr_of_what_is_no_number_is_none():
    for broken in (math.nan, math.inf):
        assert math.isnan(psnr(torch.tensor([broken, 0.0]), torch.zeros(2)))
