"""Dolphins, sharks, whales and fish, seen from the side, looking to the right.

Knows bodies and fins; colours and which of them a species has come with the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import Point, Shape, ellipse, leaf, polygon, smooth, tube

WATER = "#7cc7f5"
LEANS = {"jumping": (-42, -18), "sleeping": (4, 14), "flying": (-30, -10)}
SWIMMING = ((-10, 8), (-10, 8), (-28, -12), (10, 24))  # level, rising, diving


def draw_swimmer(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    low, high = LEANS.get(look.pose) or rng.choice(SWIMMING)
    lean, size = rng.uniform(low, high), 0.86 if look.baby else 1.0
    expression = "asleep" if look.pose == "sleeping" else look.expression
    draw = {"dolphin": _dolphin, "shark": _shark, "whale": _whale, "fish": _fish}[kind.part("body")]
    pen.tilt = lean * look.facing
    with pen.at(0, -100, lean, size * rng.uniform(0.9, 1.06) * (0.92 if look.baby else 1), size):
        draw(pen, look, coat, rng, expression)
    return pen.sprite(ground=None)


def _side_eye(
    pen: Pen, look: Look, x: float, y: float, size: float, expression: str, ground: str, blush: float = 15
) -> None:
    """One eye and a blush below it."""
    size *= 1.2 if look.baby else 1
    with pen.at(x, y):
        pen.fill(ellipse(-1, blush, 11, 7), pen.glow(face.CHEEK, 0.5))
        face.draw_eyes(pen, face.Eyes(0, size, expression, ground, one=True), Random(0))


def _profile_mouth(
    pen: Pen, points: list[tuple[float, float]], expression: str, ground: str, depth: float = 9
) -> None:
    """A smile along the points, back to front; open when happy."""
    line = darker(ground, 0.65)
    if expression in ("happy", "laughing"):
        (x0, y0), (x1, y1) = points[0], points[-1]
        grow = depth * (1.35 if expression == "laughing" else 1)
        lips = smooth(
            [
                *points,
                ((x0 + x1) / 2 + 3, (y0 + y1) / 2 + grow * 1.1),
                (x0 + (x1 - x0) * 0.18, y0 + grow * 0.5),
            ],
            tension=0.8,
        )
        pen.fill(lips, face.MOUTH, line, 1.3)
        with pen.clip(lips):
            pen.fill(
                ellipse((x0 + x1) / 2, (y0 + y1) / 2 + grow * 0.95, abs(x1 - x0) * 0.3, grow * 0.5),
                face.TONGUE,
            )
    elif expression == "surprised":
        x, y = points[len(points) // 2]
        pen.fill(ellipse(x, y + 2, 5, 6.4), face.MOUTH, line, 1.2)
    else:
        flat = (
            [(x, points[-1][1] + (y - points[-1][1]) * 0.25) for x, y in points]
            if expression == "neutral"
            else points
        )
        pen.line(smooth(flat, closed=False), line, 2.3)


def _dolphin(pen: Pen, look: Look, coat: Coat, rng: Random, expression: str) -> None:
    arch = rng.uniform(0.75, 1.3) if look.pose in ("jumping", "swimming") else rng.uniform(0.6, 1.0)
    end = 30 * arch
    _flukes(pen, -84, end, -104 - 10 * arch, 36, coat)
    _fin(pen, [(-22, -40), (-16, -66), (-30, -82), (-4, -76), (20, -50)], coat.main)
    snout = rng.uniform(-4, 4)
    beak = smooth(
        [(60, -4), (84, 2), (104 + snout, 10), (110 + snout, 19), (100 + snout, 27), (80, 31), (56, 32)]
    )
    pen.part(beak, coat.main, 0.14)
    body = smooth(
        [
            (-90, end - 3),
            (-58, -6 - 4 * arch),
            (-22, -42 - 5 * arch),
            (22, -56),
            (60, -43),
            (78, -10),
            (74, 18),
            (54, 33),
            (20, 36),
            (-18, 27),
            (-54, 20 + 6 * arch),
            (-80, end + 8),
        ]
    )
    pen.part(body, coat.main)
    light = pen.down(lighter(coat.light, 0.4), coat.light)
    for shape in (beak, body):
        with pen.clip(shape):
            pen.fill(
                smooth(
                    [
                        (-84, end + 4),
                        (-40, 14),
                        (8, 13),
                        (44, 20),
                        (74, 24),
                        (100, 22),
                        (120, 20),
                        (110, 60),
                        (-40, 80),
                    ]
                ),
                light,
            )
            pen.fill(ellipse(20, -42, 32, 9, -4), pen.glow("#ffffff", 0.42))
    _profile_mouth(pen, [(52, 15), (62, 24), (78, 26), (94, 22)], expression, coat.main, 11)
    _side_eye(pen, look, 50, -9, 12.5, expression, coat.main, 20)
    up = look.pose == "waving"
    with pen.layer("front_arm"), pen.at(6, 18, rng.uniform(-6, 10)):
        _fin(
            pen,
            [(12, -2), (30, -10), (48, -32), (54, -8), (34, 14), (8, 12)]
            if up
            else [(12, -2), (4, 26), (-16, 46), (-24, 32), (-12, 0)],
            darker(coat.main, 0.1),
        )
    pen.anchor("head_top", 44, -46, 70)
    pen.anchor("feet", 0, 30, 120)


def _flukes(pen: Pen, x: float, y: float, turn: float, size: float, coat: Coat) -> None:
    """A tail fin of two lobes that opens away from the body; turn 0 points up."""
    with pen.at(x, y, turn):
        fluke = smooth(
            [
                (0, 9),
                (-size * 0.34, -size * 0.16),
                (-size * 1.0, -size * 0.42),
                (-size * 1.02, -size * 0.8),
                (-size * 0.5, -size * 0.76),
                (0, -size * 0.5),
                (size * 0.5, -size * 0.76),
                (size * 1.02, -size * 0.8),
                (size * 1.0, -size * 0.42),
                (size * 0.34, -size * 0.16),
            ],
            tension=0.9,
        )
        pen.part(fluke, darker(coat.main, 0.06))


def _fin(pen: Pen, points: Sequence[Point], colour: str) -> None:
    pen.part(smooth(points, tension=0.85), colour, 0.2)


def _shark(pen: Pen, look: Look, coat: Coat, rng: Random, expression: str) -> None:
    sway = rng.uniform(-8, 8)
    with pen.at(-90, sway * 0.5, 0):
        _fin(
            pen,
            [(4, -8), (-14, -30), (-34, -50), (-26, -18), (-18, 0), (-24, 18), (-28, 34), (-8, 18), (6, 8)],
            coat.main,
        )
    _fin(pen, [(-18, -36), (-2, -70), (-14, -88), (8, -78), (26, -40)], coat.main)
    _fin(pen, [(-52, -18), (-58, -36), (-40, -24)], coat.main)
    body = smooth(
        [
            (-96, sway * 0.5 - 7),
            (-52, -24),
            (-6, -44),
            (46, -42),
            (84, -20),
            (98, 2),
            (84, 24),
            (44, 40),
            (-6, 38),
            (-52, 20),
            (-96, sway * 0.5 + 7),
        ]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        pen.fill(smooth([(-96, 8), (-40, 10), (20, 12), (60, 8), (100, 6), (100, 60), (-60, 60)]), coat.light)
        pen.fill(ellipse(30, -30, 32, 8), pen.glow("#ffffff", 0.4))
    for k in range(3):
        x = 12 + k * 8
        pen.line(smooth([(x, -10), (x - 3, 0), (x, 10)], closed=False), darker(coat.main, 0.4), 2)
    _shark_mouth(pen, expression, coat)
    _side_eye(pen, look, 62, -11, 11.4, expression, coat.main, 12)
    with pen.layer("front_arm"):
        up = look.pose == "waving"
        _fin(
            pen,
            [(0, 20), (18, 26), (40, 14), (48, 40), (24, 48), (4, 38)]
            if up
            else [(4, 18), (-6, 42), (-28, 58), (-26, 38), (-14, 18)],
            darker(coat.main, 0.08),
        )
    pen.anchor("head_top", 48, -40, 66)
    pen.anchor("feet", 0, 40, 120)


def _shark_mouth(pen: Pen, expression: str, coat: Coat) -> None:
    if expression in ("happy", "laughing", "smiling"):
        lips = smooth([(48, 14), (66, 18), (86, 12), (82, 24), (66, 30), (54, 25)], tension=0.8)
        pen.fill(lips, face.MOUTH, darker(coat.main, 0.6), 1.4)
        with pen.clip(lips):
            for k in range(5):
                pen.fill(polygon([(49 + k * 8, 13), (57 + k * 8, 13), (53 + k * 8, 22)]), "#ffffff")
    else:
        _profile_mouth(pen, [(50, 16), (60, 22), (72, 21), (84, 15)], expression, coat.main)


def _whale(pen: Pen, look: Look, coat: Coat, rng: Random, expression: str) -> None:
    lift = rng.uniform(-8, 6)
    _flukes(pen, -92, -50 + lift, rng.uniform(-34, -22), 36, coat)
    body = smooth(
        [
            (-98, -50 + lift),
            (-84, -28 + lift),
            (-58, -26),
            (-22, -50),
            (30, -66),
            (76, -50),
            (94, -8),
            (82, 34),
            (40, 56),
            (-14, 52),
            (-60, 28),
            (-92, -12 + lift),
        ]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        pen.fill(
            smooth([(-70, 18), (-20, 26), (30, 22), (66, 14), (110, 10), (110, 80), (-40, 90)]),
            pen.down(lighter(coat.light, 0.3), coat.light),
        )
        for k in range(4):
            y = 30 + k * 8
            pen.line(
                smooth([(-22 + k * 7, y), (24, y + 4), (84, y - 4)], closed=False),
                darker(coat.light, 0.2),
                1.8,
                0.8,
            )
        pen.fill(ellipse(24, -44, 34, 10, -4), pen.glow("#ffffff", 0.42))
    _profile_mouth(pen, [(38, 14), (50, 22), (70, 20), (88, 10)], expression, coat.main, 8)
    _side_eye(pen, look, 48, -8, 12.4, expression, coat.main, 14)
    with pen.layer("front_arm"):
        up = look.pose == "waving"
        _fin(
            pen,
            [(6, 26), (-14, 24), (-42, 0), (-46, 28), (-26, 46), (0, 44)]
            if up
            else [(8, 22), (0, 46), (-26, 58), (-28, 40), (-12, 20)],
            darker(coat.main, 0.1),
        )
    if rng.random() < 0.72 and expression != "asleep":
        _spout(pen, 28, -68, rng)
    pen.anchor("head_top", 40, -60, 70)
    pen.anchor("feet", 0, 56, 130)


def _spout(pen: Pen, x: float, y: float, rng: Random) -> None:
    with pen.layer("back"):
        tall = rng.uniform(24, 34)
        for side in (-1, 1):
            pen.line(
                smooth(
                    [
                        (x, y + 8),
                        (x + side * 3, y - tall),
                        (x + side * 16, y - tall - 8),
                        (x + side * 24, y - tall + 8),
                    ],
                    closed=False,
                ),
                WATER,
                7,
            )
        pen.line(smooth([(x, y + 8), (x, y - tall * 0.9)], closed=False), lighter(WATER, 0.45), 7)
        for dx, dy in ((-30, 20), (30, 22)):
            pen.fill(leaf(x + dx, y - tall + dy + 10, 15, 9, 0), WATER)


def _fish(pen: Pen, look: Look, coat: Coat, rng: Random, expression: str) -> None:
    tall, long, flow = rng.uniform(46, 60), rng.uniform(64, 74), rng.uniform(-6, 6)
    second = coat.accent
    _fin(
        pen,
        [
            (-long + 12, 0),
            (-long - 22, -38 + flow),
            (-long - 42, -34 + flow),
            (-long - 30, flow),
            (-long - 42, 34 + flow),
            (-long - 22, 38 + flow),
        ],
        second,
    )
    top = [
        (-32, -tall * 0.72),
        (-28, -tall - 18),
        (2, -tall - 26 + flow * 0.5),
        (26, -tall - 8),
        (28, -tall * 0.8),
    ]
    _fin(pen, top, second)
    _fin(pen, [(-24, tall * 0.76), (-30, tall + 16), (-10, tall + 14), (6, tall * 0.9)], second)
    body: Shape = smooth(
        [
            (-long, -6),
            (-long * 0.5, -tall * 0.78),
            (long * 0.16, -tall),
            (long * 0.8, -tall * 0.56),
            (long * 1.08, 4),
            (long * 0.8, tall * 0.6),
            (long * 0.14, tall),
            (-long * 0.5, tall * 0.74),
            (-long, 6),
        ]
    )
    pen.part(body, coat.main)
    with pen.clip(body):
        _fish_marks(pen, long, tall, coat, rng)
        pen.fill(ellipse(8, -tall * 0.66, 30, 9, -4), pen.glow("#ffffff", 0.5))
    _profile_mouth(
        pen,
        [(long * 0.66, 18), (long * 0.76, 24), (long * 0.88, 22), (long * 0.98, 16)],
        expression,
        coat.main,
        8,
    )
    _side_eye(pen, look, long * 0.54, -8, 12.4, expression, coat.main, 20)
    with pen.layer("front_arm"):
        up = look.pose == "waving"
        with pen.at(4, 12, -100 if up else rng.uniform(-10, 14)):
            pen.part(leaf(0, -2, 34, 24, -128, 0.3), second, 0.16)
    pen.anchor("head_top", long * 0.42, -tall * 0.88, 62)
    pen.anchor("feet", 0, tall, 90)


def _fish_marks(pen: Pen, long: float, tall: float, coat: Coat, rng: Random) -> None:
    pen.fill(ellipse(long * 0.1, tall * 1.0, long * 0.9, tall * 0.5), coat.light, opacity=0.7)
    style = rng.random()
    if style < 0.5:
        for x, w in ((0.2, 9), (-0.5, 7)):
            band = tube(
                [(long * x, -tall * 1.2), (long * x - 7, 0), (long * x, tall * 1.2)], (w * 2, w * 2.2, w * 2)
            )
            pen.fill(band, "#fffaf2", darker(coat.main, 0.4), 2.4)
    else:
        for x, y in ((-30, -14), (-12, -14), (-42, 2), (-22, 2), (-2, 2), (-30, 18), (-12, 18)):
            pen.line(
                smooth([(x - 2, y - 7), (x + 6, y), (x - 2, y + 7)], closed=False),
                darker(coat.main, 0.16),
                2.4,
            )
