"""Eyes, mouths and cheeks: the expression. Knows where the features go, not what head they are on."""

from __future__ import annotations

import random
from dataclasses import dataclass

from pawlette.train.art.animals.kinds import lightness
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import ellipse, polygon, smooth

INK = "#3d2b38"
PALE = "#f6eef4"
MOUTH, TONGUE = "#9c3b4e", "#ff9aa2"
CHEEK = "#ff7f97"


@dataclass(slots=True)
class Eyes:
    """Two eyes about (0, 0): half the distance between them, their radius, and what is around them."""

    gap: float
    size: float
    expression: str
    ground: str  # the colour of the fur around them
    iris: str | None = None  # a bright iris, for dark faces
    one: bool = False  # seen from the side
    sclera: float = 0.0  # a white of the eye, as a share of the radius


def open_eye(pen: Pen, x: float, y: float, r: float, eyes: Eyes) -> None:
    """A glossy eye."""
    wide = eyes.expression == "surprised"
    if eyes.sclera or wide:
        big = r * (1 + (eyes.sclera or 0.3))
        pen.fill(ellipse(x, y, big * 0.95, big), "#ffffff", darker(eyes.ground, 0.3), 1.2)
    elif lightness(eyes.ground) < 0.47:
        pen.fill(ellipse(x, y, r * 1.02, r * 1.12), eyes.iris or lighter(eyes.ground, 0.5))
    r *= 0.92 if wide else 1
    pen.fill(ellipse(x, y, r * 0.87, r), pen.down("#241823", "#33222e", "#6b4a55"))
    pen.fill(ellipse(x, y + r * 0.52, r * 0.5, r * 0.3), eyes.iris or "#a9788a", opacity=0.55)
    pen.fill(ellipse(x - r * 0.26, y - r * 0.38, r * 0.36, r * 0.4), "#ffffff")
    pen.fill(ellipse(x + r * 0.34, y + r * 0.34, r * 0.16, r * 0.17), "#ffffff", opacity=0.9)


def _line_colour(ground: str) -> str:
    return PALE if lightness(ground) < 0.5 else INK


def _arc(pen: Pen, x: float, y: float, r: float, rise: float, eyes: Eyes) -> None:
    points = ((x - r * 0.95, y), (x - r * 0.5, y + rise * 0.72), (x, y + rise),
        (x + r * 0.5, y + rise * 0.72), (x + r * 0.95, y))
    pen.line(smooth(points, closed=False), _line_colour(eyes.ground), max(2.6, r * 0.3))


def _closed_down(pen: Pen, x: float, y: float, r: float, eyes: Eyes, side: int) -> None:
    """An eye asleep: a lower curve and a lash."""
    _arc(pen, x, y, r, r * 0.55, eyes)
    pen.line(polygon([(x + side * r * 0.9, y + 0.3), (x + side * r * 1.25, y + r * 0.25)], closed=False),
             _line_colour(eyes.ground), max(2.0, r * 0.2))  # fmt: skip


def draw_eyes(pen: Pen, eyes: Eyes, rng: random.Random) -> None:
    """Both eyes about the origin of the pen; for one eye, it sits at the origin."""
    places = [(0.0, 1)] if eyes.one else [(-eyes.gap, -1), (eyes.gap, 1)]
    wink = rng.choice((-1, 1))
    for x, side in places:
        if eyes.expression == "laughing" or (eyes.expression == "winking" and (eyes.one or side == wink)):
            _arc(pen, x, eyes.size * 0.35, eyes.size, -eyes.size * 0.85, eyes)
        elif eyes.expression in ("asleep", "sleepy"):
            _closed_down(pen, x, eyes.size * 0.1, eyes.size, eyes, side)
        else:
            open_eye(pen, x, 0, eyes.size * (1.08 if eyes.expression in ("surprised", "happy") else 1), eyes)


