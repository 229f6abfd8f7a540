"""Pictures of latents <-> rows of tokens, and ragged texts -> one padded batch. Pure: knows no model."""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Texts of several lengths, (..., tokens, width) each, that are to be padded to `longest` tokens."""

    texts: Sequence[Tensor]
    longest: int

    @classmethod
    def of(cls, texts: Sequence[Tensor], multiple: int = 1) -> "Ragged":
        """As long as the longest, or the next `multiple` of it, so that few lengths occur."""
        return cls(texts, -(-max(text.shape[-2] for text in texts) // multiple) * multiple)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what `padded` gives."""
        first = self.texts[0].shape
        return (len(self.texts), *first[:-2], self.longest, first[-1])

    def padded(self) -> Tensor:
        """Zeros behind each text."""
        if all(text.shape[-2] == self.longest for text in self.texts):
            return torch.stack(list(self.texts))
        return torch.stack([F.pad(text, (0, 0, 0, self.longest - text.shape[-2])) for text in self.texts])

    def mask(self) -> Tensor:
        """(batch, longest), True at text."""
        lengths = torch.tensor([text.shape[-2] for text in self.texts])
        return few(torch.arange(self.longest) < lengths[:, None], self.texts[0].device)


def pad_texts(texts: Sequence[Tensor], multiple: int = 1) -> tuple[Ragged, Tensor | None]:
    """Embeddings (tokens, width) of each text, or keys and values (layers, 2, heads, tokens, head_dim) of each, and
    the mask that is True at text.

    The mask is None where nothing is padding, because a mask costs attention its fast kernels. Where lengths are
    rounded up to a `multiple`, so that few occur, there always is one.
    """
    ragged = Ragged.of(texts, multiple)
    if multiple == 1 and all(text.shape[-2] == ragged.longest for text in texts):
        return ragged, None
    return ragged, ragged.mask()


def recurring(count: int) -> int:
    """The next power of two: how many rows there will be where each count would be compiled or recorded anew."""
    return 1 << (count - 1).bit_length()


def spread(values: Tensor) -> Tensor:
    """(channels,) -> (1, channels, 1, 1): statistics that multiply a picture of latents."""
    return values.view(1, -1, 1, 1)
