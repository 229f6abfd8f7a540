"""Draws shapes as SVG into named layers, keeps their gradients and measures the box that they fill.

Knows colours and transforms; nothing of animals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from pawlette.train.art.animals.look import LAYERS, Anchor, Sprite
from pawlette.train.art.animals.shapes import Point, Shape, ellipse
from pawlette.train.art.paint import darker, lighter, mix

Matrix = tuple[float, float, float, float, float, float]
BEND = np.linspace(0, 1, 9)
BERNSTEIN = np.stack([(1 - BEND) ** 3, 3 * (1 - BEND) ** 2 * BEND, 3 * (1 - BEND) * BEND**2, BEND**3])


class Pen:
    """One sprite in the making."""

    def __init__(self, prefix: str) -> None:
        self._prefix, self._names = prefix, 0
        self._layers: dict[str, list[str]] = {name: [] for name in LAYERS}
        self._layer = "body"
        self._matrix: Matrix = (1, 0, 0, 1, 0, 0)
        self._clipped = 0
        self._fills: dict[str, str] = {}
        self._extent: list[tuple[Point, Point, Point, Point, float]] = []
        self._anchors: dict[str, Anchor | None] = {}
        self.tilt = 0.0

    # --- where ---

    @contextmanager
    def layer(self, name: str) -> Iterator[None]:
        before, self._layer = self._layer, name
        yield
        self._layer = before

    @property
    def layer_name(self) -> str:
        return self._layer

    @contextmanager
    def at(
        self, x: float, y: float, turn: float = 0, sx: float = 1, sy: float | None = None
    ) -> Iterator[None]:
        """Draws inside about (x, y), turned clockwise and scaled."""
        before = self._matrix
        a, b, c, d, e, f = before
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        sy = abs(sx) if sy is None else sy
        m0, m1, m2, m3 = cos * sx, sin * sx, -sin * sy, cos * sy
        self._matrix = (a * m0 + c * m1, b * m0 + d * m1, a * m2 + c * m3, b * m2 + d * m3,
                        a * x + c * y + e, b * x + d * y + f)  # fmt: skip
        yield
        self._matrix = before

    @contextmanager
    def clip(self, shape: Shape) -> Iterator[None]:
        """What is drawn inside shows only within the shape."""
        name = self._name()
        path = f'<path d="{self._path(shape)}"/>'
        self._put(f'<clipPath id="{name}">{path}</clipPath><g clip-path="url(#{name})">')
        self._clipped += 1
        yield
        self._clipped -= 1
        self._put("</g>")

    def anchor(self, name: str, x: float, y: float, size: float) -> None:
        self._anchors[name] = (*self._move((x, y)), size * self._scale())

    # --- fills ---

    def ball(self, colour: str, depth: float = 0.24, light: float = 0.38) -> str:
        """Lit from the upper left, shaded below; white keeps a faint shade only."""
        depth *= 0.62 if min(colour[1:3], colour[3:5], colour[5:7]) > "e4" else 1
        stops = ((0, lighter(colour, light)), (0.5, colour), (1, darker(colour, depth)))
        return self._gradient('radialGradient cx=".38" cy=".26" r=".86"', stops)

    def down(self, *colours: str) -> str:
        last = len(colours) - 1
        return self._gradient(
            'linearGradient x1="0" y1="0" x2="0" y2="1"', [(i / last, c) for i, c in enumerate(colours)]
        )

    def across(self, *colours: str) -> str:
        last = len(colours) - 1
        return self._gradient(
            'linearGradient x1="0" y1="0" x2="1" y2="0"', [(i / last, c) for i, c in enumerate(colours)]
        )

    def glow(self, colour: str, strength: float) -> str:
        """Fades out from its middle."""
        key = f"glow{colour}{strength:.2f}"
        if key not in self._fills:
            stops = "".join(f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{strength * s:.2f}"/>'
                            for at, s in ((0, 1.0), (0.5, 0.6), (1, 0.0)))  # fmt: skip
            self._fills[key] = self._define("radialGradient", stops)
        return self._fills[key]

    # --- marks ---

    def fill(
        self, shape: Shape, paint: str, edge: str | None = None, width: float = 1.6, opacity: float = 1
    ) -> None:
        """A filled shape; `edge` is the colour of its outline."""
        thick = f"{width * self._scale():.2f}"
        line = f' stroke="{edge}" stroke-width="{thick}" stroke-linejoin="round"' if edge else ""
        faint = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._measure(shape, width / 2 if edge else 0)
        self._put(f'<path d="{self._path(shape)}" fill="{paint}"{faint}{line}/>')

    def part(self, shape: Shape, colour: str, depth: float = 0.24, edge: float = 0.3) -> None:
        """A body part: softly shaded, outlined in a darker shade of itself."""
        self.fill(shape, self.ball(colour, depth), darker(colour, edge) if edge else None)

    def light(self, x: float, y: float, rx: float, ry: float, colour: str) -> None:
        """Inside a clip: a soft highlight above on the left of a round mass, a soft shade below on the right."""
        side = -1 if self._matrix[0] < 0 else 1  # in a mirrored animal the light stays on the left
        dark = min(colour[1:3], colour[3:5], colour[5:7]) < "60"
        self.fill(ellipse(x - side * rx * 0.4, y - ry * 0.5, rx * 0.6, ry * 0.46),
            self.glow("#ffffff", 0.14 if dark else 0.36))  # fmt: skip
        self.fill(ellipse(x + side * rx * 0.72, y + ry * 0.6, rx * 0.7, ry * 0.8),
            self.glow(darker(colour, 0.55), 0.26))  # fmt: skip

    def line(self, shape: Shape, colour: str, width: float, opacity: float = 1) -> None:
        faint = f' stroke-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._measure(shape, width / 2)
        thick = f"{width * self._scale():.2f}"
        self._put(f'<path d="{self._path(shape)}" fill="none" stroke="{colour}" stroke-width="{thick}" '
                  f'stroke-linecap="round" stroke-linejoin="round"{faint}/>')  # fmt: skip

    def sprite(self, ground: float | None = 0.0) -> Sprite:
        """All that was drawn, moved so that its box starts at (0, 0); the box reaches down to the ground."""
        left, top, right, bottom = self._box()
        bottom = bottom if ground is None else max(bottom, ground)
        x, y = 1 - left, 1 - top
        width, height = right - left + 2, bottom - top + 1
        move = f'<g transform="translate({x:.2f} {y:.2f})">'
        layers = tuple((name, f"{move}{''.join(parts)}</g>" if parts else "")
                       for name, parts in self._layers.items())  # fmt: skip
        anchors = {name: at and (min(max(at[0] + x, 0), width), min(max(at[1] + y, 0), height), at[2])
                   for name, at in self._anchors.items()}  # fmt: skip
        return Sprite(layers, width, height, anchors, self.tilt)

    # --- inside ---

    def _name(self) -> str:
        self._names += 1
        return f"{self._prefix}{self._names}"

    def _put(self, text: str) -> None:
        self._layers[self._layer].append(text)

    def _define(self, kind: str, stops: str) -> str:
        name = self._name()
        tag = kind.split()[0]
        self._put(f'<{tag} id="{name}"{kind[len(tag) :]}>{stops}</{tag}>')
        return f"url(#{name})"

    def _gradient(self, kind: str, stops: object) -> str:
        key = f"{kind}{stops}"
        if key not in self._fills:
            text = "".join(f'<stop offset="{at:.2f}" stop-color="{colour}"/>' for at, colour in stops)  # type: ignore[attr-defined]
            self._fills[key] = self._define(kind, text)
        return self._fills[key]

    def _scale(self) -> float:
        a, b, c, d, _, _ = self._matrix
        return math.sqrt(abs(a * d - b * c))

    def _move(self, p: Point) -> Point:
        a, b, c, d, e, f = self._matrix
        return a * p[0] + c * p[1] + e, b * p[0] + d * p[1] + f

    def _path(self, shape: Shape) -> str:
        a, b, c, d, e, f = self._matrix
        x, y = self._move(shape.start)
        parts = [f"M{x:.1f} {y:.1f}"]
        parts.extend(
            f"C{a*p[0]+c*p[1]+e:.1f} {b*p[0]+d*p[1]+f:.1f} {a*q[0]+c*q[1]+e:.1f} {b*q[0]+d*q[1]+f:.1f} "
            f"{a*r[0]+c*r[1]+e:.1f} {b*r[0]+d*r[1]+f:.1f}"
            for p, q, r in shape.curves
        )  # fmt: skip
        return "".join(parts) + ("Z" if shape.closed else "")

    def _measure(self, shape: Shape, pad: float) -> None:
        if self._clipped:
            return
        pad, start = pad * self._scale(), self._move(shape.start)
        for p, q, r in shape.curves:
            end = self._move(r)
            self._extent.append((start, self._move(p), self._move(q), end, pad))
            start = end

    def _box(self) -> tuple[float, float, float, float]:
        points = np.array([row[:4] for row in self._extent])  # (curves, 4, 2)
        pads = np.array([row[4] for row in self._extent])[:, None, None]
        along = np.einsum("kt,nkd->ntd", BERNSTEIN, points)
        low, high = (along - pads).min((0, 1)), (along + pads).max((0, 1))
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


__all__ = ["Pen", "darker", "lighter", "mix"]
