"""Linear layers in 8-bit floats, with one scale a row of weights and one a row of activations. Knows no model's name.

float8 e4m3 (arXiv 2209.05433) has 3 binary digits and ends at 448; a row is stretched to that end before it is rounded.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

FLOAT8 = torch.float8_e4m3fn
LARGEST = 448.0
LEAST = 1e-12  # of a row's largest value, so that nothing is divided by zero
ALIGNED = 16  # the matrix kernels want sides that are multiples of it
# Small, or sensitive: they stay in bfloat16, as does all that stands outside the blocks.
LEFT = (".img_mod.1", ".txt_mod.1", ".img_mlp.net.2")


class Rounded(NamedTuple):
    """Rows as 8-bit floats, (..., width), and the scale of each, (rows, 1) float32: what an Fp8Linear makes of rows."""

    values: Tensor
    scales: Tensor


Rows = Tensor | Rounded


def quantised(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(rows, width) -> float8 of the same shape and float32 scales (rows, 1)."""
    wide = rows.float()
    scale = wide.abs().amax(dim=-1, keepdim=True).clamp(min=LEAST) / LARGEST
    return (wide / scale).clamp(-LARGEST, LARGEST).to(FLOAT8), scale


def product(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor | None) -> Tensor:
    """a (m, k) with a_scale (m, 1) times b (n, k) with b_scale (n, 1), transposed, plus bias -> (m, n) bfloat16."""
    if a.is_cuda:
        return scaled_mm(a, a_scale, b, b_scale, bias)
    # Elsewhere in float32 what the tensor cores do: exact products of the rounded numbers, a wide sum, then the scales.
    y = (a.float() @ b.float().t()) * a_scale * b_scale.t()
    return (y if bias is None else y + bias.float()).bfloat16()


def scaled_mm(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor | None) -> Tensor:
    return torch._scaled_mm(
        a.contiguous(),
        b.t(),
        scale_a=a_scale,
        scale_b=b_scale.t(),
        bias=bias,
        out_dtype=torch.bfloat16,
        use_fast_accum=True,
    )


class Fp8Linear(nn.Module):
    """Stands in for a Linear layer: (..., inputs) bfloat16, or rounded already -> (..., outputs) bfloat16."""

    weight: Tensor  # (outputs, inputs) float8
    scale: Tensor  # (outputs, 1)

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        rows, scale = quantised(weight)
        self.register_buffer("weight", rows)
        self.register_buffer("scale", scale)
        self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)

    def forward(self, x: Rows) -> Tensor:
        if isinstance(x, Rounded):
            shape, rows, scale = x.values.shape, x.values.flatten(0, -2), x.scales
        else:
            shape, (rows, scale) = x.shape, quantised(x.flatten(0, -2))
        return product(rows, scale, self.weight, self.scale, self.bias).unflatten(0, shape[:-1])


def quantise_blocks(denoiser: nn.Module, device: torch.device) -> None:
    """Replace the blocks' matrices, one after the other, so that a card need not hold them all unrounded."""
    for name, layer in list(denoiser.named_modules()):
        fits = isinstance(layer, nn.Linear) and not (
            layer.in_features % ALIGNED or layer.out_features % ALIGNED
        )
        if not fits or not name.startswith("transformer_blocks.") or name.endswith(LEFT):
            continue
        bias = None if layer.bias is None else layer.bias.to(device)
        denoiser.set_submodule(name, Fp8Linear(layer.weight.to(device), bias))
