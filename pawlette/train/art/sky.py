"""The sky and the light: sun, moon, stars, clouds, rainbow, and how hour and weather tint what is drawn.

Knows nothing of places or animals.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pawlette.train.art.paint import (
    Sheet,
    around,
    circle,
    lighter,
    mix,
    number,
    path,
    points,
    rect,
    star,
    stroke,
)

SIZE = 256  # the side of every picture, in drawing units
CLEAR = (("#8dd0fb", "#e6f6ff"), ("#9cd8ff", "#eefaff"), ("#a5d9f7", "#fdf8e8"), ("#a9d4fb", "#fdeef4"),
         ("#9fdcf0", "#effbf2"))  # fmt: skip
RAINBOW = ("#ff7a7a", "#ffb067", "#ffe073", "#8fdc84", "#76c1f5", "#b392ee")


@dataclass(frozen=True, slots=True)
class Light:
    """The hour, the weather and the season: how they tint what is drawn."""

    time: str | None = None
    weather: str | None = None
    season: str | None = None
    haze: str | None = None  # the colour of the air before far things
    thickness: float = 0.5  # how much of it there is

    def on(self, colour: str) -> str:
        """The colour of a thing in this light."""
        return mix(self._lit(colour), self.haze, self.thickness) if self.haze else self._lit(colour)

    def far(self, colour: str, share: float) -> str:
        """A colour already in this light, `share` of the way into the distance, where all is pale."""
        air = {"night": "#8f93d6", "sunset": "#ffd9b8"}.get(self.time or "", "#eaf5fc")
        return mix(colour, air, share)

    def _lit(self, colour: str) -> str:
        if self.time == "night":
            return mix(colour, "#5560c4", 0.4)
        if self.time == "sunset":
            return mix(colour, "#ff9166", 0.2)
        if self.weather in ("raining", "cloudy"):
            return mix(colour, "#a8bcd4", 0.14)
        return colour

    @property
    def is_white(self) -> bool:
        """Whether snow lies on the ground."""
        return self.weather == "snowing" or self.season == "winter"

    def grass(self, rng: random.Random) -> str:
        if self.is_white:
            return self.on(rng.choice(("#f4f9ff", "#eef6fd", "#f8fbff")))
        if self.season == "autumn":
            return self.on(rng.choice(("#d9c26a", "#cdbb6b", "#c8b85e")))
        if self.season == "spring":
            return self.on(rng.choice(("#b4e29a", "#aee0a0", "#c3e79d")))
        return self.on(rng.choice(("#9fd884", "#94d389", "#a8dc8c", "#8fd07f")))

    def leaf(self, rng: random.Random) -> str:
        if self.season == "autumn":
            return self.on(rng.choice(("#f0913e", "#e86f3f", "#f4b942", "#d9583f")))
        if self.season == "spring":
            return self.on(rng.choice(("#ffb9d3", "#ffc9dd", "#f9a8c9", "#a8dc8c")))
        if self.is_white:
            return self.on(rng.choice(("#8fbfae", "#9cc7b9", "#86b8b0")))
        return self.on(rng.choice(("#6dbf73", "#7cc879", "#5fb37a", "#88cc70")))


def sky(sheet: Sheet, light: Light, rng: random.Random, *, horizon: float = SIZE, arch: bool = True) -> None:
    """The whole sky with its sun, moon, stars and clouds; without `arch` the rainbow is left for later."""
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(*_sky_colours(light, rng, horizon))))
    if light.time == "night":
        stars(sheet, rng, rng.randint(12, 22), horizon * 0.8)
        clouds(sheet, light, rng)  # behind the moon, which no cloud may hide
        moon(sheet, rng)
        return
    if light.time == "sunset":
        setting_sun(sheet, rng, horizon)
    elif light.weather == "sunny" or (light.season == "summer" and light.weather is None):
        sun(sheet, rng, rng.uniform(18, 24))
    if light.weather == "rainbow" and arch:
        rainbow(sheet, rng, horizon)
    clouds(sheet, light, rng)


def _sky_colours(light: Light, rng: random.Random, horizon: float) -> tuple[str, ...]:
    if light.time == "night":
        top, low = rng.choice((("#5560b8", "#a7a3e3"), ("#4f62b5", "#9fb0e8"), ("#6759b5", "#b9a5e6")))
    elif light.time == "sunset":
        three = rng.choice((("#c7a4ea", "#ffb3ae", "#ffe0a8"), ("#f4a0b5", "#ffbf91", "#ffeab0")))
        return (*three, three[2]) if horizon < SIZE * 0.8 else three
    elif light.weather == "raining":
        top, low = rng.choice((("#a3c4e6", "#e1edf7"), ("#b0c8e4", "#e8eff8")))
    elif light.weather == "cloudy":
        top, low = rng.choice((("#b9cbdf", "#e8eef5"), ("#c3d0e0", "#eef1f6")))
    elif light.weather == "snowing":
        top, low = rng.choice((("#c3d8f0", "#f0f6fd"), ("#cfdcf2", "#f4f6fe")))
    else:
        top, low = rng.choice(CLEAR)
    return top, low


def sun(sheet: Sheet, rng: random.Random, radius: float) -> None:
    x, y = rng.choice((rng.uniform(30, 58), rng.uniform(198, 226))), rng.uniform(30, 46)
    sheet.add(circle(x, y, radius * 2.3, sheet.glow("#fff3b8", 0.8)))
    if rng.random() < 0.6:
        turn = rng.uniform(0, 30)
        for i in range(12):
            (x1, y1), (x2, y2) = (
                around(x, y, radius * 1.22, turn + 30 * i),
                around(x, y, radius * 1.5, turn + 30 * i),
            )
            sheet.add(stroke(f"M{points((x1, y1))}L{points((x2, y2))}", "#ffc94a", radius * 0.17))
    sheet.add(circle(x, y, radius, sheet.ball("#ffd34f", 0.1)))


def setting_sun(sheet: Sheet, rng: random.Random, horizon: float) -> None:
    x, y = rng.choice((rng.uniform(44, 80), rng.uniform(176, 212))), min(horizon, 190) - rng.uniform(2, 16)
    sheet.add(
        circle(x, y, 74, sheet.glow("#fff0b0", 0.9)), circle(x, y, 27, sheet.down("#fff0a0", "#ff9f5f"))
    )


def moon(sheet: Sheet, rng: random.Random) -> None:
    x, y, r = (
        rng.choice((rng.uniform(34, 60), rng.uniform(196, 222))),
        rng.uniform(32, 46),
        rng.uniform(15, 20),
    )
    sheet.add(circle(x, y, r * 2.2, sheet.glow("#fff6cf", 0.55)))
    if rng.random() < 0.35:
        sheet.add(circle(x, y, r, sheet.ball("#fff1b8", 0.08)))
        sheet.add(
            circle(x + r * 0.3, y + r * 0.2, r * 0.2, "#f3dc95"),
            circle(x - r * 0.3, y - r * 0.2, r * 0.14, "#f3dc95"),
        )
        return
    a, b = around(x, y, r, 15), around(x, y, r, 165)
    d = (
        f"M{points(a)}A{number(r)},{number(r)} 0 1 0 {points(b)}"
        f"A{number(r * 0.8)},{number(r * 0.8)} 0 1 1 {points(a)}Z"
    )
    sheet.add(
        path(
            d, sheet.ball("#ffeeb0", 0.05), f'transform="rotate({rng.uniform(-25, 25):.0f} {x:.0f} {y:.0f})"'
        )
    )


def stars(sheet: Sheet, rng: random.Random, count: int, bottom: float) -> None:
    for _ in range(count):
        x, y, size = rng.uniform(6, 250), rng.uniform(6, bottom), rng.uniform(1, 2.2)
        sheet.add(circle(x, y, size, "#fff8dc", f'fill-opacity="{rng.uniform(0.55, 1):.2f}"'))
    for _ in range(rng.randint(1, 4)):
        sheet.add(star(rng.uniform(12, 244), rng.uniform(12, bottom * 0.7), rng.uniform(6, 10), "#fff3c0"))


def rainbow(sheet: Sheet, rng: random.Random, horizon: float) -> None:
    """A whole arch, high and wide, so that the animals stand below it; its feet are behind hills or clouds."""
    outer, top = rng.uniform(106, 121), rng.uniform(8, 24)
    x, y = rng.uniform(outer + 4, SIZE - outer - 4), max(min(horizon + 6, 172), outer)
    high, band = min(y - top, outer * 1.3), outer * rng.uniform(0.062, 0.075)
    for i, colour in enumerate(RAINBOW):
        rx, ry = outer - band * (i + 0.5), high - band * (i + 0.5)
        d = f"M{points((x - rx, y))}A{number(rx)},{number(ry)} 0 0 1 {points((x + rx, y))}"
        line = f'stroke="{colour}" stroke-width="{band + 1.6:.2f}"'
        sheet.add(path(d, "none", line))
    if horizon > 215:  # no hill hides the feet
        middle = outer - band * 3
        for foot in (x - middle, x + middle):
            cloud(sheet, foot, y + 2, band * 9, "#ffffff")


def clouds(sheet: Sheet, light: Light, rng: random.Random) -> None:
    many = {"cloudy": (4, 5), "raining": (3, 4), "snowing": (1, 3), "sunny": (0, 1)}.get(
        light.weather or "", (0, 3)
    )
    heavy = light.weather in ("cloudy", "raining")
    colour = {"raining": "#b9c6d8", "cloudy": "#f7f9fc"}.get(light.weather or "", "#ffffff")
    if light.time:
        colour = light.on(colour)
    count = rng.randint(*many)
    for i in range(count):
        x = (i + rng.uniform(0.25, 0.75)) * SIZE / count
        y = rng.uniform(18, 44) if heavy else rng.uniform(22, 76)
        cloud(
            sheet, x, y, rng.uniform(52, 74) if heavy else rng.uniform(30, 54), colour, 1 if heavy else 0.85
        )


def cloud(sheet: Sheet, x: float, y: float, width: float, colour: str, opacity: float = 1.0) -> None:
    w = width / 2
    fill = sheet.down(lighter(colour, 0.5), colour, mix(colour, "#b9cbe4", 0.4))
    d = (
        f"M{points((x - w * 0.8, y + w * 0.32))}"
        f"a{number(w * 0.34)},{number(w * 0.34)} 0 0 1 {points((w * 0.1, -w * 0.6))}"
        f"a{number(w * 0.46)},{number(w * 0.46)} 0 0 1 {points((w * 0.78, -w * 0.26))}"
        f"a{number(w * 0.38)},{number(w * 0.38)} 0 0 1 {points((w * 0.62, w * 0.3))}"
        f"a{number(w * 0.3)},{number(w * 0.3)} 0 0 1 {points((w * 0.02, w * 0.56))}Z"
    )
    sheet.add(path(d, fill, f'fill-opacity="{opacity:.2f}"'))
