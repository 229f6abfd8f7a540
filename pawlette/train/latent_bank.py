"""Raw latents on the training device, to teach a decoder with: of pictures, of a folder of files, or drawn by a model.

Knows no decoder. All latents of a bank have one size; the first ones are held out and never trained on.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pawlette.errors import BadJob, BadWeights
from pawlette.model.weights import save_plain
from pawlette.train.pictures import flatten, shards, to_model_range


class Encoder(Protocol):
    """The half of an autoencoder that is needed here."""

    def encode(self, pixels: Tensor) -> Sequence[Tensor]: ...


class LatentBank:
    """(n, z, h, w) raw latents of one size. `noise`: up to this share of each one's deviation is added in training."""

    def __init__(self, latents: Tensor, *, noise: float = 0.0, held_out: int = 64) -> None:
        if len(latents) < 2:
            raise BadJob(
                f"at least 2 latents are needed, one to train on and one to score; got {len(latents)}"
            )
        self.latents, self.noise = latents, noise
        self.kept_back = min(held_out, max(1, len(latents) // 8))

    def batch(self, size: int, crop: int | None = None) -> Tensor:
        """Random rows, float32; of each the same random window of `crop` x `crop`, where they are larger."""
        device = self.latents.device
        rows = torch.randint(self.kept_back, len(self.latents), (size,), device=device)
        height, width = self.latents.shape[2:]
        tall, wide = (min(side, crop or side) for side in (height, width))
        top = int(torch.randint(height - tall + 1, ()))
        left = int(torch.randint(width - wide + 1, ()))
        chosen = self.latents[rows, :, top : top + tall, left : left + wide].float()
        if not self.noise:
            return chosen
        level = self.noise * torch.rand(size, 1, 1, 1, device=device) * chosen.std((0, 2, 3), keepdim=True)
        return chosen + level * torch.randn_like(chosen)

    def held_out(self) -> Tensor:
        return self.latents[: self.kept_back].float()

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each channel, (z,) each."""
        some = self.latents[self.kept_back :][:4096].float()
        return some.mean((0, 2, 3)), some.std((0, 2, 3)).clamp(min=1e-3)


@torch.no_grad()
def encode_pictures(
    folder: Path, encoder: Encoder, channels: int, device: str, *, batch: int = 128, most: int = 20_000
) -> Tensor:
    """Every finished shard's pictures and their mirror images, side by side -> (2n, z, h, w) bfloat16.

    For an encoder of 3 channels they are laid on white.
    """
    gpu = device.startswith("cuda")
    compiled: Callable[[Tensor], Sequence[Tensor]] = torch.compile(encoder.encode) if gpu else encoder.encode
    found: list[Tensor] = []
    for part in _parts(folder, batch, most):
        rgba = to_model_range(part.to(device))
        pixels = rgba if channels == 4 else flatten(rgba, torch.ones(1, 3, 1, 1, device=device))
        encode = compiled if len(part) == batch else encoder.encode
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=gpu):
            both = [encode(one.contiguous())[0] for one in (pixels, pixels.flip(3))]
        found.append(torch.stack(both, dim=1).flatten(0, 1).to(torch.bfloat16))
    if not found:
        raise BadJob(f"{folder} holds no shard of drawn pictures (pictures_*.npy beside captions_*.json)")
    return torch.cat(found)


def _parts(folder: Path, batch: int, most: int) -> Iterator[Tensor]:
    left = most
    for path in shards(folder):
        pixels = np.load(path, mmap_mode="r")[:left]
        left -= len(pixels)
        for start in range(0, len(pixels), batch):
            yield torch.from_numpy(np.array(pixels[start : start + batch]))


def read_latents(folder: Path, z_dim: int, device: str) -> Tensor:
    """The `latents` of every .safetensors file in a folder, (z, h, w) or (n, z, h, w) each, in one tensor."""
    found: list[Tensor] = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            latents = load_file(path)["latents"]
        except (OSError, SafetensorError, KeyError) as error:
            raise BadWeights(f"{path} holds no tensor named latents: {error}") from error
        rows = latents[None] if latents.dim() == 3 else latents
        if rows.dim() != 4 or rows.shape[1] != z_dim or (found and rows.shape[2:] != found[0].shape[2:]):
            wanted = f"({z_dim}, height, width), all of one size"
            raise BadWeights(f"{path}: latents are {wanted}; got {tuple(latents.shape)}")
        found.append(rows)
    if not found:
        raise BadJob(f"{folder} holds no .safetensors file with latents")
    return torch.cat(found).to(device)


def save_latents(latents: Tensor, path: Path) -> None:
    """As `read_latents` finds them; float32, for they are targets' inputs and few."""
    save_plain({"latents": latents}, path, dtype=torch.float32)


@torch.no_grad()
def drawn_latents(model: Any, job: Any) -> Tensor:
    """Draw one Job with a `pawlette.model.qwen.QwenImage` up to, not including, its decoder: (z, h, w), raw."""
    from pawlette.model.packing import unpack

    latents = model.begin(job, model.encode([job])[0])
    while not latents.done:
        latents = model.step([latents])[0]
    grid = unpack(latents.tensor[None], model.grid(job), model.family.patch)
    return (grid.float() * model.latents_std.float() + model.latents_mean.float())[0].clone()
