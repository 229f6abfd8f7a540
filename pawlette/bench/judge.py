"""Reads a picture slot by slot: which animal, how many, what colour, where, what it does, wears and holds.

One small network (EfficientNet-lite0) with a linear read-out for each slot. Its file says what it may answer and how
often it was right on pictures that it never saw. Knows no prompt, no model of ours and not how it was taught.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from pawlette.bench.recognise import load_network, to_pixels
from pawlette.errors import BadWeights
from pawlette.model.weights import dequantise, is_worth_int8, quantise, write_tensors

PRESENT = "present"
"""A read-out beside the slots: for each animal, whether it is in the picture at all."""
SIDE = 224  # pixels
BATCH = 32


class Judge(nn.Module):
    """(pictures, 3, SIDE, SIDE), normalised -> logits of every slot."""

    def __init__(self, slots: Mapping[str, Sequence[str]], *, pretrained: bool = False) -> None:
        super().__init__()
        net: Any = load_network() if pretrained else EfficientNet.from_name("efficientnet-lite0")
        width = net._conv_head.out_channels
        net._fc = nn.Identity()  # ImageNet's thousand names
        self.net: Any = net.requires_grad_(True)
        self.slots = {slot: tuple(values) for slot, values in slots.items()}
        self.widths = [len(values) for values in self.slots.values()] + [len(self.slots["animal"])]
        self.drop = nn.Dropout(0.2)
        self.heads = nn.Linear(2 * width, sum(self.widths))
        nn.init.zeros_(self.heads.weight)
        nn.init.zeros_(self.heads.bias)

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        net: Any = self.net
        x = net._swish(net._bn0(net._conv_stem(pixels)))
        for block in net._blocks:
            x = block(x)
        x = net._swish(net._bn1(net._conv_head(x)))
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        parts = self.heads(self.drop(pooled)).float().split(self.widths, 1)
        return dict(zip((*self.slots, PRESENT), parts, strict=True))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge sees in one picture."""

    chances: dict[str, dict[str, float]]  # slot -> value -> probability
    present: dict[str, float]  # animal -> probability that it is there, whatever else is

    def says(self, slot: str) -> str:
        return max(self.chances[slot], key=lambda value: self.chances[slot][value])

    def kinds(self, count: int = 2) -> str:
        """The `count` animals that are there most surely, as "cat and dog"."""
        return " and ".join(sorted(sorted(self.present, key=lambda animal: -self.present[animal])[:count]))


@dataclass(frozen=True, slots=True)
class Reader:
    """A judge at work, with what is known of its own accuracy."""

    judge: Judge
    own: dict[str, Any] = field(default_factory=dict)

    @property
    def animals(self) -> tuple[str, ...]:
        return self.judge.slots["animal"]

    @torch.inference_mode()
    def read(self, pictures: Sequence[Image.Image]) -> list[Verdict]:
        """The mean word on each picture and on its mirror image."""
        verdicts: list[Verdict] = []
        self.judge.eval()
        device = self.judge.heads.weight.device
        for start in range(0, len(pictures), BATCH):
            some = pictures[start : start + BATCH]
            pixels = torch.stack([to_pixels(picture, SIDE) for picture in some]).to(device)
            both = torch.stack([pixels, pixels.flip(3)], 1).flatten(0, 1)
            verdicts += self._verdicts(self.judge(both.contiguous(memory_format=torch.channels_last)))
        return verdicts

    def _verdicts(self, logits: Mapping[str, Tensor]) -> list[Verdict]:
        means = {
            slot: (given.sigmoid() if slot == PRESENT else given.softmax(1))
            .unflatten(0, (-1, 2))
            .mean(1)
            .cpu()
            for slot, given in logits.items()
        }
        return [
            Verdict(
                {slot: _table(values, means[slot][row]) for slot, values in self.judge.slots.items()},
                _table(self.animals, means[PRESENT][row]),
            )
            for row in range(len(means[PRESENT]))
        ]

    def name(self, pictures: Sequence[Image.Image]) -> list[str]:
        """The likeliest animal of each picture."""
        return [verdict.says("animal") for verdict in self.read(pictures)]

    def save(self, path: str | Path) -> None:
        """One safetensors file, matrices in int8, the rest in half precision."""
        tensors: dict[str, Tensor] = {}
        for name, value in self.judge.state_dict().items():
            if is_worth_int8(name, value):
                tensors[name], tensors[f"{name}.scale"] = quantise(value)
            else:
                tensors[name] = value.half() if value.is_floating_point() else value
        write_tensors(
            tensors, Path(path), {"slots": json.dumps(self.judge.slots), "own": json.dumps(self.own)}
        )

    @classmethod
    def load(cls, path: str | Path) -> Reader:
        try:
            with safe_open(str(path), framework="pt") as file:
                said = file.metadata() or {}
                slots, own = json.loads(said["slots"]), json.loads(said["own"])
                given = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            judge = Judge(slots)
            judge.load_state_dict(_widened(Path(path), given))
        except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
            raise BadWeights(f"{path} is not a judge's file: {error}") from error
        judge.net.to(memory_format=torch.channels_last)
        return cls(judge.eval().requires_grad_(False), own)


def shipped(name: str) -> Path:
    """Where a judge that comes with Pawlette lies: "taught", which has seen our art, or "stranger"."""
    return Path(str(resources.files("pawlette.bench") / f"{name}.safetensors"))


def _table(values: Sequence[str], row: Tensor) -> dict[str, float]:
    return dict(zip(values, row.tolist(), strict=True))


def _widened(path: Path, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict in float32 again."""
    state = {}
    for name, value in given.items():
        if name.endswith(".scale"):
            continue
        if value.dtype == torch.int8:
            value = dequantise(path, name, value, given.get(f"{name}.scale"))
        state[name] = value.float() if value.is_floating_point() else value
    return state
