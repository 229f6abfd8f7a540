"""Bee, ladybug, butterfly, caterpillar and snail. Knows their shapes; colours come with the table."""

from __future__ import annotations

import math
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.sea import eyes_of
from pawlette.train.art.animals.shapes import ellipse, leaf, mirrored, polygon, smooth, tube

DARK = "#4a3f4c"


def _feelers(pen: Pen, x: float, y: float, spread: float, tall: float, rng: Random, knob: str = DARK) -> None:
    for side in (-1, 1):
        bend = rng.uniform(0.7, 1.2)
        tip = (x + side * spread * bend, y - tall)
        pen.line(
            smooth([(x + side * 8, y), (x + side * spread * 0.5, y - tall * 0.7), tip], closed=False),
            DARK,
            3.4,
        )
        pen.part(ellipse(tip[0], tip[1], 5.6, 5.6), knob, 0.2)


def _round_head(
    pen: Pen, look: Look, coat: Coat, rng: Random, x: float, y: float, r: float, colour: str
) -> None:
    """A ball with a face."""
    pen.tilt = rng.uniform(-5, 5) * look.facing
    with pen.at(x, y, pen.tilt * look.facing):
        pen.part(ellipse(0, 0, r, r * 0.95), colour, 0.2)
        pen.fill(ellipse(-r * 0.3, -r * 0.55, r * 0.48, r * 0.24), pen.glow("#ffffff", 0.45))
        with pen.at(r * 0.06, r * 0.06):
            face.plain_face(pen, eyes_of(look, rng, r * 0.44, r * 0.245, colour), rng, r * 0.32, r * 0.2)
        pen.anchor("head_top", 0, -r * 0.82, r * 1.35)
        pen.anchor("ear", r * 0.6, -r * 0.74, r * 1.3)


