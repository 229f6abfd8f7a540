"""Tails of mammals: they start at the pen's origin, inside the body, and grow to the left. Know no body."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.pen import Pen, darker
from pawlette.train.art.animals.shapes import ellipse, fringe, fur, leaf, smooth, tube
from pawlette.train.art.animals.toppings import RAINBOW

CARRIED: dict[str, dict[str, tuple[float, float]]] = {
    "": {"low": (-10, 14), "standing": (-24, 16), "flat": (-34, -8), "streaming": (-30, 0)},
    "tuft": {"low": (-16, 10), "standing": (-92, -38), "flat": (-22, -6), "streaming": (-34, -6)},
    "hair": {"low": (34, 52), "standing": (-14, 10), "flat": (38, 54), "streaming": (26, 50)},
}  # fmt: skip
"""How far (degrees, clockwise) a tail may be turned, by how it is carried; some hang from the rump."""


def draw_tail(pen: Pen, kind: Species, coat: Coat, rng: Random, carried: str) -> None:
    """`carried` low by one that sits, standing behind one on four legs, flat by one that lies, or streaming."""
    name = kind.part("tail")
    if name:
        low, high = CARRIED.get(name, CARRIED[""])[carried]
        with pen.at(0, 0, rng.uniform(low, high), rng.uniform(0.88, 1.14)):
            TAILS[name](pen, coat, rng, kind)


def _cat(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    lift = rng.uniform(0.9, 1.15)
    line = [(0, 0), (-30, 0), (-50, -24 * lift), (-44, -54 * lift), (-56, -70 * lift)]
    tail = tube(line, (13, 13, 13, 12, 9), 5)
    pen.part(tail, coat.main)
    if kind.part("tail_mark"):
        with pen.clip(tail):
            for x, y in ((-30, -4), (-46, -20), (-47, -38), (-46, -56)):
                pen.fill(ellipse(x, y, 9, 3.6, 40 if x > -40 else 0), coat.dark)
            pen.fill(ellipse(-56, -72 * lift, 12, 12), coat.dark)


def _dog(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    pen.part(tube([(0, 0), (-24, -6), (-38, -26), (-34, -44)], (15, 14, 12, 7), 4), coat.main)


def _puff(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    pen.part(
        fringe(ellipse(-12, -8, 14, 13), 10, 4), coat.light if kind.part("tail_light") else coat.main, 0.12
    )


def _bushy(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Foxes, wolves: full, with a tip of another colour."""
    with pen.at(0, 0, rng.uniform(-6, 8)):
        tail = smooth(
            [(6, 4), (-26, 8), (-56, -10), (-66, -44), (-52, -78), (-30, -62), (-26, -36), (4, -14)]
        )
        if rng.random() < 0.5:
            tail = fur(tail, 20, 6)
        pen.part(tail, coat.main)
        with pen.clip(tail):
            pen.fill(fringe(ellipse(-52, -78, 30, 28), 12, 6), coat.light)


