"""Colours, gradients and plain shapes as SVG text. Knows nothing of animals, places or captions.

A `Sheet` collects the elements of one layer of a picture; its gradients are soft shading without blur
filters, which are slow to render.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

HUES = {
    "white": "#fbfaf7", "black": "#4a4754", "grey": "#b4b8c4", "brown": "#b5855e", "orange": "#ff9f4f",
    "yellow": "#ffd54d", "pink": "#ff9ec4", "purple": "#a97fe6", "blue": "#5aa9f0", "green": "#67c56b",
    "red": "#ee4f55", "golden": "#f5b932",
}  # fmt: skip
"""The lexicon's colours as they look on clothes, toys and balloons."""


def mix(first: str, second: str, share: float) -> str:
    """`first` with `share` of `second` stirred in; both "#rrggbb"."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def lighter(colour: str, share: float = 0.35) -> str:
    return mix(colour, "#ffffff", share)


def darker(colour: str, share: float = 0.25) -> str:
    """Towards a warm violet, not black, so that shade stays clean."""
    return mix(colour, "#4b3566", share)


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def points(*pairs: tuple[float, float]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def around(x: float, y: float, radius: float, degrees: float) -> tuple[float, float]:
    """The point at an angle on a circle; 0 degrees points up, clockwise."""
    angle = math.radians(degrees)
    return x + radius * math.sin(angle), y - radius * math.cos(angle)


class Sheet:
    """One layer of a picture: elements from back to front, and the gradients that they use."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._gradients: dict[str, str] = {}
        self._elements: list[str] = []

    def svg(self) -> str:
        definitions = "".join(
            text.replace("<linearGradient", f'<linearGradient id="{name}"', 1)
            .replace("<radialGradient", f'<radialGradient id="{name}"', 1)
            for text, name in self._gradients.items()
        )  # fmt: skip
        return (f"<defs>{definitions}</defs>" if definitions else "") + "".join(self._elements)

    def add(self, *elements: str) -> None:
        self._elements.extend(elements)

    def down(self, *colours: str) -> str:
        """A fill that runs through the colours from top to bottom."""
        return self._fill(f'<linearGradient x1="0" y1="0" x2="0" y2="1">{_stops(colours)}</linearGradient>')

    def across(self, *colours: str) -> str:
        return self._fill(f'<linearGradient x1="0" y1="0" x2="1" y2="0">{_stops(colours)}</linearGradient>')

    def slanting(self, *colours: str) -> str:
        """A fill that runs from the upper left to the lower right."""
        return self._fill(f'<linearGradient x1="0" y1="0" x2="1" y2="1">{_stops(colours)}</linearGradient>')

    def round(self, *colours: str) -> str:
        """A fill that runs from the middle outwards."""
        return self._fill(f'<radialGradient cx=".5" cy=".5" r=".75">{_stops(colours)}</radialGradient>')

    def ball(self, colour: str, depth: float = 0.22) -> str:
        """A fill lit from the upper left."""
        stops = _stops((lighter(colour, 0.45), colour, darker(colour, depth)))
        return self._fill(f'<radialGradient cx=".36" cy=".3" r=".85">{stops}</radialGradient>')

    def glow(self, colour: str, strength: float) -> str:
        """A fill that fades out from its middle."""
        body = "".join(
            f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{strength * share:.3f}"/>'
            for at, share in ((0, 1.0), (0.45, 0.72), (0.75, 0.25), (1, 0.0))
        )
        return self._fill(f"<radialGradient>{body}</radialGradient>")

    def _fill(self, gradient: str) -> str:
        name = self._gradients.setdefault(gradient, f"{self._prefix}{len(self._gradients)}")
        return f"url(#{name})"


def _stops(colours: Sequence[str]) -> str:
    last = max(len(colours) - 1, 1)
    return "".join(
        f'<stop offset="{i / last:.2f}" stop-color="{colour}"/>' for i, colour in enumerate(colours)
    )


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, extra: str = "") -> str:
    at = f'cx="{number(x)}" cy="{number(y)}" rx="{number(rx)}" ry="{number(ry)}"'
    return f'<ellipse {at} fill="{fill}" {extra}/>'


def circle(x: float, y: float, r: float, fill: str, extra: str = "") -> str:
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}" fill="{fill}" {extra}/>'


def rect(x: float, y: float, w: float, h: float, fill: str, round_: float = 0, extra: str = "") -> str:
    corner = f' rx="{number(round_)}"' if round_ else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"{corner} '
        f'fill="{fill}" {extra}/>'
    )


def path(d: str, fill: str = "none", extra: str = "") -> str:
    return f'<path d="{d}" fill="{fill}" {extra}/>'


def stroke(d: str, colour: str, width: float, extra: str = "") -> str:
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{number(width)}" stroke-linecap="round" '
        f'stroke-linejoin="round" {extra}/>'
    )


def polygon(pairs: Sequence[tuple[float, float]], fill: str, extra: str = "") -> str:
    return f'<polygon points="{points(*pairs)}" fill="{fill}" {extra}/>'


def group(
    content: str, x: float = 0, y: float = 0, *, scale: float = 1, turn: float = 0, extra: str = ""
) -> str:
    """The content moved to (x, y), turned by degrees and scaled about its own origin."""
    moves = f"translate({x:.2f} {y:.2f})"
    moves += f" rotate({turn:.1f})" if turn else ""
    moves += f" scale({scale:.3f})" if scale != 1 else ""
    return f'<g transform="{moves}" {extra}>{content}</g>'


def heart(x: float, y: float, size: float, fill: str, extra: str = "") -> str:
    """`size` is its whole width; (x, y) its middle."""
    s = size / 2
    d = (
        f"M{number(x)},{number(y + s * 0.95)} C{points((x - s * 1.5, y), (x - s * 0.9, y - s * 1.15))} "
        f"{points((x, y - s * 0.35))} C{points((x + s * 0.9, y - s * 1.15), (x + s * 1.5, y))} "
        f"{points((x, y + s * 0.95))}Z"
    )
    return path(d, fill, extra)


def star(x: float, y: float, size: float, fill: str, extra: str = "", turn: float = 0) -> str:
    radii = [size / 2 if i % 2 == 0 else size * 0.24 for i in range(10)]
    corners = [around(x, y, radius, turn + 36 * i) for i, radius in enumerate(radii)]
    return polygon(
        corners, fill, f'stroke="{fill}" stroke-width="{size * 0.12:.1f}" stroke-linejoin="round" {extra}'
    )


def blossom(
    x: float, y: float, size: float, petal: str, heart_colour: str = "#ffd75e", petals: int = 5
) -> str:
    """A flower seen from the front."""
    leaves = (around(x, y, size * 0.3, 360 * i / petals) for i in range(petals))
    return "".join(circle(px, py, size * 0.24, petal) for px, py in leaves) + circle(
        x, y, size * 0.19, heart_colour
    )
