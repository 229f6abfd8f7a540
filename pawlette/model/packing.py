"""Pictures of latents <-> rows of tokens, and ragged texts -> one padded batch. Pure: knows no model."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pawlette.device import few


def pack(latents: Tensor, patch: int) -> Tensor:
    """(batch, channels, height, width) -> (batch, tokens, channels * patch * patch), row by row."""
    return F.pixel_unshuffle(latents, patch).flatten(2).transpose(1, 2)


def unpack(tokens: Tensor, grid: tuple[int, int], patch: int) -> Tensor:
    """The way back: `grid` is (height, width) in tokens."""
    return F.pixel_shuffle(tokens.transpose(1, 2).unflatten(2, grid), patch)


def pad_texts(texts: Sequence[Tensor], multiple: int = 1) -> tuple[Tensor, Tensor | None]:
    """Embeddings (tokens, width) of each text -> (batch, longest, width) and the mask that is True at text.

    Or keys and values (layers, 2, heads, tokens, head_dim) of each -> (batch, layers, 2, heads, longest, head_dim).
    The mask is None where nothing is padding, because a mask costs attention its fast kernels. Where lengths are
    rounded up to a `multiple`, so that few occur, there always is one.
    """
    lengths = [text.shape[-2] for text in texts]
    if multiple == 1 and min(lengths) == max(lengths):
        return torch.stack(list(texts)), None
    longest = -(-max(lengths) // multiple) * multiple
    padded = torch.stack([F.pad(text, (0, 0, 0, longest - text.shape[-2])) for text in texts])
    return padded, few(torch.arange(longest) < torch.tensor(lengths)[:, None], padded.device)


def recurring(count: int) -> int:
    """The next power of two: how many rows there will be where each count would be compiled or recorded anew."""
    return 1 << (count - 1).bit_length()


def spread(values: Tensor) -> Tensor:
    """(channels,) -> (1, channels, 1, 1): statistics that multiply a picture of latents."""
    return values.view(1, -1, 1, 1)
