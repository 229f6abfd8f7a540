"""Places that people built out of doors: city and farm. As in `landscapes`."""

from __future__ import annotations

import random

from pawlette.train.art import props
from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import (
    Sheet,
    darker,
    lighter,
    number,
    path,
    points,
    polygon,
    rect,
)
from pawlette.train.art.sky import SIZE, Light


def city(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(168, 190)
    skies.sky(sheet, light, rng, horizon=horizon, arch=False)
    for share, step, low, high in ((0.6, 26, 80, 140), (0.35, 32, 56, 108)):
        tone = light.far(light.on(rng.choice(("#b9c9e6", "#c9bfe3", "#b5d3dd"))), share)
        for far_x in range(rng.randint(-16, -4), SIZE, step):
            height = rng.uniform(low, high)
            sheet.add(rect(far_x, horizon - height, step + 1, height + 4, tone, 2))
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon - 34)
    rng.choice((_houses, _houses, _shops, _town_park))(sheet, light, rng, horizon)
    return rng.uniform(222, 234), None


def _houses(sheet: Sheet, light: Light, rng: random.Random, horizon: float) -> None:
    x = -8.0
    while x < SIZE:
        width = rng.uniform(34, 52)
        tall = rng.uniform(84, 132) if x < 50 or x > 170 else rng.uniform(46, 74)
        _house(sheet, light, rng, x, horizon, width, tall)
        x += width + rng.uniform(0, 5)
    _street(sheet, light, rng, horizon)


def _street(sheet: Sheet, light: Light, rng: random.Random, horizon: float) -> None:
    draw.floor(sheet, horizon, light.on("#f3f6fb" if light.is_white else "#dcd6e2"))
    sheet.add(rect(0, horizon + 22, SIZE, SIZE, sheet.down(light.on("#b4b2c6"), light.on("#a4a2ba"))))
    for dash in range(8, SIZE, 44):
        sheet.add(rect(dash, horizon + 38, 22, 4, light.on("#fff6d6"), 2))
    if rng.random() < 0.5:
        at = rng.choice((rng.uniform(10, 22), rng.uniform(234, 246)))
        props.street_lamp(sheet, at, horizon + 14, 78, light)


def _shops(sheet: Sheet, light: Light, rng: random.Random, horizon: float) -> None:
    """A row of shops with striped awnings."""
    x = rng.uniform(-30, -6)
    while x < SIZE:
        width, tall = rng.uniform(66, 84), rng.uniform(96, 128)
        _house(sheet, light, rng, x, horizon, width, tall)
        colour, top = light.on(rng.choice(("#ff8f8f", "#7cc7f0", "#8fdc9c", "#ffb067"))), horizon - 46
        sheet.add(rect(x + 2, top, width - 4, 46, light.on("#fff7ec")))
        sheet.add(rect(x + 8, top + 16, width * 0.5, 22, light.on("#bfe3f7"), 2))
        sheet.add(rect(x + width * 0.72, top + 14, width * 0.18, 32, darker(colour, 0.15), 2))
        n = 6
        for i in range(n):
            w = width / n
            sheet.add(rect(x + i * w, top - 6, w, 17, colour if i % 2 else light.on("#ffffff"), 4))
        x += width + 3
    _street(sheet, light, rng, horizon)


def _town_park(sheet: Sheet, light: Light, rng: random.Random, horizon: float) -> None:
    """Houses at the sides, a lawn and lamps in front."""
    for x in (rng.uniform(-10, 4), rng.uniform(34, 44), rng.uniform(166, 178), rng.uniform(208, 220)):
        _house(sheet, light, rng, x, horizon, rng.uniform(34, 46), rng.uniform(66, 126))
    grass = light.grass(rng)
    draw.floor(sheet, horizon, grass)
    for x in (rng.uniform(60, 90), rng.uniform(168, 198)):
        draw.round_tree(sheet, rng, x, horizon + 6, rng.uniform(44, 64), light)
    draw.winding_path(sheet, rng, horizon, light)
    for x in (rng.uniform(14, 26), rng.uniform(230, 242)):
        props.street_lamp(sheet, x, horizon + 24, rng.uniform(70, 84), light)
    draw.flowers(sheet, light, rng, horizon + 30, rng.randint(3, 7), grass)


