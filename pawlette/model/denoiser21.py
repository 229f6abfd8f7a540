"""The single-stream denoiser of Qwen-Image-2.1, also at the built-in model's small widths.

Knows nothing of prompts, schedules or guidance. State dicts of the diffusers class
`QwenImage21Transformer2DModel` load unchanged. Text stands before the image in one sequence: text is causal and
modulated as at sigma 0, so it does not depend on the step; the image sees everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model import fused
from pawlette.model.attention import Attend, Summed, masked
from pawlette.model.config import read_config
from pawlette.model.denoiser21_parts import Modulation, OutputNorm, Rope, SwiGLU, TextProjection, lengths_of
from pawlette.model.denoiser_blocks import (
    RMSNorm,
    Rotation,
    TimestepEmbedder,
    check_axes,
    clipped,
    rotate,
    rotation,
    stacked,
    widened,
)
from pawlette.model.fp8 import Fp8Linear, Rows


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
        self.to_qkv: nn.Module | None = None  # the first three as one matrix, once `pack` was called
        self.attend: Attend = masked
        self.summed: Summed | None = None  # what our own kernels attend with, once they are switched on

    def pack(self) -> None:
        """Let one multiplication make query, key and value: the same rows of weights, stacked."""
        self.to_qkv = stacked(self.to_q, self.to_k, self.to_v)
        del self.to_q, self.to_k, self.to_v

    def heads(self, x: Rows, turn: Rotation) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value, each (batch, heads, tokens, head_dim)."""
        if self.to_qkv is not None:
            q, k, v = self.to_qkv(x).chunk(3, dim=-1)
        else:
            q, k, v = self.to_q(x), self.to_k(x), self.to_v(x)
        split = (-1, self.head_dim)
        q = rotate(self.norm_q(q.unflatten(-1, split)), *turn).transpose(1, 2)
        k = rotate(self.norm_k(k.unflatten(-1, split)), *turn).transpose(1, 2)
        return q, k, v.unflatten(-1, split).transpose(1, 2)

    def read(self, text: Rows, turn: Rotation) -> tuple[Tensor, Tensor]:
        """The text alone -> what attention makes of it, and its keys and values (batch, 2, heads, tokens, head_dim)."""
        q, k, v = self.heads(text, turn)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.to_out[0](mixed.transpose(1, 2).flatten(-2)), torch.stack([k, v], dim=1)

    def forward(
        self,
        x: Rows,
        text_tokens: int,
        turn: Rotation,
        visible: Tensor | None,
        prefix: Tensor | None = None,
    ) -> Tensor:  # visible: (batch, 1, 1, tokens), False at padding; prefix: the text's, as `read` makes it
        if prefix is not None and self.summed is not None and self.to_qkv is not None:
            gains, eps = (self.norm_q.weight, self.norm_k.weight), self.norm_q.eps
            q, k, v = fused.heads_behind(self.to_qkv(x), prefix, *gains, *turn, visible, eps)
            (image,) = fused.attended(
                q, k, v, visible, self.summed, [(0, q.shape[1])], rounds=isinstance(self.to_out[0], Fp8Linear)
            )
            return self.to_out[0](image)
        q, k, v = self.heads(x, turn)
        if prefix is not None:  # x is the image alone
            text_k, text_v = prefix.unbind(1)
            k, v = torch.cat([text_k, k], dim=2), torch.cat([text_v, v], dim=2)
            image = self.attend(q, k, v, visible)
            return self.to_out[0](image.transpose(1, 2).flatten(-2))
        # Padding stands behind the text, where causal text rows never look: only the image needs the mask.
        text = F.scaled_dot_product_attention(
            q[:, :, :text_tokens], k[:, :, :text_tokens], v[:, :, :text_tokens], is_causal=True
        )
        image = self.attend(q[:, :, text_tokens:], k, v, visible)
        # Joined behind the transposition, where each part's memory already lies as the next layer reads it.
        mixed = torch.cat([text.transpose(1, 2), image.transpose(1, 2)], dim=1)
        return self.to_out[0](mixed.flatten(-2))


