"""PSNR and SSIM of two pictures: a few lines that the doors which measure and train share. Knows no model."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW, SIGMA = 11, 1.5  # of the Gaussian through which SSIM looks


def psnr(got: Tensor, wanted: Tensor, span: float = 2.0, *, most: float = 100.0) -> float:
    """Peak signal-to-noise ratio in decibels of values that reach over `span`; NaN where one is not finite.

    Where two are equal there is no noise: no ratio is said to be above `most`.
    """
    error = (got.float() - wanted.float()).square().mean().item()
    if not math.isfinite(error):
        return math.nan
    return most if error == 0 else min(most, 10.0 * math.log10(span**2 / error))


def ssim(got: Tensor, wanted: Tensor) -> float:
    """Structural similarity, 1 for equal pictures: Wang, Bovik, Sheikh, Simoncelli (IEEE TIP 13, 2004), equation 13.

    Gaussian windows of 11 pixels and sigma 1.5, K1 = 0.01, K2 = 0.03; mean over channels; values in [-1, 1].
    """
    channels = got.shape[1]
    offsets = torch.arange(WINDOW, device=got.device, dtype=torch.float32) - WINDOW // 2
    line = torch.exp(-offsets.square() / (2 * SIGMA**2))
    kernel = torch.outer(line, line).div_(line.sum() ** 2).expand(channels, 1, WINDOW, WINDOW)

    def mean(values: Tensor) -> Tensor:
        return F.conv2d(values, kernel, groups=channels)

    x, y = (got.float() + 1) / 2, (wanted.float() + 1) / 2
    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return float(
        (((2 * mx * my + c1) * (2 * both + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean()
    )
