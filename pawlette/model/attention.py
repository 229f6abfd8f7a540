"""Attention over keys of which some are padding: with a mask, or with the padding reckoned out again afterwards.

Pure: knows no model. A mask costs attention its fastest kernels. They also give the logarithm of each query's sum of
weights, and with it padding can be undone exactly. Every padded key is made a copy of the last one, which is never
padding, and every padded value zero: padding then adds nothing to the weighted sum of values, and to the sum of
weights as many times the last key's weight as there are padded keys. So

    masked = unmasked / (1 - padded * exp(score of the last key - log of the sum of weights))

where the divisor is never below 1 / (1 + padded), for the last key itself is in the sum: nothing is lost to rounding.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

LONG = 2048  # keys, from which on the faster kernel pays for the reckoning: docs/benchmarks/attention.md
Attend = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]
# What attention gives, and the logarithm of each query's sum: (batch, heads, queries).
Summed = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
HALVES = (torch.float16, torch.bfloat16)


def masked(q: Tensor, k: Tensor, v: Tensor, visible: Tensor | None) -> Tensor:
    """The plain twin. All (batch, heads, tokens, head_dim); visible (batch, 1, 1, keys), False at padding, or None."""
    return F.scaled_dot_product_attention(q, k, v, attn_mask=visible)


def unmasked(summed: Summed, least: int = LONG) -> Attend:
    """As `masked`, where there are so many keys by a kernel that takes no mask and tells the logarithm of its sums.

    `visible` must be True at the last key.
    """

    def attend(q: Tensor, k: Tensor, v: Tensor, visible: Tensor | None) -> Tensor:
        if visible is None or not can(q) or k.shape[2] < least:
            return masked(q, k, v, visible)
        shown = visible.transpose(-1, -2)  # (batch, 1, keys, 1)
        last = k[:, :, -1:]
        out, log_sum = summed(q, torch.where(shown, k, last), v * shown.to(v.dtype))
        score = (q.float() * last.float()).sum(-1) * q.shape[-1] ** -0.5
        padded = (~visible).sum(-1)  # (batch, 1, 1)
        share = 1.0 - padded * torch.exp(score - log_sum)
        return (out / share[..., None]).to(out.dtype)

    return attend


def by_cudnn(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    found = torch.ops.aten._scaled_dot_product_cudnn_attention(q, k, v, None, True)
    return found[0], found[1].reshape(q.shape[:-1])  # some versions give it a fourth dimension


def by_flash(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    found = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v)
    return found[0], found[1]


def on_cpu(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    found = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(q, k, v)
    return found[0], found[1]


def can(q: Tensor) -> bool:
    """Whether the kernels behind `unmasked` take such numbers: on a card, halves alone."""
    return q.dtype in HALVES or q.device.type == "cpu"


def chosen(name: str, device: torch.device, least: int = LONG) -> Attend:
    """`unmasked`, by the kernel that the switch `attention` names; flash where it names none that tells its sums."""
    if device.type == "cpu":
        return unmasked(on_cpu, least=0)
    if device.type != "cuda":
        return masked
    return unmasked(telling(name), least)


def telling(name: str) -> Summed:
    """The kernel of a card's that the switch `attention` names, or flash, where that one does not tell its sums."""
    return by_cudnn if name == "cudnn" else by_flash
