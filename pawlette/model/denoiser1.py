"""The dual-stream denoiser of Qwen-Image 1.x (Qwen-Image, -2512, Lightning).

Knows nothing of prompts, schedules, guidance or packing. State dicts of the diffusers class
`QwenImageTransformer2DModel` load unchanged. Text and image keep weights of their own and meet in one joint
attention, text first. Every operation of a row is its own: rows of a batch may have different sigmas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.model import fused
from pawlette.model.attention import Attend, Summed, masked
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
    stacked,
    widened,
)
from pawlette.model.fp8 import Fp8Linear, Rows

EPS = 1e-6  # of every norm


@dataclass(frozen=True, slots=True)
class Denoiser1Config:
    """Sizes, under the names of the checkpoint's config.json."""

    patch_size: int = 2
    in_channels: int = 64
    out_channels: int = 16
    num_layers: int = 60
    attention_head_dim: int = 128
    num_attention_heads: int = 24
    joint_attention_dim: int = 3584
    axes_dims_rope: tuple[int, int, int] = (16, 56, 56)

    # Settings of layered, editing and guidance-distilled relatives: another value is another architecture.
    FIXED: ClassVar[Mapping[str, Any]] = {
        "guidance_embeds": False,
        "zero_cond_t": False,
        "use_additional_t_cond": False,
        "use_layer3d_rope": False,
    }
    # The first published config.json still carries it; no weight depends on it.
    UNUSED: ClassVar[tuple[str, ...]] = ("pooled_projection_dim",)

    def __post_init__(self) -> None:
        check_axes(self.axes_dims_rope, self.attention_head_dim)

    @property
    def width(self) -> int:
        return self.num_attention_heads * self.attention_head_dim

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "Denoiser1Config":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        return read_config(cls, config, part="denoiser", fixed=cls.FIXED, unused=cls.UNUSED)


def axis_angles(positions: Tensor, dim: int) -> Tensor:
    """(tokens,) -> (tokens, dim / 2): each position times falling frequencies."""
    return torch.outer(positions.float(), rotary_frequencies(dim, positions.device))


def rotation_at(
    where: tuple[Tensor, Tensor, Tensor], axes: tuple[int, int, int], device: torch.device
) -> Rotation:
    """At (frame, row, column) positions, each (tokens,), whose shares of a head's channels are `axes`: each
    (tokens, 1, head_dim)."""
    angles = torch.cat([axis_angles(*pair) for pair in zip(where, axes, strict=True)], dim=-1)[:, None]
    own, partners = rotation(angles)
    return own.to(device), partners.to(device)


# The tables are made on the CPU, so that they do not depend on the card. Both caches are bounded, since sizes
# and lengths vary over a long run. Made outside inference mode, they serve training as well as drawing.
@lru_cache(maxsize=16)
@torch.inference_mode(mode=False)
def image_rotation(grid: tuple[int, int], axes: tuple[int, int, int], device: torch.device) -> Rotation:
    """Image tokens all stand at frame 0, on rows and columns centred on zero."""
    rows, columns = centred_grid(grid, torch.device("cpu"))
    return rotation_at((torch.zeros_like(rows), rows, columns), axes, device)


@lru_cache(maxsize=64)
@torch.inference_mode(mode=False)
def text_rotation(start: int, tokens: int, axes: tuple[int, int, int], device: torch.device) -> Rotation:
    """Text tokens count on from `start`, alike on all three axes."""
    where = torch.arange(start, start + tokens, device="cpu")
    return rotation_at((where, where, where), axes, device)