def brows(pen: Pen, eyes: Eyes, height: float) -> None:
    """Raised when happy or surprised."""
    if eyes.expression not in ("happy", "surprised") or lightness(eyes.ground) < 0.3:
        return
    for side in (-1, 1):
        x = side * eyes.gap
        pen.line(smooth([(x - 6, height + 1.5), (x, height - 1), (x + 6, height + 1.5)], closed=False),
            darker(eyes.ground, 0.5), 2.2, 0.75)


def mouth(pen: Pen, expression: str, size: float, ground: str, double: bool = True) -> None:
    """A mouth hung at the origin; `size` is half its width. `double`: the two arcs below a mammal's nose."""
    ink = _line_colour(ground)
    pen_width = max(2.0, size * 0.2)
    if expression in ("happy", "laughing"):
        _open_mouth(pen, size * (1.1 if expression == "laughing" else 0.9),
            size * (1.35 if expression == "laughing" else 1.0), ink)
        if double:
            pen.line(polygon([(0, -size * 0.35), (0, 0)], closed=False), ink, pen_width)
    elif expression == "surprised":
        pen.fill(ellipse(0, size * 0.5, size * 0.4, size * 0.52), MOUTH, darker(MOUTH, 0.3), 1.2)
    elif expression == "neutral":
        pen.line(polygon([(-size * 0.55, size * 0.22), (size * 0.55, size * 0.22)], closed=False), ink,
            pen_width)
    elif expression in ("sleepy", "asleep"):
        pen.line(smooth([(-size * 0.45, size * 0.1), (0, size * 0.38), (size * 0.45, size * 0.1)],
            closed=False), ink, pen_width)
    elif double:
        points = [(-size, -size * 0.02), (-size * 0.72, size * 0.36), (-size * 0.3, size * 0.38), (0, 0)]
        right = [(-x, y) for x, y in reversed(points[:-1])]
        pen.line(smooth(points, closed=False), ink, pen_width)
        pen.line(smooth([(0, 0), *right], closed=False), ink, pen_width)
        pen.line(polygon([(0, -size * 0.35), (0, 0)], closed=False), ink, pen_width)
    else:
        pen.line(smooth([(-size, 0), (-size * 0.5, size * 0.42), (0, size * 0.55), (size * 0.5, size * 0.42),
            (size, 0)], closed=False), ink, pen_width)


def _open_mouth(pen: Pen, w: float, h: float, ink: str) -> None:
    lips = smooth([(-w, 0), (-w * 0.5, h * 0.1), (0, h * 0.13), (w * 0.5, h * 0.1), (w, 0),
        (w * 0.82, h * 0.55), (w * 0.42, h * 0.92), (0, h), (-w * 0.42, h * 0.92), (-w * 0.82,
        h * 0.55)], tension=0.9)
    pen.fill(lips, MOUTH, darker(MOUTH, 0.35), 1.3)
    with pen.clip(lips):
        pen.fill(ellipse(0, h * 0.98, w * 0.62, h * 0.42), TONGUE)


def cheeks(pen: Pen, x: float, y: float, size: float, strength: float = 0.5) -> None:
    """Blush on both sides of the origin."""
    paint = pen.glow(CHEEK, strength)
    for side in (-1, 1):
        pen.fill(ellipse(side * x, y, size * 1.25, size * 0.85), paint)


def plain_face(pen: Pen, eyes: Eyes, rng: random.Random, mouth_y: float, mouth_size: float = 9.0) -> None:
    """A whole face without a muzzle, the eyes about the origin: two eyes, cheeks and a mouth below."""
    cheeks(pen, eyes.gap + eyes.size * 0.72, eyes.size * 1.42, eyes.size * 0.74)
    draw_eyes(pen, eyes, rng)
    brows(pen, eyes, -eyes.size * 1.75)
    with pen.at(0, mouth_y):
        mouth(pen, eyes.expression, mouth_size, eyes.ground, double=False)
    pen.anchor("eyes", 0, 0, eyes.gap / 0.27)