def draw_bee(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    small = 0.9 if look.baby else 1.0
    w, t = 62 * small * rng.uniform(0.88, 1.1), 50 * small * rng.uniform(0.92, 1.06)
    y = -74.0
    with pen.layer("back"):
        for x, turn, long in ((-26.0, -30, 82), (2.0, -2, 76)):
            with pen.at(x, y - t * 0.6, turn + rng.uniform(-14, 12)):
                pen.fill(
                    leaf(0, 8, long * small, 50 * small, 0, 0.75),
                    pen.down("#eaf7ff", "#c3e4fb"),
                    "#93bfe2",
                    1.8,
                )
        pen.part(polygon([(-w * 1.18, y + 2), (-w * 0.86, y - 9), (-w * 0.86, y + 13)]), DARK, 0.1)
        for x in (-20, 4, 26):
            pen.line(smooth([(x, y + t * 0.8), (x + 2, y + t + 12)], closed=False), DARK, 5)
    body = ellipse(0, y, w, t)
    pen.part(body, coat.main)
    with pen.clip(body):
        for x in (-0.72, -0.28, 0.16):
            pen.fill(
                smooth(
                    [
                        (w * x - 9, y - t * 1.1),
                        (w * x + 9, y - t * 1.1),
                        (w * x + 5, y),
                        (w * x + 9, y + t * 1.1),
                        (w * x - 9, y + t * 1.1),
                        (w * x - 13, y),
                    ],
                    tension=0.5,
                ),
                DARK,
            )
        pen.fill(ellipse(-10, y - t * 0.66, w * 0.6, t * 0.18), pen.glow("#ffffff", 0.45))
    with pen.layer("head"):
        r = 41 * (1.12 if look.baby else 1) * rng.uniform(0.9, 1.1)
        _feelers(pen, w * 0.78, y - 12 - r * 0.8, 24, 32, rng)
        _round_head(pen, look, coat, rng, w * 0.78, y - 10, r, coat.main)
    if look.pose == "waving":
        with pen.layer("front_arm"):
            pen.part(tube([(w * 0.2, y + 30), (w * 0.1, y + 2), (w * 0.22, y - 34)], (10, 10, 10)), DARK)
    pen.anchor("hand", w * 0.5, y + t * 0.86, 50)
    pen.anchor("feet", 0, 0, w * 1.8)
    return pen.sprite(ground=None)


def draw_ladybug(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """From the side and a little above: spotted wing cases, the head in front."""
    w, t = (
        72 * rng.uniform(0.95, 1.05) * (0.9 if look.baby else 1),
        rng.uniform(88, 98) * (0.88 if look.baby else 1),
    )
    flying = look.pose in ("flying", "jumping")
    with pen.layer("back"):
        for x in (-w * 0.5, 0, w * 0.46):
            pen.part(tube([(x, -16), (x + 3, -8), (x + 9, -4)], (12, 11, 10)), DARK, 0.1)
        if flying:
            for turn in (-42, -14):
                with pen.at(-8, -t * 0.8, turn):
                    pen.fill(leaf(0, 0, 70, 40, 0, 0.7), pen.down("#eaf7ff", "#c3e4fb"), "#93bfe2", 1.8)
    shell = smooth(
        [
            (-w, -14),
            (-w * 0.9, -t * 0.62),
            (-w * 0.4, -t * 0.98),
            (w * 0.2, -t),
            (w * 0.7, -t * 0.66),
            (w * 0.8, -14),
            (0, -9),
        ],
        tension=0.92,
    )
    pen.part(shell, coat.main)
    with pen.clip(shell):
        pen.line(
            smooth([(w * 0.4, -t), (-w * 0.24, -t * 0.62), (-w * 0.92, -t * 0.3)], closed=False), DARK, 3.4
        )
        for x, y, r in (
            (0.16, 0.46, 12),
            (-0.3, 0.28, 12),
            (-0.62, 0.52, 9),
            (-0.2, 0.82, 9.5),
            (0.38, 0.2, 9.5),
            (-0.72, 0.16, 8),
            (0.3, 0.84, 8),
        ):
            pen.fill(ellipse(x * w + rng.uniform(-2, 2), -t * y, r, r * 0.95), DARK)
        pen.fill(ellipse(-w * 0.3, -t * 0.84, w * 0.4, t * 0.12, -16), pen.glow("#ffffff", 0.55))
    with pen.layer("head"):
        r = 43 * (1.1 if look.baby else 1) * rng.uniform(0.9, 1.08)
        x, y = w * 0.84, -50.0
        _feelers(pen, x, y - r * 0.8, 24, 30, rng)
        pen.part(ellipse(x, y, r, r * 0.95), DARK, 0.1)
        pen.tilt = rng.uniform(-4, 4) * look.facing
        mask = mirrored(
            [(0, -r * 0.3), (r * 0.5, -r * 0.56), (r * 0.84, -r * 0.05), (r * 0.56, r * 0.62), (0, r * 0.76)]
        )
        with pen.at(x + 3, y, pen.tilt * look.facing):
            pen.fill(mask, pen.ball("#ffe4cf", 0.1))
            with pen.at(0, 2):
                face.plain_face(pen, eyes_of(look, rng, r * 0.42, 9.6, "#ffe4cf"), rng, 11, 8)
            pen.anchor("head_top", 0, -r * 0.84, r * 1.3)
    pen.anchor("hand", w * 0.84, -10, 44)
    pen.anchor("feet", 8, 0, w * 2)
    return pen.sprite()


def draw_butterfly(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    small = 0.92 if look.baby else 1.0
    y, fold = -84.0, rng.uniform(0.74, 1.1) * (0.8 if look.pose == "sleeping" else 1)
    tall = rng.uniform(0.94, 1.08)
    with pen.layer("back"):
        for side in (-1, 1):
            with pen.at(0, y, 0, side * fold * small, small * tall):
                lower = smooth([(4, 6), (44, 8), (74, 34), (62, 68), (34, 70), (14, 44)])
                pen.part(lower, coat.accent, 0.16, 0.36)
                pen.fill(ellipse(50, 42, 12, 14, -20), lighter(coat.accent, 0.5))
                upper = smooth([(4, 4), (14, -44), (52, -82), (94, -78), (100, -40), (76, 2), (36, 14)])
                pen.part(upper, coat.main, 0.16, 0.36)
                with pen.clip(upper):
                    pen.line(upper, darker(coat.main, 0.4), 15)
                    for x, dy in ((92, -62), (95, -42), (80, -77)):
                        pen.fill(ellipse(x, dy, 3.2, 3.2), "#ffffff")
                pen.fill(ellipse(58, -46, 17, 13, -38), lighter(coat.main, 0.5))
                pen.fill(ellipse(34, -14, 9, 7, -30), lighter(coat.main, 0.45))
    pen.part(tube([(0, y + 4), (0, y + 30), (0, y + 62)], (25, 23, 9)), coat.dark, 0.2)
    with pen.layer("head"):
        r = 30 * (1.12 if look.baby else 1)
        _feelers(pen, 0, y - 16 - r * 0.8, 26, 38, rng)
        _round_head(pen, look, coat, rng, 0, y - 16, r, coat.light)
    pen.anchor("hand", 0, y + 40, 44)
    pen.anchor("feet", 0, y + 70, 60)
    return pen.sprite(ground=None)


def draw_caterpillar(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """A row of balls that rises towards the head."""
    small, n = 0.88 if look.baby else 1.0, 5
    hump = rng.uniform(4, 40)
    second = lighter(coat.main, 0.26)
    for k in range(n):
        x = -98 * small + k * 34 * small
        r = (24 + k * 2.4) * small
        y = (
            -r
            - 4
            - (hump if k == 2 else hump * 0.45 if k in (1, 3) else 0) * (0 if look.pose == "sleeping" else 1)
        )
        for dx in (-8, 9):
            pen.part(ellipse(x + dx, min(y + r * 0.9, -6), 7, 6.4), coat.accent, 0.2)
        pen.part(ellipse(x, y, r, r), coat.main if k % 2 == 0 else second)
        pen.fill(ellipse(x + 2, y - r * 0.1, r * 0.24, r * 0.28), coat.accent, opacity=0.75)
    r = 47 * (1.1 if look.baby else 1) * rng.uniform(0.9, 1.06)
    x, y = 66.0 * small, -r - (4 if look.pose == "sleeping" else rng.uniform(10, 40))
    if look.pose == "waving":
        pen.part(tube([(34, -34), (14, -52), (10, -74)], (11, 10, 10)), coat.accent)
    with pen.layer("head"):
        _feelers(pen, x, y - r * 0.82, 22, 30, rng, coat.accent)
        _round_head(pen, look, coat, rng, x, y, r, coat.main)
    pen.part(ellipse(x - 10, -17, 25, 17), coat.main)
    pen.anchor("neck", x - 6, y + r * 0.88, 60)
    pen.anchor("hand", x + 4, -16, 44)
    pen.anchor("feet", -14, 0, 170)
    return pen.sprite()


def draw_snail(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    small = 0.88 if look.baby else 1.0
    r = 60 * small * rng.uniform(0.94, 1.06)
    skin = coat.light
    foot = smooth(
        [(-102 * small, -3), (-72, -20), (0, -30), (50, -32), (86, -26), (92, -6), (60, -1), (-60, -1)]
    )
    pen.part(foot, skin)
    pen.part(tube([(44, -18), (72, -40), (78, -64)], (42, 40, 40)), skin)
    x, y = -22.0, -22 - r
    pen.part(ellipse(x, y, r, r * 0.98), coat.main)
    line = _spiral(x, y, r, rng.uniform(-0.4, 0.4))
    pen.line(smooth(line, closed=False), darker(coat.main, 0.36), 5)
    pen.line(smooth([(px - 2, py - 2) for px, py in line], closed=False), lighter(coat.main, 0.4), 2, 0.8)
    pen.fill(ellipse(x - r * 0.36, y - r * 0.6, r * 0.36, r * 0.2, -28), pen.glow("#ffffff", 0.6))
    hr = 38 * (1.1 if look.baby else 1) * rng.uniform(0.92, 1.08)
    hx, hy = 80.0, -hr - 8 if look.pose == "sleeping" else -78 * small - rng.uniform(-2, 22)
    with pen.layer("head"):
        for side in (-1, 1):
            tip = (hx + side * rng.uniform(18, 26), hy - hr - 30)
            pen.part(
                tube([(hx + side * 13, hy - hr * 0.6), (hx + side * 15, hy - hr - 10), tip], (10, 8, 8)), skin
            )
            pen.part(ellipse(tip[0], tip[1], 8, 8), lighter(skin, 0.2))
        _round_head(pen, look, coat, rng, hx, hy, hr, skin)
    pen.anchor("neck", 76, -42, 56)
    pen.anchor("hand", 84, -20, 40)
    pen.anchor("feet", 0, 0, 180)
    return pen.sprite()


def _spiral(x: float, y: float, r: float, start: float) -> list[tuple[float, float]]:
    turns = 2.3
    points = []
    for k in range(22):
        a = k / 21 * turns * 2 * math.pi + 0.6 + start
        radius = r * 0.9 * (1 - k / 21) ** 0.86
        points.append((x + math.cos(a) * radius, y + math.sin(a) * radius * 0.98))
    return points
