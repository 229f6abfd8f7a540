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
    _both(head, head.w * 0.45, head.h * 0.13, head.w * head.rng.uniform(0.3, 0.34),
        head.h * head.rng.uniform(0.36, 0.42), head.rng.uniform(16, 34), head.coat.dark)


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
    """White cheeks and brows under a dark cap that comes down to the nose in a point."""
    w, h, s = head.w, head.h, head.x(0)
    cap = mirrored([(s, -h * 1.2), (s + w * 0.9, -h * 1.0), (s + w * 0.62, -h * 0.42),
        (s + w * 0.22, -h * 0.36), (s + w * 0.1, h * 0.1), (s, h * 0.34)], s)
    head.pen.fill(cap, darker(head.coat.main, 0.3))
    for side in (-1, 1):
        cheek = smooth([(s, h * 0.2), (s + side * w * 0.2, h * 0.34), (s + side * w * 0.7, h * 0.34),
            (s + side * w * 1.4, h * 0.1), (s + side * w, h * 1.3), (s, h * 1.3)], tension=0.7)
        head.pen.fill(cheek, head.coat.light)
    _both(head, w * 0.44, -h * 0.26, w * 0.16, h * 0.1, -14, head.coat.light)


def _red_panda(head: Head) -> None:
    w, h = head.w, head.h
    _both(head, w * 0.68, h * 0.52, w * 0.3, h * 0.3, 30, head.coat.light)
    _both(head, w * 0.42, -h * 0.36, w * 0.2, h * 0.13, -18, head.coat.light)
    _both(head, w * 0.44, h * 0.46, w * 0.1, h * 0.4, 14, head.coat.dark)
    head.pen.fill(ellipse(head.x(0), h * 0.58, w * 0.34, h * 0.34), head.coat.light)


def _raccoon(head: Head) -> None:
    w, h, s = head.w, head.h, head.x(0)
    _both(head, w * 0.5, -h * 0.14, w * 0.5, h * 0.34, 12, head.coat.light)
    _both(head, w * 0.5, h * 0.14, w * 0.48, h * 0.3, 22, head.coat.dark)
    head.pen.fill(ellipse(s, h * 0.66, w * 0.4, h * 0.4), head.coat.light)
    head.pen.fill(mirrored([(s, -h * 1.0), (s + w * 0.09, -h * 0.66), (s + w * 0.07, h * 0.1), (s, h * 0.3)],
        s), head.coat.dark)


def _sloth(head: Head) -> None:
    w, h = head.w, head.h
    head.pen.fill(ellipse(head.x(0), h * 0.14, w * 0.86, h * 0.76), head.coat.light)
    _both(head, w * 0.52, h * 0.17, w * 0.36, h * 0.22, 30, head.coat.dark)


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
    _stripe(head, 0, -h * 1.05, 0, -h * 0.44, 13)
    for side in (-1, 1):
        _stripe(head, side * w * 0.32, -h * 1.05, side * w * 0.16, -h * 0.52, 12)
        for y, reach in ((-0.14, 0.62), (0.16, 0.68), (0.46, 0.64)):
            _stripe(head, side * w * 1.12, h * (y - 0.06), side * w * (reach + head.rng.uniform(0, 0.05)),
                h * (y + 0.06), 12)


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
    """Three stripes on the brow and two on each cheek; a few cats have none."""
    if head.rng.random() < 0.12:
        return
    w, h, colour = head.w, head.h, darker(head.coat.main, 0.4)
    if head.coat.is_dark:
        colour = lighter(head.coat.main, 0.2)
    long = head.rng.uniform(0.9, 1.2)
    for x, length in ((-0.23, 0.36), (0, 0.46), (0.23, 0.36)):
        taper(head.pen, head.x(w * x), -h * 1.06, head.x(w * x * 0.8), -h * (1 - length * long), 10, colour)
    for side in (-1, 1):
        for y in (0.12, 0.38):
            taper(head.pen, head.x(side * w * 1.16), h * y, head.x(side * w * (0.84 - 0.08 * long)),
                h * (y + 0.04), 8.5, colour)


def _zebra(head: Head) -> None:
    """Bands that run to the middle of the brow, and down the long nose."""
    w, h, long = head.w, head.h, head.rng.uniform(0.94, 1.1)
    for x, length in ((-0.5, 0.34), (-0.24, 0.56), (0, 0.76), (0.24, 0.56), (0.5, 0.34)):
        _stripe(head, w * x, -h * 1.05, w * x * 0.4, -h * (1 - length * long), 13)
    for side in (-1, 1):
        for y, reach in ((-0.5, 0.5), (-0.2, 0.72), (0.12, 0.76), (0.36, 0.46), (0.6, 0.36)):
            _stripe(head, side * w * 1.16, h * (y - 0.1), side * w * reach * (2 - long), h * (y + 0.1), 15)
        _stripe(head, side * w * 0.14, -h * 0.06, side * w * 0.03, h * 0.5, 11)


def _patch(head: Head) -> None:
    """Dogs and cows: a dark patch about one eye."""
    rng, w, h = head.rng, head.w, head.h
    if rng.random() < 0.75:
        side = rng.choice((-1, 1))
        head.pen.fill(ellipse(head.x(side * w * rng.uniform(0.44, 0.56)), -h * rng.uniform(0.08, 0.22),
            w * rng.uniform(0.36, 0.42), h * rng.uniform(0.52, 0.64), side * rng.uniform(10, 26)),
            head.coat.dark)


