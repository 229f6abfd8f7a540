"""Drawn pictures as one tensor on the training device. Knows the shard files, and no model.

A shard is `pictures_*.npy`, uint8 (n, 256, 256, 4) straight RGBA, beside `captions_*.json`.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from pawlette.errors import BadPicture

M = TypeVar("M", bound=nn.Module)


def shards(folder: Path) -> list[Path]:
    """The finished shards, in the order of their names: those whose captions, written last, are there."""
    return [path for path in sorted(folder.glob("pictures_*.npy")) if captions_path(path).exists()]


def captions_path(shard: Path) -> Path:
    return shard.with_name(shard.name.replace("pictures_", "captions_")).with_suffix(".json")


def captions_of(shard: Path) -> list[dict]:
    """What a shard's pictures show: one object a picture, with "scene" and "captions"."""
    return json.loads(captions_path(shard).read_text(encoding="utf-8"))


def captions_hash(folder: Path) -> str:
    """SHA-256 over the captions of every shard: what was drawn, in order."""
    digest = hashlib.sha256()
    for shard in shards(folder):
        digest.update(captions_path(shard).read_bytes())
    return digest.hexdigest()


def to_model_range(pixels: Tensor) -> Tensor:
    """uint8 (n, h, w, 4) -> float (n, 4, h, w) in [-1, 1]; invisible pixels are white, so nothing hides there."""
    rgba = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return torch.where(
        rgba[:, 3:] <= -1.0, torch.cat([torch.ones_like(rgba[:, :3]), rgba[:, 3:]], dim=1), rgba
    )


def channels_last(model: M) -> M:
    """The layout in which convolutions run fastest on a GPU."""
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def flatten(rgba: Tensor, background: Tensor) -> Tensor:
    """RGBA (n, 4, h, w) laid on a colour (n, 3, 1, 1): RGB in [-1, 1]."""
    alpha = (rgba[:, 3:] + 1.0) / 2.0
    return rgba[:, :3] * alpha + background * (1.0 - alpha)


def on_white(pixels: Tensor) -> Tensor:
    """(n, 3 or 4, h, w) -> RGB as it is seen on paper."""
    return flatten(pixels, pixels.new_ones(1, 3, 1, 1)) if pixels.shape[1] == 4 else pixels


def compared(kinds: Sequence[Tensor]) -> Image.Image:
    """RGB pictures (n, 3, h, w) in [-1, 1], side by side; one kind below the other."""
    page = torch.cat([torch.cat(list(kind), dim=2) for kind in kinds], dim=1)
    return Image.fromarray(((page + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy())


class PicturePool:
    """Up to `capacity` pictures on the device, taking in shards as they are finished."""

    def __init__(self, folder: Path, capacity: int, device: str) -> None:
        self.folder, self.device = folder, device
        self.pixels = torch.empty(capacity, 256, 256, 4, dtype=torch.uint8, device=device)
        self.count = 0
        self.seen: set[Path] = set()

    def refresh(self) -> int:
        """Take in new shards; returns how many pictures there are now."""
        for shard in shards(self.folder):
            room = len(self.pixels) - self.count
            if shard in self.seen or not room:
                continue
            loaded = np.load(shard)[:room]
            self.pixels[self.count : self.count + len(loaded)] = torch.from_numpy(loaded).to(self.device)
            self.count += len(loaded)
            self.seen.add(shard)
        return self.count

    def batch(self, size: int, held_out: int) -> Tensor:
        """Random pictures, mirrored half the time; the first `held_out` are never among them."""
        if self.count <= held_out:
            raise BadPicture(f"{self.folder} holds {self.count} pictures; more than {held_out} are needed")
        chosen = torch.randint(held_out, self.count, (size,), device=self.device)
        rgba = to_model_range(self.pixels[chosen])
        mirrored = torch.rand(size, 1, 1, 1, device=self.device) < 0.5
        return torch.where(mirrored, rgba.flip(3), rgba)

    def held_out(self, size: int) -> Tensor:
        return to_model_range(self.pixels[:size])
