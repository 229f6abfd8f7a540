"""Pictures of latents <-> rows of tokens, and ragged texts -> one padded batch. Pure: knows no model."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def pack(latents: Tensor, patch: int) -> Tensor:
    """(batch, channels, height, width) -> (batch, tokens, channels * patch * patch), row by row."""
    return F.pixel_unshuffle(latents, patch).flatten(2).transpose(1, 2)


def unpack(tokens: Tensor, grid: tuple[int, int], patch: int) -> Tensor:
    """The way back: `grid` is (height, width) in tokens."""
    return F.pixel_shuffle(tokens.transpose(1, 2).unflatten(2, grid), patch)


def pad_texts(texts: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
    """Embeddings (tokens, width) of each text -> (batch, longest, width) and the mask that is True at text.

    The mask is None where nothing is padding, because a mask costs attention its fast kernels.
    """
    lengths = [len(text) for text in texts]
    if min(lengths) == max(lengths):
        return torch.stack(list(texts)), None
    padded = torch.nn.utils.rnn.pad_sequence(list(texts), batch_first=True)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).to(padded.device)
    return padded, mask


def spread(values: Tensor) -> Tensor:
    """(channels,) -> (1, channels, 1, 1): statistics that multiply a picture of latents."""
    return values.view(1, -1, 1, 1)