def _blaze(head: Head) -> None:
    """A white stripe down the middle: horses."""
    if head.rng.random() < 0.6:
        w, h, s = head.w, head.h, head.x(0)
        head.pen.fill(mirrored([(s, -h * 0.7), (s + w * 0.13, -h * 0.4), (s + w * 0.1, h * 0.3),
            (s, h * 0.5)], s), head.coat.light)


def _spots(head: Head) -> None:
    """Leopards: dots on the brow and cheeks."""
    rng = head.rng
    for x, y in ((-0.3, -0.7), (0, -0.58), (0.3, -0.7), (-0.14, -0.86), (0.16, -0.86), (0.84, 0.06),
        (-0.84, 0.06), (0.88, 0.36), (-0.88, 0.36), (0.64, -0.46), (-0.64, -0.46), (0.66, 0.54),
        (-0.66, 0.54)):
        head.pen.fill(ellipse(head.x(head.w * (x + rng.uniform(-0.03, 0.03))), head.h * y,
            5.6 * rng.uniform(0.85, 1.2), 4.8, rng.uniform(0, 60)), head.coat.dark)


def _giraffe(head: Head) -> None:
    for x, y, r in ((-0.6, -0.5, 12), (0.6, -0.5, 12), (0, -0.66, 12), (-0.78, 0.06, 9), (0.78, 0.06, 9)):
        _blot(head.pen, head.x(head.w * x), head.h * y, r, head.coat.dark, head.rng)


def _blot(pen: Pen, x: float, y: float, r: float, colour: str, rng: Random) -> None:
    """An uneven patch."""
    start, n = rng.uniform(0, 6), 6
    points = [(x + math.cos(start + k * 6.283 / n) * r * rng.uniform(0.82, 1.14),
        y + math.sin(start + k * 6.283 / n) * r * rng.uniform(0.82, 1.14)) for k in range(n)]
    pen.fill(smooth(points, tension=0.7), colour)


def _hamster(head: Head) -> None:
    """Full white cheeks, and a blaze."""
    _both(head, head.w * 0.46, head.h * 0.62, head.w * 0.56, head.h * 0.54, 0, head.coat.light)
    head.pen.fill(ellipse(head.x(0), -head.h * 0.24, head.w * head.rng.uniform(0.09, 0.16), head.h * 0.56),
        head.coat.light)


def _otter(head: Head) -> None:
    """The lower half of the face is pale."""
    head.pen.fill(ellipse(head.x(0), head.h * 0.72, head.w * 1.0, head.h * 0.7), head.coat.light)


def _doe(head: Head) -> None:
    """Deer: pale about the eyes and chin, dots on the brow."""
    w, h, rng = head.w, head.h, head.rng
    _both(head, w * 0.34, h * 0.66, w * 0.46, h * 0.44, 0, head.coat.light)
    for x, y in ((0, -0.5), (-0.22, -0.62), (0.22, -0.62), (-0.1, -0.78), (0.12, -0.78)):
        head.pen.fill(ellipse(head.x(w * (x + rng.uniform(-0.02, 0.02))), h * y, 3.4, 3.1), "#fff7ea")


def draw_freckles(head: Head, y: float) -> None:
    """Three dots on each cheek."""
    colour = darker(head.coat.main, 0.32)
    for side in (-1, 1):
        for dx, dy in ((-6, -1), (0, 4), (6, -1)):
            head.pen.fill(ellipse(head.x(side * head.w * 0.62) + dx, y + dy, 2, 1.9), colour)


FACE: dict[str, Callable[[Head], None]] = {
    "panda": _panda, "light": _muzzle_light, "fox": _fox, "wolf": _wolf, "red_panda": _red_panda,
    "raccoon": _raccoon,
    "sloth": _sloth, "monkey": _monkey, "tiger": _tiger, "tabby": _tabby, "zebra": _zebra, "patch": _patch,
    "blaze": _blaze, "spots": _spots, "giraffe": _giraffe, "hamster": _hamster,
    "otter": _otter, "doe": _doe,
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
            taper(pen, x0 - 4, y - 3, x0 + (x1 - x0) * rng.uniform(0.24, 0.32), y + 2, 10, dark)
            taper(pen, x1 + 4, y - 3, x1 - (x1 - x0) * rng.uniform(0.24, 0.32), y + 2, 10, dark)
        return
    n = 6
    for k in range(n):
        x = x0 + (x1 - x0) * (k + 0.5) / n + rng.uniform(-3, 3)
        taper(pen, x + 3, y0 - 6, x - 3, y0 + (y1 - y0) * rng.uniform(0.5, 0.76), 11, dark)


def _body_zebra(pen: Pen, box: Box, dark: str, rng: Random, belly: bool) -> None:
    """Bands down from the back, or from both sides to the middle of the breast."""
    x0, y0, x1, y1 = box
    if belly:
        for k in range(5):
            y, reach = y0 + (y1 - y0) * (0.16 + 0.17 * k), (x1 - x0) * rng.uniform(0.4, 0.48)
            taper(pen, x0 - 4, y - 5, x0 + reach, y + 4, 11, dark)
            taper(pen, x1 + 4, y - 5, x1 - reach, y + 4, 11, dark)
        return
    n = 8
    for k in range(n):
        x, lean = x0 + (x1 - x0) * (k + 0.5) / n, (k - n / 2) * 1.6
        taper(pen, x - lean * 0.4, y0 - 6, x + lean, y1 - (y1 - y0) * rng.uniform(0.0, 0.14), 11, dark)


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
