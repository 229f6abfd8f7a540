"""The single-stream denoiser of Qwen-Image-2.1, also at the built-in model's small widths.

Knows nothing of prompts, schedules or guidance. State dicts of the diffusers class
`QwenImage21Transformer2DModel` load unchanged. Text stands before the image in one sequence: text is causal and
modulated as at sigma 0, so it does not depend on the step; the image sees everything.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel

TIMESTEP_WIDTH = 256  # channels of the sinusoidal timestep features
THETA = 10_000.0  # base of the rotary frequencies


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

    FIXED = {"patch_size": 1, "causal_condition": True}  # another value is another architecture

    def __post_init__(self) -> None:
        if sum(self.axes_dims_rope) != self.attention_head_dim or any(d % 2 for d in self.axes_dims_rope):
            raise BadModel(
                f"axes_dims_rope are even and sum to attention_head_dim ({self.attention_head_dim}); "
                f"got {self.axes_dims_rope}"
            )

    @property
    def width(self) -> int:
        return self.num_attention_heads * self.attention_head_dim

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "Denoiser21Config":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        given = {key: value for key, value in config.items() if not key.startswith("_")}
        for key, fixed in cls.FIXED.items():
            if given.pop(key, fixed) != fixed:
                raise BadModel(f"denoiser config: {key} must be {fixed!r}, got {config[key]!r}")
        known = {field.name for field in fields(cls)}
        if unknown := sorted(given.keys() - known):
            raise BadModel(f"denoiser config: unknown key {unknown[0]!r}")
        if missing := sorted(known - given.keys()):
            raise BadModel(f"denoiser config: {missing[0]!r} is missing")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()})


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


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each neighbouring pair of channels by its angle: RoPE in real numbers (arXiv 2104.09864, eq. 34).

    x: (batch, tokens, heads, head_dim); cos, sin: (batch or 1, tokens, 1, head_dim / 2).
    """
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
    return turned.flatten(-2).to(x.dtype)


