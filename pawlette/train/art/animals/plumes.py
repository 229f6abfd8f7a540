"""Beaks, crests and tails of birds that face the viewer. Knows the bird's sizes and coat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pawlette.train.art.animals import face
from pawlette.train.art.animals.pen import darker, lighter
from pawlette.train.art.animals.shapes import ellipse, leaf, smooth, tube

if TYPE_CHECKING:
    from pawlette.train.art.animals.birds import Bird

OPEN = ("happy", "laughing", "surprised")


def beak_colour(bird: Bird) -> str:
    return bird.kind.part("beak_colour") or "#ffab3d"


def _cone(bird: Bird, x: float, y: float, expression: str) -> None:
    """Chicks, penguins: a small wedge; open when happy."""
    pen, colour, s = bird.pen, beak_colour(bird), bird.kind.size("beak_size")
    if expression in OPEN:
        lower = smooth([(x - 8 * s, y + 5), (x + 8 * s, y + 5), (x, y + 17 * s)], tension=0.55)
        pen.fill(lower, face.MOUTH, darker(colour, 0.3), 1.4)
    pen.part(
        smooth([(x - 11 * s, y + 3), (x, y - 5 * s), (x + 11 * s, y + 3), (x, y + 11 * s)], tension=0.55),
        colour,
        0.2,
    )
    if expression in ("smiling", "sleepy", "winking", "asleep"):
        pen.line(
            smooth([(x - 8 * s, y + 3), (x, y + 6.4), (x + 8 * s, y + 3)], closed=False),
            darker(colour, 0.4),
            1.6,
        )


def _hook(bird: Bird, x: float, y: float, expression: str) -> None:
    """Parrots: a big curved beak."""
    pen, colour = bird.pen, beak_colour(bird)
    if expression in OPEN:
        pen.fill(ellipse(x, y + 17, 9, 9), face.MOUTH, darker(colour, 0.4), 1.4)
    else:
        pen.part(
            smooth([(x - 9, y + 12), (x + 9, y + 12), (x, y + 26)], tension=0.7), darker(colour, 0.35), 0.2
        )
    pen.part(
        smooth(
            [
                (x, y - 12),
                (x + 15, y - 4),
                (x + 15, y + 9),
                (x + 4, y + 14),
                (x, y + 22),
                (x - 4, y + 14),
                (x - 15, y + 9),
                (x - 15, y - 4),
            ]
        ),
        colour,
        0.26,
    )
    for side in (-1, 1):
        pen.fill(ellipse(x + side * 5.5, y - 3, 1.6, 2), darker(colour, 0.5))


def _flat(bird: Bird, x: float, y: float, expression: str) -> None:
    """Ducks: broad and round."""
    pen, colour = bird.pen, beak_colour(bird)
    if expression in OPEN:
        pen.fill(ellipse(x, y + 11, 14, 10), face.MOUTH, darker(colour, 0.3), 1.4)
        pen.fill(ellipse(x, y + 17, 8, 4), face.TONGUE)
    pen.part(
        smooth(
            [
                (x, y - 8),
                (x + 12, y - 2),
                (x + 23, y + 6),
                (x + 17, y + 14),
                (x, y + 12),
                (x - 17, y + 14),
                (x - 23, y + 6),
                (x - 12, y - 2),
            ]
        ),
        colour,
        0.22,
    )
    for side in (-1, 1):
        pen.fill(ellipse(x + side * 5, y - 1, 1.6, 2.2), darker(colour, 0.45))


def _small_hook(bird: Bird, x: float, y: float, expression: str) -> None:
    """Owls."""
    pen, colour = bird.pen, beak_colour(bird)
    if expression in OPEN:
        pen.fill(ellipse(x, y + 13, 6, 6), face.MOUTH, darker(colour, 0.4), 1.2)
    pen.part(smooth([(x, y - 6), (x + 8, y), (x, y + 16), (x - 8, y)], tension=0.6), colour, 0.22)


def _huge(bird: Bird, x: float, y: float, expression: str) -> None:
    """Toucans: long, many-coloured, to one side."""
    pen, colour = bird.pen, beak_colour(bird)
    reach = 74 + bird.rng.uniform(-6, 8)
    if expression in OPEN:
        pen.part(
            smooth(
                [(x - 6, y + 10), (x + reach * 0.5, y + 24), (x + reach * 0.74, y + 38), (x + 12, y + 34)]
            ),
            darker(colour, 0.14),
            0.2,
        )
    beak = smooth(
        [
            (x - 17, y - 8),
            (x + 10, y - 24),
            (x + reach * 0.66, y - 15),
            (x + reach, y + 22),
            (x + reach * 0.9, y + 26),
            (x + reach * 0.5, y + 17),
            (x + 8, y + 22),
            (x - 15, y + 16),
        ]
    )
    pen.part(beak, colour, 0.2)
    with pen.clip(beak):
        pen.fill(ellipse(x + reach, y + 22, reach * 0.27, 26), "#3f3a47")
        pen.fill(ellipse(x + reach * 0.3, y - 24, reach * 0.62, 12), lighter(colour, 0.4), opacity=0.8)
        pen.fill(ellipse(x - 18, y + 4, 12, 30), "#ef5d4c")
        pen.line(
            smooth([(x - 14, y + 7), (x + reach * 0.45, y + 6), (x + reach, y + 20)], closed=False),
            darker(colour, 0.35),
            2,
        )


BEAKS: dict[str, Callable[[Bird, float, float, str], None]] = {
    "cone": _cone, "hook": _hook, "flat": _flat, "small hook": _small_hook, "huge": _huge,
}  # fmt: skip


def _no_crest(bird: Bird) -> None:
    pass


def _feathers(bird: Bird) -> None:
    """Parrots, chicks: a few plumes on the crown."""
    pen, top = bird.pen, -bird.legs - bird.tall * 0.97
    colours = (bird.kind.part("crest_colours") or bird.coat.main).split()
    with pen.layer("back"):
        for k in (-1, 1, 0):
            with pen.at(bird.x(0) * 0.6 + k * 5, top + 4, k * 30 + bird.rng.uniform(-8, 8)):
                pen.part(
                    leaf(0, 6, (26 if k == 0 else 21) * bird.kind.size("crest_size"), 13, 0, 0.4),
                    colours[k % len(colours)],
                    0.14,
                )


def _horns(bird: Bird) -> None:
    """Owls: ear tufts."""
    for side in (-1, 1):
        with (
            bird.pen.layer("back"),
            bird.pen.at(side * bird.wide * 0.56, -bird.legs - bird.tall * 0.86, side * 26),
        ):
            bird.pen.part(leaf(0, 10, 36, 24, 0, 0.08), bird.coat.main)


def _comb(bird: Bird) -> None:
    """Roosters: a red comb above, and wattles below the beak."""
    pen, top = bird.pen, -bird.legs - bird.tall * 0.95
    red = "#ea4a4f"
    with pen.layer("back"):
        for x, r in ((-15, 11), (0, 14), (15, 11)):
            pen.part(ellipse(bird.x(0) * 0.6 + x, top - 4, r, r * 1.25), red, 0.18)
    with pen.layer("head"):
        for side in (-1, 1):
            pen.part(
                ellipse(bird.x(0) + bird.turn * 5 + side * 5.5, -bird.legs - bird.tall * 0.57, 6.5, 11),
                red,
                0.18,
            )


CRESTS: dict[str, Callable[[Bird], None]] = {
    "none": _no_crest,
    "feathers": _feathers,
    "horns": _horns,
    "comb": _comb,
}


def _short_tail(bird: Bird) -> None:
    side = -1
    with bird.pen.at(side * bird.wide * 0.5, -bird.legs - bird.tall * 0.16, side * 76):
        for k in (-16, 0, 16):
            bird.pen.part(leaf(0, 4, bird.tall * 0.27, 15, k, 0.45), darker(bird.coat.main, 0.08), 0.16)


def _long_tail(bird: Bird) -> None:
    """Parrots: long, in the wing's colours; it hangs to one side so that it stays above the ground."""
    colours = (bird.coat.main, bird.coat.accent, *bird.kind.part("wing_tips").split())
    with bird.pen.at(-bird.wide * 0.3, -bird.legs - bird.tall * 0.2, -112 + bird.rng.uniform(-8, 8)):
        for k, colour in enumerate(colours[:4]):
            bird.pen.part(
                leaf(0, 6, bird.tall * (0.58 - 0.05 * abs(k - 1)), 15, -16 + k * 11, 0.5), colour, 0.16
            )


def _plume(bird: Bird) -> None:
    """Roosters: arching feathers."""
    colours = ("#2f7d78", "#3c9a86", "#356fa3", "#57b59a")
    for k, colour in enumerate(colours):
        x, rise = -bird.wide * 0.5, bird.tall * (0.62 - 0.11 * k)
        line = [
            (x, -bird.legs - bird.tall * 0.24),
            (x - 26, -bird.legs - rise * 0.9),
            (x - 50 + k * 3, -bird.legs - rise),
            (x - 66 + k * 5, -bird.legs - rise * 0.6),
        ]
        bird.pen.part(tube(line, (16, 17, 14, 6), 4), colour, 0.16)


def _no_tail(bird: Bird) -> None:
    pass


TAILS: dict[str, Callable[[Bird], None]] = {
    "short": _short_tail,
    "long": _long_tail,
    "plume": _plume,
    "none": _no_tail,
}
