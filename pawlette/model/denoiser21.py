"""The single-stream denoiser of Qwen-Image-2.1, also at the built-in model's small widths.

Knows nothing of prompts, schedules or guidance. State dicts of the diffusers class
`QwenImage21Transformer2DModel` load unchanged. Text stands before the image in one sequence: text is causal and
modulated as at sigma 0, so it does not depend on the step; the image sees everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model.config import read_config
from pawlette.model.denoiser_blocks import (
    RMSNorm,
    Rotation,
    TimestepEmbedder,
    centred_grid,
    check_axes,
    clipped,
    rotary_frequencies,
    rotate,
    rotation,
)


@dataclass(frozen=True, slots=True)
class Denoiser21Config:
    """Sizes, under the names of the checkpoint's config.json."""

    in_channels: int = 64
    out_channels: int = 64
    num_layers: int = 32
    attention_head_dim: int = 128
    num_attention_heads: int = 32
    context_in_dim: int = 4096
    mlp_ratio: int = 3
    axes_dims_rope: tuple[int, int, int] = (16, 56, 56)
    eps: float = 1e-6

    # Another value is another architecture.
    FIXED: ClassVar[Mapping[str, Any]] = {"patch_size": 1, "causal_condition": True}

    def __post_init__(self) -> None:
        check_axes(self.axes_dims_rope, self.attention_head_dim)

    @property
    def width(self) -> int:
        return self.num_attention_heads * self.attention_head_dim

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "Denoiser21Config":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        return read_config(cls, config, part="denoiser", fixed=cls.FIXED)


class Rope(nn.Module):
    """Angles for the joint sequence. Text counts 0, 1, 2 … on all three axes; the image's tokens share the
    next frame position and lie on a grid centred on zero, so the angles of a row depend on its own text length.
    """

    def __init__(self, axes: tuple[int, int, int]) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, lengths: Tensor, text_tokens: int, grid: tuple[int, int]) -> Rotation:
        """lengths: (rows,) valid text tokens of each row -> each (rows, tokens, 1, head_dim)."""
        device = lengths.device
        frame, row, column = (rotary_frequencies(dim, device) for dim in self.axes)
        text = torch.arange(text_tokens, device=device)
        text_angles = torch.cat([torch.outer(text, f) for f in (frame, row, column)], dim=-1)
        rows, columns = centred_grid(grid, device)
        spatial = torch.cat([torch.outer(rows, row), torch.outer(columns, column)], dim=-1)
        framed = (lengths[:, None].float() * frame)[:, None].expand(-1, len(rows), -1)
        image_angles = torch.cat([framed, spatial.expand(len(lengths), -1, -1)], dim=-1)
        angles = torch.cat([text_angles.expand(len(lengths), -1, -1), image_angles], dim=1)[:, :, None]
        return rotation(angles)


class TextProjection(nn.Module):
    """Text embeddings -> the denoiser's width."""

    def __init__(self, inputs: int, width: int, eps: float) -> None:
        super().__init__()
        self.text_norm = RMSNorm(inputs, eps, centred=True)
        self.in_layer = nn.Linear(inputs, width, bias=False)
        self.out_layer = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.out_layer(F.gelu(self.in_layer(self.text_norm(x)), approximate="tanh"))


class Attention(nn.Module):
    """Joint attention: text rows see earlier text only, image rows see all."""

    def __init__(self, config: Denoiser21Config) -> None:
        super().__init__()
        width = config.width
        self.head_dim = config.attention_head_dim
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(width, width, bias=False)
        self.to_v = nn.Linear(width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width, bias=False)])
        self.norm_q = RMSNorm(self.head_dim, config.eps)
        self.norm_k = RMSNorm(self.head_dim, config.eps)

    def forward(
        self, x: Tensor, text_tokens: int, turn: Rotation, visible: Tensor | None
    ) -> Tensor:  # visible: (batch, 1, 1, tokens), False at padding
        split = (-1, self.head_dim)
        q = rotate(self.norm_q(self.to_q(x).unflatten(-1, split)), *turn).transpose(1, 2)
        k = rotate(self.norm_k(self.to_k(x).unflatten(-1, split)), *turn).transpose(1, 2)
        v = self.to_v(x).unflatten(-1, split).transpose(1, 2)
        # Padding stands behind the text, where causal text rows never look: only the image needs the mask.
        text = F.scaled_dot_product_attention(
            q[:, :, :text_tokens], k[:, :, :text_tokens], v[:, :, :text_tokens], is_causal=True
        )
        image = F.scaled_dot_product_attention(q[:, :, text_tokens:], k, v, attn_mask=visible)
        # Joined behind the transposition, where each part's memory already lies as the next layer reads it.
        mixed = torch.cat([text.transpose(1, 2), image.transpose(1, 2)], dim=1)
        return self.to_out[0](mixed.flatten(-2))


