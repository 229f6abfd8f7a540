"""Nearest doubling and the 3x3 convolution behind it as one transposed convolution. Knows no checkpoint.

Of the nine pixels that the convolution reads of the doubled picture, at most four differ: each of the four pixels that
a pixel becomes is a 2x2 convolution of the small picture, 16 multiplications instead of 36. All four together are a
transposed convolution of stride 2 whose 4x4 kernel is the 3x3 one, mirrored and summed over 2x2 windows.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model.autoencoder_blocks import Resample, Upsample2x


def folded_kernel(weight: Tensor) -> Tensor:
    """(outputs, inputs, 3, 3) -> (inputs, outputs, 4, 4), summed in float32."""
    mirrored = weight.float().flip(-1, -2).transpose(0, 1).flatten(0, 1)[:, None]
    windows = F.conv_transpose2d(mirrored, torch.ones(1, 1, 2, 2, device=weight.device))
    return windows.view(weight.shape[1], weight.shape[0], 4, 4).to(weight.dtype)


class FoldedUpsample(nn.Module):
    """(batch, inputs, h, w) -> (batch, outputs, 2h, 2w)."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(folded_kernel(convolution.weight), requires_grad=False)
        self.bias = convolution.bias

    def forward(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, self.weight, self.bias, stride=2, padding=1)


def fold(decoder: nn.Module) -> None:
    """Fold every doubling; what doubles in another way stays as it is."""
    for module in list(decoder.modules()):
        if isinstance(module, Resample) and isinstance(module.resample[0], Upsample2x):
            doubling: Any = module
            doubling.resample = FoldedUpsample(doubling.resample[1])