@lru_cache(maxsize=16)
def grid_positions(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Row and column of each image token, centred on zero: two (height * width,) tensors."""
    rows = torch.arange(height, device=device) - (height - height // 2)
    columns = torch.arange(width, device=device) - (width - width // 2)
    return rows.repeat_interleave(width), columns.repeat(height)


class Rope(nn.Module):
    """Angles for the joint sequence. Text counts 0, 1, 2 … on all three axes; the image's tokens share the
    next frame position and lie on a grid centred on zero, so the angles of a row depend on its own text length.
    """

    def __init__(self, axes: tuple[int, int, int]) -> None:
        super().__init__()
        self.axes = axes

    def frequencies(self, device: torch.device) -> list[Tensor]:
        return [
            1.0 / torch.pow(THETA, torch.arange(0, dim, 2, device=device, dtype=torch.float32) / dim)
            for dim in self.axes
        ]

    def forward(self, lengths: Tensor, text_tokens: int, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """lengths: (rows,) valid text tokens of each row -> cos, sin, each (rows, tokens, 1, head_dim / 2)."""
        device = lengths.device
        frame, row, column = self.frequencies(device)
        text = torch.arange(text_tokens, device=device)
        text_angles = torch.cat([torch.outer(text, f) for f in (frame, row, column)], dim=-1)
        rows, columns = grid_positions(*grid, device)
        spatial = torch.cat([torch.outer(rows, row), torch.outer(columns, column)], dim=-1)
        framed = (lengths[:, None].float() * frame)[:, None].expand(-1, len(rows), -1)
        image_angles = torch.cat([framed, spatial.expand(len(lengths), -1, -1)], dim=-1)
        angles = torch.cat([text_angles.expand(len(lengths), -1, -1), image_angles], dim=1)[:, :, None]
        return angles.cos(), angles.sin()


def timestep_features(sigmas: Tensor) -> Tensor:
    """(rows,) in [0, 1] -> (rows, 256): cosines, then sines, of 1000 sigma (arXiv 1706.03762, section 3.5)."""
    half = TIMESTEP_WIDTH // 2
    steps = torch.arange(half, device=sigmas.device, dtype=torch.float32)
    angles = (1000.0 * sigmas.float())[:, None] * torch.exp(-math.log(THETA) * steps / half)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class TimestepEmbedder(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(TIMESTEP_WIDTH, width, bias=False)
        self.linear_2 = nn.Linear(width, width, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear_2(F.silu(self.linear_1(features)))


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
        self, x: Tensor, text_tokens: int, cos: Tensor, sin: Tensor, visible: Tensor | None
    ) -> Tensor:  # visible: (batch, 1, 1, tokens), False at padding
        split = (-1, self.head_dim)
        q = rotate(self.norm_q(self.to_q(x).unflatten(-1, split)), cos, sin).transpose(1, 2)
        k = rotate(self.norm_k(self.to_k(x).unflatten(-1, split)), cos, sin).transpose(1, 2)
        v = self.to_v(x).unflatten(-1, split).transpose(1, 2)
        # Padding stands behind the text, where causal text rows never look: only the image needs the mask.
        text = F.scaled_dot_product_attention(
            q[:, :, :text_tokens], k[:, :, :text_tokens], v[:, :, :text_tokens], is_causal=True
        )
        image = F.scaled_dot_product_attention(q[:, :, text_tokens:], k, v, attn_mask=visible)
        return self.to_out[0](torch.cat([text, image], dim=2).transpose(1, 2).flatten(-2))


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
        self, x: Tensor, modulation: Tensor, text_tokens: int, cos: Tensor, sin: Tensor, visible: Tensor | None
    ) -> Tensor:
        scale1, gate1, scale2, gate2 = modulation.chunk(4, dim=-1)
        h = F.layer_norm(x, x.shape[-1:], eps=self.eps) * (1 + scale1)
        x = x + gate1.tanh() * self.attn(h, text_tokens, cos, sin, visible)
        h = F.layer_norm(x, x.shape[-1:], eps=self.eps) * (1 + scale2)
        x = x + gate2.tanh() * self.img_mlp(h)
        return x.clip(-65504, 65504) if x.dtype == torch.float16 else x


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
        self.time_text_embed = nn.ModuleDict({"timestep_embedder": TimestepEmbedder(width)})
        self.txt_in = TextProjection(config.context_in_dim, width, config.eps)
        self.img_in = nn.Linear(config.in_channels, width, bias=False)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 4 * width, bias=False))
        self.transformer_blocks = nn.ModuleList([Block(config) for _ in range(config.num_layers)])
        self.norm_out = OutputNorm(width, config.eps)
        self.proj_out = nn.Linear(width, config.out_channels, bias=False)

    def embed_timestep(self, sigmas: Tensor, dtype: torch.dtype) -> Tensor:
        # The published model rounds sigma to the latents' dtype before it makes the features: copy that.
        features = timestep_features(sigmas.to(dtype)).to(dtype)
        return self.time_text_embed["timestep_embedder"](features)

    def forward(
        self,
        latents: Tensor,  # (batch, image tokens, in_channels)
        embeds: Tensor,  # (batch, text tokens, context_in_dim), padding behind the text
        sigmas: Tensor,  # (batch,) in [0, 1]
        grid: tuple[int, int],  # (height, width) of the image in tokens
        mask: Tensor | None = None,  # (batch, text tokens), True at text; None where nothing is padding
    ) -> Tensor:  # (batch, image tokens, out_channels)
        batch, text_tokens = embeds.shape[:2]
        text, image = self.txt_in(embeds), self.img_in(latents)
        temb = self.embed_timestep(torch.cat([sigmas, sigmas.new_zeros(1)]), image.dtype)
        modulation = self.modulation(temb)[:, None]
        per_token = torch.cat(
            [modulation[-1:].expand(batch, text_tokens, -1), modulation[:-1].expand(-1, image.shape[1], -1)], dim=1
        )
        lengths = (
            torch.full((1,), text_tokens, device=embeds.device) if mask is None else mask.sum(dim=1)
        )
        cos, sin = self.rope(lengths, text_tokens, grid)
        visible = None
        if mask is not None:
            visible = F.pad(mask, (0, image.shape[1]), value=True)[:, None, None]
        x = torch.cat([text, image], dim=1)
        for block in self.transformer_blocks:
            x = block(x, per_token, text_tokens, cos, sin, visible)
        return self.proj_out(self.norm_out(x[:, text_tokens:], temb[:-1]))
