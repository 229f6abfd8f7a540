"""Pictures and captions -> what the denoiser trains on: normalised latents and token ids, all on the device."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from pawlette.model.autoencoder21 import Autoencoder21
from pawlette.train.pictures import captions_of, shards, to_model_range


@dataclass(frozen=True, slots=True)
class LatentSet:
    """A training set that fits on the device."""

    latents: Tensor  # (pictures, 256, 64) bfloat16, mean 0 and deviation 1 per channel
    tokens: Tensor  # (pictures, captions, length) int32, 0 behind the text
    lengths: Tensor  # (pictures, captions) int64
    mean: Tensor  # (64,) of the raw latents
    std: Tensor  # (64,)


@torch.no_grad()
def encode_pictures(model: Autoencoder21, paths: list[Path], device: str, batch: int = 256) -> Tensor:
    """Raw latents (pictures, 256, 64) in float32 order of the shards, kept as bfloat16."""
    found = []
    for path in paths:
        for part in torch.from_numpy(np.load(path)).split(batch):
            with torch.autocast(device, dtype=torch.bfloat16):
                pixels = to_model_range(part.to(device)).to(memory_format=torch.channels_last)
                mean = model.encode(pixels)[0]
            found.append(mean.flatten(2).transpose(1, 2).to(torch.bfloat16))
    return torch.cat(found)


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


def latent_set(folder: Path, model: Autoencoder21, tokenizer: Tokenizer, device: str, length: int) -> LatentSet:
    """Encode every finished shard of `folder`."""
    paths = shards(folder)
    raw = encode_pictures(model, paths, device)
    mean = torch.stack([part.float().mean((0, 1)) for part in raw.split(4096)]).mean(0)
    std = torch.stack([(part.float() - mean).square().mean((0, 1)) for part in raw.split(4096)]).mean(0).sqrt()
    for part in raw.split(4096):
        part.copy_((part.float() - mean) / std)
    captions = [entry["captions"] for path in paths for entry in captions_of(path)]
    tokens, lengths = encode_captions(tokenizer, captions, length)
    return LatentSet(raw, tokens.to(device), lengths.to(device), mean, std)