def joint_rotation(
    text_tokens: int, grid: tuple[int, int], axes: tuple[int, int, int], device: torch.device
) -> Rotation:
    """For the sequence [text, image]. Text starts where the grid's longer side ends, whatever its own length:
    a row's angles are those of its single run, however much padding follows its text.
    """
    text = text_rotation(max(grid[0] // 2, grid[1] // 2), text_tokens, axes, device)
    image = image_rotation(grid, axes, device)
    return torch.cat([text[0], image[0]]), torch.cat([text[1], image[1]])


class JointAttention(nn.Module):
    """Text and image attend to all tokens of both, each through projections of its own."""

    def __init__(self, width: int, head_dim: int) -> None:
        super().__init__()
        self.head_dim = head_dim
        # The image's.
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, width) for _ in range(3))
        self.norm_q, self.norm_k = RMSNorm(head_dim, EPS), RMSNorm(head_dim, EPS)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])
        # The text's.
        self.add_q_proj, self.add_k_proj, self.add_v_proj = (nn.Linear(width, width) for _ in range(3))
        self.norm_added_q, self.norm_added_k = RMSNorm(head_dim, EPS), RMSNorm(head_dim, EPS)
        self.to_add_out = nn.Linear(width, width)
        # The two threes as one matrix each, once `pack` was called.
        self.to_qkv: nn.Module | None = None
        self.to_added_qkv: nn.Module | None = None
        self.attend: Attend = masked
        self.summed: Summed | None = None  # what our own kernels attend with, once they are switched on

    def pack(self) -> None:
        """Let one multiplication make query, key and value: the same rows of weights, stacked."""
        self.to_qkv = stacked(self.to_q, self.to_k, self.to_v)
        self.to_added_qkv = stacked(self.add_q_proj, self.add_k_proj, self.add_v_proj)
        del self.to_q, self.to_k, self.to_v, self.add_q_proj, self.add_k_proj, self.add_v_proj

    def projected(self, text: Rows, image: Rows) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Query, key and value of each stream."""
        if self.to_qkv is not None and self.to_added_qkv is not None:
            return self.to_added_qkv(text).chunk(3, dim=-1), self.to_qkv(image).chunk(3, dim=-1)
        of_text = self.add_q_proj(text), self.add_k_proj(text), self.add_v_proj(text)
        return of_text, (self.to_q(image), self.to_k(image), self.to_v(image))

    def heads(self, x: Tensor) -> Tensor:  # (batch, tokens, heads, head_dim)
        return x.unflatten(-1, (-1, self.head_dim))

    def by_own_kernels(
        self, text: Tensor, image: Tensor, summed: Summed, turn: Rotation, visible: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """From packed projections on, by our own kernels."""
        gains = [norm.weight for norm in (self.norm_added_q, self.norm_added_k, self.norm_q, self.norm_k)]
        q, k, v = fused.joint_heads(text, image, gains, *turn, visible, EPS)
        rounds = isinstance(self.to_out[0], Fp8Linear) and isinstance(self.to_add_out, Fp8Linear)
        spans = [(0, text.shape[1]), (text.shape[1], image.shape[1])]
        of_text, of_image = fused.attended(q, k, v, visible, summed, spans, rounds=rounds)
        return self.to_add_out(of_text), self.to_out[0](of_image)

    def forward(
        self,
        text: Rows,
        image: Rows,
        turn: Rotation,
        visible: Tensor | None,
    ) -> tuple[Tensor, Tensor]:  # visible: (batch, 1, 1, tokens), False at padding
        if self.summed is not None and self.to_qkv is not None and self.to_added_qkv is not None:
            return self.by_own_kernels(
                self.to_added_qkv(text), self.to_qkv(image), self.summed, turn, visible
            )
        of_text, of_image = self.projected(text, image)
        text_q, text_k, text_v = map(self.heads, of_text)
        image_q, image_k, image_v = map(self.heads, of_image)
        q, v = [self.norm_added_q(text_q), self.norm_q(image_q)], [text_v, image_v]
        k = [self.norm_added_k(text_k), self.norm_k(image_k)]
        mixed = self.attend(
            rotate(torch.cat(q, dim=1), *turn).transpose(1, 2),
            rotate(torch.cat(k, dim=1), *turn).transpose(1, 2),
            torch.cat(v, dim=1).transpose(1, 2),
            visible,
        )
        mixed = mixed.transpose(1, 2).flatten(2)
        tokens = of_text[0].shape[1]
        return self.to_add_out(mixed[:, :tokens]), self.to_out[0](mixed[:, tokens:])


class GELUProjection(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.proj = nn.Linear(inputs, outputs)
        self.fused = False  # with the multiplication, once that is switched on

    def forward(self, x: Rows) -> Tensor:
        if self.fused and isinstance(x, Tensor) and x.is_cuda and isinstance(self.proj, nn.Linear):
            # The library that multiplies has an epilogue for this very function: the same sum, rounded once less.
            rows = torch._addmm_activation(
                self.proj.bias, x.flatten(0, -2), self.proj.weight.t(), use_gelu=True
            )
            return rows.unflatten(0, x.shape[:-1])
        return F.gelu(self.proj(x), approximate="tanh")


class MLP(nn.Module):
    """Four times wider inside. `net.1` stands for the published class's dropout, so that names agree."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(GELUProjection(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width))

    def forward(self, x: Rows) -> Tensor:
        return self.net(x)


def modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], eps=EPS) * (1 + scale) + shift


class Stream(NamedTuple):
    """What the timestep does to the text or to the image in one block: each (batch, 1, width)."""

    shift1: Tensor
    scale1: Tensor
    gate1: Tensor
    shift2: Tensor
    scale2: Tensor
    gate2: Tensor