class Block(nn.Module):
    """Attention and SwiGLU, each behind a plain LayerNorm, scaled and gated by the shared modulation.

    The stream may be wider than the matrices, whose precision the modulation has: float32 beside float16.
    """

    def __init__(self, config: Denoiser21Config) -> None:
        super().__init__()
        self.eps = config.eps
        self.attn = Attention(config)
        self.img_mlp = SwiGLU(config.width, config.width * config.mlp_ratio)
        self.fused = False  # norms by our own kernels, once they are switched on

    def normed(self, x: Tensor, scale: Tensor, reader: nn.Module | None) -> Rows:
        """For the matrix that reads it."""
        if self.fused and scale.shape[1] == 1:
            return fused.normed_rows(
                x, scale, None, self.eps, one=False, rounds=isinstance(reader, Fp8Linear)
            )
        return (F.layer_norm(x, x.shape[-1:], eps=self.eps) * scale).to(scale.dtype)

    def fed(self, x: Tensor, mixed: Tensor, modulation: Modulation) -> Tensor:
        """The second half, behind what attention made."""
        scale, reader = modulation.scale2, self.img_mlp.gate_up
        if self.fused and scale.shape[1] == 1:
            x, y = fused.added_rows(
                x, mixed, modulation.gate1, scale, None, self.eps, one=False, rounds=isinstance(reader, Fp8Linear)
            )  # fmt: skip
            mixed = self.img_mlp(y)
        else:
            x = x + modulation.gate1.to(x.dtype) * mixed
            mixed = self.img_mlp(self.normed(x, scale, reader))
        return clipped(x + modulation.gate2.to(x.dtype) * mixed)

    def read(self, text: Tensor, modulation: Modulation, turn: Rotation) -> tuple[Tensor, Tensor]:
        """The text alone -> the next block's text, and its keys and values (batch, 2, heads, tokens, head_dim)."""
        mixed, prefix = self.attn.read(self.normed(text, modulation.scale1, self.attn.to_qkv), turn)
        return self.fed(text, mixed, modulation), prefix

    def forward(
        self, x: Tensor, modulation: Modulation, text_tokens: int, turn: Rotation, visible: Tensor | None,
        prefix: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        mixed = self.attn(
            self.normed(x, modulation.scale1, self.attn.to_qkv), text_tokens, turn, visible, prefix
        )
        return self.fed(x, mixed, modulation)


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
        self.stream_dtype: torch.dtype | None = None  # None: the weights'

    def read(self, embeds: Tensor) -> Tensor:
        """(batch, text tokens, context_in_dim), padding behind the text -> the keys and values that every step uses:
        (batch, layers, 2, heads, text tokens, head_dim).

        Text is modulated as at sigma 0 and never looks at the image or at later text: neither the step nor the
        padding changes them.
        """
        text = self.txt_in(embeds)
        temb = self.embedded(text.new_zeros(1, dtype=torch.float32), text.dtype)
        modulation = Modulation.of(self.modulation(temb))
        turn = rotation(self.rope.text_angles(text.shape[1], text.device)[None, :, None])
        text, prefixes = widened(text, self.stream_dtype), []
        block: Any
        for block in self.transformer_blocks:
            text, prefix = block.read(text, modulation, turn)
            prefixes.append(prefix)
        return torch.stack(prefixes, dim=1)

    def forward_behind(
        self,
        latents: Tensor,  # (batch, image tokens, in_channels)
        prefix: Tensor,  # (batch, layers, 2, heads, text tokens, head_dim), from `read`
        sigmas: Tensor,  # (batch,) in [0, 1]
        grid: tuple[int, int],  # (height, width) of the image in tokens
        mask: Tensor | None = None,  # (batch, text tokens), True at text; None where nothing is padding
    ) -> Tensor:  # (batch, image tokens, out_channels)
        """As `forward`, for the image alone, behind a text that was read before."""
        image = self.img_in(latents)
        temb, modulation, turn, visible = self.shared(image, sigmas, prefix.shape[-2], grid, mask)
        image = widened(image, self.stream_dtype)
        for layer, block in enumerate(self.transformer_blocks):
            image = block(image, modulation, 0, turn, visible, prefix[:, layer])
        return self.proj_out(self.norm_out(image, temb).to(temb.dtype))

    def shared(
        self, image: Tensor, sigmas: Tensor, text_tokens: int, grid: tuple[int, int], mask: Tensor | None
    ) -> tuple[Tensor, Modulation, Rotation, Tensor | None]:
        """What every block behind a prefix is given: the timestep's vectors, the modulation, the image's angles, and
        what attention may see. Dozens of small operations, so that the compiler takes them as one."""
        temb = self.embedded(sigmas, image.dtype)
        lengths, visible = lengths_of(mask, text_tokens, image)
        turn = rotation(self.rope.image_angles(lengths, grid)[:, :, None])
        return temb, Modulation.of(self.modulation(temb)), turn, visible

    def embedded(self, sigmas: Tensor, dtype: torch.dtype) -> Tensor:
        """(batch,) -> (batch, width)."""
        return self.time_text_embed["timestep_embedder"](sigmas, dtype)

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
        temb = self.embedded(torch.cat([sigmas, sigmas.new_zeros(1)]), image.dtype)
        modulation = Modulation.of(self.modulation(temb)).joint(text_tokens, image.shape[1])
        lengths, visible = lengths_of(mask, text_tokens, image)
        turn = self.rope(lengths, text_tokens, grid)
        x = widened(torch.cat([text, image], dim=1), self.stream_dtype)
        for block in self.transformer_blocks:
            x = block(x, modulation, text_tokens, turn, visible)
        return self.proj_out(self.norm_out(x[:, text_tokens:], temb[:-1]).to(temb.dtype))
