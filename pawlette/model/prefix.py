"""2.1: what attention keeps of a text, computed once a picture and carried along as plain tensors.

Exact by the architecture: text is modulated as at sigma 0 and sees earlier text alone, so its keys and values are the
same at every step. They travel with a picture's conditioning while it is denoised and are dropped with the last step,
since at the true size a text of 64 tokens has 34 MB of them. Knows no device and no schedule.
"""

import dataclasses
from collections.abc import Callable, Sequence

from torch import Tensor

from pawlette.job import Conditioning, Latents
from pawlette.model.packing import Ragged, recurring

Read = Callable[[Tensor], Tensor]  # (batch, tokens, width) -> (batch, layers, 2, heads, tokens, head_dim)


def with_prefixes(latents: Sequence[Latents], read: Read, multiple: int) -> Sequence[Latents]:
    """The rows with the prefixes of their texts; what is lacking is read in one batch, each text once."""
    lacking = [row.conditioning for row in latents if row.conditioning.prefix is None]
    texts = {id(text): text for one in lacking for text in (one.embeds, one.negative) if text is not None}
    if not texts:
        return latents
    wanted = list(texts.values())
    if multiple > 1:
        wanted += wanted[-1:] * (recurring(len(wanted)) - len(wanted))  # what comes of those is dropped
    embeds = Ragged.of(wanted, multiple).padded()
    made = {
        key: prefix[..., : len(text), :].clone()
        for (key, text), prefix in zip(texts.items(), read(embeds), strict=False)
    }

    def read_already(given: Conditioning) -> Conditioning:
        if given.prefix is not None:
            return given
        return dataclasses.replace(
            given, prefix=made[id(given.embeds)], negative_prefix=made.get(id(given.negative))
        )

    return [dataclasses.replace(row, conditioning=read_already(row.conditioning)) for row in latents]


def dropped(latents: Latents) -> Latents:
    """Without prefixes: a finished picture's."""
    bare = dataclasses.replace(latents.conditioning, prefix=None, negative_prefix=None)
    return dataclasses.replace(latents, conditioning=bare)
