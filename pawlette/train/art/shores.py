"""Bare places out of doors: beach, snow, desert. As in `landscapes`; the beach also gives the sea's surface.

Knows light and props; nothing of animals.
"""

from __future__ import annotations

import random

from pawlette.train.art import props
from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import (
    Sheet,
    darker,
    ellipse,
    lighter,
    mix,
    number,
    path,
    points,
    polygon,
    rect,
    star,
    stroke,
)
from pawlette.train.art.sky import SIZE, Light

FAINT = 'fill-opacity=".8"'


def beach(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, float]:
    horizon = rng.uniform(104, 138)
    skies.sky(sheet, light, rng, horizon=horizon)
    sea = light.on(rng.choice(("#64c4ea", "#6fcfe3", "#5eb8ec", "#74d0d8")))
    if rng.random() < 0.4:
        _far_coast(sheet, light, rng, horizon)
    sheet.add(rect(0, horizon, SIZE, 90, sheet.down(darker(sea, 0.06), lighter(sea, 0.35))))
    for _ in range(6):
        x, y = rng.uniform(0, 220), rng.uniform(horizon + 5, horizon + 42)
        sheet.add(stroke(f"M{points((x, y))}q8,-4 16,0t16,0", lighter(sea, 0.55), 1.6, 'stroke-opacity=".8"'))
    if rng.random() < 0.4:
        props.sailboat(
            sheet, rng.choice((rng.uniform(24, 70), rng.uniform(186, 230))), horizon + 6, rng, light
        )
    shore = horizon + rng.uniform(38, 56)
    _sand(sheet, light, rng, shore)
    left = rng.random() < 0.5
    near, other = (
        (rng.uniform(4, 24), rng.uniform(226, 244)) if left else (rng.uniform(232, 252), rng.uniform(12, 30))
    )
    dice = rng.random()
    if dice < 0.45:
        draw.palm(sheet, rng, near, shore + rng.uniform(14, 30), rng.uniform(98, 134), light)
    elif dice < 0.75:
        props.parasol(sheet, near, shore + rng.uniform(34, 50), rng.uniform(70, 92), light, rng)
    if rng.random() < 0.3:
        props.ball(sheet, other, rng.uniform(shore + 36, 236), rng.uniform(11, 15), light)
    elif rng.random() < 0.4:
        _castle(sheet, other, rng.uniform(shore + 44, 240), rng.uniform(30, 40), light)
    _found_things(sheet, light, rng, shore)
    return rng.uniform(214, 230), shore - 14


def _far_coast(sheet: Sheet, light: Light, rng: random.Random, horizon: float) -> None:
    """An island or a headland, pale with distance."""
    x, w, h = (
        rng.choice((rng.uniform(-20, 20), rng.uniform(180, 230))),
        rng.uniform(70, 120),
        rng.uniform(14, 34),
    )
    tone = light.far(light.on(rng.choice(("#9fc9a8", "#b9b8d0"))), 0.4)
    d = f"M{points((x, horizon + 1))}q{points((w * 0.3, -h * 1.9), (w * 0.6, -h * 0.6))}t{points((w * 0.4, h * 0.6))}Z"
    sheet.add(path(d, tone))


def _sand(sheet: Sheet, light: Light, rng: random.Random, shore: float) -> None:
    sand, lift = light.on(rng.choice(("#f9e2b0", "#f7dca6", "#fbe7bf", "#f8dcc0"))), rng.uniform(-16, 16)
    wave = (
        f"C{points((60, shore - 8 + lift), (90, shore + 8), (128, shore))}"
        f"S{points((220, shore - 6 - lift), (SIZE, shore + 3 - lift))}"
    )
    start = shore + lift
    sheet.add(stroke(f"M-4,{number(start)}{wave}", light.on("#ffffff"), 7, 'stroke-opacity=".85"'))
    ground = sheet.down(lighter(sand, 0.2), mix(sand, "#d9a877", 0.3))
    sheet.add(path(f"M0,{number(start + 3)}{wave}V{SIZE}H0Z", ground))