class Block(nn.Module):
    """Joint attention, then an MLP for each stream, all shifted, scaled and gated by the timestep.

    `img_mod` and `txt_mod` read the timestep alone: (batch, width) -> (batch, 6 * width). Where a table holds what
    they make, they are not there. The streams may be wider than the matrices: float32 beside float16.
    """

    def __init__(self, config: Denoiser1Config) -> None:
        super().__init__()
        width = config.width
        self.img_mod = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.txt_mod = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.attn = JointAttention(width, config.attention_head_dim)
        self.img_mlp = MLP(width)
        self.txt_mlp = MLP(width)
        self.fused = False  # norms by our own kernels, once they are switched on

    def forward(
        self, text: Tensor, image: Tensor, temb: Tensor, turn: Rotation, visible: Tensor | None,
        made: Tensor | None = None,  # (batch, 2, 6 * width): the image's and the text's modulation, from a table
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        dtype = temb.dtype  # the matrices'
        img, txt = (self.img_mod(temb), self.txt_mod(temb)) if made is None else made.unbind(1)
        img_stream = Stream(*img[:, None].to(image.dtype).chunk(6, dim=-1))
        txt_stream = Stream(*txt[:, None].to(text.dtype).chunk(6, dim=-1))
        txt_mixed, img_mixed = self.attn(
            self.normed(text, txt_stream, dtype, self.attn.to_added_qkv),
            self.normed(image, img_stream, dtype, self.attn.to_qkv),
            turn,
            visible,
        )
        image = self.fed(image, img_mixed, img_stream, dtype, self.img_mlp)
        text = self.fed(text, txt_mixed, txt_stream, dtype, self.txt_mlp)
        return clipped(text), clipped(image)

    def normed(self, x: Tensor, by: Stream, dtype: torch.dtype, reader: nn.Module | None) -> Rows:
        """For the matrix that reads it."""
        if self.fused:
            return fused.normed_rows(
                x, by.scale1, by.shift1, EPS, one=True, rounds=isinstance(reader, Fp8Linear)
            )
        return modulated(x, by.shift1, by.scale1).to(dtype)

    def fed(self, x: Tensor, mixed: Tensor, by: Stream, dtype: torch.dtype, mlp: MLP) -> Tensor:
        """The second half, behind what attention made."""
        if self.fused:
            rounds = isinstance(mlp.net[0].proj, Fp8Linear)
            x, y = fused.added_rows(x, mixed, by.gate1, by.scale2, by.shift2, EPS, one=True, rounds=rounds)
            return x + by.gate2 * mlp(y)
        x = x + by.gate1 * mixed
        return x + by.gate2 * mlp(modulated(x, by.shift2, by.scale2).to(dtype))


class OutputNorm(nn.Module):
    """The last LayerNorm, scaled and shifted by the timestep."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 2 * width)

    def forward(self, x: Tensor, temb: Tensor) -> Tensor:
        scale, shift = self.linear(F.silu(temb))[:, None].chunk(2, dim=-1)
        return modulated(x, shift, scale)


class Denoiser1(nn.Module):
    """Predicts the velocity (noise - picture) of each row at its own sigma."""

    def __init__(self, config: Denoiser1Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        embedder = TimestepEmbedder(width, bias=True, scaled_first=False)
        self.time_text_embed = nn.ModuleDict({"timestep_embedder": embedder})
        self.txt_norm = RMSNorm(config.joint_attention_dim, EPS)
        self.img_in = nn.Linear(config.in_channels, width)
        self.txt_in = nn.Linear(config.joint_attention_dim, width)
        self.transformer_blocks = nn.ModuleList([Block(config) for _ in range(config.num_layers)])
        self.norm_out = OutputNorm(width)
        self.proj_out = nn.Linear(width, config.patch_size**2 * config.out_channels)
        self.stream_dtype: torch.dtype | None = None  # None: the weights'

    def turn(self, text_tokens: int, grid: tuple[int, int], device: torch.device) -> Rotation:
        """The angles of a whole sequence; a recorded forward is given them, since it may not make them."""
        return joint_rotation(text_tokens, grid, self.config.axes_dims_rope, device)

    def forward(
        self,
        latents: Tensor,  # (batch, image tokens, in_channels)
        embeds: Tensor,  # (batch, text tokens, joint_attention_dim), padding behind the text
        sigmas: Tensor,  # (batch,) in [0, 1]
        grid: tuple[int, int],  # (height, width) of the image in tokens
        mask: Tensor | None = None,  # (batch, text tokens), True at text; None where nothing is padding
        made: Tensor | None = None,  # (batch, layers, 2, 6 * width): the blocks' modulation, from a table
        turn: Rotation | None = None,  # None: made here
    ) -> Tensor:  # (batch, image tokens, patch_size**2 * out_channels)
        image = self.img_in(latents)
        text = self.txt_in(self.txt_norm(embeds))
        temb = self.time_text_embed["timestep_embedder"](sigmas, image.dtype)
        turn = turn or self.turn(embeds.shape[1], grid, image.device)
        visible = None if mask is None else F.pad(mask, (0, image.shape[1]), value=True)[:, None, None]
        text, image = widened(text, self.stream_dtype), widened(image, self.stream_dtype)
        for layer, block in enumerate(self.transformer_blocks):
            text, image = block(text, image, temb, turn, visible, None if made is None else made[:, layer])
        return self.proj_out(self.norm_out(image, temb).to(temb.dtype))
