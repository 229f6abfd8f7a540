"""Frog, turtle, crocodile and snake. Knows their shapes; colours come with the table."""

from __future__ import annotations

from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.sea import expression_of, eyes_of
from pawlette.train.art.animals.shapes import ellipse, leaf, mirrored, polygon, smooth, tube


def draw_frog(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """Squatting, its eyes on top of a wide head."""
    small = 0.86 if look.baby else 1.0
    asleep = look.pose == "sleeping"
    w, t = 46 * small * rng.uniform(0.92, 1.12), (50 if asleep else rng.uniform(64, 82)) * small
    leap = look.pose in ("jumping", "swimming", "flying")
    lift = 26.0 if leap else 0.0
    with pen.layer("back"):
        for side in (-1, 1):
            if leap:
                pen.part(
                    tube(
                        [(side * w * 0.6, -lift - 20), (side * w * 1.25, -lift - 14), (side * w * 1.35, -10)],
                        (30, 24, 13),
                    ),
                    coat.main,
                )
            else:
                pen.part(ellipse(side * w * 0.98, -26, 25, 28, side * 22), coat.main)
            _toes(pen, side * w * (1.35 if leap else 1.14), 0, side, coat)
    body = mirrored(
        [
            (0, -t - lift),
            (w * 0.8, -t * 0.8 - lift),
            (w, -t * 0.3 - lift),
            (w * 0.66, -2 - lift),
            (0, -1 - lift),
        ]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        pen.fill(ellipse(0, -t * 0.28 - lift, w * 0.72, t * 0.5), pen.ball(coat.light, 0.08))
    hy, hw, hh = (
        -t - lift - 22,
        62 * (1.06 if look.baby else 1) * rng.uniform(0.96, 1.04),
        40 * (1.06 if look.baby else 1),
    )
    pen.tilt = rng.uniform(-5, 5)
    with pen.layer("head"), pen.at(0, hy, pen.tilt):
        _frog_head(pen, look, coat, rng, hw, hh)
    for side in (-1, 1):
        up = leap or (look.pose == "waving" and side > 0)
        start, end = (
            (side * w * 0.66, -t * 0.72 - lift),
            (side * 76, hy + 18) if up else (side * w * 0.36, -8),
        )
        with pen.layer("front_arm"):
            pen.part(
                tube(
                    [start, ((start[0] + end[0]) / 2 + side * 12, (start[1] + end[1]) / 2), end], (15, 15, 13)
                ),
                coat.main,
            )
            if up:
                for k in (-32, 0, 32):
                    pen.part(leaf(end[0], end[1] + 3, 15, 9, side * 30 + k, 0.9), coat.main)
            else:
                _toes(pen, end[0] + side * 2, 0, side, coat, 0.8)
    pen.anchor("hand", 0, -t * 0.36 - lift, 56)
    pen.anchor("neck", 0, -t * 0.92 - lift, w * 1.7)
    pen.anchor("feet", 0, 0, w * 2.5)
    return pen.sprite()


def _toes(pen: Pen, x: float, y: float, side: int, coat: Coat, size: float = 1.0) -> None:
    for k in (-1, 0, 1):
        pen.part(ellipse(x + side * 3 + k * 11 * size, y - 6 * size, 8 * size, 5.6 * size), coat.main, 0.16)


def _frog_head(pen: Pen, look: Look, coat: Coat, rng: Random, w: float, h: float) -> None:
    eyes = eyes_of(look, rng, w * 0.52, 12.4, lighter(coat.main, 0.08))
    for side in (-1, 1):
        pen.part(ellipse(side * eyes.gap, -h * 0.86, 23, 22), coat.main)
    head = mirrored(
        [
            (0, -h * 0.86),
            (w * 0.5, -h * 0.9),
            (w * 0.96, -h * 0.3),
            (w * 1.04, h * 0.24),
            (w * 0.7, h * 0.84),
            (0, h),
        ]
    )
    pen.part(head, coat.main, 0.2)
    with pen.clip(head):
        pen.fill(ellipse(0, h * 0.98, w * 0.86, h * 0.62), coat.light)
        pen.fill(ellipse(-w * 0.3, -h * 0.5, w * 0.5, h * 0.24), pen.glow("#ffffff", 0.4))
    eyes.sclera = 0.34
    with pen.at(0, -h * 0.9):
        face.draw_eyes(pen, eyes, rng)
    face.cheeks(pen, w * 0.74, h * 0.3, 11)
    for side in (-1, 1):
        pen.fill(ellipse(side * 5, -h * 0.12, 1.8, 2.4), darker(coat.main, 0.45))
    with pen.at(0, h * 0.2):
        face.mouth(
            pen,
            eyes.expression,
            19 if eyes.expression in ("smiling", "winking", "neutral") else 13,
            coat.main,
            double=False,
        )
    pen.anchor("eyes", 0, -h * 0.9, eyes.gap / 0.27)
    pen.anchor("head_top", 0, -h * 1.05, w * 1.0)


def draw_turtle(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """From the side: a domed shell with plates, the head raised."""
    small = 0.88 if look.baby else 1.0
    w, t = 74 * small * rng.uniform(0.95, 1.06), rng.uniform(60, 86) * small
    swim = look.pose in ("swimming", "jumping", "flying")
    skin = coat.main
    with pen.layer("back"):
        pen.part(leaf(-w * 0.86, -18, 30, 17, -78, 0), skin)
        for x in (-w * 0.34, w * 0.62):
            _turtle_leg(pen, x, darker(skin, 0.12), swim, -1)
    head = 1.14 if look.baby else 1.0
    asleep = look.pose == "sleeping"
    hx, hy, r = (
        w * rng.uniform(1.06, 1.18),
        -62 * small - rng.uniform(4, 26),
        37 * head * rng.uniform(0.92, 1.1),
    )
    hy = -r * 0.94 if asleep else hy
    pen.part(tube([(w * 0.6, -24), (w * 0.94, -34), (hx - 4, hy + 12)], (30, 27, 28)), skin)
    for x in (-w * 0.62, w * 0.44):
        if look.pose == "waving" and x > 0:
            with pen.layer("front_arm"):
                pen.part(leaf(x + 8, -30, 62 * small, 27, 2 + rng.uniform(-10, 8), 0.4), skin)
        elif not asleep:
            _turtle_leg(pen, x, skin, swim, 1)
    shell = smooth(
        [
            (-w, -26),
            (-w * 0.88, -t * 0.72),
            (-w * 0.4, -t * 1.18),
            (w * 0.2, -t * 1.2),
            (w * 0.7, -t * 0.78),
            (w * 0.86, -26),
            (0, -23),
        ],
        tension=0.9,
    )
    pen.part(shell, coat.accent)
    with pen.clip(shell):
        _plates(pen, w, t, coat, rng)
    pen.part(tube([(-w * 1.0, -26), (0, -22), (w * 0.9, -26)], (14, 16, 14)), lighter(coat.accent, 0.4), 0.16)
    pen.tilt = rng.uniform(-5, 5) * look.facing
    with pen.layer("head"), pen.at(hx, hy, pen.tilt * look.facing):
        pen.part(ellipse(0, 0, r * 1.06, r), skin, 0.2)
        pen.fill(ellipse(-r * 0.3, -r * 0.56, r * 0.5, r * 0.24), pen.glow("#ffffff", 0.4))
        with pen.at(r * 0.14, -2):
            face.plain_face(pen, eyes_of(look, rng, r * 0.44, 9.6, skin), rng, 12, 8)
        pen.anchor("head_top", 0, -r * 0.84, r * 1.5)
    pen.anchor("neck", w * 0.98, -38, 48)
    pen.anchor("hand", hx + 2, hy + r + 12, 44)
    pen.anchor("feet", 8, 0, w * 2)
    return pen.sprite()


def _turtle_leg(pen: Pen, x: float, colour: str, swim: bool, side: int) -> None:
    if swim:
        pen.part(leaf(x, -26, 50, 25, 180 + 34 * side, 0.35), colour)
    else:
        pen.part(tube([(x, -32), (x, -18), (x + 1, -9)], (28, 26, 25)), colour)


def _plates(pen: Pen, w: float, t: float, coat: Coat, rng: Random) -> None:
    """Rounded plates on the shell."""
    plate, edge = lighter(coat.accent, 0.22), darker(coat.accent, 0.3)
    for x, y, r in (
        (-0.06, 0.78, 25),
        (-0.56, 0.62, 21),
        (0.44, 0.62, 21),
        (-0.84, 0.3, 15),
        (-0.3, 0.3, 20),
        (0.2, 0.3, 20),
        (0.68, 0.32, 15),
    ):
        size = r * t / 74 * rng.uniform(0.95, 1.04)
        points = [
            (x * w + px * size, -t * y + py * size * 0.86)
            for px, py in ((-0.5, -0.86), (0.5, -0.86), (1, 0), (0.5, 0.86), (-0.5, 0.86), (-1, 0))
        ]
        pen.fill(smooth(points, tension=0.5), plate, edge, 2)
    pen.fill(ellipse(-w * 0.3, -t * 0.98, w * 0.44, t * 0.16, -10), pen.glow("#ffffff", 0.4))


def draw_crocodile(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """From the side: a long snout with teeth, a ridge of scales, a thick tail."""
    small, asleep = 0.86 if look.baby else 1.0, look.pose == "sleeping"
    long, y = 62 * small * rng.uniform(0.94, 1.12), (-33 if asleep else -rng.uniform(46, 55)) * small
    tail = [
        (-long * 0.6, y),
        (-long * 1.14, y + 14),
        (-long * 1.46, y - 12),
        (-long * 1.34, y - 56 * rng.uniform(0.7, 1.2)),
    ]
    with pen.layer("back"):
        for k in range(7):
            f = k / 6
            pen.part(leaf(-long * 0.86 + f * long * 1.5, y - 22, 21, 19, -6, 0), darker(coat.main, 0.22))
        for k, (x, dy) in enumerate(((-1.06, -8), (-1.3, -6))):
            pen.part(leaf(long * x, y + dy + k, 17, 15, -14 - 12 * k, 0), darker(coat.main, 0.22))
        for x in (-long * 0.36, long * 0.66):
            pen.part(tube([(x, y + 8), (x, -16), (x + 3, -8)], (24, 22, 20)), darker(coat.main, 0.16))
    pen.part(tube(tail, (50, 36, 21, 6), 5), coat.main)
    body = smooth(
        [
            (-long, y),
            (-long * 0.6, y - 27),
            (long * 0.4, y - 29),
            (long * 0.9, y - 12),
            (long * 0.86, y + 20),
            (0, y + 29),
            (-long * 0.8, y + 20),
        ]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        pen.fill(ellipse(0, y + 31, long, 20), coat.light)
    for x in (-long * 0.62, long * 0.44):
        if look.pose == "waving" and x > 0:
            with pen.layer("front_arm"):
                pen.part(tube([(x, y + 10), (x - 18, y - 10), (x - 10, y - 48)], (25, 22, 20)), coat.main)
        else:
            pen.part(tube([(x, y + 6), (x - 2, -16), (x + 4, -8)], (27, 24, 21)), coat.main)
            pen.part(ellipse(x + 9, -7, 15, 7.5), coat.main)
    pen.tilt = rng.uniform(-6, 3) * look.facing
    size = (1.3 if look.baby else 1.18) * rng.uniform(0.9, 1.1)
    with pen.layer("head"), pen.at(long * 0.9, y - (2 if asleep else 28), pen.tilt * look.facing, size):
        _crocodile_head(pen, look, coat, rng)
    pen.anchor("neck", long * 0.72, y - 4, 62)
    pen.anchor("hand", long * 1.2, y + 14, 44)
    pen.anchor("feet", 0, 0, long * 2.3)
    return pen.sprite()


def _crocodile_head(pen: Pen, look: Look, coat: Coat, rng: Random) -> None:
    expression = expression_of(look)
    wide = 12.0 if expression in ("happy", "laughing", "surprised") else 4.0
    lower = smooth(
        [
            (-26, 8),
            (8, 12 + wide * 0.4),
            (48, 10 + wide),
            (78, 8 + wide),
            (80, 19 + wide),
            (40, 25 + wide),
            (-10, 26),
        ]
    )
    pen.part(lower, lighter(coat.main, 0.14), 0.2)
    if wide > 5:
        pen.fill(smooth([(2, 8), (76, 4), (76, 10 + wide), (36, 14 + wide)], tension=0.5), face.MOUTH)
        pen.fill(ellipse(40, 9 + wide, 22, 4.5, 3), face.TONGUE)
    for k in range(5):
        x = 22 + k * 12
        pen.fill(polygon([(x - 4.5, 9), (x + 4.5, 8), (x, 18)]), "#ffffff", "#d8d3cc", 0.9)
    upper = smooth(
        [
            (-32, 6),
            (-36, -16),
            (-16, -38),
            (14, -34),
            (30, -12),
            (62, -10),
            (82, -16),
            (92, -2),
            (84, 10),
            (40, 12),
            (0, 14),
            (-20, 20),
        ]
    )
    pen.part(upper, coat.main, 0.2)
    pen.fill(ellipse(82, -9, 2.6, 2.2), darker(coat.main, 0.5))
    pen.fill(ellipse(-14, -26, 18, 6, -14), pen.glow("#ffffff", 0.4))
    with pen.at(4, -16):
        pen.fill(ellipse(8, 17, 11, 7), pen.glow(face.CHEEK, 0.5))
        face.draw_eyes(pen, face.Eyes(0, 11.4, expression, coat.main, one=True, sclera=0.3), rng)
    pen.anchor("head_top", -8, -33, 52)


def draw_snake(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """Coiled, the head raised."""
    small = 0.86 if look.baby else 1.0
    w, rise = (
        76 * small * rng.uniform(0.9, 1.1),
        rng.uniform(0.6, 1.3) * (1.9 if look.pose == "waving" else 1),
    )
    with pen.layer("back"):
        tail = [(-w * 0.6, -18), (-w * 1.1, -14), (-w * 1.3, -14 - 18 * rise), (-w * 1.2, -14 - 34 * rise)]
        pen.part(tube(tail, (24, 18, 11, 4), 4), coat.main)
    for k, (rx, y) in enumerate(((w, -24), (w * 0.86, -56))):
        ring = ellipse(0, y, rx, 25 * small + 1)
        pen.part(ring, coat.main, 0.3)
        with pen.clip(ring):
            for x in range(-3, 4):
                pen.fill(ellipse(x * rx * 0.31, y - 15, 9, 11), coat.dark)
            pen.fill(ellipse(0, y + 24 * small, rx * 0.92, 9), coat.light, opacity=0.8 if k == 0 else 0.0)
    lean, sway = rng.uniform(-16, 20), rng.choice((-1, 1)) * rng.uniform(0.7, 1.15)
    top = (-94 if look.pose == "sleeping" else -rng.uniform(124, 156)) * small
    bend = 0.4 if look.pose == "sleeping" else 1.0
    neck = tube(
        [
            (26 * sway, -54 * small),
            (-22 * sway, -58 * small - 16 * bend),
            (-20 * sway, top + 32 * bend),
            (lean, top),
        ],
        (44, 40, 36, 37),
        4,
    )
    pen.part(neck, coat.main)
    pen.tilt = rng.uniform(-6, 6)
    size = 1.1 if look.baby else 1.0
    with pen.layer("head"), pen.at(lean, top - 8, pen.tilt, size):
        head = mirrored([(0, -36), (30, -30), (47, 0), (38, 24), (0, 33)])
        pen.line(polygon([(0, 26), (0, 40), (-5, 47)], closed=False), "#e8505f", 3)
        pen.line(polygon([(0, 40), (5, 47)], closed=False), "#e8505f", 3)
        pen.part(head, coat.main, 0.2)
        with pen.clip(head):
            pen.fill(ellipse(0, -38, 9, 14), coat.dark)
            pen.fill(ellipse(-12, -22, 22, 8), pen.glow("#ffffff", 0.4))
        with pen.at(0, -2):
            face.plain_face(pen, eyes_of(look, rng, 21, 10.4, coat.main), rng, 13, 10)
        pen.anchor("head_top", 0, -32, 66)
    pen.anchor("neck", lean, top + 30, 54)
    pen.anchor("feet", 0, 0, w * 2)
    return pen.sprite()
