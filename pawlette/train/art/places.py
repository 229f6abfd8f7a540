"""Backgrounds: where the animals are, in which light. Calm in the middle, so that the animals stand out.

Knows places, hours, weather and seasons; no animals. `draw_backdrop` gives what is behind and before them,
and the line that their feet stand on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from pawlette.train.art import landscapes, rooms, settings, shores, towns
from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import Sheet, circle, darker, lighter, mix, points, rect, stroke
from pawlette.train.art.scenery import PASTELS
from pawlette.train.art.sky import SIZE, Light
from pawlette.words.scene import Creature, Scene

INDOORS = ("party", "bedroom")
GRASSY = ("meadow", "forest", "garden", "mountains", "farm")
PALE = frozenset({"polar bear", "sheep", "unicorn", "bunny"})
"""Animals whose own coat is white, or may be."""
PAGES = {"spring": ("#ffe3ee", "#e4f5d8", "#e6f1ff"), "summer": ("#fff1c4", "#d6f1fb", "#ffe9cf"),
         "autumn": ("#ffe8cf", "#fbe4c4", "#f6e2da"), "winter": ("#bcd8f4", "#c6d3f5", "#b9def0")}  # fmt: skip
WATERS = ("#cfeafa", "#c2ecee", "#cfe2ff")
WITHOUT_SKY = (*INDOORS, "under water", "space")


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A background in two layers, and where feet may stand (256 units to a side, y downwards)."""

    behind: str
    front: str
    ground: float  # the y of the feet of an animal in the middle distance
    water_line: float | None = None  # the y of a sea's surface that swimmers may leap from
    shadow: str = "#5a4a78"
    pale: bool = False  # snow or a white page: a white animal would be lost on it


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
    _foreground(front, scene, light, rng)
    if scene.place not in WITHOUT_SKY:
        _falling(sheet, front, light, rng)
    elif scene.place == "under water":
        draw.bubbles(front, rng, 3, 0.75)
    pale = scene.place == "snow" or light.is_white
    return Backdrop(sheet.svg(), front.svg(), ground, water, pale=pale)


def _plain(sheet: Sheet, scene: Scene, light: Light, rng: random.Random) -> float:
    """No place: a bare sky, if there is weather or an hour to show; otherwise a page in soft pastel."""
    if light.weather not in (None, "sunny") or light.time is not None:
        skies.sky(sheet, light, rng)
        if light.time == "night":
            _night_clouds(sheet, light, rng)
        return rng.uniform(212, 230)
    swims = scene.action == "swimming"
    colour = rng.choice(WATERS if swims else PAGES.get(light.season or "", PASTELS))
    deep = any(is_pale(creature) for creature in scene.creatures)
    _page(
        sheet,
        mix(colour, darker(colour, 0.9), 0.12) if deep else colour,
        rng,
        deep or light.season == "winter",
    )
    ground = rng.uniform(210, 230)
    if light.season:
        _season(sheet, light, ground, rng)
    if light.weather == "sunny":
        skies.sun(sheet, rng, 23)
    elif swims:
        draw.bubbles(sheet, rng, rng.randint(6, 12), 0.95)
    elif light.season is None and rng.random() < 0.35:
        tints = ("#ffffff", lighter(darker(colour, 0.12), 0.1), mix(colour, "#ff9dbd", 0.35))
        draw.motifs(sheet, rng, rng.choice(tints))
    return ground


def is_pale(creature: Creature) -> bool:
    """Whether the animal is as light as snow."""
    return creature.colour == "white" or (creature.colour is None and creature.animal in PALE)


def _season(sheet: Sheet, light: Light, ground: float, rng: random.Random) -> None:
    """A season on a plain page: a strip of its ground, and the sun of summer."""
    y = ground - rng.uniform(16, 34)
    grass = light.grass(rng)
    draw.hill(sheet, rng, y, 5, lighter(grass, 0.25))
    draw.flowers(sheet, light, rng, y + 8, rng.randint(6, 11), grass)
    if light.season == "summer" and light.weather is None:
        skies.sun(sheet, rng, rng.uniform(18, 24))


def _page(sheet: Sheet, colour: str, rng: random.Random, deep: bool) -> None:
    """One pastel that runs into another: down, across the corner or outwards; or a page with a floor."""
    second = (
        lighter(colour, 0.2)
        if deep
        else rng.choice(
            (lighter(colour, 0.6), lighter(rng.choice(PASTELS), 0.2), mix(colour, "#ffffff", 0.25))
        )
    )
    stops = [colour, second] if rng.random() < 0.6 else [second, colour]
    run = rng.choice(("down", "down", "slanting", "round", *(() if colour in WATERS else ("floor",))))
    fill = {"slanting": sheet.slanting, "round": sheet.round}.get(run, sheet.down)
    sheet.add(rect(0, 0, SIZE, SIZE, fill(*stops)))
    if run == "floor":
        y, tone = rng.uniform(176, 204), mix(stops[1], darker(colour, 0.3), 0.22)
        sheet.add(rect(0, y, SIZE, SIZE - y, sheet.down(tone, lighter(tone, 0.3))))
    elif rng.random() < 0.3 and not deep:
        sheet.add(circle(128, rng.uniform(110, 140), rng.uniform(90, 115), sheet.glow("#ffffff", 0.6)))


def _night_clouds(sheet: Sheet, light: Light, rng: random.Random) -> None:
    """A night sky with no land: soft clouds lie below, as if one stood on them."""
    if rng.random() < 0.5:
        return
    for tone, y in ((light.on("#d9d4f2"), 222), (light.on("#f0ecfb"), 242)):
        low = mix(tone, "#8f8bd0", 0.3)
        fill = sheet.down(lighter(tone, 0.25), low)
        for x in range(-10, 280, 34):
            at = (x + rng.uniform(-10, 10), y + rng.uniform(-5, 5))
            sheet.add(circle(*at, rng.uniform(18, 30), fill))
        sheet.add(rect(0, y + 16, SIZE, SIZE, low))


def _foreground(front: Sheet, scene: Scene, light: Light, rng: random.Random) -> None:
    """Grass in the lower corners, before the feet; nothing that reaches a face."""
    if scene.place not in GRASSY or light.is_white or rng.random() < 0.3:
        return
    green = light.on(rng.choice(("#6fb35c", "#7cbf68", "#64ad66")))
    green = light.on("#c9a950") if light.season == "autumn" else green
    for _ in range(rng.randint(3, 8)):
        x = rng.choice((rng.uniform(2, 70), rng.uniform(186, 254)))
        draw.tuft(front, x, rng.uniform(248, 258), rng.uniform(9, 17), green)
    if rng.random() < 0.4:
        x = rng.choice((rng.uniform(4, 30), rng.uniform(226, 252)))
        draw.flower(front, rng, x, 258, rng.uniform(18, 26), light)


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
    "beach": shores.beach,
    "snow": shores.snow,
    "garden": landscapes.garden,
    "mountains": landscapes.mountains,
    "desert": shores.desert,
    "under water": settings.under_water,
    "party": rooms.party,
    "bedroom": rooms.bedroom,
    "city": towns.city,
    "space": settings.space,
    "farm": towns.farm,
}
"""Lexicon id -> how it is drawn. Each gives the line for the feet and, by the sea, the water's."""
