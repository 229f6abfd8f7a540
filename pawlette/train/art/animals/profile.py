"""Birds seen from the side, looking to the right: ducks and hens level, parrots and penguins upright.

Knows bodies, beaks and tails in profile; colours and sizes come with the bird.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.birds import Bird, draw_wing, measured
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.plumes import BEAKS, OPEN, beak_colour
from pawlette.train.art.animals.shapes import Point, ellipse, fringe, fur, leaf, smooth, tube

LEVEL = ((-1.2, -0.78), (-0.7, -1.02), (-0.14, -1.24), (-0.16, -1.9), (0.5, -2.5), (1.14, -1.98),
         (1.06, -1.36), (1.12, -0.86), (0.74, -0.16), (0.0, 0.0), (-0.78, -0.2))  # fmt: skip
UPRIGHT = ((-0.62, -0.1), (-0.86, -0.86), (-0.6, -1.68), (-0.52, -2.2), (0.08, -2.62), (0.68, -2.2),
           (0.6, -1.66), (0.9, -0.96), (0.62, -0.2), (0.0, 0.0))  # fmt: skip
STANCE: dict[str, tuple[tuple[Point, ...], Point, Point, float]] = {
    "level": (LEVEL, (0.5, -1.88), (-0.02, -0.86), -112.0), "upright": (UPRIGHT, (0.1, -2.12), (-0.12, -1.3), -164.0),
}  # fmt: skip
"""The outline, the middle of the head, the shoulder and how the folded wing points; in half widths."""


def draw_profile(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    bird = measured(Bird(pen, rng, look, kind, coat))
    level = kind.part("beak") == "flat" or kind.part("crest") == "comb" or bool(kind.part("downy"))
    points, head, shoulder, folded = STANCE["level" if level else "upright"]
    w, flies = bird.wide * (0.8 if level else 0.88), look.pose in ("flying", "jumping")
    shift = rng.uniform(-0.06, 0.1)  # the head further forward or back
    head = (head[0] + shift, head[1] - rng.uniform(0, 0.12))
    r = (0.64 if level else 0.56) * w * (1.1 if look.baby else 1)
    lean = rng.uniform(-24, -8) if flies else rng.uniform(-7, 7)
    pen.tilt = lean * look.facing
    _feet(bird, w, flies)
    with pen.at(0, -bird.legs, lean):
        with pen.layer("back"):
            PLUMES[kind.part("tail") or "short"](bird, w, level)
            if flies:
                _wing(bird, w, shoulder, -26, 1.3, True)
        _body(bird, [(x + (shift if y < -1.5 else 0), y) for x, y in points], w, head)
        _wing(bird, w, shoulder, rng.uniform(-84, -56) if flies else folded + rng.uniform(-8, 8), 1.0, flies)
        _head(bird, head[0] * w, head[1] * w, r)
        pen.anchor("neck", (head[0] - 0.06) * w, (head[1] + 0.62) * w, w * 1.24)
        pen.anchor("hand", w * 0.9, -w * 0.9, w)
    pen.anchor("feet", 0, 0, w * 1.7)
    return pen.sprite()


def _body(bird: Bird, points: list[Point], w: float, head: Point) -> None:
    pen, coat = bird.pen, bird.coat
    shape = smooth([(x * w, y * w) for x, y in points])
    if bird.kind.part("downy"):
        shape = fringe(shape, 30, 4)
    elif bird.look.fluffy:
        shape = fur(shape, 32, 5)
    pen.part(shape, coat.main)
    with pen.clip(shape):
        _marks(bird, w, head[0] * w, head[1] * w)
        pen.fill(
            ellipse(head[0] * w - w * 0.2, head[1] * w - w * 0.34, w * 0.36, w * 0.16),
            pen.glow("#ffffff", 0.4 if not coat.is_dark else 0.16),
        )


def _marks(bird: Bird, w: float, hx: float, hy: float) -> None:
    pen, coat, name = bird.pen, bird.coat, bird.kind.part("marks")
    if name == "penguin":
        pen.fill(ellipse(w * 0.66, -w * 0.8, w * 0.6, w * 0.98), pen.ball(coat.light, 0.08))
        pen.fill(ellipse(hx + w * 0.42, hy + w * 0.14, w * 0.44, w * 0.36), coat.light)
    elif name == "toucan":
        pen.fill(ellipse(hx + w * 0.44, hy + w * 0.4, w * 0.56, w * 0.62), pen.down(coat.light, "#ffe08a"))
    elif name == "macaw":
        pen.fill(ellipse(w * 0.7, -w * 0.76, w * 0.48, w * 0.62), pen.ball(lighter(coat.main, 0.3), 0.1))
        pen.fill(ellipse(hx + w * 0.3, hy + w * 0.06, w * 0.34, w * 0.3), "#fffaf2")
    else:
        pen.fill(ellipse(w * 0.5, -w * 0.4, w * 0.66, w * 0.5, -30), pen.ball(coat.light, 0.08))


def _wing(bird: Bird, w: float, at: Point, turn: float, size: float, spread: bool) -> None:
    with bird.pen.at(at[0] * w, at[1] * w, turn):
        draw_wing(bird, w * 1.36 * size * bird.kind.size("wing") ** 0.5, spread)


def _feet(bird: Bird, w: float, flies: bool) -> None:
    pen, colour = bird.pen, bird.kind.part("feet") or "#f6a23c"
    for x, shade in ((0.26, 0.12), (-0.1, 0.0)):
        back = -10 if flies else bird.rng.uniform(-3, 3)
        foot = (w * x + back, -3 if not flies else -1)
        pen.line(
            smooth([(w * x, -bird.legs - 10), (foot[0], foot[1] - 3)], closed=False),
            darker(colour, 0.1 + shade),
            6,
        )
        if bird.kind.part("webbed"):
            pen.part(
                smooth([(foot[0] - 7, -8), (foot[0] + 20, -5), (foot[0] + 22, -0.5), (foot[0] - 9, -0.5)]),
                darker(colour, shade),
                0.2,
            )
            continue
        for turn in (78, 108, -84):
            pen.part(leaf(foot[0], foot[1] - 2, 16, 8, turn, 0.5), darker(colour, shade), 0.16, 0.24)


# --- head ---


def _head(bird: Bird, x: float, y: float, r: float) -> None:
    pen, look = bird.pen, bird.look
    expression = "asleep" if look.pose == "sleeping" else look.expression
    _crest(bird, x, y, r)
    with pen.layer("head"):
        kind = bird.kind.part("beak") or "cone"
        ground = {"light": bird.coat.light, "white": "#fffaf2"}.get(
            bird.kind.part("around_eyes"), bird.coat.main
        )
        PROFILES[kind](bird, x + r * 0.84, y + r * 0.24, expression)
        with pen.at(x + r * 0.22, y - r * 0.06):
            pen.fill(ellipse(-5, r * 0.56, 10, 7), pen.glow(face.CHEEK, 0.5))
            size = 10.6 * bird.kind.size("eye") * (1.15 if look.baby else 1)
            face.draw_eyes(pen, face.Eyes(0, size, expression, ground, one=True), bird.rng)
    pen.anchor("head_top", x - r * 0.06, y - r * 0.8, r * 1.7)


def _crest(bird: Bird, x: float, y: float, r: float) -> None:
    pen, crest = bird.pen, bird.kind.part("crest")
    if crest == "comb":
        with pen.layer("back"):
            for k, size in ((-0.5, 9), (-0.02, 12), (0.44, 10)):
                pen.part(
                    ellipse(x + r * k, y - r * (0.94 - abs(k) * 0.3), size, size * 1.25), "#ea4a4f", 0.18
                )
        with pen.layer("head"):
            pen.part(ellipse(x + r * 0.86, y + r * 0.78, 7, 11), "#ea4a4f", 0.18)
    elif crest == "feathers":
        colours = (bird.kind.part("crest_colours") or bird.coat.main).split()
        with pen.layer("back"):
            for k in (2, 1, 0):
                long = (15 if bird.kind.part("downy") else 24) * bird.kind.size("crest_size")
                pen.part(
                    leaf(x - r * 0.3 + k * 5, y - r * 0.78, long, 12, -44 + k * 26, 0.4),
                    colours[k % len(colours)],
                    0.14,
                )


def _cone(bird: Bird, x: float, y: float, expression: str) -> None:
    pen, colour = bird.pen, beak_colour(bird)
    if expression in OPEN:
        pen.part(
            smooth([(x - 5, y + 4), (x + 13, y + 13), (x - 5, y + 14)], tension=0.6),
            darker(colour, 0.18),
            0.2,
        )
    pen.part(
        smooth(
            [(x - 6, y - 8), (x + 8, y - 4), (x + 19, y + 4), (x + 6, y + 8), (x - 6, y + 9)], tension=0.7
        ),
        colour,
        0.2,
    )


def _flat(bird: Bird, x: float, y: float, expression: str) -> None:
    pen, colour = bird.pen, beak_colour(bird)
    if expression in OPEN:
        pen.part(
            smooth([(x - 4, y + 5), (x + 26, y + 17), (x + 10, y + 22), (x - 5, y + 14)]),
            darker(colour, 0.18),
            0.2,
        )
    pen.part(
        smooth(
            [
                (x - 7, y - 9),
                (x + 9, y - 4),
                (x + 27, y + 2),
                (x + 30, y + 9),
                (x + 12, y + 12),
                (x - 7, y + 12),
            ]
        ),
        colour,
        0.22,
    )
    pen.fill(ellipse(x + 10, y - 0.5, 2.6, 2), darker(colour, 0.45))


def _hook(bird: Bird, x: float, y: float, expression: str) -> None:
    pen, colour = bird.pen, beak_colour(bird)
    drop = 6 if expression in OPEN else 0
    pen.part(
        smooth([(x - 7, y + 8), (x + 9, y + 9 + drop), (x + 5, y + 19 + drop), (x - 6, y + 15)]),
        darker(colour, 0.35),
        0.2,
    )
    pen.part(
        smooth(
            [
                (x - 9, y - 13),
                (x + 8, y - 14),
                (x + 23, y - 1),
                (x + 22, y + 20),
                (x + 12, y + 9),
                (x - 7, y + 11),
            ]
        ),
        colour,
        0.26,
    )


PROFILES: dict[str, Callable[[Bird, float, float, str], None]] = {
    "cone": _cone, "flat": _flat, "hook": _hook, "huge": BEAKS["huge"], "small hook": _hook,
}  # fmt: skip


# --- tails: from inside the rump, to the left ---


def _rump(w: float, level: bool) -> Point:
    return (-w * 0.92, -w * 0.66) if level else (-w * 0.48, -w * 0.3)


def _short(bird: Bird, w: float, level: bool) -> None:
    x, y = _rump(w, level)
    for k in (-16, 0, 16):
        bird.pen.part(
            leaf(x + 8, y + 4, w * 0.72, 17, (-66 if level else -134) + k, 0.45),
            darker(bird.coat.main, 0.1),
            0.16,
        )


def _long(bird: Bird, w: float, level: bool) -> None:
    x, y = _rump(w, level)
    colours = (bird.coat.main, bird.coat.accent, *bird.kind.part("wing_tips").split())
    turn = -128 + bird.rng.uniform(-10, 10)
    for k, colour in enumerate(colours[:4]):
        bird.pen.part(
            leaf(x + 8, y - 6, w * (1.4 - 0.1 * abs(k - 1)), 16, turn - 14 + k * 10, 0.5), colour, 0.16
        )


def _plume(bird: Bird, w: float, level: bool) -> None:
    x, y = _rump(w, level)
    for k, colour in enumerate(("#2f7d78", "#3c9a86", "#356fa3", "#57b59a")):
        rise = w * (1.5 - 0.26 * k)
        line = [
            (x + 10, y + 6),
            (x - w * 0.2, y - rise * 0.6),
            (x - w * 0.56 + k * 2, y - rise * 0.8),
            (x - w * 0.98 + k * 4, y - rise * 0.36),
        ]
        bird.pen.part(tube(line, (18, 19, 16, 7), 4), colour, 0.16)


def _stub(bird: Bird, w: float, level: bool) -> None:
    x, y = _rump(w, level)
    bird.pen.part(
        leaf(x + 8, y + 2, w * 0.44, 16, -76 if level else -118, 0.3), darker(bird.coat.main, 0.06), 0.16
    )


PLUMES: dict[str, Callable[[Bird, float, bool], None]] = {"short": _short, "long": _long, "plume": _plume,
    "none": _stub}  # fmt: skip
