"""Body plans by name: which function draws a species in the pose and view that are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
from pawlette.train.art.animals.profile import draw_profile
from pawlette.train.art.animals.quadruped import draw_quadruped
from pawlette.train.art.animals.reptiles import draw_crocodile, draw_frog, draw_snake, draw_turtle
from pawlette.train.art.animals.sea import draw_crab, draw_flamingo, draw_jellyfish, draw_octopus, draw_seal
from pawlette.train.art.animals.sitter import draw_sitter
from pawlette.train.art.animals.swimmers import draw_swimmer

Plan = Callable[[Pen, Look, Species, Coat, Random], Sprite]


def _mammal(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """On four legs at an angle, where the pose leaves the paws on the ground; otherwise facing the viewer."""
    on_four = look.view != "front" and not kind.part("upright") and look.pose in ON_FOUR
    if look.pose == "sitting" and rng.random() < (0.55 if look.view == "three-quarter" else 0.2):
        on_four = False
    return (draw_quadruped if on_four else draw_sitter)(pen, look, kind, coat, rng)


ON_FOUR = ("sitting", "standing", "jumping", "swimming", "flying")


def _bird(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """Towards the viewer or in profile; an owl always shows both eyes."""
    aside = look.view == "side" or (look.view == "three-quarter" and rng.random() < 0.45)
    if look.pose == "waving" or kind.part("crest") == "horns":
        aside = False
    return (draw_profile if aside else draw_bird)(pen, look, kind, coat, rng)


def _lively(draw: Plan, **pitch: tuple[float, float]) -> Plan:
    """The plan in slightly varied proportions, pitched by degrees (clockwise, from, to) in the poses named."""

    def drawn(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
        turn = rng.uniform(*pitch.get(look.pose, (0.0, 0.0)))
        with pen.at(0, 0, turn, rng.uniform(0.93, 1.07), rng.uniform(0.93, 1.07)):
            sprite = draw(pen, look, kind, coat, rng)
        return replace(sprite, tilt=sprite.tilt + turn * look.facing)

    return drawn


RISING, ADRIFT = (-24.0, -8.0), (-16.0, 16.0)

PLANS: dict[str, Plan] = {
    "mammal": _mammal, "bird": _bird, "swimmer": draw_swimmer,
    "octopus": _lively(draw_octopus, swimming=ADRIFT, jumping=ADRIFT, flying=ADRIFT),
    "jellyfish": _lively(draw_jellyfish, sitting=ADRIFT, standing=ADRIFT, swimming=ADRIFT, jumping=ADRIFT,
        waving=ADRIFT, flying=ADRIFT),
    "crab": _lively(draw_crab, jumping=ADRIFT, waving=(-6, 6)),
    "seal": _lively(draw_seal, swimming=RISING, jumping=RISING, flying=RISING),
    "flamingo": _lively(draw_flamingo, jumping=RISING, flying=RISING),
    "frog": _lively(draw_frog, jumping=(-12, 12), swimming=ADRIFT, flying=ADRIFT),
    "turtle": _lively(draw_turtle, swimming=(-20, 12), jumping=RISING, flying=RISING),
    "crocodile": _lively(draw_crocodile, swimming=(-10, 6), jumping=RISING, flying=RISING),
    "snake": _lively(draw_snake, jumping=(-10, 10)),
    "bee": _lively(draw_bee, sitting=(-14, 8), standing=(-14, 8), waving=(-10, 4), jumping=RISING, flying=RISING),
    "ladybug": _lively(draw_ladybug, jumping=RISING, flying=RISING),
    "butterfly": _lively(draw_butterfly, sitting=ADRIFT, standing=ADRIFT, waving=ADRIFT, jumping=ADRIFT,
        flying=ADRIFT),
    "caterpillar": _lively(draw_caterpillar, jumping=RISING),
    "snail": _lively(draw_snail, jumping=RISING),
}  # fmt: skip