def _castle(sheet: Sheet, x: float, y: float, size: float, light: Light) -> None:
    """A castle of sand with a flag."""
    sand, s = light.on("#eec684"), size
    for dx, h in ((-0.4, 0.5), (0.4, 0.5), (0.0, 0.74)):
        tower = (x + dx * s - s * 0.17, y - h * s, s * 0.34, h * s)
        sheet.add(rect(*tower, sheet.across(lighter(sand, 0.3), darker(sand, 0.1)), 2))
        for i in range(3):
            sheet.add(rect(tower[0] + i * s * 0.125, tower[1] - s * 0.07, s * 0.085, s * 0.1, sand))
    sheet.add(rect(x - s * 0.5, y - s * 0.26, s, s * 0.28, sand, 2))
    sheet.add(
        polygon(((x, y - s * 1.08), (x + s * 0.28, y - s * 0.98), (x, y - s * 0.88)), light.on("#ff8f8f"))
    )
    sheet.add(stroke(f"M{points((x, y - s * 0.76))}V{number(y - s * 1.08)}", light.on("#b08462"), 1.4))


def _found_things(sheet: Sheet, light: Light, rng: random.Random, shore: float) -> None:
    for _ in range(rng.randint(1, 4)):
        x, y = rng.choice((rng.uniform(12, 62), rng.uniform(194, 244))), rng.uniform(shore + 26, 246)
        if rng.random() < 0.5:
            sheet.add(star(x, y, rng.uniform(11, 15), light.on("#ff9f80"), turn=rng.uniform(0, 72)))
        else:
            tint = light.on(rng.choice(("#ffc1cf", "#fff1e0", "#e3d0f5")))
            props.shell(sheet, x, y, rng.uniform(10, 14), tint)


def snow(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(134, 168)
    if light.weather is None and light.time is None:
        top, low = rng.choice((("#a5cef5", "#e6f3fe"), ("#b9cdf3", "#efeefd"), ("#a9d8ee", "#eaf8fa")))
        sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(top, low)))
        skies.clouds(sheet, light, rng)
    else:
        skies.sky(sheet, light, rng, horizon=horizon)
    ground = light.on(rng.choice(("#dfeaf8", "#e3e9f8", "#dbedf6")))
    rng.choice((_fir_slope, _fir_slope, _ice_sea, _snowy_peaks))(sheet, light, rng, horizon, ground)
    for _ in range(5):
        x, y = rng.uniform(0, SIZE), rng.uniform(horizon + 40, 250)
        sheet.add(ellipse(x, y, rng.uniform(12, 28), rng.uniform(2, 4), light.on("#ffffff"), FAINT))
    return rng.uniform(212, 230), None


def _fir_slope(sheet: Sheet, light: Light, rng: random.Random, horizon: float, ground: str) -> None:
    white = Light(light.time, light.weather, "winter")
    draw.hill(sheet, rng, horizon, 14, mix(ground, light.on("#b9d2f0"), 0.4))
    for _ in range(rng.randint(2, 6)):
        x, tall = rng.choice((rng.uniform(4, 66), rng.uniform(190, 252))), rng.uniform(50, 104)
        draw.fir_tree(sheet, rng, x, horizon + rng.uniform(8, 24), tall, white)
    draw.hill(sheet, rng, horizon + 22, 7, ground)
    if rng.random() < 0.3:
        side = rng.choice((rng.uniform(24, 42), rng.uniform(214, 232)))
        props.snowman(sheet, side, horizon + 44, rng.uniform(15, 19), light)


def _ice_sea(sheet: Sheet, light: Light, rng: random.Random, horizon: float, ground: str) -> None:
    """Icebergs in the sea behind a shore of snow; sometimes an igloo."""
    sea = light.on("#7fb8e6")
    sheet.add(rect(0, horizon - 16, SIZE, 60, sheet.down(darker(sea, 0.05), lighter(sea, 0.4))))
    for x in (rng.uniform(10, 70), rng.uniform(180, 246)):
        props.iceberg(sheet, x, horizon + rng.uniform(-8, 4), rng.uniform(24, 46), light)
    draw.hill(sheet, rng, horizon + 22, 7, ground)
    if rng.random() < 0.6:
        props.igloo(
            sheet,
            rng.choice((rng.uniform(20, 40), rng.uniform(216, 236))),
            horizon + 46,
            rng.uniform(30, 40),
            light,
        )


