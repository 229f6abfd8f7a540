"""Backgrounds: where the animals are, in which light. Calm in the middle, so that the animals stand out.

Knows places, hours, weather and seasons; no animals. `draw_backdrop` gives what is behind and before them,
and the line that their feet stand on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from pawlette.train.art import landscapes, settings
from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import Sheet, circle, darker, lighter, mix, points, rect, stroke
from pawlette.train.art.scenery import PASTELS
from pawlette.train.art.sky import SIZE, Light
from pawlette.words.scene import Scene

INDOORS = ("party", "bedroom")
WITHOUT_SKY = (*INDOORS, "under water", "space")


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A background in two layers, and where feet may stand (256 units to a side, y downwards)."""

    behind: str
    front: str
    ground: float  # the y of the feet of an animal in the middle distance
    water_line: float | None = None  # the y of a sea's surface that swimmers may leap from
    shadow: str = "#5a4a78"


def draw_backdrop(scene: Scene, rng: random.Random) -> Backdrop:
    """The background of a scene; a transparent one has none, only its ground line."""
    light = Light(scene.time, scene.weather, scene.season)
    if scene.transparent:
        return Backdrop("", "", rng.uniform(212, 232))
    sheet, front = Sheet("b"), Sheet("f")
    if scene.place is None:
        ground, water = _plain(sheet, scene, light, rng), None
    else:
        ground, water = PLACES[scene.place](sheet, light, rng)
    if scene.place not in WITHOUT_SKY:
        _falling(sheet, front, light, rng)
    elif scene.place == "under water":
        draw.bubbles(front, rng, 3, 0.75)
    return Backdrop(sheet.svg(), front.svg(), ground, water)


def _plain(sheet: Sheet, scene: Scene, light: Light, rng: random.Random) -> float:
    """The style's own background: a soft pastel gradient; or a bare sky, if there is weather to show."""
    if light.weather not in (None, "sunny") or light.time in ("night", "sunset"):
        skies.sky(sheet, light, rng)
        return rng.uniform(212, 230)
    swims = scene.action == "swimming"
    colour = rng.choice(("#cfeafa", "#cdeff0", "#d3e6ff") if swims else PASTELS)
    second = rng.choice((lighter(colour, 0.6), lighter(rng.choice(PASTELS), 0.2), colour))
    stops = [colour, second] if rng.random() < 0.6 else [second, colour]
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(*stops)))
    if rng.random() < 0.35:
        sheet.add(circle(128, rng.uniform(110, 140), rng.uniform(90, 115), sheet.glow("#ffffff", 0.6)))
    if light.weather == "sunny":
        skies.sun(sheet, rng, 21)
    elif swims:
        draw.bubbles(sheet, rng, rng.randint(6, 12), 0.95)
    elif light.season is None and rng.random() < 0.35:
        draw.motifs(
            sheet,
            rng,
            rng.choice(("#ffffff", lighter(darker(colour, 0.12), 0.1), mix(colour, "#ff9dbd", 0.35))),
        )
    return rng.uniform(210, 230)


def _falling(sheet: Sheet, front: Sheet, light: Light, rng: random.Random) -> None:
    """Rain, snow, leaves or petals: most behind the animals, a few small ones before them."""
    if light.weather == "raining":
        for layer, count in ((sheet, 34), (front, 9)):
            drops = "".join(
                f"M{points((rng.uniform(0, 256), rng.uniform(20, 246)))}l-3.4,10" for _ in range(count)
            )
            layer.add(stroke(drops, "#6d9fdc", 2, 'stroke-opacity=".75"'))
    elif light.weather == "snowing":
        for layer, count in ((sheet, 46), (front, 12)):
            for _ in range(count):
                x, y, size = rng.uniform(0, 256), rng.uniform(0, 250), rng.uniform(1.2, 3.2)
                layer.add(circle(x, y, size, "#ffffff", 'fill-opacity=".92"'))
    elif light.season in ("autumn", "spring"):
        for _ in range(rng.randint(7, 13)):
            x, y = rng.uniform(6, 250), rng.uniform(10, 200)
            colour = rng.choice(("#f0913e", "#e86f3f", "#f4b942")) if light.season == "autumn" else "#ffb9d3"
            sheet.add(draw.leaf(x, y, light.on(colour), rng))
    elif light.season == "winter":
        for _ in range(rng.randint(10, 20)):
            sheet.add(draw.flake(rng.uniform(4, 252), rng.uniform(4, 210), rng.uniform(3, 6)))


PLACES: dict[str, Callable[[Sheet, Light, random.Random], tuple[float, float | None]]] = {
    "meadow": landscapes.meadow,
    "forest": landscapes.forest,
    "beach": landscapes.beach,
    "snow": landscapes.snow,
    "garden": landscapes.garden,
    "mountains": landscapes.mountains,
    "desert": landscapes.desert,
    "under water": settings.under_water,
    "party": settings.party,
    "bedroom": settings.bedroom,
    "city": settings.city,
    "space": settings.space,
    "farm": settings.farm,
}
"""Lexicon id -> how it is drawn. Each gives the line for the feet and, by the sea, the water's."""
