"""What the denoisers of both generations are built from. Knows no checkpoint and no model family.

Names and shapes of parameters are those of the published checkpoints, so state dicts load unchanged.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel

TIMESTEP_WIDTH = 256  # channels of the sinusoidal timestep features
THETA = 10_000.0  # base of the rotary frequencies and of the timestep features
LARGEST_HALF = 65504  # the largest finite float16

Rotation = tuple[Tensor, Tensor]  # what `rotate` multiplies each channel and its partner by


def check_axes(axes: tuple[int, int, int], head_dim: int) -> None:
    """Raise BadModel unless the three axes of the rotary embedding share out a head's channels."""
    if sum(axes) != head_dim or any(dim % 2 for dim in axes):
        raise BadModel(f"axes_dims_rope are even and sum to attention_head_dim ({head_dim}); got {axes}")


class RMSNorm(nn.Module):
    """Root-mean-square norm in float32 with a gain; `centred` checkpoints store gain - 1."""

    def __init__(self, width: int, eps: float, *, centred: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width) if centred else torch.ones(width))
        self.eps, self.centred = eps, centred

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        unit = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        if self.centred:
            return (unit * (self.weight.float() + 1)).to(x.dtype)
        return unit.to(self.weight.dtype) * self.weight


def stacked(*layers: nn.Linear) -> nn.Linear:
    """One linear layer that makes what several make of the same input, one behind the other."""
    with torch.device("meta"):
        whole = nn.Linear(
            layers[0].in_features, sum(one.out_features for one in layers), layers[0].bias is not None
        )
    whole.weight = nn.Parameter(torch.cat([one.weight for one in layers]), requires_grad=False)
    if whole.bias is not None:
        whole.bias = nn.Parameter(torch.cat([one.bias for one in layers]), requires_grad=False)
    return whole


def widened(x: Tensor, dtype: torch.dtype | None) -> Tensor:
    """A residual stream in its own precision; None: as it is."""
    return x if dtype is None else x.to(dtype)


def rotary_frequencies(dim: int, device: torch.device) -> Tensor:
    """(dim / 2,): falling frequencies of one axis, one for each pair of channels."""
    return 1.0 / torch.pow(THETA, torch.arange(0, dim, 2, device=device, dtype=torch.float32) / dim)


def centred_grid(grid: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Row and column of each image token, row by row, centred on zero: two (height * width,) tensors."""
    height, width = grid
    rows = torch.arange(height, device=device) - (height - height // 2)
    columns = torch.arange(width, device=device) - (width - width // 2)
    return rows[:, None].expand(height, width).flatten(), columns.expand(height, width).flatten()


def rotation(angles: Tensor) -> Rotation:
    """(..., head_dim / 2) -> cosines and signed sines, each (..., head_dim)."""
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([cos, cos], dim=-1).flatten(-2), torch.stack([-sin, sin], dim=-1).flatten(-2)


def rotate(x: Tensor, own: Tensor, partners: Tensor) -> Tensor:
    """Turn each neighbouring pair of channels by its angle: RoPE in real numbers (arXiv 2104.09864, eq. 34).

    x: (batch, tokens, heads, head_dim); own, partners: (batch or 1, tokens, 1, head_dim), from `rotation`.
    """
    wide = x.float()
    swapped = wide.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
    return (wide * own + swapped * partners).to(x.dtype)


def timestep_features(sigmas: Tensor, *, scaled_first: bool) -> Tensor:
    """(batch,) in [0, 1] -> (batch, 256): cosines, then sines, of 1000 sigma (arXiv 1706.03762, 3.5)."""
    half = TIMESTEP_WIDTH // 2
    steps = torch.arange(half, device=sigmas.device, dtype=torch.float32)
    frequencies = torch.exp(-math.log(THETA) * steps / half)
    column = sigmas.float()[:, None]
    # Angles reach 1000, where float32 is coarse: multiplied in the other order they are 6e-5 off.
    angles = (1000 * column) * frequencies if scaled_first else 1000 * (column * frequencies)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class TimestepEmbedder(nn.Module):
    """Sigmas -> the vectors that modulate every block. The settings are what the generations differ in."""

    def __init__(self, width: int, *, bias: bool, scaled_first: bool) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(TIMESTEP_WIDTH, width, bias=bias)
        self.linear_2 = nn.Linear(width, width, bias=bias)
        self.scaled_first = scaled_first

    def forward(self, sigmas: Tensor, dtype: torch.dtype) -> Tensor:  # (batch,) -> (batch, width)
        # The published models round sigma to the latents' dtype before they make the features: copy that.
        features = timestep_features(sigmas.to(dtype), scaled_first=self.scaled_first).to(dtype)
        return self.linear_2(F.silu(self.linear_1(features)))


def clipped(x: Tensor) -> Tensor:
    """float16 streams overflow in some layers; an infinity would turn the picture black."""
    return x.clip(-LARGEST_HALF, LARGEST_HALF) if x.dtype == torch.float16 else x