def _snowy_peaks(sheet: Sheet, light: Light, rng: random.Random, horizon: float, ground: str) -> None:
    rock = light.on(rng.choice(("#a9bfe0", "#b6b9e0")))
    for x, share in ((rng.uniform(0, 50), 0.5), (rng.uniform(206, 256), 0.4), (rng.uniform(90, 166), 0.15)):
        high = rng.uniform(70, 120)
        draw.peak(sheet, x, horizon + 16, high, high * rng.uniform(0.75, 0.95), light.far(rock, share), light)
    draw.hill(sheet, rng, horizon + 2, 12, mix(ground, light.on("#b9d2f0"), 0.35))
    white = Light(light.time, light.weather, "winter")
    for x in (rng.uniform(6, 50), rng.uniform(206, 250)):
        draw.fir_tree(sheet, rng, x, horizon + rng.uniform(14, 26), rng.uniform(36, 64), white)
    draw.hill(sheet, rng, horizon + 24, 6, ground)


def desert(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(138, 170)
    skies.sky(sheet, light, rng, horizon=horizon)
    sand = light.on(rng.choice(("#f3cf8e", "#f0c48a", "#f6d79d", "#f2c79a")))
    rng.choice((_table_rocks, _table_rocks, _dunes, _oasis))(sheet, light, rng, horizon, sand)
    for _ in range(4):
        x, y = rng.uniform(0, 200), rng.uniform(horizon + 50, 248)
        sheet.add(stroke(f"M{points((x, y))}q14,-5 28,0t28,0", darker(sand, 0.1), 1.5, 'stroke-opacity=".5"'))
    return rng.uniform(214, 230), None


def _table_rocks(sheet: Sheet, light: Light, rng: random.Random, horizon: float, sand: str) -> None:
    for x in rng.sample(
        (rng.uniform(-10, 40), rng.uniform(176, 210), rng.uniform(90, 120)), rng.randint(1, 3)
    ):
        w, h = rng.uniform(36, 64), rng.uniform(28, 60)
        rock = light.far(mix(sand, light.on("#d98a66"), 0.6), rng.uniform(0, 0.3))
        d = (
            f"M{points((x - 10, horizon + 12))}L{points((x, horizon - h))}H{number(x + w)}"
            f"L{points((x + w + 12, horizon + 12))}Z"
        )
        sheet.add(path(d, sheet.across(lighter(rock, 0.2), rock)))
    draw.hill(sheet, rng, horizon, 14, light.far(sand, 0.25))
    _cacti(sheet, light, rng, horizon)
    draw.hill(sheet, rng, horizon + 32, 9, sand)


def _dunes(sheet: Sheet, light: Light, rng: random.Random, horizon: float, sand: str) -> None:
    for share, rise, swing in ((0.6, 26, 22), (0.35, 8, 20), (0.0, -30, 12)):
        draw.hill(sheet, rng, horizon - rise, swing, light.far(sand, share))
        if share == 0.35:
            _cacti(sheet, light, rng, horizon)


def _oasis(sheet: Sheet, light: Light, rng: random.Random, horizon: float, sand: str) -> None:
    """Palms by a little water."""
    draw.hill(sheet, rng, horizon - 4, 16, light.far(sand, 0.35))
    side = rng.choice((-1, 1))
    pool = (128 + side * rng.uniform(60, 76), horizon + rng.uniform(22, 28), rng.uniform(56, 74), 10)
    draw.hill(sheet, rng, horizon + 12, 5, sand)
    sheet.add(
        ellipse(
            *pool,
            sheet.down(light.on("#8fd6ec"), light.on("#5fb6dd")),
            f'stroke="{lighter(sand, 0.5)}" stroke-width="2.4"',
        )
    )
    for dx in (16, 38):
        draw.palm(sheet, rng, pool[0] + side * dx, pool[1] + rng.uniform(-6, 4), rng.uniform(76, 112), light)


def _cacti(sheet: Sheet, light: Light, rng: random.Random, horizon: float) -> None:
    for _ in range(rng.randint(1, 3)):
        x = rng.choice((rng.uniform(14, 48), rng.uniform(208, 242)))
        draw.cactus(sheet, x, horizon + rng.uniform(22, 36), rng.uniform(46, 82), light)
