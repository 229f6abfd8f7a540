"""Markings of faces and bodies: patches, stripes, spots, masks.

Drawn inside a clip, so they may reach beyond the fur.

Knows colours and shapes of markings; not which species wears them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from pawlette.train.art.animals.ears import Head
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import ellipse, mirrored, polygon, smooth


def draw_face_marks(head: Head) -> None:
    for name in head.kind.part("marks").split():
        FACE[name](head)


def _both(head: Head, x: float, y: float, rx: float, ry: float, turn: float, paint: str) -> None:
    for side in (-1, 1):
        head.pen.fill(ellipse(head.x(side * x), y, rx, ry, side * turn), paint)


def _panda(head: Head) -> None:
    _both(head, head.w * 0.43, head.h * 0.12, head.w * 0.29, head.h * 0.36, 24, head.coat.dark)


def _muzzle_light(head: Head) -> None:
    """Light cheeks that meet below the nose."""
    _both(head, head.w * 0.34, head.h * 0.62, head.w * 0.44, head.h * 0.46, 0, head.coat.light)


def _fox(head: Head) -> None:
    w, h, s = head.w, head.h, head.x(0)
    for side in (-1, 1):
        cheek = smooth([(s, h * 0.14), (s + side * w * 0.34, h * 0.3), (s + side * w * 0.78, h * 0.04),
            (s + side * w * 1.4, h * 0.3), (s + side * w, h * 1.3), (s, h * 1.3)], tension=0.8)
        head.pen.fill(cheek, head.coat.light)
    _both(head, w * 0.4, -h * 0.3, w * 0.13, h * 0.08, -10, head.coat.light)


def _wolf(head: Head) -> None:
    _fox(head)
    w, h, s = head.w, head.h, head.x(0)
    head.pen.fill(mirrored([(s, -h * 1.2), (s + w * 0.3, -h * 1.1), (s + w * 0.14, -h * 0.5), (s, h * 0.05)],
        s), darker(head.coat.main, 0.22))


def _red_panda(head: Head) -> None:
    w, h = head.w, head.h
    _both(head, w * 0.68, h * 0.52, w * 0.3, h * 0.3, 30, head.coat.light)
    _both(head, w * 0.42, -h * 0.36, w * 0.2, h * 0.13, -18, head.coat.light)
    _both(head, w * 0.44, h * 0.46, w * 0.1, h * 0.4, 14, head.coat.dark)
    head.pen.fill(ellipse(head.x(0), h * 0.58, w * 0.34, h * 0.34), head.coat.light)


def _raccoon(head: Head) -> None:
    w, h, s = head.w, head.h, head.x(0)
    _both(head, w * 0.5, -h * 0.12, w * 0.44, h * 0.28, 12, head.coat.light)
    _both(head, w * 0.48, h * 0.14, w * 0.46, h * 0.27, 22, head.coat.dark)
    head.pen.fill(ellipse(s, h * 0.66, w * 0.4, h * 0.4), head.coat.light)
    head.pen.fill(mirrored([(s, -h * 1.1), (s + w * 0.08, -h * 0.7), (s + w * 0.07, h * 0.2), (s, h * 0.4)],
        s), head.coat.dark)


def _sloth(head: Head) -> None:
    w, h = head.w, head.h
    head.pen.fill(ellipse(head.x(0), h * 0.14, w * 0.86, h * 0.76), head.coat.light)
    _both(head, w * 0.5, h * 0.14, w * 0.34, h * 0.2, 24, head.coat.dark)


def _monkey(head: Head) -> None:
    """A face of bare skin in the form of a heart."""
    w, h, s = head.w, head.h, head.x(0)
    skin = head.pen.ball(head.coat.light, 0.1)
    _both(head, w * 0.36, -h * 0.02, w * 0.43, h * 0.5, 0, skin)
    head.pen.fill(ellipse(s, h * 0.52, w * 0.76, h * 0.48), skin)


def _tiger(head: Head) -> None:
    w, h = head.w, head.h
    _both(head, w * 0.5, h * 0.7, w * 0.5, h * 0.46, 0, head.coat.light)
    _both(head, w * 0.4, -h * 0.28, w * 0.18, h * 0.12, -12, head.coat.light)
    _stripe(head, 0, -h * 1.05, 0, -h * 0.52, 9)
    for side in (-1, 1):
        _stripe(head, side * w * 0.3, -h * 1.05, side * w * 0.17, -h * 0.58, 8)
        for y, reach in ((-0.08, 0.66), (0.2, 0.7), (0.46, 0.68)):
            _stripe(head, side * w * 1.12, h * (y - 0.06), side * w * (reach + head.rng.uniform(0, 0.05)),
                h * (y + 0.06), 8)


def _stripe(head: Head, x0: float, y0: float, x1: float, y1: float, width: float) -> None:
    taper(head.pen, head.x(x0), y0, head.x(x1), y1, width * head.w / 60, head.coat.dark)


def taper(pen: Pen, x0: float, y0: float, x1: float, y1: float, width: float, colour: str) -> None:
    """A stripe, wide at its start and pointed at its end."""
    dx, dy = x1 - x0, y1 - y0
    size = math.hypot(dx, dy) or 1
    nx, ny = -dy / size * width / 2, dx / size * width / 2
    mx, my = x0 + dx * 0.55, y0 + dy * 0.55
    pen.fill(smooth([(x0 - nx, y0 - ny), (mx - nx * 0.7, my - ny * 0.7), (x1, y1),
        (mx + nx * 0.7, my + ny * 0.7), (x0 + nx, y0 + ny)], tension=0.7), colour)


def _tabby(head: Head) -> None:
    if head.rng.random() < 0.35:
        return
    w, h, colour = head.w, head.h, darker(head.coat.main, 0.32)
    for x, length in ((-0.2, 0.34), (0, 0.42), (0.2, 0.34)):
        taper(head.pen, head.x(w * x), -h * 1.05, head.x(w * x * 0.8), -h * (1 - length), 8, colour)
    for side in (-1, 1):
        for y in (0.22, 0.44):
            taper(head.pen, head.x(side * w * 1.1), h * y, head.x(side * w * 0.76), h * (y + 0.03), 6.5,
                colour)


def _zebra(head: Head) -> None:
    w, h = head.w, head.h
    for x, length in ((-0.3, 0.42), (0, 0.62), (0.3, 0.42)):
        _stripe(head, w * x, -h * 1.05, w * x * 0.5, -h * (1 - length), 9)
    for side in (-1, 1):
        for y in (-0.55, -0.2, 0.14, 0.44):
            _stripe(head, side * w * 1.1, h * (y - 0.04), side * w * (0.64 if y < 0 else 0.62),
                h * (y + 0.1), 9)


def _patch(head: Head) -> None:
    """Dogs and cows: a dark patch about one eye."""
    if head.rng.random() < 0.75:
        side = head.rng.choice((-1, 1))
        head.pen.fill(ellipse(head.x(side * head.w * 0.46), -head.h * 0.16, head.w * 0.38, head.h * 0.58,
            side * 18), head.coat.dark)


def _blaze(head: Head) -> None:
    """A white stripe down the middle: horses."""
    if head.rng.random() < 0.6:
        w, h, s = head.w, head.h, head.x(0)
        head.pen.fill(mirrored([(s, -h * 0.7), (s + w * 0.13, -h * 0.4), (s + w * 0.1, h * 0.3),
            (s, h * 0.5)], s), head.coat.light)


def _spots(head: Head) -> None:
    """Leopards: dots on the brow and cheeks."""
    for x, y in ((-0.3, -0.72), (0, -0.64), (0.3, -0.72), (-0.14, -0.86), (0.16, -0.88), (0.8, 0.12),
        (-0.8, 0.12), (0.84, 0.4), (-0.84, 0.4), (0.66, -0.48), (-0.66, -0.48)):
        head.pen.fill(ellipse(head.x(head.w * x), head.h * y, 4.6 * head.rng.uniform(0.85, 1.2), 4, 20),
            head.coat.dark)


def _giraffe(head: Head) -> None:
    for x, y, r in ((-0.62, -0.5, 9), (0.62, -0.5, 9), (0, -0.72, 10), (-0.78, 0.02, 7), (0.78, 0.02, 7)):
        _blot(head.pen, head.x(head.w * x), head.h * y, r, head.coat.dark, head.rng)


def _blot(pen: Pen, x: float, y: float, r: float, colour: str, rng: Random) -> None:
    """An uneven patch."""
    start, n = rng.uniform(0, 6), 6
    points = [(x + math.cos(start + k * 6.283 / n) * r * rng.uniform(0.82, 1.14),
        y + math.sin(start + k * 6.283 / n) * r * rng.uniform(0.82, 1.14)) for k in range(n)]
    pen.fill(smooth(points, tension=0.7), colour)


def _hamster(head: Head) -> None:
    _both(head, head.w * 0.42, head.h * 0.6, head.w * 0.56, head.h * 0.5, 0, head.coat.light)
    head.pen.fill(ellipse(head.x(0), -head.h * 0.2, head.w * 0.09, head.h * 0.5), head.coat.light)


FACE: dict[str, Callable[[Head], None]] = {
    "panda": _panda, "light": _muzzle_light, "fox": _fox, "wolf": _wolf, "red_panda": _red_panda,
    "raccoon": _raccoon,
    "sloth": _sloth, "monkey": _monkey, "tiger": _tiger, "tabby": _tabby, "zebra": _zebra, "patch": _patch,
    "blaze": _blaze, "spots": _spots, "giraffe": _giraffe, "hamster": _hamster,
}  # fmt: skip


# --- bodies: inside a clip, in a box (x0, y0) to (x1, y1) ---


def draw_body_marks(pen: Pen, name: str, box: tuple[float, float, float, float], dark: str, rng: Random,
    belly: bool = False) -> None:
    if name:
        BODY[name](pen, box, dark, rng, belly)


Box = tuple[float, float, float, float]


def _body_stripes(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Tigers, zebras: from both sides of a front, or down from the back of a side view."""
    x0, y0, x1, y1 = box
    if belly:
        for k in range(4):
            y = y0 + (y1 - y0) * (0.24 + 0.19 * k) + rng.uniform(-2, 2)
            taper(pen, x0 - 4, y - 3, x0 + (x1 - x0) * 0.24, y + 2, 8.5, dark)
            taper(pen, x1 + 4, y - 3, x1 - (x1 - x0) * 0.24, y + 2, 8.5, dark)
        return
    n = 6
    for k in range(n):
        x = x0 + (x1 - x0) * (k + 0.5) / n + rng.uniform(-3, 3)
        taper(pen, x + 3, y0 - 6, x - 3, y0 + (y1 - y0) * rng.uniform(0.5, 0.72), 9, dark)


