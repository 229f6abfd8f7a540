"""Ears of mammals, drawn behind the head. Knows the head's size and coat, nothing of the face."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look
from pawlette.train.art.animals.pen import Pen, darker, lighter, mix
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, leaf, mirrored, smooth


@dataclass(slots=True)
class Head:
    """A head in the making, about its middle: half its width and height, and how far the face is turned."""

    pen: Pen
    rng: Random
    coat: Coat
    look: Look
    kind: Species
    w: float
    h: float
    turn: float = 0.0  # 0 faces the viewer, 1 is nearly a profile to the right
    upright: bool = True  # on a body that sits or stands before the viewer

    def x(self, x: float) -> float:
        """Where a feature at x of a front view sits on the turned head."""
        return x * (1 - 0.16 * self.turn) + self.turn * self.w * 0.3

    @property
    def fur(self) -> int:
        return 1 if self.look.fluffy else 0


def draw_ears(head: Head) -> None:
    """Both ears."""
    name = head.kind.part("ears")
    if not name:
        return
    spread, size = head.rng.uniform(-9, 9), head.kind.size("ear_size") * head.rng.uniform(0.88, 1.14)
    for side in (-1, 1):
        with head.pen.at(-head.turn * head.w * 0.1, 0, 0, side, 1):
            EARS[name](head, size * head.rng.uniform(0.97, 1.03), spread + head.rng.uniform(-3, 3))


def _round(head: Head, size: float, spread: float) -> None:
    r = 19 * size
    x, y = head.w * 0.7, -head.h * 0.74
    colour = head.coat.dark if head.kind.part("ear_colour") == "dark" else head.coat.main
    outer = ellipse(x, y, r, r)
    head.pen.part(fur(outer, 15, 3.5) if head.fur else outer, colour)
    inner = darker(colour, 0.22) if head.kind.part("ear_colour") == "dark" else head.coat.inner
    head.pen.fill(ellipse(x - 1, y + 2, r * 0.6, r * 0.6), head.pen.ball(inner, 0.12))


def _pointed(head: Head, size: float, spread: float) -> None:
    """Foxes, wolves: a tall soft triangle; its tip may be dark."""
    tall, wide = 54 * size, 36 * size
    with head.pen.at(head.w * 0.52, -head.h * 0.6, 15 + spread):
        ear = smooth([(-wide / 2, 8), (-wide * 0.42, -tall * 0.45), (0, -tall), (wide * 0.42, -tall * 0.45),
            (wide / 2, 10), (0, 16)], tension=0.62)
        head.pen.part(ear, head.coat.main)
        if head.kind.part("ear_tip"):
            with head.pen.clip(ear):
                head.pen.fill(ellipse(0, -tall * 1.02, wide * 0.62, tall * 0.5), head.coat.dark)
        inner = head.coat.light if head.kind.part("ear_inner") == "light" else head.coat.inner
        head.pen.fill(smooth([(-wide * 0.27, 6), (-wide * 0.2, -tall * 0.36), (0, -tall * 0.7),
            (wide * 0.2, -tall * 0.36), (wide * 0.27, 6)], tension=0.62), inner)


def _cat(head: Head, size: float, spread: float) -> None:
    """As wide as they are tall, far apart, pink inside."""
    tall, wide = 42 * size, 48 * size
    with head.pen.at(head.w * 0.63, -head.h * 0.56, 24 + spread):
        ear = smooth([(-wide * 0.52, 12), (-wide * 0.34, -tall * 0.42), (0, -tall),
            (wide * 0.34, -tall * 0.42), (wide * 0.52, 14), (0, 22)], tension=0.5)
        head.pen.part(fur(ear, 15, 2.5) if head.fur else ear, head.coat.main)
        head.pen.fill(smooth([(-wide * 0.31, 10), (-wide * 0.19, -tall * 0.32), (0, -tall * 0.68),
            (wide * 0.19, -tall * 0.32), (wide * 0.31, 12)], tension=0.5), head.coat.inner)


def _bunny(head: Head, size: float, spread: float) -> None:
    tall, wide = head.rng.uniform(80, 98) * size, 28 * size
    bent = head.rng.random() < 0.15
    with head.pen.at(head.w * 0.36, -head.h * 0.72, 10 + spread + (34 if bent else 0)):
        ear = leaf(0, 10, tall, wide, 0, 0.75)
        head.pen.part(fur(ear, 24, 3) if head.fur else ear, head.coat.main)
        head.pen.fill(leaf(0, 2, tall * 0.8, wide * 0.52, 0, 0.75),
            head.pen.down(head.coat.inner, lighter(head.coat.inner, 0.35)))


def _floppy(head: Head, size: float, spread: float) -> None:
    """Dogs: hanging from the sides of the crown."""
    colour = head.coat.dark if head.kind.part("ear_colour") == "dark" else darker(head.coat.main, 0.22)
    w, h = head.w, head.h
    ear = smooth([(w * 0.52, -h * 0.86), (w * 0.9, -h * 0.82), (w * 1.16, -h * 0.3),
        (w * 1.2 + spread, h * 0.26 * size), (w * 1.0, h * 0.46 * size), (w * 0.82, h * 0.14), (w * 0.72,
        -h * 0.35)])
    head.pen.part(fur(ear, 18, 3.5) if head.fur else ear, colour)


def _elephant(head: Head, size: float, spread: float) -> None:
    """Fans at the sides that hang to a lobe."""
    w, h, wide = head.w, head.h, head.w * (size - 1) * 0.8
    points = [(w * 0.5, -h * 0.66), (w * 1.0, -h * 1.08), (w * 1.66 + wide, -h * 0.98),
        (w * 2.0 + wide, -h * 0.3), (w * 1.86 + wide, h * 0.4), (w * 1.5 + wide, h * 1.06),
        (w * 1.16, h * 0.82), (w * 0.8, h * 0.4)]
    with head.pen.at(0, 0, spread * 0.5):
        head.pen.part(smooth(points), head.coat.main)
        middle = w * 1.24
        inner = [(middle + (x - middle) * 0.74, (y + h * 0.02) * 0.74) for x, y in points]
        head.pen.fill(smooth(inner), head.pen.ball(mix(darker(head.coat.main, 0.1), head.coat.inner, 0.3),
            0.12))


def _koala(head: Head, size: float, spread: float) -> None:
    x, y, r = head.w * 0.94, -head.h * 0.52, 30 * size
    outer = fringe(ellipse(x, y, r, r), 15, 6)
    head.pen.part(outer, head.coat.main)
    head.pen.fill(fringe(ellipse(x + 1, y + 2, r * 0.6, r * 0.58), 11, 5), lighter(head.coat.inner, 0.25))


def _mouse(head: Head, size: float, spread: float) -> None:
    x, y, r = head.w * 0.86, -head.h * 0.8, 37 * size
    head.pen.part(ellipse(x, y, r, r), head.coat.main)
    head.pen.fill(ellipse(x - 1, y + 1, r * 0.7, r * 0.7), head.pen.ball(head.coat.inner, 0.14))


def _pig(head: Head, size: float, spread: float) -> None:
    """A triangle whose tip folds forward."""
    w, h = head.w, head.h
    with head.pen.at(w * 0.7, -h * 0.66, 34 + spread, size * 0.84):
        ear = smooth([(-24, 12), (-17, -22), (2, -38), (22, -20), (25, 14)], tension=0.6)
        head.pen.part(ear, head.coat.main)
        fold = smooth([(-17, -21), (2, -38), (22, -20), (13, 2), (2, 6), (-9, -6)], tension=0.55)
        head.pen.part(fold, darker(head.coat.inner, 0.06), 0.14)


def _side(head: Head, size: float, spread: float) -> None:
    """Cows, deer, giraffes, sheep, goats: a leaf that stands out sideways."""
    tall = 48 * size
    colour = head.coat.dark if head.kind.part("ear_colour") == "dark" else head.coat.main
    droop = head.kind.size("ear_droop", 74)
    with head.pen.at(head.w * 0.72, -head.h * 0.42, droop + spread):
        head.pen.part(leaf(0, 6, tall, 29 * size, 0, 0.28), colour)
        head.pen.fill(leaf(1, -2, tall * 0.74, 17 * size, 0, 0.2), head.coat.inner)


def _upright(head: Head, size: float, spread: float) -> None:
    """Horses, kangaroos."""
    with head.pen.at(head.w * 0.5, -head.h * 0.72, 16 + spread):
        head.pen.part(leaf(0, 10, 48 * size, 26 * size, 0, 0.12), head.coat.main)
        head.pen.fill(leaf(0, 4, 37 * size, 15 * size, 0, 0.1), head.coat.inner)


def _monkey(head: Head, size: float, spread: float) -> None:
    x, y = head.w * 1.02, head.h * 0.02
    head.pen.part(ellipse(x, y, 20 * size, 22 * size), head.coat.main)
    head.pen.fill(ellipse(x + 1, y, 13 * size, 15 * size), head.pen.ball(head.coat.light, 0.12))


def _red_panda(head: Head, size: float, spread: float) -> None:
    x, y = head.w * 0.76, -head.h * 0.76
    with head.pen.at(x, y, 34 + spread):
        head.pen.part(fringe(ellipse(0, 0, 22 * size, 27 * size), 13, 4), head.coat.light)
        head.pen.fill(ellipse(0, 4, 13 * size, 18 * size), head.pen.ball(head.coat.dark, 0.1))


def _tiny(head: Head, size: float, spread: float) -> None:
    """Hippos, otters, hamsters, hedgehogs: little and round, near the crown or low at the sides."""
    low = head.kind.part("ears_at") == "sides"
    x, y, r = head.w * (0.98 if low else 0.74), -head.h * (0.34 if low else 0.72), 14 * size
    head.pen.part(ellipse(x, y, r, r), head.coat.main)
    head.pen.fill(ellipse(x, y + 1, r * 0.58, r * 0.58), head.coat.inner)


def _tufted(head: Head, size: float, spread: float) -> None:
    """Squirrels."""
    with head.pen.at(head.w * 0.52, -head.h * 0.7, 14 + spread):
        head.pen.part(leaf(0, 10, 44 * size, 30 * size, 0, 0.1), head.coat.main)
        head.pen.part(leaf(0, -22 * size, 24 * size, 12 * size, 8, 0), darker(head.coat.main, 0.15))
        head.pen.fill(leaf(0, 6, 27 * size, 15 * size, 0, 0.1), head.coat.inner)


EARS: dict[str, Callable[[Head, float, float], None]] = {
    "round": _round, "pointed": _pointed, "cat": _cat, "bunny": _bunny, "floppy": _floppy,
        "elephant": _elephant,
    "koala": _koala,
    "mouse": _mouse, "pig": _pig, "side": _side, "upright": _upright, "monkey": _monkey,
    "red panda": _red_panda,
    "tiny": _tiny, "tufted": _tufted,
}  # fmt: skip


def head_shape(head: Head) -> Shape:
    """The outline of the head: an oval, wider at the cheeks or the brow."""
    w, h, name = head.w, head.h, head.kind.part("head") or "round"
    cheek, brow = HEADS[name]
    half = [(0.0, -h)]
    for degrees in (20, 40, 60, 80, 100, 120, 140, 160):
        sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        share = (1 - cos) / 2  # 0 at the crown, 1 at the chin
        half.append((w * sin**0.86 * (brow + (cheek - brow) * min(share * 1.5, 1)), -h * cos))
    half.append((0.0, h))
    if name == "pointed":
        half[5:8] = [(w * 1.0, h * 0.14), (w * 1.07, h * 0.42), (w * 0.66, h * 0.78)]
    elif name == "muzzled":
        half[5:] = [(w * 0.84, h * 0.14), (w * 0.7, h * 0.6), (w * 0.56, h * 1.0), (0, h * 1.14)]
    elif name == "ruffed":  # jagged cheeks
        half[5:8] = [(w * 1.0, h * 0.06), (w * 1.2, h * 0.3), (w * 0.98, h * 0.4), (w * 1.08, h * 0.66),
            (w * 0.74, h * 0.72), (w * 0.5, h * 0.94)]
    return mirrored(half)


HEADS = {"round": (1.0, 0.96), "wide": (1.07, 0.9), "pear": (1.12, 0.84), "cat": (1.12, 0.94),
    "ruffed": (1.0, 0.92), "pointed": (1.0, 0.92), "muzzled": (0.9, 0.94)}
"""How far the cheeks and the brow reach, as shares of half the width."""
