"""Teaches a judge: pools of labelled pictures on the device, a loop that ends by the clock, and its own accuracy.

Knows pictures and labels, not who drew them. Two runs differ: how many pictures are seen depends on the machine.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from pawlette.bench.augment import augment
from pawlette.bench.judge import PRESENT, SIDE, Judge, Reader
from pawlette.bench.recognise import MEAN, STD
from pawlette.bench.recognition_report import accuracy, confusion, per_animal
from pawlette.bench.slots import named

UNKNOWN = -1
COLOURS = ("colour", "worn colour", "held colour", "place")
"""Slots that say nothing of a picture whose hues were turned."""
WEIGHTS = {"animal": 2.0, "count": 1.0, "colour": 1.0}
OTHERS = 0.5  # the weight of the other slots
PRINT_EVERY = 50
FLAT = 0.05  # of the target is spread over all answers


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast."""

    seconds: float
    batch: int = 256
    rate: float = 6e-4  # of the network; its read-outs learn four times as fast
    decay: float = 0.05
    most_steps: int | None = None
    keep: float = 0.997  # of the moving average, for each step
    seed: int = 0


class Pool:
    """Labelled pictures that lie on the device; the newest replace the oldest."""

    def __init__(
        self, slots: Mapping[str, Sequence[str]], capacity: int, device: torch.device, side: int = 256
    ) -> None:
        self.slots = slots
        self.pictures = torch.empty(capacity, side, side, 4, dtype=torch.uint8, device=device)
        self.labels = torch.empty(capacity, len(slots), dtype=torch.int64, device=device)
        self.present = torch.empty(capacity, len(slots["animal"]), device=device)
        self.seen = 0  # how many were ever added

    def __len__(self) -> int:
        return min(self.seen, len(self.pictures))

    def add(
        self, pictures: Tensor, said: Sequence[Mapping[str, str]], there: Sequence[Sequence[str]]
    ) -> None:
        """Pictures (n, h, w, 3 or 4), what is known of each, and the animals in it."""
        labels = [[_index(values, one.get(slot)) for slot, values in self.slots.items()] for one in said]
        present = [[float(animal in animals) for animal in self.slots["animal"]] for animals in there]
        rows = (torch.arange(len(said)) + self.seen) % len(self.pictures)
        rows = rows.to(self.pictures.device)
        self.pictures[rows, ..., : pictures.shape[-1]] = pictures.to(self.pictures.device)
        if pictures.shape[-1] == 3:
            self.pictures[rows, ..., 3] = 255
        self.labels[rows] = torch.tensor(labels).to(self.labels.device)
        self.present[rows] = torch.tensor(present).to(self.present.device)
        self.seen += len(said)

    def draw(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """(pictures, labels, present) of `count` rows taken by chance."""
        rows = torch.randint(len(self), (count,), device=rng.device, generator=rng)
        return self.pictures[rows], self.labels[rows], self.present[rows]


def _index(values: Sequence[str], value: str | None) -> int:
    return values.index(value) if value in values else UNKNOWN


Feed = Callable[[], None]  # called before each step: may put more pictures into a pool


def teach(
    judge: Judge, pools: Sequence[Pool], plan: Plan, device: torch.device, feed: Feed = lambda: None
) -> Judge:
    """Train on equal parts of the pools until the time is up; gives the moving average of the weights."""
    torch.manual_seed(plan.seed)
    rng = torch.Generator(device).manual_seed(plan.seed)
    judge = judge.to(device).train()
    judge.net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(judge).requires_grad_(False)
    optimiser = torch.optim.AdamW(
        [{"params": list(judge.net.parameters()), "lr": plan.rate},
         {"params": list(judge.heads.parameters()), "lr": 4 * plan.rate}],
        weight_decay=plan.decay, betas=(0.9, 0.98),
    )  # fmt: skip
    peaks = [group["lr"] for group in optimiser.param_groups]
    for step, share in _steps(plan):
        feed()
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * _schedule(step, share)
        losses = _losses(judge, _batch(pools, plan.batch, rng), rng, device)
        loss = torch.stack(list(losses.values())).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(judge.parameters(), 2.0)
        optimiser.step()
        _follow(average, judge, min(plan.keep, (step + 1) / (step + 10)))
        if step % PRINT_EVERY == 0:
            parts = ", ".join(f"{slot} {value.item():.2f}" for slot, value in losses.items())
            print(f"step {step:5d}, {share:4.0%} of the time: {parts}", flush=True)
    return average.eval()


def _steps(plan: Plan) -> Iterator[tuple[int, float]]:
    """(step, share of the time that is over)"""
    started, step = time.monotonic(), 0
    while (share := (time.monotonic() - started) / plan.seconds) < 1 and step != plan.most_steps:
        yield step, share
        step += 1


def _schedule(step: int, share: float) -> float:
    """A quick rise, then half a cosine down to the end."""
    return min(1.0, (step + 1) / 60) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


def _batch(pools: Sequence[Pool], size: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of all pools, shuffled, so that each kind of wear falls on each kind of picture."""
    parts = [pool.draw(size // len(pools), rng) for pool in pools]
    order = torch.randperm(size // len(pools) * len(pools), device=rng.device, generator=rng)
    pictures, labels, present = (torch.cat(column)[order] for column in zip(*parts, strict=True))
    return pictures, labels, present


def _losses(
    judge: Judge, batch: tuple[Tensor, Tensor, Tensor], rng: torch.Generator, device: torch.device
) -> dict[str, Tensor]:
    pictures, labels, present = batch
    pixels, recoloured = augment(pictures, SIDE, rng)
    mean, std = MEAN.to(device) / 255, STD.to(device) / 255
    pixels = ((pixels - mean) / std).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu"):
        logits = judge(pixels)
    losses = {}
    for column, slot in enumerate(judge.slots):
        wanted = labels[:, column]
        if slot in COLOURS:
            wanted = wanted.masked_fill(recoloured, UNKNOWN)
        losses[slot] = WEIGHTS.get(slot, OTHERS) * _of_known(logits[slot], wanted)
    bits = F.binary_cross_entropy_with_logits(logits[PRESENT], present, reduction="none")
    losses[PRESENT] = OTHERS * bits.sum(1).mean()
    return losses


def _of_known(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy over the rows whose label is known; nothing where none is."""
    total = F.cross_entropy(logits, wanted, ignore_index=UNKNOWN, label_smoothing=FLAT, reduction="sum")
    return total / (wanted != UNKNOWN).sum().clamp(min=1)


@torch.no_grad()
def _follow(average: Judge, judge: Judge, keep: float) -> None:
    for mean, now in zip(average.state_dict().values(), judge.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


# ---- its own accuracy ----


def on_animals(reader: Reader, pictures: Sequence[Image.Image], animals: Sequence[str]) -> dict[str, object]:
    """How often it names the animal of pictures that it never saw: the mean over animals, and each."""
    table = confusion(animals, reader.name(pictures))
    return {"pictures": len(pictures), "accuracy": accuracy(table), "per_animal": per_animal(table),
            "confusion": {animal: dict(seen) for animal, seen in table.items()}}  # fmt: skip


def on_slots(
    reader: Reader, pictures: Sequence[Image.Image], said: Sequence[Mapping[str, str]]
) -> dict[str, dict[str, float]]:
    """For each slot: how often it is right, over all pictures whose label is known and over those named in words."""
    right: dict[str, dict[str, list[bool]]] = {}
    for verdict, known in zip(reader.read(pictures), said, strict=True):
        for slot in set(reader.judge.slots) & set(known):
            hits = right.setdefault(slot, {}).setdefault(known[slot], [])
            hits.append(verdict.says(slot) == known[slot])
    return {slot: _shares(slot, right[slot]) for slot in reader.judge.slots if slot in right}


def on_kinds(reader: Reader, pictures: Sequence[Image.Image], kinds: Sequence[str]) -> dict[str, float]:
    """How often it names both animals of pictures that show two kinds, such as "cat and dog"."""
    hits = [verdict.kinds() == wanted for verdict, wanted in zip(reader.read(pictures), kinds, strict=True)]
    return {"pictures": len(hits), "accuracy": fmean(hits), "named": len(hits), "accuracy_named": fmean(hits)}


def _shares(slot: str, right: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    """Over all pictures, as the mean over the values, and over the values that a prompt has to name."""
    every = [hit for hits in right.values() for hit in hits]
    of_named = [hit for value, hits in right.items() if named(slot, value) for hit in hits]
    shares = {
        "pictures": len(every),
        "accuracy": fmean(every),
        "accuracy_each": fmean(map(fmean, right.values())),
    }
    return shares | ({"named": len(of_named), "accuracy_named": fmean(of_named)} if of_named else {})