def _ringed(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Raccoons, red pandas."""
    tail = smooth([(6, 2), (-26, 8), (-54, -8), (-64, -42), (-54, -72), (-34, -64), (-32, -38), (4, -16)])
    pen.part(tail, coat.main)
    with pen.clip(tail):
        ring = coat.dark if kind.part("tail_mark") != "accent" else coat.accent
        for x, y, turn in ((-22, -6, 80), (-45, -22, 40), (-50, -44, 8)):
            pen.fill(ellipse(x, y, 30, 6, turn), ring)
        pen.fill(ellipse(-50, -74, 28, 14, -10), ring)


def _squirrel(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    lift = rng.uniform(0.95, 1.1)
    points = [
        (8, 6),
        (-30, 10),
        (-64, -20),
        (-72, -74),
        (-54, -116),
        (-22, -122),
        (-14, -98),
        (-32, -90),
        (-32, -60),
        (-8, -30),
    ]
    tail = fringe(smooth([(x, y * lift) for x, y in points]), 26, 4.5)
    pen.part(tail, coat.main)
    with pen.clip(tail):
        pen.line(
            smooth([(-18, -8), (-46, -34), (-50, -76), (-36, -104)], closed=False),
            darker(coat.main, 0.16),
            12,
            0.6,
        )


def _thin(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Mice."""
    pen.line(
        smooth([(0, 0), (-28, 4), (-46, -12), (-42, -34), (-60, -48)], closed=False),
        darker(coat.inner, 0.1),
        5.5,
    )


def _monkey(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    pen.part(
        tube(
            [(0, 0), (-34, 2), (-54, -22), (-48, -56), (-30, -60), (-28, -46), (-38, -44)],
            (11, 11, 10, 10, 9, 8, 6),
            5,
        ),
        coat.main,
    )


def _tuft(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Lions, cows, giraffes, elephants: thin, with a tuft."""
    rise = rng.uniform(0.7, 1.1)
    line = [(0, 0), (-26, 2), (-42, -18 * rise), (-50, -40 * rise)]
    pen.part(tube(line, (9, 8, 7, 6), 4), coat.main)
    tip = coat.accent if kind.part("tail_mark") == "accent" else coat.dark
    with pen.at(-50, -36 * rise, -16):
        pen.part(leaf(0, 4, 28, 18, 0, 0.1), tip)


def _curl(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Pigs."""
    line = smooth(
        [(8, -6), (-8, -10), (-18, -20), (-13, -28), (-6, -21), (-14, -12), (-27, -18)], closed=False
    )
    pen.line(line, darker(coat.main, 0.3), 8)
    pen.line(line, darker(coat.main, 0.06), 5)


def _hair(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Horses, unicorns: long locks."""
    start = rng.randrange(6)
    for k in range(4):
        colour = (
            RAINBOW[(start + k) % 6]
            if kind.part("hair") == "rainbow"
            else (coat.accent, darker(coat.accent, 0.14))[k % 2]
        )
        reach = 58 - k * 9
        lock = smooth(
            [
                (4, -10),
                (-reach * 0.5, -20 + k * 4),
                (-reach, 4),
                (-reach * 0.94, 44 - 10 * k),
                (-reach * 0.7, 16),
                (-reach * 0.3, 0),
                (4, 4),
            ]
        )
        with pen.at(0, -16, 8):
            pen.part(lock, colour, 0.14, 0.2)


def _thick(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Otters, kangaroos."""
    pen.part(tube([(14, -8), (-22, 2), (-52, 2), (-78, -10)], (30, 25, 17, 8), 4), coat.main)


def _stub(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Deer, goats: short, light below."""
    with pen.at(2, -2, -38):
        pen.part(leaf(0, 4, 28, 18, 0, 0.15), coat.main)
        pen.fill(leaf(0, 0, 20, 9, 0, 0.1), coat.light)


def _dragon(pen: Pen, coat: Coat, rng: Random, kind: Species) -> None:
    """Dinosaurs, dragons: thick, with plates above; a dragon's ends in a point."""
    curl = rng.uniform(-24, -8)
    for x, y, turn in ((-16, -10, -14), (-36, -7, -16), (-54, -6, -24)):
        pen.part(leaf(x, y, 21, 19, turn, 0.12), coat.accent, 0.18)
    if kind.part("tail_mark"):
        with pen.at(-78, curl, -52):
            pen.part(leaf(0, 6, 27, 25, 0, 0), coat.accent, 0.18)
    pen.part(tube([(14, -10), (-22, 2), (-52, 4), (-80, curl)], (38, 29, 19, 6), 4), coat.main)


TAILS: dict[str, Callable[[Pen, Coat, Random, Species], None]] = {
    "cat": _cat, "dog": _dog, "puff": _puff, "bushy": _bushy, "ringed": _ringed, "squirrel": _squirrel,
    "thin": _thin,
    "monkey": _monkey, "tuft": _tuft, "curl": _curl, "hair": _hair, "thick": _thick, "stub": _stub,
    "dragon": _dragon,
}  # fmt: skip
