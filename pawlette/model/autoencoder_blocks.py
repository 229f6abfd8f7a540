"""The 2-D building blocks that both image autoencoders share. Knows no checkpoint and no model family.

Names and shapes of parameters are those of the published checkpoints, so state dicts load unchanged.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """Scales every pixel's channel vector to length sqrt(channels), times a learned gain.

    The gain keeps its checkpoint shape: (channels, 1, 1, 1) where the model was built for video.
    """

    def __init__(self, channels: int, *, video: bool = True) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels, *([1] * (3 if video else 2))))

    def forward(self, x: Tensor) -> Tensor:  # (batch, channels, height, width)
        # Half-precision sums of squares lose digits: normalise in float32, as the published models do.
        unit = F.normalize(x.float(), dim=1).to(x.dtype)
        return unit * x.shape[1] ** 0.5 * self.gamma.view(-1, 1, 1)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, each behind norm and SiLU, around a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = RMSNorm(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = RMSNorm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        return self.conv2(F.silu(self.norm2(h))) + self.conv_shortcut(x)


class AttentionBlock(nn.Module):
    """Single-head attention over all pixels, around a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = RMSNorm(channels, video=False)
        self.to_qkv = nn.Conv2d(channels, channels * 3, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        qkv = self.to_qkv(self.norm(x)).reshape(batch, 1, channels * 3, height * width)
        q, k, v = qkv.transpose(2, 3).contiguous().chunk(3, dim=-1)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return x + self.proj(mixed.squeeze(1).transpose(1, 2).reshape(batch, channels, height, width))


class MidBlock(nn.Module):
    """Residual, attention, residual at the coarsest resolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([ResidualBlock(channels, channels), ResidualBlock(channels, channels)])
        self.attentions = nn.ModuleList([AttentionBlock(channels)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.resnets[0](x)
        return self.resnets[1](self.attentions[0](x))


class Upsample2x(nn.Module):
    """Nearest-neighbour doubling; sits first in a `resample` sequence, so that the convolution is `resample.1`."""

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x, scale_factor=2.0, mode="nearest-exact")


class Resample(nn.Module):
    """Halves or doubles height and width with one 3x3 convolution.

    `time_conv` is the temporal half of a video model's resampling. A still never runs it; it is here because
    checkpoints carry its weights.
    """

    def __init__(self, inputs: int, outputs: int, *, up: bool, time_conv: nn.Module | None = None) -> None:
        super().__init__()
        if up:
            self.resample = nn.Sequential(Upsample2x(), nn.Conv2d(inputs, outputs, 3, padding=1))
        else:
            pad = nn.ZeroPad2d((0, 1, 0, 1))  # right and bottom only, as the stride-2 convolution was trained
            self.resample = nn.Sequential(pad, nn.Conv2d(inputs, outputs, 3, stride=2))
        if time_conv is not None:
            self.time_conv = time_conv

    def forward(self, x: Tensor) -> Tensor:
        return self.resample(x)
