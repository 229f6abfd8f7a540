"""A jury that answers by the picture's size and colour: no network, so that scores can be worked out by hand."""

import json

import torch
from PIL import Image
from torch.nn import functional as F

from pawlette.bench.art_prompts import wishes
from pawlette.bench.art_scores import Drawn, Jury
from pawlette.bench.judge import Verdict
from pawlette.bench.likeness import WIDTH, Known
from pawlette.bench.slots import SLOTS


class Believer:
    """Sees what the test wrote into a picture's corner pixel: an index into `sights`."""

    def __init__(self, sights, animals=SLOTS["animal"]):
        self.sights = sights
        self.animals = animals
        each = dict.fromkeys(animals, 0.8)
        kinds = {"kinds": {"accuracy": 0.6, "accuracy_named": 0.6}}
        slots = kinds | {
            slot: {"accuracy": 0.9, "accuracy_each": 0.7, "accuracy_named": 0.8} for slot in SLOTS
        }
        self.own = {
            "held_out": "twemoji",
            "families": {
                "twemoji": {"accuracy": 0.8, "per_animal": {a: p for a, p in each.items() if a != "toucan"}}
            },
            "generator": {"accuracy": 0.8, "per_animal": each, "slots": slots},
        }

    def read(self, pictures):
        return [self._verdict(self.sights[picture.getpixel((0, 0))[0]]) for picture in pictures]

    def _verdict(self, seen):
        said = {"animal": "cat", "count": "1", **seen}
        chances = {slot: {value: float(value == said.get(slot, values[0])) for value in values}
                   for slot, values in SLOTS.items()}  # fmt: skip
        return Verdict(chances, {animal: float(animal in seen.get("present", ())) for animal in self.animals})


def describe(pictures):
    """Each picture's corner pixel chooses a direction."""
    return torch.stack([torch.eye(WIDTH)[picture.getpixel((0, 0))[0]] for picture in pictures])


def jury(sights, known=None):
    described = torch.eye(WIDTH)[200:202] if known is None else F.normalize(known)
    return Jury(
        Believer(sights),
        Believer(sights, ("cat", "pig")),
        describe,
        Known(described, torch.eye(WIDTH)[204:205].expand(len(described), -1), {}),
    )


def drawn(chosen):
    """(text, seed within the prompt, index of what is seen) -> pictures."""
    by_text = {(wish.text, wish.seed % 100, wish.transparent): wish for wish in wishes()}
    return [
        Drawn(by_text[text, seed, clear], Image.new("RGBA", (16, 16), (index, 40, 90, 255)))
        for text, seed, index, clear in ((*one, False) if len(one) == 3 else one for one in chosen)
    ]


def as_plain(report):
    return json.loads(json.dumps(report))