def _body_zebra(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    x0, y0, x1, y1 = box
    if belly:
        _body_stripes(pen, box, dark, rng, belly)
        return
    n = 8
    for k in range(n):
        x, lean = x0 + (x1 - x0) * (k + 0.5) / n, (k - n / 2) * 1.6
        taper(pen, x - lean * 0.4, y0 - 6, x + lean, y1 - (y1 - y0) * rng.uniform(0.0, 0.14), 9.5, dark)


def _scatter(box: Box, step: float, rng: Random) -> list[tuple[float, float]]:
    """Points on a staggered grid, a little out of place."""
    x0, y0, x1, y1 = box
    found, row, y = [], 0, y0
    while y < y1 + step / 2:
        x = x0 + (step / 2 if row % 2 else 0)
        while x < x1 + step / 2:
            found.append((x + rng.uniform(-2, 2), y + rng.uniform(-2, 2)))
            x += step
        row, y = row + 1, y + step * 0.82
    return found


def _body_spots(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Leopards: open rings and dots."""
    for x, y in _scatter(box, 17, rng):
        pen.fill(ellipse(x, y, 5, 4.3, rng.uniform(0, 90)), dark)
        pen.fill(ellipse(x + 0.5, y + 0.3, 2.1, 1.8), lighter(dark, 0.45))


def _body_blots(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Giraffes."""
    for x, y in _scatter(box, 21, rng):
        _blot(pen, x, y, 8.6, dark, rng)


def _body_patches(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Cows: a few big patches."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    places = ((0.02, 0.3), (0.98, 0.62), (0.86, 0.1)) if belly else ((0.16, 0.22), (0.52, 0.16), (0.74, 0.7),
        (0.98, 0.3))
    for fx, fy in places:
        _blot(pen, x0 + w * fx + rng.uniform(-4, 4), y0 + h * fy, rng.uniform(16, 21), dark, rng)


def _body_fawn(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Young deer: white dots on the back."""
    x0, y0, x1, y1 = box
    top = (x0, y0 + 4, x1, y0 + (y1 - y0) * 0.45)
    for x, y in _scatter(top, 15, rng):
        if not (belly and abs(x - (x0 + x1) / 2) < (x1 - x0) * 0.3):
            pen.fill(ellipse(x, y, 3.1, 2.8), "#fff7ea")


def _body_yoke(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Pandas: a dark band over the shoulders."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    if belly:
        pen.fill(smooth([(x0 - 8, y0 - 8), (x1 + 8, y0 - 8), (x1 + 8, y0 + h * 0.4),
            (x0 + w / 2, y0 + h * 0.28), (x0 - 8, y0 + h * 0.4)], tension=0.6), dark)
    else:
        pen.fill(polygon([(x0 + w * 0.62, y0 - 8), (x0 + w * 0.86, y0 - 8), (x0 + w * 0.94, y1 + 8),
            (x0 + w * 0.66, y1 + 8)]), dark)


def _body_tabby(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    if rng.random() < 0.65:
        _body_stripes(pen, box, dark, rng, belly)


BODY: dict[str, Callable[[Pen, Box, str, Random, bool], None]] = {
    "stripes": _body_stripes, "zebra": _body_zebra, "spots": _body_spots, "blots": _body_blots,
    "patches": _body_patches,
    "fawn": _body_fawn, "yoke": _body_yoke, "tabby": _body_tabby,
}  # fmt: skip
