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


@dataclass(frozen=True, slots=True)
class _Gaze:
    """What one animal's two eyes share, and another's do not."""

    tall: float  # how much taller than round
    iris: str
    lashes: bool
    shine: float  # how far the highlights lie to the left or right


IRISES = ("#a9788a", "#a2674a", "#8d6a4c", "#a9788a", "#b07a52", "#7f8fb8", "#7ba38d")


def _gaze(eyes: Eyes, rng: random.Random) -> _Gaze:
    lashes = rng.random() < 0.2 and not eyes.one and lightness(eyes.ground) > 0.5
    iris, shine = eyes.iris or rng.choice(IRISES), rng.choice((-1.0, -1.0, 1.0))
    return _Gaze(rng.uniform(0.98, 1.14), iris, lashes, shine)


def _open_eye(pen: Pen, x: float, r: float, eyes: Eyes, gaze: _Gaze, side: int) -> None:
    """A glossy eye; both highlights are large enough to outlive a small picture."""
    wide, dark = eyes.expression == "surprised", lightness(eyes.ground) < 0.47
    if eyes.sclera or wide:
        big = r * (1 + (eyes.sclera or 0.3))
        pen.fill(ellipse(x, 0, big * 0.95, big), "#ffffff", darker(eyes.ground, 0.3), 1.6)
    elif dark:
        pen.fill(ellipse(x, 0, r * 1.06, r * 1.14 * gaze.tall), eyes.iris or lighter(eyes.ground, 0.58))
    if gaze.lashes:
        _lashes(pen, x, r, eyes, side)
    r *= 0.86 if wide else 1
    tall = r * gaze.tall
    pen.fill(ellipse(x, 0, r * 0.9, tall), pen.down("#241823", "#33222e", "#5d3f4a"))
    pen.fill(ellipse(x, tall * 0.5, r * 0.58, tall * 0.36), gaze.iris, opacity=0.72)
    pen.fill(ellipse(x + gaze.shine * r * 0.27, -tall * 0.37, r * 0.4, r * 0.43), "#ffffff")
    pen.fill(ellipse(x - gaze.shine * r * 0.34, tall * 0.34, r * 0.23, r * 0.23), "#ffffff", opacity=0.95)


def _lashes(pen: Pen, x: float, r: float, eyes: Eyes, side: int) -> None:
    """Two at the outer corner."""
    for start, end in (((0.72, -0.62), (1.16, -0.98)), ((0.86, -0.28), (1.34, -0.44))):
        pen.line(polygon([(x + side * r * start[0], r * start[1]), (x + side * r * end[0], r * end[1])],
            closed=False), INK, max(2.4, r * 0.2))


def _line_colour(ground: str) -> str:
    return PALE if lightness(ground) < 0.5 else INK


def _arc(pen: Pen, x: float, y: float, r: float, rise: float, eyes: Eyes) -> None:
    points = ((x - r * 0.95, y), (x - r * 0.5, y + rise * 0.72), (x, y + rise),
        (x + r * 0.5, y + rise * 0.72), (x + r * 0.95, y))
    pen.line(smooth(points, closed=False), _line_colour(eyes.ground), max(3.0, r * 0.32))


def _closed_down(pen: Pen, x: float, y: float, r: float, eyes: Eyes, side: int) -> None:
    """An eye asleep: a lower curve and two lashes."""
    _arc(pen, x, y, r, r * 0.55, eyes)
    for at, rise in ((0.9, 0.02), (0.5, 0.42)):
        lash = [(x + side * r * at, y + r * rise), (x + side * r * (at + 0.32), y + r * (rise + 0.3))]
        pen.line(polygon(lash, closed=False), _line_colour(eyes.ground), max(2.4, r * 0.22))


def draw_eyes(pen: Pen, eyes: Eyes, rng: random.Random) -> None:
    """Both eyes about the origin of the pen; for one eye, it sits at the origin."""
    places = [(0.0, 1)] if eyes.one else [(-eyes.gap, -1), (eyes.gap, 1)]
    wink, gaze = rng.choice((-1, 1)), _gaze(eyes, rng)
    for x, side in places:
        if eyes.expression == "laughing" or (eyes.expression == "winking" and (eyes.one or side == wink)):
            _arc(pen, x, eyes.size * 0.35, eyes.size, -eyes.size * 0.85, eyes)
        elif eyes.expression in ("asleep", "sleepy"):
            _closed_down(pen, x, eyes.size * 0.1, eyes.size, eyes, side)
        else:
            grown = 1.08 if eyes.expression in ("surprised", "happy") else 1
            _open_eye(pen, x, eyes.size * grown, eyes, gaze, side)


def brows(pen: Pen, eyes: Eyes, height: float) -> None:
    """Raised when happy, higher still when surprised."""
    if eyes.expression not in ("happy", "surprised") or lightness(eyes.ground) < 0.3:
        return
    height -= 5 if eyes.expression == "surprised" else 0
    for side in (-1, 1):
        x = side * eyes.gap
        pen.line(smooth([(x - 6, height + 2), (x, height - 1), (x + 6, height + 2)], closed=False),
            darker(eyes.ground, 0.5), 2.8, 0.75)


def mouth(pen: Pen, expression: str, size: float, ground: str, double: bool = True) -> None:
    """A mouth hung at the origin; `size` is half its width. `double`: the two arcs below a mammal's nose."""
    ink = _line_colour(ground)
    pen_width = max(2.7, size * 0.25)
    if expression in ("happy", "laughing"):
        _open_mouth(pen, size * (1.22 if expression == "laughing" else 0.95),
            size * (1.45 if expression == "laughing" else 1.05))
        if double:
            pen.line(polygon([(0, -size * 0.35), (0, 0)], closed=False), ink, pen_width)
    elif expression == "surprised":
        pen.fill(ellipse(0, size * 0.6, size * 0.5, size * 0.62), MOUTH, darker(MOUTH, 0.3), 1.4)
    elif expression == "neutral":
        pen.line(polygon([(-size * 0.55, size * 0.22), (size * 0.55, size * 0.22)], closed=False), ink,
            pen_width)
    elif expression == "sleepy":  # a small yawn
        pen.fill(ellipse(0, size * 0.42, size * 0.34, size * 0.38), MOUTH, darker(MOUTH, 0.3), 1.4)
    elif expression == "asleep":
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


def _open_mouth(pen: Pen, w: float, h: float) -> None:
    lips = smooth([(-w, 0), (-w * 0.5, h * 0.1), (0, h * 0.13), (w * 0.5, h * 0.1), (w, 0),
        (w * 0.82, h * 0.55), (w * 0.42, h * 0.92), (0, h), (-w * 0.42, h * 0.92), (-w * 0.82,
        h * 0.55)], tension=0.9)
    pen.fill(lips, MOUTH, darker(MOUTH, 0.35), 1.5)
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
