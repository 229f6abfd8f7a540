"""Birds that face the viewer: parrots, chicks, owls, penguins and others.

Knows bodies, wings, beaks and crests.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.plumes import BEAKS, CRESTS, TAILS
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, leaf, mirrored, smooth


@dataclass(slots=True)
class Bird:
    """One bird in the making; its feet are at y = 0."""

    pen: Pen
    rng: Random
    look: Look
    kind: Species
    coat: Coat
    wide: float = 52.0
    tall: float = 150.0
    legs: float = 10.0
    turn: float = 0.0

    def x(self, x: float) -> float:
        return x * (1 - 0.12 * self.turn) + self.turn * self.wide * 0.17


def draw_bird(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    bird = measured(Bird(pen, rng, look, kind, coat))
    bird.turn = {"front": 0.0, "three-quarter": 0.55, "side": 0.85}[look.view]
    asleep = look.pose == "sleeping"
    lean = rng.uniform(-8, 8) if not asleep else rng.uniform(-2, 2)
    pen.tilt = lean * look.facing
    _feet(bird)
    with pen.at(0, -bird.legs, lean), pen.at(0, bird.legs):
        with pen.layer("back"):
            TAILS[kind.part("tail") or "short"](bird)
        body = _body(bird)
        CRESTS[kind.part("crest") or "none"](bird)
        with pen.layer("head"):
            _face(bird, "asleep" if asleep else look.expression, body)
        _wings(bird)
    pen.anchor("feet", 0, 0, bird.wide * 1.7)
    return pen.sprite()


def measured(bird: Bird) -> Bird:
    """Its sizes: by species, age and pose, and by chance; asleep it squats, broad and low."""
    look, kind, rng = bird.look, bird.kind, bird.rng
    asleep = look.pose == "sleeping"
    bird.wide *= kind.size("bulk") * rng.uniform(0.9, 1.1) * (1.06 if asleep else 1)
    bird.tall *= (
        kind.size("tall") * rng.uniform(0.92, 1.07) * (0.84 if look.baby else 1) * (0.8 if asleep else 1)
    )
    bird.legs = {"sleeping": 3.0, "sitting": 7.0}.get(look.pose, rng.uniform(12, 17)) * kind.size("legs")
    return bird


def outline(bird: Bird) -> Shape:
    """Head and body in one soft shape."""
    w, t, b = bird.wide, bird.tall, -bird.legs
    brow, waist = bird.kind.size("brow", 0.82), bird.kind.size("waist", 0.92)
    half = [
        (0, b - t),
        (w * brow * 0.62, b - t * 0.95),
        (w * brow, b - t * 0.72),
        (w * waist, b - t * 0.5),
        (w, b - t * 0.24),
        (w * 0.66, b - 4),
        (0, b),
    ]
    shape = mirrored(half)
    if bird.look.fluffy or bird.kind.part("downy"):
        shape = fringe(shape, 30, 4) if bird.kind.part("downy") else fur(shape, 32, 5)
    return shape


def _body(bird: Bird) -> Shape:
    pen, coat, kind, w, t, b = bird.pen, bird.coat, bird.kind, bird.wide, bird.tall, -bird.legs
    shape = outline(bird)
    pen.part(shape, coat.main)
    with pen.clip(shape):
        MARKS[kind.part("marks") or "belly"](bird)
        pen.light(0, b - t * 0.5, w, t * 0.52, coat.main)
    return shape


def _belly(bird: Bird) -> None:
    w, t, b = bird.wide, bird.tall, -bird.legs
    bird.pen.fill(ellipse(bird.x(0), b - t * 0.22, w * 0.64, t * 0.26), bird.pen.ball(bird.coat.light, 0.08))


def _penguin(bird: Bird) -> None:
    """White belly, and a white face like a heart."""
    w, t, b, pen = bird.wide, bird.tall, -bird.legs, bird.pen
    white = pen.ball(bird.coat.light, 0.08)
    pen.fill(ellipse(bird.x(0), b - t * 0.2, w * 0.74, t * 0.36), white)
    for side in (-1, 1):
        pen.fill(
            ellipse(bird.x(side * w * 0.31), b - t * 0.7, w * 0.36, t * 0.145, side * 8), bird.coat.light
        )
    pen.fill(ellipse(bird.x(0), b - t * 0.6, w * 0.6, t * 0.1), bird.coat.light)


def _owl(bird: Bird) -> None:
    """A facial disc of two circles, and a breast with scales."""
    w, t, b, pen, coat = bird.wide, bird.tall, -bird.legs, bird.pen, bird.coat
    pen.fill(ellipse(bird.x(0), b - t * 0.22, w * 0.68, t * 0.3), pen.ball(coat.light, 0.1))
    for row in range(4):
        for k in range(-2 + row % 2, 3):
            x, y = bird.x((k - 0.5 * (row % 2)) * w * 0.3), b - t * (0.42 - row * 0.1)
            pen.line(
                smooth([(x - 6, y), (x, y + 6), (x + 6, y)], closed=False), darker(coat.light, 0.28), 2.4
            )
    for side in (-1, 1):
        pen.fill(
            ellipse(bird.x(side * w * 0.38), b - t * 0.72, w * 0.43, t * 0.17),
            coat.light,
            darker(coat.main, 0.2),
            2,
        )


def _toucan(bird: Bird) -> None:
    w, t, b, pen = bird.wide, bird.tall, -bird.legs, bird.pen
    pen.fill(ellipse(bird.x(0), b - t * 0.6, w * 0.74, t * 0.25), pen.down(bird.coat.light, "#ffe08a"))


def _macaw(bird: Bird) -> None:
    """A bright breast and pale skin about the eyes."""
    w, t, b, pen = bird.wide, bird.tall, -bird.legs, bird.pen
    pen.fill(ellipse(bird.x(0), b - t * 0.2, w * 0.66, t * 0.28), pen.ball(lighter(bird.coat.main, 0.3), 0.1))
    for side in (-1, 1):
        pen.fill(ellipse(bird.x(side * w * 0.42), b - t * 0.73, w * 0.3, t * 0.115), "#fffaf2")


def _mallard(bird: Bird) -> None:
    _belly(bird)


MARKS = {
    "belly": _belly,
    "penguin": _penguin,
    "owl": _owl,
    "toucan": _toucan,
    "macaw": _macaw,
    "plain": lambda bird: None,
    "mallard": _mallard,
}


def _feet(bird: Bird) -> None:
    """Flat on the ground; in the air spread apart and hanging, or one kicked out."""
    pen, w, rng = bird.pen, bird.wide, bird.rng
    colour = bird.kind.part("feet") or "#f6a23c"
    leap = bird.look.pose in ("jumping", "flying")
    spread = rng.uniform(0.26, 0.4)
    for side in (-1, 1):
        x = bird.x(side * w * spread)
        out = side * rng.uniform(6, 16) if leap else 0.0
        if bird.legs > 9:
            pen.line(smooth([(x, -bird.legs - 12), (x + out, -5)], closed=False), darker(colour, 0.1), 6)
        with pen.at(x + out, -4, -side * rng.uniform(14, 30) if leap else 0):
            _foot(bird, colour, leap)


def _foot(bird: Bird, colour: str, leap: bool) -> None:
    pen = bird.pen
    if bird.kind.part("webbed"):
        pen.part(smooth([(0, -6), (17, -1), (18, 3), (0, 3.5), (-18, 3), (-17, -1)]), colour, 0.2)
        return
    for k in (-1, 0, 1):
        pen.part(leaf(0, -3, 15, 9, 180 + k * (26 if leap else 48), 0.5), colour, 0.16, 0.24)


RESTS = ((164, 174), (164, 174), (140, 158), (112, 132))  # closed, a little open, half open


def _wings(bird: Bird) -> None:
    pen, rng, w, t, b = bird.pen, bird.rng, bird.wide, bird.tall, -bird.legs
    pose = bird.look.pose
    raised = {"waving": rng.choice((-1, 1)), "flying": 0, "jumping": 0}.get(pose, 2)
    rest = (166, 176) if pose == "sleeping" else (188, 200) if pose == "holding" else rng.choice(RESTS)
    lift = {"jumping": (58, 100), "flying": (44, 72)}.get(pose, (22, 56))
    long = t * 0.46 * bird.kind.size("wing") * rng.uniform(0.94, 1.08)
    for side in (-1, 1):
        lifted = raised in (0, side)
        turn = side * rng.uniform(*(lift if lifted else rest))
        layer = "back" if lifted and pose == "flying" else "front_arm"
        x = side * w * (0.8 if lifted else 0.84)
        with pen.layer(layer), pen.at(x, b - t * 0.53, turn, side, 1):
            draw_wing(bird, long * (1.25 if lifted and pose != "waving" else 1.0), lifted)
    pen.anchor("hand", 0, b - t * 0.24, min(w * 1.0, 54))
    pen.anchor("neck", bird.x(0) * 0.5, b - t * bird.kind.size("neck_y", 0.48), w * 1.86)


def draw_wing(bird: Bird, long: float, spread: bool) -> None:
    """Points up from the shoulder; in two or three colours where the kind has them."""
    pen, coat = bird.pen, bird.coat
    colour = {"accent": coat.accent, "dark": coat.dark}.get(
        bird.kind.part("wing_colour"), darker(coat.main, 0.1)
    )
    wide = long * (0.56 if spread else 0.46)
    shape = leaf(0, 6, long, wide, 0, 0.55)
    pen.part(shape, colour, 0.16)
    tips = bird.kind.part("wing_tips").split()
    with pen.clip(shape):
        for k, tip in enumerate(tips):
            pen.fill(ellipse(0, -long, wide * (1.1 - k * 0.25), long * (0.62 - 0.26 * k)), tip)
    for k in (-1, 0, 1):
        pen.line(
            smooth([(k * wide * 0.2, -long * 0.68), (k * wide * 0.16, -long * 0.88)], closed=False),
            darker(tips[-1] if tips else colour, 0.24),
            2.2,
            0.8,
        )


def _face(bird: Bird, expression: str, body: Shape) -> None:
    pen, kind, w, t, b, rng = bird.pen, bird.kind, bird.wide, bird.tall, -bird.legs, bird.rng
    y = b - t * kind.size("eye_y", 0.73)
    size = 10.4 * kind.size("eye") * rng.uniform(0.95, 1.1) * (1.15 if bird.look.baby else 1)
    gap = w * 0.42 * kind.size("eye_gap") * rng.uniform(0.95, 1.05) * (1 - 0.1 * bird.turn)
    ground = {"light": bird.coat.light, "white": "#fffaf2"}.get(kind.part("around_eyes"), bird.coat.main)
    if expression != "neutral":
        with pen.clip(body), pen.at(bird.x(0), y):
            face.cheeks(pen, gap * 1.42, size * 1.6, 9.5)
    with pen.at(bird.x(0), y):
        face.draw_eyes(pen, face.Eyes(gap, size, expression, ground, sclera=kind.size("sclera", 0.0)), rng)
        face.brows(pen, face.Eyes(gap, size, expression, ground), -size * 1.7)
    BEAKS[kind.part("beak") or "cone"](bird, bird.x(0) + bird.turn * 5, y + size * 0.9, expression)
    pen.anchor("eyes", bird.x(0), y, gap / 0.27)
    pen.anchor("head_top", bird.x(0) * 0.6, b - t * 0.94, w * kind.size("brow", 0.82) * 1.5)
    pen.anchor("ear", bird.x(w * 0.42), b - t * 0.93, w * 1.2)