class Modulation(NamedTuple):
    """What every block multiplies by, alike in all of them, so made once: each (batch, tokens, width)."""

    scale1: Tensor  # 1 + scale
    gate1: Tensor  # within -1 and 1
    scale2: Tensor
    gate2: Tensor

    @classmethod
    def of(cls, raw: Tensor, text_tokens: int, image_tokens: int) -> "Modulation":
        """raw: (batch + 1, 4 * width), one of each row's sigma and, last, that of sigma 0 for all text."""

        def spread(rows: Tensor) -> Tensor:
            text = rows[-1:, None].expand(len(rows) - 1, text_tokens, -1)
            return torch.cat([text, rows[:-1, None].expand(-1, image_tokens, -1)], dim=1)

        scale1, gate1, scale2, gate2 = raw.chunk(4, dim=-1)
        return cls(spread(1 + scale1), spread(gate1.tanh()), spread(1 + scale2), spread(gate2.tanh()))


class SwiGLU(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, hidden, bias=False)
        self.gate_layer = nn.Linear(width, hidden, bias=False)
        self.out = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(F.silu(self.gate_layer(x)) * self.proj(x))


class Block(nn.Module):
    """Attention and SwiGLU, each behind a plain LayerNorm, scaled and gated by the shared modulation."""

    def __init__(self, config: Denoiser21Config) -> None:
        super().__init__()
        self.eps = config.eps
        self.attn = Attention(config)
        self.img_mlp = SwiGLU(config.width, config.width * config.mlp_ratio)

    def forward(
        self, x: Tensor, modulation: Modulation, text_tokens: int, turn: Rotation, visible: Tensor | None
    ) -> Tensor:
        scale1, gate1, scale2, gate2 = modulation
        h = F.layer_norm(x, x.shape[-1:], eps=self.eps) * scale1
        x = x + gate1 * self.attn(h, text_tokens, turn, visible)
        h = F.layer_norm(x, x.shape[-1:], eps=self.eps) * scale2
        return clipped(x + gate2 * self.img_mlp(h))


class OutputNorm(nn.Module):
    """The last LayerNorm, scaled by the timestep."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width, bias=False)
        self.eps = eps

    def forward(self, x: Tensor, temb: Tensor) -> Tensor:
        scale = self.linear(F.silu(temb))[:, None]
        return F.layer_norm(x, x.shape[-1:], eps=self.eps) * (1 + scale)


class Denoiser21(nn.Module):
    """Predicts the velocity (noise - picture) of each row at its own sigma."""

    def __init__(self, config: Denoiser21Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.rope = Rope(config.axes_dims_rope)
        embedder = TimestepEmbedder(width, bias=False, scaled_first=True)
        self.time_text_embed = nn.ModuleDict({"timestep_embedder": embedder})
        self.txt_in = TextProjection(config.context_in_dim, width, config.eps)
        self.img_in = nn.Linear(config.in_channels, width, bias=False)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 4 * width, bias=False))
        self.transformer_blocks = nn.ModuleList([Block(config) for _ in range(config.num_layers)])
        self.norm_out = OutputNorm(width, config.eps)
        self.proj_out = nn.Linear(width, config.out_channels, bias=False)

    def forward(
        self,
        latents: Tensor,  # (batch, image tokens, in_channels)
        embeds: Tensor,  # (batch, text tokens, context_in_dim), padding behind the text
        sigmas: Tensor,  # (batch,) in [0, 1]
        grid: tuple[int, int],  # (height, width) of the image in tokens
        mask: Tensor | None = None,  # (batch, text tokens), True at text; None where nothing is padding
    ) -> Tensor:  # (batch, image tokens, out_channels)
        text_tokens = embeds.shape[1]
        text, image = self.txt_in(embeds), self.img_in(latents)
        temb = self.time_text_embed["timestep_embedder"](
            torch.cat([sigmas, sigmas.new_zeros(1)]), image.dtype
        )
        modulation = Modulation.of(self.modulation(temb), text_tokens, image.shape[1])
        if mask is None:
            lengths, visible = torch.full((1,), text_tokens, device=embeds.device), None
        else:
            lengths, visible = mask.sum(dim=1), F.pad(mask, (0, image.shape[1]), value=True)[:, None, None]
        turn = self.rope(lengths, text_tokens, grid)
        x = torch.cat([text, image], dim=1)
        for block in self.transformer_blocks:
            x = block(x, modulation, text_tokens, turn, visible)
        return self.proj_out(self.norm_out(x[:, text_tokens:], temb[:-1]))
