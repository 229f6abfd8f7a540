"""Several passes over memory as one, by the kernels of kernels.py; each has its plain twin in the denoisers' blocks.

Operators of PyTorch's, so that the compiler calls them as they are. They want what the switch `fused` asks for: packed
projections, heads of a power of two channels, float32 or bfloat16. Knows no block.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pawlette import device as devices
from pawlette.model.attention import Summed, masked
from pawlette.model.fp8 import FLOAT8, Rounded, Rows
from pawlette.model.packing import recurring

LOG = logging.getLogger("pawlette.model")
GROUP = 8  # heads of one program, where heads do not need each other
DTYPES = (torch.float32, torch.bfloat16)  # of what the kernels read


@lru_cache
def usable(device: torch.device) -> bool:
    """Whether Triton is there and can build for this card, for which it wants a C compiler and Python's headers."""
    if find_spec("triton") is None:
        LOG.warning("our own kernels are off: the package triton is missing")
        return False
    try:
        with devices.current(str(device)):
            row = torch.zeros(1, 1, 16, device=device)
            normed(row, None, None, row, None, 1e-6, False, False)
    except Exception as error:  # of its own many kinds
        LOG.warning("our own kernels are off, since Triton cannot build them here: %s", error)
        return False
    return True


def _kernels() -> Any:
    from pawlette.model import kernels  # needs Triton, which not every machine has

    return kernels


def _half(dtype: torch.dtype) -> Any:
    import triton.language as tl

    return {torch.bfloat16: tl.bfloat16, torch.float32: tl.float32}[dtype]


def _step(x: Tensor) -> int:
    """From one row of the batch to the next; 0 where one stands for all."""
    return x.stride(0) if x.shape[0] > 1 else 0


def _flat(x: Tensor) -> Tensor:
    """(batch or 1, tokens, 1, head_dim) or (tokens, 1, head_dim) -> (batch or 1, tokens, head_dim)."""
    return (x if x.dim() == 4 else x[None])[:, :, 0].contiguous()


class _End(NamedTuple):
    """The last key's token: where it lies in its source, its gain, and its angles."""

    source: Tensor  # (batch, 3 * width), each row contiguous
    gain: Tensor
    own: Tensor
    partners: Tensor

    def given(self) -> tuple[Any, ...]:
        return self.source, self.source.stride(0), self.gain, self.own, self.partners


def _sizes(heads: int, head_dim: int, most: int) -> dict[str, Any]:
    """Of a kernel of whose programs each has at most so many heads."""
    return {"HEADS": heads, "DIM": head_dim, "ROWS": min(most, recurring(heads)), "num_warps": 4}


