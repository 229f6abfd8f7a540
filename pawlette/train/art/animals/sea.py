"""Octopus, jellyfish, crab and seal: round bodies with a face towards the viewer.

Knows shapes, not species' colours.
"""

from __future__ import annotations

import math
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import ellipse, leaf, mirrored, polygon, smooth, tube


def expression_of(look: Look) -> str:
    return "asleep" if look.pose == "sleeping" else look.expression


def eyes_of(look: Look, rng: Random, gap: float, size: float, ground: str) -> face.Eyes:
    grow = (1.15 if look.baby else 1) * rng.uniform(0.94, 1.1)
    return face.Eyes(gap * rng.uniform(0.94, 1.06), size * grow, expression_of(look), ground)


def draw_octopus(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    w, t = rng.uniform(54, 70), rng.uniform(88, 118) * (0.9 if look.baby else 1)
    base, up = -46.0, {"waving": rng.choice((0, 5)), "jumping": 6, "swimming": -1}.get(look.pose, -1)
    for order, layer in (((1, 4, 2, 3), "back"), ((0, 5), "body")):
        with pen.layer(layer):
            for k in order:
                _tentacle(pen, k, w, base, up == k or (up == 6 and k in (0, 5)), coat, rng)
    dome = mirrored(
        [
            (0, base - t),
            (w * 0.62, base - t * 0.92),
            (w * 1.0, base - t * 0.54),
            (w * 0.86, base - t * 0.14),
            (w * 0.72, base + 14),
            (0, base + 20),
        ]
    )
    pen.part(dome, coat.main)
    with pen.clip(dome):
        pen.fill(ellipse(-w * 0.4, base - t * 0.8, w * 0.4, t * 0.13, -20), pen.glow("#ffffff", 0.45))
        for x, y, r in ((0.52, 0.78, 6), (0.3, 0.9, 4), (0.68, 0.62, 3.6)):
            pen.fill(ellipse(w * x, base - t * y, r, r * 0.9), lighter(coat.main, 0.35), opacity=0.8)
    pen.tilt = rng.uniform(-3, 3)
    with pen.layer("head"), pen.at(0, base - t * 0.3, pen.tilt):
        face.plain_face(pen, eyes_of(look, rng, 26, 12, coat.main), rng, 13, 10)
    pen.anchor("head_top", 0, base - t * 0.93, w * 1.3)
    pen.anchor("hand", w * 0.2, base + 16, 54)
    pen.anchor("feet", 0, 0, w * 2)
    return pen.sprite()


def _tentacle(pen: Pen, k: int, w: float, base: float, raised: bool, coat: Coat, rng: Random) -> None:
    """One of six that show, from left to right."""
    f = (k - 2.5) / 2.5
    side = 1 if f > 0 else -1
    x, end = f * w * 0.62, f * w * rng.uniform(1.1, 1.62)
    if raised:
        line = [(x, base), (x + side * 40, base - 4), (x + side * 62, base - 46), (x + side * 46, base - 84)]
    else:
        curl = rng.uniform(8, 16)
        line = [
            (x, base),
            ((x + end) / 2, base + 30),
            (end, -11),
            (end + side * 17, -10 - curl),
            (end + side * 8, -14 - curl),
        ]
    arm = tube(line, (32, 27, 21, 13, 8), 4)
    pen.part(arm, coat.main, 0.2)
    with pen.clip(arm):
        for s in (0.35, 0.5, 0.65):
            px, py = x + (end - x) * s, base + (-8 - base) * min(s * 1.35, 1)
            if not raised:
                pen.fill(ellipse(px - side * 2, py + 6, 4, 3.4), coat.light, opacity=0.85)


def draw_jellyfish(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    w, t = rng.uniform(64, 74), rng.uniform(74, 86) * (0.92 if look.baby else 1)
    base, sway = -98.0, rng.uniform(-8, 8)
    with pen.layer("back"):
        for k in range(7):
            f = (k - 3) / 3
            x, long = f * w * 0.74, rng.uniform(62, 92) * (0.8 if look.baby else 1)
            bend = 9 * math.sin(k * 2 + sway)
            line = smooth(
                [
                    (x, base - 4),
                    (x + bend, base + long * 0.35),
                    (x - bend + sway, base + long * 0.7),
                    (x + bend * 0.6 + sway, base + long),
                ],
                closed=False,
            )
            pen.line(line, (lighter(coat.main, 0.2), coat.accent)[k % 2], 7 if k % 2 == 0 else 5)
        for x in (-w * 0.26, w * 0.26):
            pen.part(
                tube(
                    [(x, base - 4), (x + 9, base + 22), (x - 7 + sway, base + 46), (x + 5 + sway, base + 66)],
                    (18, 22, 17, 7),
                    4,
                ),
                coat.light,
                0.16,
                0.14,
            )
    bell = smooth(
        [
            (0, base - t),
            (w * 0.64, base - t * 0.86),
            (w, base - t * 0.3),
            (w * 0.98, base + 4),
            (w * 0.66, base + 12),
            (w * 0.33, base + 2),
            (0, base + 12),
            (-w * 0.33, base + 2),
            (-w * 0.66, base + 12),
            (-w * 0.98, base + 4),
            (-w, base - t * 0.3),
            (-w * 0.64, base - t * 0.86),
        ]
    )
    pen.part(bell, coat.main)
    with pen.clip(bell):
        pen.fill(ellipse(-w * 0.36, base - t * 0.74, w * 0.42, t * 0.17, -22), pen.glow("#ffffff", 0.7))
        for x, y, r in ((0.46, 0.7, 6), (0.64, 0.5, 4), (0.26, 0.84, 4)):
            pen.fill(ellipse(w * x, base - t * y, r, r), "#ffffff", opacity=0.5)
    pen.tilt = rng.uniform(-4, 4)
    with pen.layer("head"), pen.at(0, base - t * 0.3, pen.tilt):
        face.plain_face(pen, eyes_of(look, rng, 25, 11.5, coat.main), rng, 11, 9)
    pen.anchor("head_top", 0, base - t * 0.94, w * 1.1)
    pen.anchor("feet", 0, base + 80, w)
    return pen.sprite(ground=None)


def draw_crab(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    w, t = rng.uniform(64, 74) * (0.92 if look.baby else 1), rng.uniform(33, 38)
    y = -48.0
    raise_ = {"jumping": 16, "waving": 6, "sleeping": -20}.get(look.pose, rng.uniform(-8, 6))
    with pen.layer("back"):
        for side in (-1, 1):
            for k in range(3):
                x = side * w * (0.5 + 0.16 * k)
                line = [
                    (x, y + 16),
                    (x + side * (20 + 5 * k), y + 14 - 4 * k),
                    (x + side * (26 + 9 * k), -3 - 3 * k),
                ]
                pen.part(tube(line, (12, 10, 5)), darker(coat.main, 0.08), 0.16)
    for side in (-1, 1):
        lift = raise_ + (34 if look.pose == "waving" and side > 0 else 0)
        with pen.layer("back"):
            pen.part(
                tube(
                    [(side * w * 0.78, y - 6), (side * (w + 20), y - 20), (side * (w + 18), y - 44 - lift)],
                    (16, 15, 13),
                ),
                coat.main,
                0.2,
            )
        _claw(pen, side * (w + 16), y - 52 - lift, side, coat, rng)
        _stalk(pen, side * w * 0.34, y - t * 0.86, coat)
    body = mirrored(
        [(0, y - t), (w * 0.62, y - t * 0.9), (w, y - t * 0.1), (w * 0.78, y + t * 0.74), (0, y + t)]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        pen.fill(ellipse(0, y + t * 0.98, w * 0.7, t * 0.44), coat.light, opacity=0.75)
        pen.fill(ellipse(-w * 0.3, y - t * 0.7, w * 0.4, t * 0.2, -8), pen.glow("#ffffff", 0.45))
        for x, dy, r in ((0.66, -0.42, 4.4), (0.5, -0.66, 3), (-0.68, -0.34, 4)):
            pen.fill(ellipse(w * x, y + t * dy, r, r * 0.8), lighter(coat.main, 0.35), opacity=0.8)
    with pen.layer("head"):
        eyes = eyes_of(look, rng, w * 0.34, 12, lighter(coat.main, 0.1))
        eyes.gap = w * 0.34
        with pen.at(0, y - t * 0.86 - 20):
            face.draw_eyes(pen, eyes, rng)
        with pen.at(0, y - 4):
            face.cheeks(pen, w * 0.56, 0, 11)
            face.mouth(pen, eyes.expression, 11, coat.main, double=False)
    pen.anchor("eyes", 0, y - t * 0.86 - 20, w * 0.34 / 0.27)
    pen.anchor("head_top", 0, y - t - 14, w * 0.8)
    pen.anchor("hand", 0, y + 14, 50)
    pen.anchor("feet", 0, 0, w * 2.2)
    return pen.sprite()


def _stalk(pen: Pen, x: float, y: float, coat: Coat) -> None:
    pen.part(tube([(x, y + 12), (x, y - 4), (x, y - 14)], (12, 11, 11)), coat.main)
    pen.part(ellipse(x, y - 20, 16, 16), lighter(coat.main, 0.08))


def _claw(pen: Pen, x: float, y: float, side: int, coat: Coat, rng: Random) -> None:
    """A round claw with a notch that points up and inwards."""
    with pen.layer("body"), pen.at(x, y, rng.uniform(-10, 6) * side, side, 1):
        claw = smooth(
            [
                (0, 18),
                (-20, 8),
                (-25, -14),
                (-17, -36),
                (-9, -20),
                (-2, -8),
                (4, -22),
                (13, -42),
                (25, -20),
                (22, 4),
            ],
            tension=0.85,
        )
        pen.part(claw, coat.main, 0.22)


def draw_seal(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """Lying on its belly, head and chest raised towards the viewer."""
    small = 0.88 if look.baby else 1.0
    asleep = look.pose == "sleeping"
    rise = (62 if asleep else rng.uniform(108, 142)) * small
    tail = rng.uniform(70, 100)
    with pen.layer("back"):
        for turn in (-62, -30):
            with pen.at(-tail, -22, turn):
                pen.part(leaf(0, 8, 42, 24, 0, 0.5), darker(coat.main, 0.1))
        with pen.at(50, -34, 118):
            pen.part(leaf(0, 0, 46, 26, 0, 0.4), darker(coat.main, 0.12))
    body = smooth(
        [
            (-tail - 12, -20),
            (-70, -42),
            (-30, -58),
            (-6, -rise * 0.78),
            (16, -rise * 1.04),
            (48, -rise * 0.98),
            (66, -rise * 0.66),
            (60, -34),
            (52, -4),
            (0, -1),
            (-56, -2),
        ]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        pen.fill(ellipse(30, -24, 34, 50), pen.ball(coat.light, 0.08))
        for x, y in ((-60, -30), (-44, -40), (-30, -30), (-50, -22), (-22, -44)):
            pen.fill(ellipse(x, y, 5, 3.6, 20), darker(coat.main, 0.16), opacity=0.7)
    r = 52.0 * (1.08 if look.baby else 1) * rng.uniform(0.9, 1.08)
    hx, hy = 34.0, min(-rise, -r * 0.9)
    pen.tilt = rng.uniform(-6, 6) * look.facing
    with pen.layer("head"), pen.at(hx, hy, pen.tilt * look.facing):
        head = mirrored(
            [(0, -r * 0.9), (r * 0.64, -r * 0.74), (r * 1.02, 0), (r * 0.84, r * 0.62), (0, r * 0.86)]
        )
        pen.part(head, coat.main, 0.2)
        with pen.clip(head):
            pen.fill(ellipse(-r * 0.3, -r * 0.56, r * 0.5, r * 0.26), pen.glow("#ffffff", 0.45))
        _seal_face(pen, look, coat, rng, r)
    with pen.layer("front_arm"), pen.at(8, -40, 214 if look.pose != "waving" else 330):
        pen.part(leaf(0, 4, 48, 27, 0, 0.4), darker(coat.main, 0.07))
    pen.anchor("head_top", hx, hy - r * 0.8, r * 1.4)
    pen.anchor("neck", hx - 4, hy + r * 0.86, 76)
    pen.anchor("hand", 36, -30, 54)
    pen.anchor("feet", -10, 0, 150)
    return pen.sprite()


def _seal_face(pen: Pen, look: Look, coat: Coat, rng: Random, r: float) -> None:
    eyes = eyes_of(look, rng, r * 0.48, 11.6, coat.main)
    face.cheeks(pen, r * 0.74, 17, 11)
    face.draw_eyes(pen, eyes, rng)
    for side in (-1, 1):
        pen.fill(ellipse(side * 10, 19, 13, 10), lighter(coat.light, 0.4))
        for k in (-1, 0, 1):
            pen.line(
                smooth([(side * 18, 18 + k * 3), (side * 44, 15 + k * 8)], closed=False),
                darker(coat.main, 0.35),
                1.4,
                0.75,
            )
    with pen.at(0, 21):
        face.mouth(pen, eyes.expression, 9, coat.light)
    pen.fill(smooth([(-7, 9), (0, 7), (7, 9), (0, 18)], tension=0.7), coat.nose)
    pen.anchor("eyes", 0, 0, eyes.gap / 0.27)


def draw_flamingo(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """On long legs, from the side, the neck like an S."""
    small = 0.84 if look.baby else 1.0
    legs = 74 * small * (0.35 if look.pose in ("sitting", "sleeping") else 1)
    y = -legs - 30
    flying = look.pose in ("flying", "jumping")
    leg = "#f58aa0"
    for x, bend in ((-2, 0.0), (14, 0.0 if flying else rng.choice((0.0, 1.0)))):
        if bend and legs > 40:
            pen.line(
                polygon([(x, y + 16), (x + 4, -legs * 0.62), (x - 22, -legs * 0.5)], closed=False),
                darker(leg, 0.08),
                5,
            )
        else:
            pen.line(polygon([(x, y + 16), (x + 1, -legs * 0.5), (x, -4)], closed=False), leg, 5)
            pen.part(smooth([(x - 3, -8), (x + 15, -3), (x + 13, -0.5), (x - 5, -0.5)]), leg, 0.16)
    with pen.layer("back"):
        for turn in (-74, -96, -116):
            with pen.at(-42, y - 2, turn):
                pen.part(leaf(0, 6, 34, 18, 0, 0.3), darker(coat.main, 0.12))
    body = smooth(
        [(-56, y - 4), (-30, y - 32), (14, y - 34), (44, y - 14), (40, y + 14), (4, y + 30), (-36, y + 22)]
    )
    tall = (52 if look.pose == "sleeping" else rng.uniform(68, 94)) * small
    neck = tube(
        [(30, y - 6), (52, y - 30), (38, y - tall * 0.72), (34, y - tall), (48, y - tall - 22)],
        (27, 21, 17, 17, 22),
        5,
    )
    pen.part(neck, coat.main, 0.16)
    pen.part(body, coat.main)
    hx, hy, r = 54.0, y - tall - 30, rng.uniform(29, 32) * (1.12 if look.baby else 1)
    with pen.layer("head"):
        _flamingo_head(pen, look, coat, rng, hx, hy, r)
    with (
        pen.layer("front_arm"),
        pen.at(16, y - 12, -20 if flying or look.pose == "waving" else -96 + rng.uniform(-5, 5)),
    ):
        for k, turn in enumerate((12, 0, -12)):
            pen.part(leaf(0, 8, 64 - 5 * k, 28, turn, 0.35), darker(coat.main, 0.05 + 0.05 * k), 0.16)
    pen.anchor("head_top", hx - 2, hy - r * 0.84, r * 1.5)
    pen.anchor("neck", 40, y - tall * 0.62, 42)
    pen.anchor("feet", 6, 0, 80)
    pen.anchor("hand", 42, y + 4, 44)
    return pen.sprite()


def _flamingo_head(pen: Pen, look: Look, coat: Coat, rng: Random, hx: float, hy: float, r: float) -> None:
    expression = expression_of(look)
    if expression in ("happy", "laughing", "surprised"):
        pen.part(
            smooth([(hx + r * 0.7, hy + 8), (hx + r + 16, hy + 22), (hx + r * 0.7, hy + 26)]),
            darker("#ffd9c9", 0.2),
        )
    beak = smooth(
        [
            (hx + r * 0.72, hy - 9),
            (hx + r + 20, hy - 4),
            (hx + r + 30, hy + 14),
            (hx + r + 20, hy + 31),
            (hx + r + 9, hy + 16),
            (hx + r * 0.74, hy + 13),
        ]
    )
    pen.part(beak, "#ffe9d6", 0.12)
    with pen.clip(beak):
        pen.fill(ellipse(hx + r + 26, hy + 29, 22, 19), "#443d49")
    pen.part(ellipse(hx, hy, r, r * 0.95), coat.main, 0.2)
    pen.fill(ellipse(hx - r * 0.3, hy - r * 0.5, r * 0.4, r * 0.24), pen.glow("#ffffff", 0.5))
    with pen.at(hx + r * 0.3, hy - 1):
        pen.fill(ellipse(-3, 16, 10, 7), pen.glow(face.CHEEK, 0.55))
        face.draw_eyes(pen, face.Eyes(0, 9.6, expression, coat.main, one=True), rng)
