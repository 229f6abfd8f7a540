"""Body plans by name: which function draws a species in the pose and view that are asked for."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pawlette.train.art.animals.birds import draw_bird
from pawlette.train.art.animals.insects import (
    draw_bee,
    draw_butterfly,
    draw_caterpillar,
    draw_ladybug,
    draw_snail,
)
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen
from pawlette.train.art.animals.quadruped import draw_quadruped
from pawlette.train.art.animals.reptiles import draw_crocodile, draw_frog, draw_snake, draw_turtle
from pawlette.train.art.animals.sea import draw_crab, draw_flamingo, draw_jellyfish, draw_octopus, draw_seal
from pawlette.train.art.animals.sitter import draw_sitter
from pawlette.train.art.animals.swimmers import draw_swimmer

Plan = Callable[[Pen, Look, Species, Coat, Random], Sprite]


def _mammal(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """On four legs when it stands or leaps at an angle; otherwise facing the viewer."""
    on_four = look.view != "front" and look.pose in ("standing", "jumping") and not kind.part("upright")
    return (draw_quadruped if on_four else draw_sitter)(pen, look, kind, coat, rng)


PLANS: dict[str, Plan] = {
    "mammal": _mammal, "bird": draw_bird, "swimmer": draw_swimmer,
    "octopus": draw_octopus, "jellyfish": draw_jellyfish, "crab": draw_crab, "seal": draw_seal,
    "flamingo": draw_flamingo,
    "frog": draw_frog, "turtle": draw_turtle, "crocodile": draw_crocodile, "snake": draw_snake,
    "bee": draw_bee, "ladybug": draw_ladybug, "butterfly": draw_butterfly, "caterpillar": draw_caterpillar,
    "snail": draw_snail,
}  # fmt: skip
