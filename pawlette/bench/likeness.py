"""How alike two pictures are: distances between short descriptions of what is where in them.

A description is EfficientNet-lite0's 112 channels of its eleventh block, averaged over a grid of 4 x 4 (so that poses
and layouts count), brought to 256 numbers by a fixed random projection, and to length 1. Distances go from 0 (the
same picture) to 2. Knows no prompt and no animal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.nn import functional as F

from pawlette.bench.recognise import load_network, to_pixels
from pawlette.errors import BadWeights
from pawlette.model.weights import write_tensors

BLOCK = 10
GRID = 4
WIDTH = 256
BATCH = 16
EXACT = "donot_use_mm_for_euclid_dist"  # the quick way finds some distance between a picture and itself


class Describer:
    """Pictures to descriptions, (pictures, WIDTH), each of length 1."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self.network = load_network().to(device)
        self.projection: Tensor | None = None

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Image.Image]) -> Tensor:
        if not pictures:
            return torch.empty(0, WIDTH)
        return torch.cat([self._describe(pictures[i : i + BATCH]) for i in range(0, len(pictures), BATCH)])

    def _describe(self, pictures: Sequence[Image.Image]) -> Tensor:
        net: Any = self.network
        x = torch.stack([to_pixels(p) for p in pictures]).to(self.device)
        x = x.contiguous(memory_format=torch.channels_last)
        x = net._swish(net._bn0(net._conv_stem(x)))
        for block in net._blocks[: BLOCK + 1]:
            x = block(x)
        flat = F.adaptive_avg_pool2d(x, GRID).flatten(1)
        if self.projection is None:
            seeded = torch.Generator().manual_seed(0)
            self.projection = torch.randn(flat.shape[1], WIDTH, generator=seeded).to(self.device)
        return F.normalize(F.normalize(flat) @ self.projection).cpu()


def nearest(ones: Tensor, others: Tensor) -> Tensor:
    """For each description, the distance to the nearest of the others: (ones,)"""
    return torch.cdist(ones, others, compute_mode=EXACT).amin(1)


def mean_pairwise(descriptions: Tensor) -> float:
    """The mean distance between two different ones of them; 0 where there is only one."""
    count = len(descriptions)
    total = torch.cdist(descriptions, descriptions, compute_mode=EXACT).sum().item()
    return total / (count * (count - 1)) if count > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """Descriptions of training pictures, and of as many by the same generator that were never trained on."""

    training: Tensor  # (pictures, WIDTH)
    fresh: Tensor  # (pictures, WIDTH)
    source: dict[str, Any]

    def save(self, path: str | Path) -> None:
        """One small file: int8, one scale for all."""
        scale = torch.stack([self.training.abs().amax(), self.fresh.abs().amax()]).amax() / 127
        rows = {"training": self.training, "fresh": self.fresh}
        small = {name: (values / scale).round().to(torch.int8) for name, values in rows.items()}
        write_tensors({**small, "scale": scale.view(1)}, Path(path), {"source": json.dumps(self.source)})

    @classmethod
    def load(cls, path: str | Path) -> Known:
        try:
            with safe_open(str(path), framework="pt") as file:
                scale = file.get_tensor("scale")
                training, fresh = (file.get_tensor(name).float() * scale for name in ("training", "fresh"))
                source = json.loads((file.metadata() or {})["source"])
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise BadWeights(f"{path} holds no descriptions of pictures: {error}") from error
        if training.shape != fresh.shape or training.dim() != 2 or training.shape[1] != WIDTH:
            shapes = f"{tuple(training.shape)} and {tuple(fresh.shape)}"
            raise BadWeights(f"{path}: descriptions are twice (pictures, {WIDTH}), got {shapes}")
        return cls(F.normalize(training), F.normalize(fresh), source)
