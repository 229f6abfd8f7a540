"""The second reader: EfficientNet-lite0 whose upper half has been tuned on emoji art in made-up scenes.

The lower half stays as ImageNet taught it and is run once for each picture; only its maps are learnt from.
Knows no family of art and no model of ours. Leaving out whole schools of art chose it as a partner of the linear
head: alone it is no better, together they are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from pawlette.bench.recognise import load_network, to_pixels
from pawlette.errors import BadWeights

SIDE = 160  # pixels: enough for a face, and half the work of 224
FIRST_TUNED = 8  # of 16 blocks
BATCH = 32


class Lower:
    """The frozen blocks: pictures to maps, (pictures, 80, 10, 10) in half precision."""

    def __init__(self) -> None:
        self.network = load_network()

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Image.Image]) -> Tensor:
        net: Any = self.network
        x = torch.stack([to_pixels(p, SIDE) for p in pictures]).contiguous(memory_format=torch.channels_last)
        x = net._swish(net._bn0(net._conv_stem(x)))
        for block in net._blocks[:FIRST_TUNED]:
            x = block(x)
        return x.half()


class Tuned(nn.Module):
    """The tuned blocks with a classifier: maps to logits."""

    def __init__(self, animals: Sequence[str]) -> None:
        super().__init__()
        net: Any = load_network()
        self.animals = tuple(animals)
        self.blocks = nn.ModuleList(net._blocks[FIRST_TUNED:])
        self.conv, self.norm, self.swish = net._conv_head, net._bn1, net._swish
        self.classifier = nn.Linear(net._conv_head.out_channels, len(animals))
        nn.init.zeros_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)
        self.eval()  # ImageNet's batch statistics stay: small batches of one school would spoil them

    def forward(self, maps: Tensor) -> Tensor:
        x = maps.float().contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.classifier(self.swish(self.norm(self.conv(x))).mean((2, 3)))
        return logits

    @torch.inference_mode()
    def probabilities(self, maps: Tensor) -> Tensor:
        """(pictures, animals)"""
        return torch.cat([self(maps[i : i + 64]).softmax(1) for i in range(0, len(maps), 64)])

    def save(self, path: str | Path) -> None:
        tensors = {name: value.contiguous() for name, value in self.state_dict().items()}
        save_file(tensors, str(path), {"animals": json.dumps(self.animals)})

    @classmethod
    def load(cls, path: str | Path) -> Tuned:
        try:
            with safe_open(str(path), framework="pt") as file:
                tuned = cls(json.loads((file.metadata() or {})["animals"]))
                tuned.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
            raise BadWeights(f"{path} is not a tuned reader: {error}") from error
        return tuned


class TunedReader:
    """Pictures to probabilities: the partner of a Recogniser's head."""

    def __init__(self, tuned: Tuned) -> None:
        self.lower, self.tuned = Lower(), tuned

    def __call__(self, pictures: Sequence[Image.Image]) -> Tensor:
        batches = [pictures[i : i + BATCH] for i in range(0, len(pictures), BATCH)]
        return torch.cat([self.tuned.probabilities(self.lower(batch)) for batch in batches])


def tune(
    maps: Tensor, labels: Sequence[str], *, animals: Sequence[str], epochs: float = 5, rate: float = 5e-4
) -> Tuned:
    """Train the upper half; the same maps give the same weights on the same machine."""
    torch.manual_seed(0)
    tuned = Tuned(animals).requires_grad_(True)
    wanted = torch.tensor([tuned.animals.index(label) for label in labels])
    new = list(tuned.classifier.parameters())
    old = [p for name, p in tuned.named_parameters() if not name.startswith("classifier")]
    optimiser = torch.optim.AdamW([{"params": old}, {"params": new}], lr=rate, weight_decay=0.02)
    steps = max(10, int(len(maps) * epochs / BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [rate, 5 * rate], steps, pct_start=0.15)
    rng, order = random.Random(0), list[int]()
    for step in range(steps):
        if len(order) < BATCH:
            order = rng.sample(range(len(maps)), len(maps))
        rows, order = order[:BATCH], order[BATCH:]
        some = maps[rows].flip(3) if rng.random() < 0.5 else maps[rows]
        loss = nn.functional.cross_entropy(tuned(some), wanted[rows], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f"tuning {step:5d} of {steps}, loss {loss.item():.3f}", flush=True)
    return tuned.requires_grad_(False)
