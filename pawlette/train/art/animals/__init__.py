"""The animals of the training art, drawn by code: `draw_animal(look, rng)` for every name in `SPECIES`.

Knows bodies, coats and faces; not scenes, clothes or captions.
"""

from __future__ import annotations

import random
from dataclasses import replace

from pawlette.train.art.animals.kinds import HUES, Species, dress
from pawlette.train.art.animals.look import EXPRESSIONS, LAYERS, POSES, VIEWS, Anchor, Look, Sprite
from pawlette.train.art.animals.more_species import BIRDS, OTHERS, SWIMMERS
from pawlette.train.art.animals.pen import Pen
from pawlette.train.art.animals.plans import PLANS
from pawlette.train.art.animals.species import MAMMALS

SPECIES: dict[str, Species] = {**MAMMALS, **BIRDS, **SWIMMERS, **OTHERS}


def draw_animal(look: Look, rng: random.Random) -> Sprite:
    """The animal of the look; what the look leaves open comes from rng: the same state, the same sprite."""
    kind = SPECIES[look.species]
    look = replace(look, fluffy=False) if kind.part("bare") else look
    coat = dress(kind, look.colour, rng)
    pen = Pen(f"a{rng.getrandbits(40):x}-")
    with pen.at(0, 0, 0, 1 if look.facing >= 0 else -1, 1):
        sprite = PLANS[kind.plan](pen, look, kind, coat, rng)
    return sprite


__all__ = ["EXPRESSIONS", "HUES", "LAYERS", "POSES", "SPECIES", "VIEWS", "Anchor", "Look", "Species",
    "Sprite", "draw_animal"]
