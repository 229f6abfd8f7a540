"""The language tower of the Qwen vision-language models that prompts are read with: token ids in, last states out.

Knows no tokenizer, no template and no pictures. State dicts of transformers' `Qwen2_5_VLTextModel` and
`Qwen3VLTextModel`, its plain twins, load unchanged. Where all tokens are text, the three axes of their positions are
one, so that the rotation is the plain one; attention is causal, so that padding behind a text needs no mask.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel
from pawlette.model.denoiser_blocks import RMSNorm

KINDS = {
    "qwen2_5_vl": 1e-5,
    "qwen3_vl": 1e-6,
}  # model_type in config.json -> rms_norm_eps where that does not say
SIZES = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "head_dim",
)  # fmt: skip
# Another value is another architecture; where a key is missing, these are what it means.
FIXED = {"hidden_act": "silu", "attention_bias": False, "use_sliding_window": False}
PLAIN_ROPE = ("default", "mrope")


@dataclass(frozen=True, slots=True)
class TowerConfig:
    """Sizes, under the names of the checkpoint's config.json. `normed`: queries and keys are (qwen3_vl), or are
    made with a bias (qwen2_5_vl).
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    rms_norm_eps: float
    rope_theta: float
    normed: bool

    def __post_init__(self) -> None:
        for name in (*SIZES, "rms_norm_eps", "rope_theta"):
            value, kinds = getattr(self, name), (int,) if name in SIZES else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not value > 0:
                raise BadModel(f"text encoder config: {name} must be a positive number, got {value!r}")
        if self.num_attention_heads % self.num_key_value_heads:
            raise BadModel(
                f"text encoder config: {self.num_attention_heads} heads cannot share {self.num_key_value_heads} keys"
            )
        if self.head_dim % 2:
            raise BadModel(f"text encoder config: head_dim must be even, got {self.head_dim}")

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "TowerConfig":
        """Read a config.json, of the tower alone or of the whole model; raises BadModel naming the key."""
        kind = str(config.get("model_type")).removesuffix("_text")
        if kind not in KINDS:
            raise BadModel(f"model_type is one of {', '.join(KINDS)}, got {kind!r}")
        text = config.get("text_config") or config  # older files of the whole model have no such part
        if not isinstance(text, Mapping):
            raise BadModel(f"text encoder config: text_config must be an object, got {text!r}")
        for key, value in FIXED.items():
            if text.get(key, value) != value:
                raise BadModel(f"text encoder config: {key} must be {value!r}, got {text[key]!r}")
        sizes: dict[str, Any] = {name: text.get(name) for name in SIZES if name != "head_dim"}
        if missing := next((name for name, value in sizes.items() if value is None), None):
            raise BadModel(f"text encoder config: {missing!r} is missing")
        return cls(**sizes, head_dim=_head_dim(text), rms_norm_eps=text.get("rms_norm_eps", KINDS[kind]),
                   rope_theta=_theta(text), normed=kind == "qwen3_vl")  # fmt: skip


def _head_dim(text: Mapping[str, Any]) -> Any:
    """As large as the width allows, where the file does not say."""
    width, heads = text["hidden_size"], text["num_attention_heads"]
    return text.get("head_dim") or (
        width // heads if isinstance(width, int) and isinstance(heads, int) and heads else 0
    )


def _theta(text: Mapping[str, Any]) -> Any:
    """The slowest rotation's base, as files of two ages have it."""
    rope = text.get("rope_parameters") or text.get("rope_scaling") or {}
    if not isinstance(rope, Mapping):
        raise BadModel(f"text encoder config: rope_parameters must be an object, got {rope!r}")
    if (kind := rope.get("rope_type", rope.get("type", "default"))) not in PLAIN_ROPE:
        raise BadModel(f"text encoder config: rope_type is one of {', '.join(PLAIN_ROPE)}, got {kind!r}")
    theta = rope.get("rope_theta", text.get("rope_theta"))
    if theta is None:
        raise BadModel("text encoder config: 'rope_theta' is missing")
    return theta


class Attention(nn.Module):
    """Causal, with several queries to a key."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        width, self.head_dim = config.hidden_size, config.head_dim
        queries, keys = (
            heads * self.head_dim for heads in (config.num_attention_heads, config.num_key_value_heads)
        )
        self.q_proj = nn.Linear(width, queries, bias=not config.normed)
        self.k_proj = nn.Linear(width, keys, bias=not config.normed)
        self.v_proj = nn.Linear(width, keys, bias=not config.normed)
        self.o_proj = nn.Linear(queries, width, bias=False)
        self.normed, self.grouped = config.normed, queries != keys
        if config.normed:
            self.q_norm = RMSNorm(self.head_dim, config.rms_norm_eps)
            self.k_norm = RMSNorm(self.head_dim, config.rms_norm_eps)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor
    ) -> Tensor:  # (texts, tokens, width); (tokens, head_dim)
        q, k, v = (
            project(x).unflatten(-1, (-1, self.head_dim))
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        if self.normed:
            q, k = self.q_norm(q), self.k_norm(k)
        q, k = turned(q.transpose(1, 2), cos, sin), turned(k.transpose(1, 2), cos, sin)
        mixed = F.scaled_dot_product_attention(
            q, k, v.transpose(1, 2), is_causal=True, enable_gqa=self.grouped
        )
        out: Tensor = self.o_proj(mixed.transpose(1, 2).flatten(-2))
        return out


class FeedForward(nn.Module):
    """A gated one (arXiv 2002.05202, SwiGLU)."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        width, hidden = config.hidden_size, config.intermediate_size
        self.gate_proj = nn.Linear(width, hidden, bias=False)
        self.up_proj = nn.Linear(width, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Layer(nn.Module):
    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = FeedForward(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Tower(nn.Module):
    """(texts, tokens) of ids -> the last states, (texts, tokens, width)."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm: nn.Module = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embed_tokens(ids)
        cos, sin = self.rotation(ids.shape[1], x)
        for layer in self.layers:
            x = layer(x, cos, sin)
        out: Tensor = self.norm(x)
        return out

    def rotation(self, tokens: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of each position, twice side by side, each (tokens, head_dim)."""
        half = torch.arange(0, self.config.head_dim, 2, device=like.device, dtype=torch.float32)
        frequencies = 1.0 / self.config.rope_theta ** (half / self.config.head_dim)
        angles = torch.arange(tokens, device=like.device, dtype=torch.float32)[:, None] * frequencies
        angles = torch.cat([angles, angles], dim=-1)
        return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Each channel with its partner half the head away, turned by their angle (arXiv 2104.09864, eq. 34).

    x: (texts, heads, tokens, head_dim); cos, sin: (tokens, head_dim).
    """
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin
