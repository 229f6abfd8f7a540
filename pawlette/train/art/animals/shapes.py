"""Closed and open outlines as cubic curves: ellipses, smooth lines through points, tapering tubes, fur.

Knows geometry only: no colour, no SVG.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Curve = tuple[Point, Point, Point]  # two controls and the end
KAPPA = 0.5523


class Shape:
    """One outline: a start, curves from it, and whether it is closed."""

    __slots__ = ("closed", "curves", "start")

    def __init__(self, start: Point, curves: list[Curve], closed: bool = True) -> None:
        self.start, self.curves, self.closed = start, curves, closed

    def sample(self, each: int = 6) -> list[Point]:
        """Points along the outline, `each` on every curve."""
        found, a = [], self.start
        for b, c, d in self.curves:
            for i in range(each):
                t = i / each
                u = 1 - t
                k0, k1, k2, k3 = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
                found.append((k0 * a[0] + k1 * b[0] + k2 * c[0] + k3 * d[0],
                              k0 * a[1] + k1 * b[1] + k2 * c[1] + k3 * d[1]))  # fmt: skip
            a = d
        return found


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0) -> Shape:
    kx, ky = rx * KAPPA, ry * KAPPA
    raw = [(rx, 0.0), (rx, ky), (kx, ry), (0.0, ry), (-kx, ry), (-rx, ky), (-rx, 0.0),
           (-rx, -ky), (-kx, -ry), (0.0, -ry), (kx, -ry), (rx, -ky), (rx, 0.0)]  # fmt: skip
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    p = [(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in raw]
    return Shape(p[0], [(p[i], p[i + 1], p[i + 2]) for i in (1, 4, 7, 10)])


def smooth(points: Sequence[Point], closed: bool = True, tension: float = 1.0) -> Shape:
    """A soft line through all the points (Catmull-Rom)."""
    n, k = len(points), tension / 6
    curves: list[Curve] = []
    for i in range(n if closed else n - 1):
        a = points[i - 1] if closed or i else points[i]
        b, c = points[i], points[(i + 1) % n]
        d = points[(i + 2) % n] if closed or i + 2 < n else c
        curves.append(((b[0] + (c[0] - a[0]) * k, b[1] + (c[1] - a[1]) * k),
                       (c[0] - (d[0] - b[0]) * k, c[1] - (d[1] - b[1]) * k), c))  # fmt: skip
    return Shape(points[0], curves, closed)


def mirrored(half: Sequence[Point], x: float = 0) -> Shape:
    """A shape symmetric about the upright line at x, from its right half, top to bottom."""
    left = [(2 * x - a, b) for a, b in reversed(half) if abs(a - x) > 0.01]
    return smooth([*half, *left])


def polygon(points: Sequence[Point], closed: bool = True) -> Shape:
    ends = [*points[1:], points[0]] if closed else list(points[1:])
    curves, a = [], points[0]
    for b in ends:
        curves.append((a, b, b))
        a = b
    return Shape(points[0], curves, closed)


def leaf(x: float, y: float, length: float, width: float, turn: float, tip: float = 0.0) -> Shape:
    """A petal that starts at (x, y) and points up when turn is 0; `tip` from 0 (sharp) to 1 (round)."""
    w, blunt = width / 2, width / 2 * tip
    raw = [(0.0, 0.0), (-w * 1.2, -length * 0.2), (-w * 1.1 - blunt * 0.2, -length * 0.8), (0.0, -length),
           (w * 1.1 + blunt * 0.2, -length * 0.8), (w * 1.2, -length * 0.2), (0.0, 0.0)]  # fmt: skip
    if tip:
        raw[2], raw[4] = (-blunt * 1.3, -length * 1.0), (blunt * 1.3, -length * 1.0)
    p = [turned(q, turn, (x, y)) for q in raw]
    return Shape(p[0], [(p[1], p[2], p[3]), (p[4], p[5], p[6])])


def turned(point: Point, degrees: float, origin: Point = (0.0, 0.0)) -> Point:
    """The point, given relative to the origin, turned clockwise and put at it."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return origin[0] + point[0] * cos - point[1] * sin, origin[1] + point[0] * sin + point[1] * cos


def tube(points: Sequence[Point], widths: Sequence[float], each: int = 3) -> Shape:
    """A limb, tail or trunk: a soft line with a width at every point, rounded at both ends."""
    line = smooth(points, closed=False).sample(each)
    line.append(points[-1])
    left: list[Point] = []
    right: list[Point] = []
    last = len(line) - 1
    for i, (x, y) in enumerate(line):
        at = i / last * (len(widths) - 1)
        low = min(int(at), len(widths) - 2)
        r = (widths[low] + (widths[low + 1] - widths[low]) * (at - low)) / 2
        (ax, ay), (bx, by) = line[max(i - 1, 0)], line[min(i + 1, last)]
        size = math.hypot(bx - ax, by - ay) or 1.0
        dx, dy = (bx - ax) / size, (by - ay) / size
        if i == 0:
            left += _cap(x, y, -dx, -dy, r)
        _ahead(left, (x + dy * r, y - dx * r), dx, dy, r)
        _ahead(right, (x - dy * r, y + dx * r), dx, dy, r)
        if i == last:
            left += _cap(x, y, dx, dy, r)
    return smooth([*left, *reversed(right)])


def _cap(x: float, y: float, dx: float, dy: float, r: float) -> list[Point]:
    """A round end in the direction (dx, dy)."""
    c = r * 0.7071
    return [(x + dx * c + dy * c, y + dy * c - dx * c), (x + dx * r, y + dy * r),
        (x + dx * c - dy * c, y + dy * c + dx * c)]


def _ahead(side: list[Point], point: Point, dx: float, dy: float, r: float) -> None:
    """Adds the point unless it falls back behind the last one, as it does inside a sharp bend."""
    if side and (point[0] - side[-1][0]) * dx + (point[1] - side[-1][1]) * dy < r * 0.08:
        return
    side.append(point)


def fringe(shape: Shape, count: int, height: float) -> Shape:
    """The outline in soft round tufts: wool, down, manes, ragged ears."""
    curves: list[Curve] = []
    marks, side = _marks(shape, count)
    for a, b in zip(marks, marks[1:] + marks[:1], strict=True):
        dx, dy = b[0] - a[0], b[1] - a[1]
        nx, ny = _normal(dx, dy, side * height)
        tip = (a[0] + dx * 0.55 + nx, a[1] + dy * 0.55 + ny)
        curves.append(((a[0] + nx * 0.5, a[1] + ny * 0.5), (tip[0] - dx * 0.25, tip[1] - dy * 0.25), tip))
        curves.append(((tip[0] + dx * 0.12, tip[1] + dy * 0.12), (b[0] + nx * 0.3, b[1] + ny * 0.3), b))
    return Shape(marks[0], curves)


def fur(shape: Shape, count: int, height: float) -> Shape:
    """The outline in soft tufts of two lengths that hang down on both sides: fluffy fur."""
    curves: list[Curve] = []
    marks, side = _marks(shape, count)
    for k, (a, b) in enumerate(zip(marks, marks[1:] + marks[:1], strict=True)):
        dx, dy = b[0] - a[0], b[1] - a[1]
        nx, ny = _normal(dx, dy, side * height * (1.15 if k % 2 else 0.75))
        at = 0.5 + 0.36 * dy / (math.hypot(dx, dy) or 1.0)
        tip = (a[0] + dx * at + nx, a[1] + dy * at + ny)
        curves.append(((a[0] + nx * 0.55, a[1] + ny * 0.55), (tip[0] - dx * 0.2, tip[1] - dy * 0.2), tip))
        curves.append(((tip[0] + dx * 0.1, tip[1] + dy * 0.1), (b[0] + nx * 0.25, b[1] + ny * 0.25), b))
    return Shape(marks[0], curves)


def _normal(dx: float, dy: float, length: float) -> Point:
    size = math.hypot(dx, dy) or 1.0
    return dy / size * length, -dx / size * length


def _marks(shape: Shape, count: int, each: int = 8) -> tuple[list[Point], int]:
    """Evenly spaced points on the outline, and the sign of its winding."""
    line = shape.sample(each)
    n = len(line)
    steps = [0.0]
    for i in range(n):
        (ax, ay), (bx, by) = line[i], line[(i + 1) % n]
        steps.append(steps[-1] + math.hypot(bx - ax, by - ay))
    at, marks = 0, []
    for k in range(count):
        while steps[at + 1] < steps[-1] * k / count:
            at += 1
        marks.append(line[at % n])
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(marks, marks[1:] + marks[:1], strict=True))
    return marks, 1 if area > 0 else -1