def _groups(heads: int) -> int:
    return -(-heads // min(GROUP, recurring(heads)))


def _write_heads(
    source: Tensor, gains: tuple[Tensor, Tensor], turn: tuple[Tensor, Tensor], places: Sequence[Tensor],
    first: tuple[int, int], visible: Tensor | None, end: _End, eps: float,
) -> None:  # fmt: skip
    """`turn`: the source's own angles; `first`: its first token's place in q, and in k and v."""
    batch, tokens, _ = source.shape
    q, k, v = places
    head_dim = q.shape[-1]
    _kernels().head_rows[(batch * tokens, 3 * _groups(q.shape[2]))](
        source, source.stride(0), source.stride(1), tokens,
        *gains, *turn, _step(turn[0]), turn[0].stride(1),
        q, k, v, q.stride(0), k.stride(0), *first,
        visible if visible is not None else source, visible.stride(0) if visible is not None else 0,
        *end.given(), eps, MASKED=visible is not None, **_sizes(q.shape[2], head_dim, GROUP),
    )  # fmt: skip


@torch.library.custom_op("pawlette::joint_heads", mutates_args=())
def joint_heads(
    text: Tensor, image: Tensor, gains: list[Tensor], own: Tensor, partners: Tensor, visible: Tensor | None,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """1.x: packed projections of text and image, (batch, tokens, 3 * width) each -> q, k, v of [text, image], each
    (batch, tokens, heads, head_dim); queries and keys normed and turned.

    `gains`: (head_dim,) of the text's queries and keys, and of the image's. `visible`: (batch, 1, 1, tokens), False at
    padding, whose keys become copies of the last one and whose values 0.
    """
    before, head_dim = text.shape[1], gains[0].shape[0]
    shape = (image.shape[0], before + image.shape[1], image.shape[-1] // 3 // head_dim, head_dim)
    places = [image.new_empty(shape) for _ in range(3)]
    own, partners = _flat(own), _flat(partners)
    seen = None if visible is None else visible[:, 0, 0]
    end = _End(image[:, -1], gains[3], own[:, -1], partners[:, -1])
    _write_heads(text, (gains[0], gains[1]), (own, partners), places, (0, 0), seen, end, eps)
    turn = own[:, before:], partners[:, before:]
    _write_heads(image, (gains[2], gains[3]), turn, places, (before, before), None, end, eps)
    return places[0], places[1], places[2]


@joint_heads.register_fake
def _(text: Tensor, image: Tensor, gains: list[Tensor], *_: Any) -> tuple[Tensor, Tensor, Tensor]:
    head_dim = gains[0].shape[0]
    shape = (image.shape[0], text.shape[1] + image.shape[1], image.shape[-1] // 3 // head_dim, head_dim)
    return image.new_empty(shape), image.new_empty(shape), image.new_empty(shape)


@torch.library.custom_op("pawlette::heads_behind", mutates_args=())
def heads_behind(
    image: Tensor, prefix: Tensor, gain_q: Tensor, gain_k: Tensor, own: Tensor, partners: Tensor,
    visible: Tensor | None, eps: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """2.1: the image's packed projections (batch, tokens, 3 * width) and a prefix (batch, 2, heads, text tokens,
    head_dim) -> the image's q and the k, v of [text, image], each (batch, tokens, heads, head_dim).

    `visible` as for `joint_heads`.
    """
    batch, tokens, width = image.shape
    before, head_dim = prefix.shape[3], gain_q.shape[0]
    heads = width // 3 // head_dim
    q = image.new_empty(batch, tokens, heads, head_dim)
    k, v = (image.new_empty(batch, before + tokens, heads, head_dim) for _ in range(2))
    own, partners = _flat(own), _flat(partners)
    end = _End(image[:, -1], gain_k, own[:, -1], partners[:, -1])
    _write_heads(image, (gain_q, gain_k), (own, partners), (q, k, v), (0, before), None, end, eps)
    seen = None if visible is None else visible[:, 0, 0]
    prefix = prefix if prefix.stride(-1) == 1 else prefix.contiguous()
    _kernels().prefix_rows[(batch * before, 2 * _groups(heads))](
        prefix, *prefix.stride()[:4], before, k, v, k.stride(0),
        seen if seen is not None else image, seen.stride(0) if seen is not None else 0,
        *end.given(), _step(own), eps, MASKED=seen is not None,
        **_sizes(heads, head_dim, GROUP),
    )  # fmt: skip
    return q, k, v


@heads_behind.register_fake
def _(image: Tensor, prefix: Tensor, gain_q: Tensor, *_: Any) -> tuple[Tensor, Tensor, Tensor]:
    batch, tokens, width = image.shape
    before, head_dim = prefix.shape[3], gain_q.shape[0]
    heads = width // 3 // head_dim
    shape = (batch, before + tokens, heads, head_dim)
    return image.new_empty(batch, tokens, heads, head_dim), image.new_empty(shape), image.new_empty(shape)


@torch.library.custom_op("pawlette::normed", mutates_args=())
def normed(
    x: Tensor, added: Tensor | None, gate: Tensor | None, scale: Tensor, shift: Tensor | None, eps: float,
    one: bool, rounds: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """x (batch, tokens, width), or x + gate * added -> itself; its LayerNorm times `scale` (`one`: times 1 + scale),
    plus shift; and the scales of its rows, (rows, 1), where `rounds` makes it 8-bit floats.

    gate, scale, shift: (batch, 1, width). What is not asked for is an empty tensor.
    """
    batch, tokens, width = x.shape
    x = x.contiguous()
    added = None if added is None else added.contiguous()
    summed = x.new_empty(0) if added is None else torch.empty_like(x)
    out = torch.empty_like(x, dtype=FLOAT8 if rounds else scale.dtype)
    scales = x.new_empty((batch * tokens, 1) if rounds else (0,), dtype=torch.float32)
    block = recurring(width)
    _kernels().normed_rows[(batch * tokens,)](
        x, x if added is None else added, scale if gate is None else gate, 0 if gate is None else _step(gate),
        scale, scale if shift is None else shift, _step(scale), tokens,
        summed, out, scales, eps, HALF=_half(scale.dtype), ADDS=added is not None, SHIFTS=shift is not None,
        ONE=one, ROUNDS=rounds, WIDTH=width, BLOCK=block, num_warps=min(16, max(1, block // 512)),
    )  # fmt: skip
    return summed, out, scales


@normed.register_fake
def _(
    x: Tensor, added: Tensor | None, gate: Tensor | None, scale: Tensor, shift: Tensor | None, eps: float,
    one: bool, rounds: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    rows = x.shape[0] * x.shape[1]
    like = torch.empty_like(x, memory_format=torch.contiguous_format)
    return (
        x.new_empty(0) if added is None else like,
        like.new_empty(x.shape, dtype=FLOAT8 if rounds else scale.dtype),
        x.new_empty((rows, 1) if rounds else (0,), dtype=torch.float32),
    )


@torch.library.custom_op("pawlette::swiglu", mutates_args=())
def swiglu(x: Tensor) -> tuple[Tensor, Tensor]:
    """(..., 2 * hidden) -> silu of the first half times the second as 8-bit floats, (..., hidden), and their scales."""
    x = x.contiguous()
    hidden = x.shape[-1] // 2
    rows = x.numel() // x.shape[-1]
    out = x.new_empty((*x.shape[:-1], hidden), dtype=FLOAT8)
    scales = x.new_empty((rows, 1), dtype=torch.float32)
    block = recurring(hidden)
    _kernels().swiglu_rows[(rows,)](
        x, out, scales, HALF=_half(x.dtype), WIDTH=hidden, BLOCK=block,
        num_warps=min(16, max(1, block // 512)),
    )  # fmt: skip
    return out, scales


@swiglu.register_fake
def _(x: Tensor) -> tuple[Tensor, Tensor]:
    rows = x.numel() // x.shape[-1]
    return (
        x.new_empty((*x.shape[:-1], x.shape[-1] // 2), dtype=FLOAT8),
        x.new_empty((rows, 1), dtype=torch.float32),
    )


@torch.library.custom_op("pawlette::reckoned", mutates_args=())
def reckoned(
    mixed: Tensor, sums: Tensor, q: Tensor, k: Tensor, padded: Tensor, first: int, count: int, rounds: bool
) -> tuple[Tensor, Tensor]:
    """What attention without a mask gave, (batch, heads, queries, head_dim), with the padding reckoned out of it
    (attention.py), of `count` tokens from `first` on: (batch, count, width) and, where `rounds` makes it 8-bit
    floats, the scales of its rows, (rows, 1).

    `sums`: the logarithms of each query's sum, (batch, heads, queries). q, k: (batch, tokens, heads, head_dim), whose
    padded keys are copies of the last one. `padded`: how many those are, (batch,).
    """
    batch, heads, _, head_dim = mixed.shape
    out = q.new_empty((batch, count, heads * head_dim), dtype=FLOAT8 if rounds else q.dtype)
    scales = q.new_empty((batch * count, 1) if rounds else (0,), dtype=torch.float32)
    last = k[:, -1]
    sums = sums.contiguous()
    _kernels().reckoned_rows[(batch * count,)](
        mixed, *mixed.stride()[:3], sums, *sums.stride()[:2], q, q.stride(0), last, last.stride(0),
        padded, count, first, out, scales, head_dim**-0.5,
        HALF=_half(q.dtype), ROUNDS=rounds, **_sizes(heads, head_dim, recurring(heads)),
    )  # fmt: skip
    return out, scales


@reckoned.register_fake
def _(
    mixed: Tensor, sums: Tensor, q: Tensor, k: Tensor, padded: Tensor, first: int, count: int, rounds: bool
) -> tuple[Tensor, Tensor]:
    batch, heads, _, head_dim = mixed.shape
    return (
        q.new_empty((batch, count, heads * head_dim), dtype=FLOAT8 if rounds else q.dtype),
        q.new_empty((batch * count, 1) if rounds else (0,), dtype=torch.float32),
    )


# -- as the blocks call them ---------------------------------------------------------------------------------------


def normed_rows(
    x: Tensor, scale: Tensor, shift: Tensor | None, eps: float, *, one: bool, rounds: bool
) -> Rows:
    """LayerNorm of x, scaled and shifted: `normed` without a sum."""
    _, out, scales = normed(x, None, None, scale, shift, eps, one, rounds)
    return Rounded(out, scales) if rounds else out


def added_rows(
    x: Tensor, added: Tensor, gate: Tensor, scale: Tensor, shift: Tensor | None, eps: float, *, one: bool, rounds: bool
) -> tuple[Tensor, Rows]:  # fmt: skip
    """x + gate * added, and its LayerNorm, scaled and shifted."""
    summed, out, scales = normed(x, added, gate, scale, shift, eps, one, rounds)
    return summed, Rounded(out, scales) if rounds else out


def attended(
    q: Tensor, k: Tensor, v: Tensor, visible: Tensor | None, summed: Summed, spans: Sequence[tuple[int, int]], *,
    rounds: bool,
) -> list[Rows]:  # fmt: skip
    """Attention of q, k, v, (batch, tokens, heads, head_dim), padded as `joint_heads` has it, for each span (first,
    count) of the queries: (batch, count, width)."""
    turned = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
    if visible is None:
        mixed = masked(*turned, None).transpose(1, 2).flatten(2)
        return [mixed[:, first : first + count] for first, count in spans]
    mixed, sums = summed(*turned)
    padded = (~visible).sum(-1).flatten()
    parts = [reckoned(mixed, sums, q, k, padded, first, count, rounds) for first, count in spans]
    return [Rounded(out, scales) if rounds else out for out, scales in parts]