def _house(
    sheet: Sheet, light: Light, rng: random.Random, x: float, foot: float, width: float, height: float
) -> None:
    wall = light.on(rng.choice(("#f6b8b0", "#f9d5a2", "#bfe0cf", "#b8d3f0", "#d6c3ec", "#f5cfe0")))
    sheet.add(rect(x, foot - height, width, height, sheet.down(lighter(wall, 0.25), wall), 2))
    if rng.random() < 0.5:
        roof = light.on(rng.choice(("#d98a80", "#a994c9", "#8fb0cf")))
        sheet.add(
            polygon(
                (
                    (x - 3, foot - height + 1),
                    (x + width / 2, foot - height - 17),
                    (x + width + 3, foot - height + 1),
                ),
                roof,
            )
        )
    lit = "#ffeeb0" if light.time == "night" else light.on("#f4fbff")
    columns = int(width // 14)
    gap = width / (columns + 1)
    windows = "".join(
        f"M{points((x + gap * (i + 1) - 3.5, foot - height + 11 + 18 * row))}h7v9h-7Z"
        for i in range(columns) for row in range(int((height - 24) // 18))
    )  # fmt: skip
    sheet.add(path(windows, lit))


def farm(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(142, 168)
    skies.sky(sheet, light, rng, horizon=horizon)
    grass = light.grass(rng)
    draw.hill(sheet, rng, horizon - 10, 12, light.far(grass, 0.5))
    draw.hill(sheet, rng, horizon, 8, light.far(grass, 0.25))
    rng.choice((_barnyard, _barnyard, _crop_rows, _mill))(sheet, light, rng, horizon, grass)
    draw.flowers(sheet, light, rng, horizon + 50, rng.randint(2, 6), grass)
    return rng.uniform(214, 230), None


def _barnyard(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    left = rng.random() < 0.5
    wide = rng.uniform(68, 92)
    _barn(
        sheet,
        light,
        rng.uniform(8, 22) if left else SIZE - wide - rng.uniform(6, 20),
        horizon + 20,
        wide,
        rng,
    )
    side = rng.uniform(222, 246) if left else rng.uniform(10, 34)
    draw.round_tree(sheet, rng, side, horizon + 22, rng.uniform(56, 76), light)
    wood = light.on(rng.choice(("#fdf6ee", "#d9b48c")))
    draw.fence(sheet, horizon + 32, rng.uniform(22, 28), wood)
    draw.floor(sheet, horizon + 30, grass)
    corner = rng.uniform(222, 236) if left else rng.uniform(20, 34)
    if rng.random() < 0.6:
        props.hay_bale(sheet, corner, rng.uniform(206, 222), light)
    elif rng.random() < 0.5:
        props.pumpkin(sheet, corner, rng.uniform(212, 232), rng.uniform(12, 17), light)


def _crop_rows(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """Rows of crops that meet far away, with a barn at their end."""
    wide = rng.uniform(50, 66)
    _barn(sheet, light, rng.choice((rng.uniform(14, 40), rng.uniform(150, 186))), horizon + 12, wide, rng)
    earth = light.on("#f1f5fb" if light.is_white else rng.choice(("#d9b483", "#cfae7f")))
    crop = lighter(earth, 0.5) if light.is_white else light.on(rng.choice(("#8fcb6f", "#e9c95a", "#a4d27a")))
    sheet.add(rect(0, horizon + 10, SIZE, SIZE, sheet.down(light.far(earth, 0.3), earth)))
    middle = rng.uniform(90, 166)
    for i in range(-6, 7):
        x = middle + i * 13
        row = (
            (x - 2, horizon + 10),
            (x + 2, horizon + 10),
            (middle + i * 46 + 12, SIZE),
            (middle + i * 46 - 12, SIZE),
        )
        sheet.add(polygon(row, sheet.down(light.far(crop, 0.35), crop)))


def _mill(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """A windmill on a hill, bales of hay in the field."""
    side = rng.choice((rng.uniform(30, 52), rng.uniform(204, 226)))
    props.windmill(sheet, side, horizon + 12, rng.uniform(96, 124), light, rng)
    field = grass if light.is_white else light.on("#ecd583")
    draw.hill(sheet, rng, horizon + 12, 6, light.far(field, 0.2))
    draw.hill(sheet, rng, horizon + 36, 5, grass)
    props.hay_bale(sheet, SIZE - side, horizon + rng.uniform(50, 62), light)


def _barn(sheet: Sheet, light: Light, x: float, foot: float, width: float, rng: random.Random) -> None:
    red, w, h = light.on(rng.choice(("#e2796f", "#d9736b", "#e58a7a"))), width, width * 0.62
    d = (
        f"M{points((x, foot))}v{number(-h)}l{points((w * 0.16, -h * 0.42))}"
        f"L{points((x + w / 2, foot - h * 1.75))}L{points((x + w * 0.84, foot - h * 1.42))}"
        f"l{points((w * 0.16, h * 0.42))}V{number(foot)}Z"
    )
    sheet.add(
        path(d, sheet.down(lighter(red, 0.2), red), f'stroke="{light.on("#fff4ec")}" stroke-width="2.6"')
    )
    door = (x + w * 0.31, foot - h * 0.62, w * 0.38, h * 0.62)
    sheet.add(rect(*door, darker(red, 0.18)))
    cross = (
        f"M{points((door[0], door[1]))}l{points((door[2], door[3]))}"
        f"M{points((door[0] + door[2], door[1]))}l{points((-door[2], door[3]))}"
    )
    frame = f'stroke="{light.on("#fff4ec")}" stroke-width="2"'
    sheet.add(rect(*door, "none", extra=frame), path(cross, "none", frame))
    sheet.add(rect(x + w * 0.42, foot - h * 1.22, w * 0.16, w * 0.15, light.on("#fff4ec"), 2))
