"""The parts of the 2.1 denoiser that stand beside its attention. Knows no config and no order of layers."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model.denoiser_blocks import (
    RMSNorm,
    Rotation,
    centred_grid,
    rotary_frequencies,
    rotation,
    stacked,
)
from pawlette.model.fp8 import Fp8Linear, Rounded, Rows
from pawlette.model.fused import swiglu


class Rope(nn.Module):
    """Angles for the joint sequence. Text counts 0, 1, 2 … on all three axes; the image's tokens share the
    next frame position and lie on a grid centred on zero, so the angles of a row depend on its own text length.
    """

    def __init__(self, axes: tuple[int, int, int]) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, lengths: Tensor, text_tokens: int, grid: tuple[int, int]) -> Rotation:
        """lengths: (rows,) valid text tokens of each row -> each (rows, tokens, 1, head_dim)."""
        text = self.text_angles(text_tokens, lengths.device).expand(len(lengths), -1, -1)
        return rotation(torch.cat([text, self.image_angles(lengths, grid)], dim=1)[:, :, None])

    def text_angles(self, tokens: int, device: torch.device) -> Tensor:
        """(tokens, head_dim / 2)."""
        where = torch.arange(tokens, device=device)
        return torch.cat([torch.outer(where, rotary_frequencies(dim, device)) for dim in self.axes], dim=-1)

    def image_angles(self, lengths: Tensor, grid: tuple[int, int]) -> Tensor:
        """(rows,) valid text tokens of each row -> (rows, image tokens, head_dim / 2)."""
        frame, row, column = (rotary_frequencies(dim, lengths.device) for dim in self.axes)
        rows, columns = centred_grid(grid, lengths.device)
        spatial = torch.cat([torch.outer(rows, row), torch.outer(columns, column)], dim=-1)
        framed = (lengths[:, None].float() * frame)[:, None].expand(-1, len(rows), -1)
        return torch.cat([framed, spatial.expand(len(lengths), -1, -1)], dim=-1)


class TextProjection(nn.Module):
    """Text embeddings -> the denoiser's width."""

    def __init__(self, inputs: int, width: int, eps: float) -> None:
        super().__init__()
        self.text_norm = RMSNorm(inputs, eps, centred=True)
        self.in_layer = nn.Linear(inputs, width, bias=False)
        self.out_layer = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.text_norm(x).to(self.in_layer.weight.dtype)
        return self.out_layer(F.gelu(self.in_layer(x), approximate="tanh"))


class Modulation(NamedTuple):
    """What every block multiplies by, alike in all of them, so made once: each (batch, tokens or 1, width)."""

    scale1: Tensor  # 1 + scale
    gate1: Tensor  # within -1 and 1
    scale2: Tensor
    gate2: Tensor

    @classmethod
    def of(cls, raw: Tensor) -> "Modulation":
        """raw: (batch, 4 * width), one for each sigma."""
        scale1, gate1, scale2, gate2 = raw[:, None].chunk(4, dim=-1)
        return cls(1 + scale1, gate1.tanh(), 1 + scale2, gate2.tanh())

    def joint(self, text_tokens: int, image_tokens: int) -> "Modulation":
        """Of batch rows and, last, that of sigma 0 for all text -> token by token."""

        def spread(rows: Tensor) -> Tensor:
            text = rows[-1:].expand(len(rows) - 1, text_tokens, -1)
            return torch.cat([text, rows[:-1].expand(-1, image_tokens, -1)], dim=1)

        return Modulation(*map(spread, self))


class SwiGLU(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, hidden, bias=False)
        self.gate_layer = nn.Linear(width, hidden, bias=False)
        self.out = nn.Linear(hidden, width, bias=False)
        self.gate_up: nn.Module | None = None  # the first two as one matrix, once `pack` was called
        self.fused = False  # gated by our own kernel, once that is switched on

    def pack(self) -> None:
        self.gate_up = stacked(self.gate_layer, self.proj)
        del self.gate_layer, self.proj

    def forward(self, x: Rows) -> Tensor:
        if self.gate_up is not None:
            if self.fused and isinstance(self.out, Fp8Linear):
                return self.out(Rounded(*swiglu(self.gate_up(x))))
            gate, up = self.gate_up(x).chunk(2, dim=-1)
            return self.out(F.silu(gate) * up)
        return self.out(F.silu(self.gate_layer(x)) * self.proj(x))


class OutputNorm(nn.Module):
    """The last LayerNorm, scaled by the timestep."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width, bias=False)
        self.eps = eps

    def forward(self, x: Tensor, temb: Tensor) -> Tensor:
        scale = self.linear(F.silu(temb))[:, None]
        return F.layer_norm(x, x.shape[-1:], eps=self.eps) * (1 + scale)


def lengths_of(mask: Tensor | None, text_tokens: int, image: Tensor) -> tuple[Tensor, Tensor | None]:
    """Valid text tokens of each row, (rows,), or of all in one; and what attention may see, (rows, 1, 1, tokens)."""
    if mask is None:
        return torch.full((1,), text_tokens, device=image.device), None
    return mask.sum(dim=1), F.pad(mask, (0, image.shape[1]), value=True)[:, None, None]
