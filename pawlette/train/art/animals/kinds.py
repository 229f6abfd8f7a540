"""What a species looks like, in data: its coats (colours) and the parts that its body is put together from.

Knows names of parts and colours, not how they are drawn.
"""

from __future__ import annotations

import colorsys
import random
from dataclasses import dataclass, field, replace

from pawlette.train.art.animals.pen import darker, lighter


@dataclass(frozen=True, slots=True)
class Coat:
    """The colours of one animal."""

    main: str
    light: str = "#fff6ec"  # belly, muzzle, mask
    dark: str = "#5b4650"  # stripes, patches, limbs
    inner: str = "#ffb9c6"  # inside of the ears
    nose: str = "#54404c"
    accent: str = "#ffb74a"  # beak, horn, mane, second wing colour, bright iris

    @property
    def is_dark(self) -> bool:
        return lightness(self.main) < 0.47


@dataclass(frozen=True, slots=True)
class Species:
    """One animal that the art can draw: its body plan, natural coats, recolours and parts."""

    plan: str
    coats: tuple[Coat, ...]
    recolours: tuple[str, ...]
    parts: dict[str, object] = field(default_factory=dict)

    def part(self, name: str) -> str:
        return str(self.parts.get(name, ""))

    def size(self, name: str, default: float = 1.0) -> float:
        value = self.parts.get(name, default)
        assert isinstance(value, int | float)
        return float(value)


HUES = {
    "white": "#fbf8f4", "black": "#4c4757", "grey": "#aeb2c0", "brown": "#ad7b52", "orange": "#ff9a4a",
    "yellow": "#ffd754", "pink": "#ffa3c7", "purple": "#b08ae8", "blue": "#6cb2f4", "green": "#72c97a",
    "red": "#ec5a58", "golden": "#eeb13f",
}  # fmt: skip
"""What a named colour means on fur and feathers."""


def lightness(colour: str) -> float:
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return (0.3 * r + 0.59 * g + 0.11 * b) / 255


def dress(species: Species, colour: str | None, rng: random.Random) -> Coat:
    """A natural coat, or the same in another main colour: markings stay."""
    coat = rng.choice(species.coats)
    if colour is not None and species.parts.get("recolour") == "light":  # the white parts carry the colour
        coat = replace(coat, main=HUES[colour], light=lighter(HUES[colour], 0.55),
            dark=_apart(coat.dark, HUES[colour]))
    elif colour is not None:
        main = HUES[colour]
        quills = species.parts.get("recolour") == "dark"  # the dark parts carry the colour as well
        dark = darker(main, 0.34) if quills else _apart(coat.dark, main)
        coat = replace(coat, main=main, light=lighter(main, 0.72), dark=dark)
    return _stirred(coat, rng, 1.0 if colour is None else 0.6)


def _apart(dark: str, main: str) -> str:
    """Markings that still show on the new main colour."""
    return dark if lightness(main) - lightness(dark) > 0.15 else darker(main, 0.55)


def _stirred(coat: Coat, rng: random.Random, share: float) -> Coat:
    """Another hue, depth and lightness nearby, so that no two are alike."""
    main = _nearby(coat.main, rng, share)
    dark = _nearby(coat.dark, rng, share)
    return replace(coat, main=main, dark=dark if lightness(main) - lightness(dark) > 0.1 else coat.dark)


def _nearby(colour: str, rng: random.Random, share: float) -> str:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, depth, value = colorsys.rgb_to_hsv(r, g, b)
    hue = (hue + rng.uniform(-0.022, 0.01) * share) % 1  # browns and golds turn olive on the other side
    deepest = 0.015 if value > 0.9 else 0.07  # white stays white, yellow yellow
    depth = min(depth * (1 + rng.uniform(-0.1, 0.2) * share), 1)
    value = min(value * (1 + rng.uniform(-deepest, 0.08) * share), 1)
    return "#" + "".join(f"{round(c * 255):02x}" for c in colorsys.hsv_to_rgb(hue, depth, value))
