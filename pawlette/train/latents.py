"""Pictures and captions -> what the denoiser trains on: normalised latents and token ids, all on the device."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from pawlette.model.autoencoder21 import Autoencoder21
from pawlette.train.pictures import captions_of, channels_last, shards, to_model_range


@dataclass(frozen=True, slots=True)
class LatentSet:
    """A training set that fits on the device."""

    latents: Tensor  # (pictures, 256, 64) bfloat16, mean 0 and deviation 1 per channel
    tokens: Tensor  # (pictures, captions, length) int32, 0 behind the text
    lengths: Tensor  # (pictures, captions) int64
    mean: Tensor  # (64,) of the raw latents
    std: Tensor  # (64,)

    def captions(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """One of each row's captions by chance: token ids (n, length) and their lengths (n,)."""
        which = torch.randint(self.tokens.shape[1], (len(rows),), device=rows.device)
        return self.tokens[rows, which], self.lengths[rows, which]


class PictureEncoder:
    """Shards -> raw latents. Batches of one size run compiled on a GPU; what is left over runs eager."""

    def __init__(self, model: Autoencoder21, device: str, batch: int = 256) -> None:
        self.model, self.device, self.batch = channels_last(model), device, batch
        self.compiled: Callable = torch.compile(model.encode) if device == "cuda" else model.encode

    @torch.no_grad()
    def __call__(self, pixels: Tensor) -> Tensor:
        """uint8 (n, 256, 256, 4) -> (n, 256, 64) bfloat16: the means, without noise."""
        found = []
        for part in pixels.split(self.batch):
            rgba = to_model_range(part.to(self.device)).to(memory_format=torch.channels_last)
            encode = self.compiled if len(part) == self.batch else self.model.encode
            with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
                mean = encode(rgba)[0]
            found.append(mean.flatten(2).transpose(1, 2).to(torch.bfloat16))
        return torch.cat(found)


def padded(ids: list[int], length: int, device: str) -> Tensor:
    """(length,) int32: one text's token ids, 0 behind them."""
    return torch.tensor(ids + [0] * (length - len(ids)), dtype=torch.int32, device=device)


def text_mask(lengths: Tensor, length: int) -> Tensor:
    """(n,) -> (n, length): True where there is text."""
    return torch.arange(length, device=lengths.device) < lengths[:, None]


def encode_captions(tokenizer: Tokenizer, captions: list[list[str]], length: int) -> tuple[Tensor, Tensor]:
    """Token ids (pictures, captions, length) and their lengths; longer captions are cut."""
    flat = tokenizer.encode_batch([c for per_picture in captions for c in per_picture])
    each = len(captions[0])
    tokens = torch.zeros(len(flat), length, dtype=torch.int32)
    lengths = torch.zeros(len(flat), dtype=torch.int64)
    for row, encoding in enumerate(flat):
        ids = encoding.ids[:length]
        tokens[row, : len(ids)] = torch.tensor(ids, dtype=torch.int32)
        lengths[row] = len(ids)
    return tokens.view(-1, each, length), lengths.view(-1, each)


def latent_set(
    folder: Path,
    encoder: PictureEncoder,
    tokenizer: Tokenizer,
    length: int,
    *,
    until: float = 0.0,
    statistics: tuple[Tensor, Tensor] | None = None,
) -> LatentSet:
    """Encode every shard of `folder` that is finished at `until` (of time.monotonic), as they come.

    Each picture is there twice, once mirrored: no caption says left or right. `statistics`: the mean and deviation of
    each channel, (64,) each, that a denoiser has learnt with; those of the pictures if not given.
    """
    raw, captions, done = [], [], set()
    while True:
        last_look = time.monotonic() >= until
        for path in shards(folder):
            if path in done:
                continue
            done.add(path)
            pixels = torch.from_numpy(np.load(path))
            raw += [encoder(pixels), encoder(pixels.flip(2))]
            captions += [entry["captions"] for entry in captions_of(path)] * 2
        if last_look:
            break
        time.sleep(0.5)
    latents = torch.cat(raw)
    mean, std = statistics or _statistics(latents)
    for part in latents.split(4096):
        part.copy_((part.float() - mean) / std)
    tokens, lengths = encode_captions(tokenizer, captions, length)
    return LatentSet(latents, tokens.to(encoder.device), lengths.to(encoder.device), mean, std)


def _statistics(latents: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, (64,) each; a part at a time, for float32 takes twice the room."""
    parts = latents.split(4096)
    mean = torch.stack([part.float().mean((0, 1)) for part in parts]).mean(0)
    variance = torch.stack([(part.float() - mean).square().mean((0, 1)) for part in parts]).mean(0)
    return mean, variance.sqrt()
