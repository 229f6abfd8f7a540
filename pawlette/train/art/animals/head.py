"""A mammal's whole head at the pen's origin: ears, fur, markings, muzzle, features.

Knows not what body carries it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.ears import Head, draw_ears, head_shape
from pawlette.train.art.animals.kinds import Coat, Species, lightness
from pawlette.train.art.animals.look import Look
from pawlette.train.art.animals.marks import draw_body_marks, draw_face_marks, draw_freckles
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import Point, Shape, ellipse, mirrored, polygon, smooth, tube
from pawlette.train.art.animals.toppings import cheek_tufts, draw_above, draw_behind, whiskers

TURNS = {"front": 0.0, "three-quarter": 0.55, "side": 0.95}
FACING = 0.8  # a body that faces the viewer turns its head by this share


def draw_head(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random, turn: float,
    asleep: bool = False) -> Head:
    """The head about the origin, and the anchors on it."""
    stretch, size = rng.uniform(0.94, 1.07), rng.uniform(0.96, 1.04)
    wide = 60 * kind.size("head_w") * size / stretch * (1 - 0.06 * turn)
    tall = 52 * kind.size("head_h") * size * stretch
    upright = not asleep and turn == TURNS[look.view] * FACING  # bodies on all fours bring their own neck
    rise = kind.size("front_neck", 0.0) * rng.uniform(0.9, 1.12) * (0.75 if look.baby else 1) * upright
    head = Head(pen, rng, coat, look, kind, wide, tall, turn, upright)
    if rise:
        _front_neck(head, rise)
    with pen.at(0, -rise):
        _whole_head(head, "asleep" if asleep else look.expression)
    return head


def _whole_head(head: Head, expression: str) -> None:
    pen, kind, coat, look, wide, tall = head.pen, head.kind, head.coat, head.look, head.w, head.h
    hanging = kind.part("ears") == "floppy"  # over the cheeks; all others grow from behind the head
    draw_behind(head)
    if not hanging:
        draw_ears(head)
    skin = _skin(head)
    outline = cheek_tufts(head) if look.fluffy and not kind.part("bare") else head_shape(head)
    pen.part(outline, skin, 0.2)
    with pen.clip(outline):
        draw_face_marks(head)
        pen.fill(ellipse(-wide * 0.3, -tall * 0.62, wide * 0.5, tall * 0.3),
            pen.glow("#ffffff", 0.34 if not coat.is_dark else 0.14))
    if hanging:
        draw_ears(head)
    draw_above(head)
    _features(head, expression, outline)
    _anchors(head)


def _front_neck(head: Head, rise: float) -> None:
    """A long neck behind the chest, for a head that is raised by `rise`."""
    pen, w = head.pen, 19 * head.kind.size("neck_w")
    neck = tube([(0, 64), (0, -rise * 0.5), (0, -rise + 8)], (w * 2.5, w * 1.9, w * 1.7))
    with pen.layer("back"):
        pen.part(neck, head.coat.main)
        with pen.clip(neck):
            draw_body_marks(pen, head.kind.part("body_marks"), (-w * 1.2, -rise, w * 1.2, 64),
                head.coat.dark, head.rng, belly=True)


def _skin(head: Head) -> str:
    return head.coat.light if head.kind.part("skin") == "light" else head.coat.main


def _ground(head: Head) -> str:
    """The colour about the eyes."""
    name = head.kind.part("around_eyes")
    return {"dark": head.coat.dark, "light": head.coat.light}.get(name, _skin(head))


def _features(head: Head, expression: str, outline: Shape) -> None:
    pen, kind, rng, baby = head.pen, head.kind, head.rng, head.look.baby
    size = 12.6 * kind.size("eye") * rng.uniform(0.9, 1.1) * (1.12 if baby else 1)
    gap = head.w * 0.44 * kind.size("eye_gap") * rng.uniform(0.93, 1.06) * (1 - 0.12 * head.turn)
    height = head.h * (kind.size("eye_y", 0.1) + (0.06 if baby else 0) + rng.uniform(-0.05, 0.04))
    MUZZLES[kind.part("muzzle") or "small"](head, expression)
    eyes = face.Eyes(gap, size, expression, _ground(head), head.coat.accent if kind.part("iris") else None)
    with pen.at(head.x(0), height):
        face.draw_eyes(pen, eyes, rng)
        face.brows(pen, eyes, -size * 1.75)
    if kind.part("cheeks") != "none":
        with pen.clip(outline), pen.at(head.x(0), 0):
            face.cheeks(pen, head.w * 0.7 * (1 - 0.1 * head.turn), height + size * 1.62,
                rng.uniform(10, 13), (0.3 if head.coat.is_dark else 0.46) * rng.uniform(0.75, 1.2)
                * kind.size("blush"))
            if rng.random() < 0.06 and lightness(_skin(head)) > 0.5:
                draw_freckles(head, height + size * 1.5)
    if kind.part("whiskers"):
        whiskers(head)
    pen.anchor("eyes", head.x(0), height, gap / 0.27)


def _anchors(head: Head) -> None:
    top = head.h * head.kind.size("hat_y", 0.86)
    head.pen.anchor("head_top", head.x(0) * 0.6, -top, head.w * 1.45)
    head.pen.anchor("ear", head.w * 0.62, -head.h * 0.8, head.w * 1.5)


def _nose(head: Head, x: float, y: float, wide: float, tall: float) -> None:
    """A soft triangle with a highlight."""
    nose = smooth([(x - wide, y - tall * 0.6), (x, y - tall), (x + wide, y - tall * 0.6),
        (x + wide * 0.55, y + tall * 0.45), (x, y + tall), (x - wide * 0.55, y + tall * 0.45)])
    head.pen.fill(nose, head.pen.ball(head.coat.nose, 0.2))
    head.pen.fill(ellipse(x - wide * 0.3, y - tall * 0.45, wide * 0.3, tall * 0.2), "#ffffff", opacity=0.75)


def _mouth(head: Head, y: float, size: float, expression: str, ground: str, double: bool = True) -> None:
    with head.pen.at(head.x(0) + head.turn * 3, y):
        face.mouth(head.pen, expression, size * head.rng.uniform(0.92, 1.08), ground, double)


def _small(head: Head, expression: str) -> None:
    """Bunnies, mice, foxes: a small nose on the fur."""
    x, y = head.x(0) + head.turn * 3, head.h * 0.36
    _mouth(head, y + 9.5, 9.5 * head.kind.size("mouth_size"), expression,
        (head.kind.part("mouth_on") == "light" and head.coat.light) or _skin(head))
    if head.kind.part("teeth") and expression in ("smiling", "neutral"):
        head.pen.fill(polygon([(x - 4.4, y + 13.5), (x + 4.4, y + 13.5), (x + 4, y + 20), (x - 4, y + 20)]),
            "#ffffff", "#d9c8c8", 1.2)
    _nose(head, x, y, 6.4 * head.kind.size("nose_size"), 4.8 * head.kind.size("nose_size"))


def _pads(head: Head, expression: str) -> None:
    """Cats, leopards, otters: two round whisker pads, a small nose between them."""
    x, y, size = head.x(0) + head.turn * 5, head.h * 0.42, head.kind.size("muzzle_size") * _jitter(head)
    pad = head.w * 0.2 * size
    head.pen.fill(ellipse(x, y + pad * 1.3, pad * 0.9, pad * 0.7), head.coat.light)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * pad * 0.82, y + pad * 0.66, pad, pad * 0.86),
            head.pen.ball(head.coat.light, 0.1))
    _mouth(head, y + pad * 0.72, pad * 0.92, expression, head.coat.light)
    _nose(head, x, y, 6.6 * head.kind.size("nose_size"), 4.8 * head.kind.size("nose_size"))


def _jitter(head: Head) -> float:
    return head.rng.uniform(0.9, 1.12)


def _patch(head: Head, expression: str) -> None:
    """Bears, dogs: a light oval with the nose on its upper part."""
    x, y = head.x(0) + head.turn * 4, head.h * 0.5
    size, colour = head.kind.size("muzzle_size") * _jitter(head), head.coat.light
    w, h = head.w * 0.37 * size * _jitter(head), head.h * 0.34 * size
    head.pen.fill(ellipse(x, y, w, h), head.pen.ball(colour, 0.1))
    _mouth(head, y + h * 0.12, 10, expression, colour)
    _nose(head, x, y - h * 0.46, 9.6 * head.kind.size("nose_size"), 6.6 * head.kind.size("nose_size"))


def _koala(head: Head, expression: str) -> None:
    x, y = head.x(0) + head.turn * 3, head.h * 0.22
    _mouth(head, head.h * 0.68, 9, expression, head.coat.main, double=False)
    nose = mirrored([(x, y - 21), (x + 10, y - 17), (x + 13.5, y), (x + 12, y + 15), (x, y + 20)], x)
    head.pen.fill(nose, head.pen.ball(head.coat.nose, 0.25), darker(head.coat.nose, 0.3), 1.2)
    head.pen.fill(ellipse(x - 4, y - 11, 3.4, 5.4, 12), "#ffffff", opacity=0.6)


def _snout(head: Head, expression: str) -> None:
    """Pigs."""
    x, y, size = head.x(0) + head.turn * 12, head.h * 0.32, _jitter(head)
    snout = darker(head.coat.inner, 0.1)
    with head.pen.at(x, y, 0, size):
        with head.pen.at(0, 21):
            face.mouth(head.pen, expression, 10 * _jitter(head), head.coat.main, double=False)
        head.pen.part(ellipse(0, 0, 27, 19), snout, 0.16, 0.28)
        for side in (-1, 1):
            head.pen.fill(ellipse(side * 10, 0.5, 5, 7.4, side * 6), darker(snout, 0.5))


def _broad(head: Head, expression: str) -> None:
    """Cows, horses, giraffes, zebras, deer: a wide soft muzzle with two nostrils."""
    x, y = head.x(0) + head.turn * head.w * 0.24, head.h * head.kind.size("muzzle_y", 0.66)
    size = head.kind.size("muzzle_size") * _jitter(head)
    w, h = head.w * 0.64 * size, head.h * 0.4 * size
    colour = {"dark": lighter(head.coat.dark, 0.16), "inner": head.coat.inner,
        "main": lighter(head.coat.main, 0.14)}.get(head.kind.part("muzzle_colour"), head.coat.light)
    head.pen.part(ellipse(x, y, w, h), colour, 0.14, 0.2)
    holes = lighter(colour, 0.4) if head.kind.part("muzzle_colour") == "dark" else darker(colour, 0.5)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * w * 0.42, y - h * 0.36, 4.4, 5.6, side * 18), holes)
    with head.pen.at(x, y + h * 0.16):
        face.mouth(head.pen, expression, 11 * _jitter(head), colour, double=False)


def _hippo(head: Head, expression: str) -> None:
    x, y = head.x(0) + head.turn * 5, head.h * 0.62
    w, h = head.w * 1.0, head.h * 0.52
    colour = lighter(head.coat.main, 0.16)
    head.pen.part(mirrored([(x, y - h), (x + w * 0.55, y - h), (x + w * 0.98, y - h * 0.2),
        (x + w * 0.9, y + h * 0.6), (x + w * 0.4, y + h), (x, y + h)], x), colour, 0.18, 0.25)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * w * 0.42, y - h * 0.52, 6.4, 8, side * 14), darker(colour, 0.45))
        if expression not in ("happy", "laughing", "surprised"):
            head.pen.fill(polygon([(x + side * w * 0.3 - 6, y + h * 0.34),
                (x + side * w * 0.3 + 6, y + h * 0.34), (x + side * w * 0.3 + 5,
                y + h * 0.7), (x + side * w * 0.3 - 5, y + h * 0.7)]), "#fffdf5", "#d8c9c9", 1.4)
    _mouth(head, y + h * 0.16, 17, expression, colour, double=False)


def _trunk(head: Head, expression: str) -> None:
    """Elephants: the mouth peeps out beside the trunk."""
    pen, rng, h = head.pen, head.rng, head.h
    side = 1 if head.turn else rng.choice((-1, 1))
    x, y, long = head.x(0) + head.turn * head.w * 0.36, h * 0.12, rng.uniform(0.9, 1.12)
    for tusk in () if head.look.baby else (-1, 1):
        line = [(x + tusk * 14, y + 22), (x + tusk * 20, y + 33), (x + tusk * 27, y + 34)]
        pen.part(tube(line, (10, 9, 5)), "#fffaf0", 0.12)
    with pen.at(head.x(0) - side * 27, h * 0.66):
        face.mouth(pen, expression, 11, head.coat.main, double=False)
    reach = 1 + 0.7 * head.turn
    path, swing = (UP, 1.0) if rng.random() < 0.7 else (DOWN, rng.uniform(0.8, 1.2))
    line = [(x + side * a * reach * long * swing, y + b * long) for a, b in path]
    trunk = tube(line, (36, 32, 26, 22, 19, 20), 4)
    pen.part(trunk, lighter(head.coat.main, 0.1), 0.26, 0.46)
    with pen.clip(trunk):
        pen.fill(ellipse(x, line[0][1] - 6, 24, 17), pen.glow(lighter(head.coat.main, 0.2), 1))
        _wrinkles(head, line[1:4])
    pen.fill(ellipse(*line[-1], 6, 5), darker(head.coat.inner, 0.1))


def _wrinkles(head: Head, line: list[Point]) -> None:
    """Short curves across a trunk that runs along the line."""
    for (ax, ay), (bx, by) in pairwise(line):
        for at in (0.1, 0.6):
            turn = math.degrees(math.atan2(by - ay, bx - ax)) - 90
            with head.pen.at(ax + (bx - ax) * at, ay + (by - ay) * at, turn):
                head.pen.line(smooth([(-11, -2), (0, 2), (11, -2)], closed=False),
                    darker(head.coat.main, 0.3), 2.4, 0.75)


UP = ((0, -10), (1, 14), (12, 33), (37, 36), (57, 20), (58, -6))
DOWN = ((0, -10), (0, 14), (3, 34), (12, 49), (28, 53), (42, 44))
"""The trunk's line from between the eyes: its tip raised beside the cheek, or hanging and curled."""


def _reptile(head: Head, expression: str) -> None:
    """Dinosaurs, dragons: a broad light jaw with two nostrils."""
    x, y = head.x(0) + head.turn * 5, head.h * 0.6
    w, h = head.w * 0.72, head.h * 0.4
    colour = lighter(head.coat.main, 0.26)
    head.pen.part(ellipse(x, y, w, h), colour, 0.14, 0.16)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * w * 0.3, y - h * 0.5, 2.8, 3.6, side * 20), darker(colour, 0.5))
    _mouth(head, y + h * 0.06, 15 if expression in ("smiling", "winking") else 12, expression, colour,
        double=False)


MUZZLES: dict[str, Callable[[Head, str], None]] = {
    "small": _small, "pads": _pads, "patch": _patch, "koala": _koala, "snout": _snout, "broad": _broad,
    "hippo": _hippo, "trunk": _trunk, "reptile": _reptile,
}  # fmt: skip
