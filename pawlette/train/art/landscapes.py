"""Places out of doors in nature: each draws itself onto a Sheet and gives the line for the feet.

Knows light and props; nothing of animals.
"""

from __future__ import annotations

import dataclasses
import random

from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import (
    Sheet,
    blossom,
    circle,
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


def meadow(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(142, 172)
    skies.sky(sheet, light, rng, horizon=horizon)
    grass = light.grass(rng)
    draw.hill(sheet, rng, horizon, 12, lighter(grass, 0.3))
    if rng.random() < 0.6:
        side = rng.choice((rng.uniform(8, 36), rng.uniform(220, 248)))
        draw.round_tree(sheet, rng, side, horizon + 18, rng.uniform(52, 84), light)
    draw.hill(sheet, rng, horizon + rng.uniform(14, 24), 8, grass)
    draw.flowers(sheet, light, rng, horizon + 34, rng.randint(5, 11), grass)
    return rng.uniform(212, 230), None


def forest(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(146, 172)
    skies.sky(sheet, light, rng, horizon=horizon, arch=False)
    far = dataclasses.replace(light, haze=light.on("#f2f7fc" if light.is_white else "#dff0e0"))
    for x in range(-6, 270, 27):
        height, foot = rng.uniform(70, 108), horizon + rng.uniform(2, 10)
        tree = draw.fir_tree if rng.random() < 0.4 else draw.round_tree
        tree(sheet, rng, x + rng.uniform(-6, 6), foot, height, far)
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon)
    grass = light.grass(rng)
    draw.hill(sheet, rng, horizon + 4, 6, grass)
    for side in (rng.uniform(2, 26), rng.uniform(230, 254)):
        tree = draw.fir_tree if rng.random() < 0.4 else draw.round_tree
        tree(sheet, rng, side, horizon + rng.uniform(22, 40), rng.uniform(104, 136), light)
    if not light.is_white:
        for side in (rng.uniform(14, 60), rng.uniform(196, 242)):
            draw.mushroom(sheet, side, rng.uniform(horizon + 50, 246), rng.uniform(12, 18), light)
    draw.flowers(sheet, light, rng, horizon + 44, rng.randint(2, 5), grass)
    return rng.uniform(214, 230), None


def beach(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, float]:
    horizon = rng.uniform(112, 136)
    skies.sky(sheet, light, rng, horizon=horizon)
    sea = light.on(rng.choice(("#64c4ea", "#6fcfe3", "#5eb8ec")))
    sheet.add(rect(0, horizon, SIZE, 90, sheet.down(darker(sea, 0.08), lighter(sea, 0.35))))
    for _ in range(6):
        x, y = rng.uniform(0, 220), rng.uniform(horizon + 5, horizon + 42)
        sheet.add(stroke(f"M{points((x, y))}q8,-4 16,0t16,0", lighter(sea, 0.55), 1.6, 'stroke-opacity=".8"'))
    if rng.random() < 0.4:
        _sailboat(sheet, rng.choice((rng.uniform(24, 70), rng.uniform(186, 230))), horizon + 6, rng, light)
    shore = horizon + rng.uniform(42, 56)
    wave = (
        f"C{points((60, shore - 8), (90, shore + 8), (128, shore))}"
        f"S{points((220, shore - 6), (SIZE, shore + 3))}"
    )
    sheet.add(stroke(f"M-4,{number(shore)}{wave}", light.on("#ffffff"), 7, 'stroke-opacity=".85"'))
    sand = light.on(rng.choice(("#f9e2b0", "#f7dca6", "#fbe7bf")))
    sheet.add(
        path(
            f"M0,{number(shore + 3)}{wave}V{SIZE}H0Z",
            sheet.down(lighter(sand, 0.2), mix(sand, "#d9a877", 0.3)),
        )
    )
    side = rng.choice((rng.uniform(4, 24), rng.uniform(232, 252)))
    if rng.random() < 0.7:
        draw.palm(sheet, rng, side, shore + rng.uniform(14, 30), rng.uniform(98, 126), light)
    for _ in range(rng.randint(1, 4)):
        x, y = rng.choice((rng.uniform(12, 62), rng.uniform(194, 244))), rng.uniform(shore + 26, 246)
        if rng.random() < 0.5:
            sheet.add(star(x, y, rng.uniform(11, 15), light.on("#ff9f80"), turn=rng.uniform(0, 72)))
        else:
            _shell(sheet, x, y, rng.uniform(10, 14), light.on(rng.choice(("#ffc1cf", "#fff1e0", "#e3d0f5"))))
    return rng.uniform(214, 230), shore - 14


def _sailboat(sheet: Sheet, x: float, y: float, rng: random.Random, light: Light) -> None:
    sail = light.on(rng.choice(("#ff8f8f", "#ffd166", "#ffffff")))
    sheet.add(polygon(((x, y - 26), (x, y - 5), (x + 14, y - 5)), sail))
    sheet.add(polygon(((x - 2, y - 22), (x - 2, y - 5), (x - 11, y - 5)), lighter(sail, 0.4)))
    sheet.add(
        path(
            f"M{points((x - 15, y - 3))}H{number(x + 17)}"
            f"Q{points((x + 12, y + 5), (x + 6, y + 5))}H{number(x - 6)}Z",
            light.on("#c58a5c"),
        )
    )


def _shell(sheet: Sheet, x: float, y: float, size: float, colour: str) -> None:
    s = size / 2
    sheet.add(
        path(
            f"M{points((x, y + s))}L{points((x - s, y - s * 0.1))}"
            f"A{number(s)},{number(s)} 0 0 1 {points((x + s, y - s * 0.1))}Z",
            sheet.ball(colour, 0.12),
        )
    )
    ribs = "".join(
        f"M{points((x, y + s * 0.8))}L{points((x + dx * s, y - s * 0.6))}" for dx in (-0.55, 0, 0.55)
    )
    sheet.add(stroke(ribs, darker(colour, 0.2), 0.9))


def snow(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(140, 168)
    white = Light(light.time, light.weather, "winter")
    if light.weather is None and light.time is None:
        top, low = rng.choice((("#b5d9f7", "#eef7fe"), ("#c5d8f5", "#f5f3fe")))
        sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(top, low)))
        skies.clouds(sheet, light, rng)
    else:
        skies.sky(sheet, light, rng, horizon=horizon)
    ground = light.on("#edf4fc")
    draw.hill(sheet, rng, horizon, 14, mix(ground, "#c9dcf2", 0.4))
    for _ in range(rng.randint(2, 5)):
        x, tall = rng.choice((rng.uniform(4, 66), rng.uniform(190, 252))), rng.uniform(50, 92)
        draw.fir_tree(sheet, rng, x, horizon + rng.uniform(8, 24), tall, white)
    draw.hill(sheet, rng, horizon + 22, 7, ground)
    if rng.random() < 0.3:
        _snowman(
            sheet,
            rng.choice((rng.uniform(24, 42), rng.uniform(214, 232))),
            horizon + 44,
            rng.uniform(15, 19),
            light,
        )
    for _ in range(4):
        x, y = rng.uniform(0, SIZE), rng.uniform(horizon + 40, 250)
        sheet.add(ellipse(x, y, rng.uniform(12, 26), rng.uniform(2, 4), light.on("#ffffff"), FAINT))
    return rng.uniform(212, 230), None


def _snowman(sheet: Sheet, x: float, y: float, r: float, light: Light) -> None:
    fill = sheet.ball(light.on("#f7fbff"), 0.1)
    sheet.add(circle(x, y, r, fill), circle(x, y - r * 1.45, r * 0.72, fill))
    sheet.add(
        stroke(
            f"M{points((x - r * 0.55, y - r * 0.9))}"
            f"Q{points((x, y - r * 0.65), (x + r * 0.55, y - r * 0.9))}",
            light.on("#ff8f8f"),
            r * 0.24,
        )
    )
    for dx in (-0.25, 0.25):
        sheet.add(circle(x + dx * r, y - r * 1.6, r * 0.09, "#5b5470"))
    sheet.add(
        polygon(((x, y - r * 1.45), (x, y - r * 1.3), (x + r * 0.45, y - r * 1.32)), light.on("#ff9f4f"))
    )


def garden(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(150, 172)
    skies.sky(sheet, light, rng, horizon=horizon)
    grass = light.grass(rng)
    for x in (rng.uniform(6, 40), rng.uniform(90, 160), rng.uniform(216, 250)):
        draw.bush(sheet, rng, x, horizon + 6, rng.uniform(52, 78), light, flowers=not light.is_white)
    draw.fence(
        sheet, horizon + 12, rng.uniform(32, 42), light.on(rng.choice(("#fdf6ee", "#f2d9bd", "#fbe9ef")))
    )
    draw.floor(sheet, horizon + 10, grass)
    draw.flowers(sheet, light, rng, horizon + 26, rng.randint(8, 14), grass)
    if not light.is_white and rng.random() < 0.5:
        x = rng.choice((rng.uniform(14, 30), rng.uniform(226, 242)))
        sheet.add(stroke(f"M{points((x, 216))}V150", light.on("#79b96a"), 3.4))
        sheet.add(blossom(x, 146, 34, light.on("#ffcb45"), light.on("#9a6a42"), petals=10))
    return rng.uniform(214, 230), None


def mountains(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(158, 176)
    skies.sky(sheet, light, rng, horizon=horizon, arch=False)
    rock = light.on(rng.choice(("#a9b5d6", "#b5b3d9", "#9fb9cf")))
    peaks = [(rng.uniform(20, 60), 0.7), (rng.uniform(196, 236), 0.78), (rng.uniform(100, 156), 1.0)]
    for x, part in peaks:
        height, tint = rng.uniform(96, 124) * part, lighter(rock, 0.35 * (1 - part) * 3)
        top, w = (x, horizon - height + 14), height * rng.uniform(0.72, 0.86)
        sheet.add(
            polygon(
                ((x - w, horizon + 20), top, (x + w, horizon + 20)), sheet.across(lighter(tint, 0.25), tint)
            )
        )
        cut, s = height * 0.3, w * 0.3 * height / (height + 6)
        edge = [
            (x + s * i, top[1] + cut * (0.95 if j % 2 else 0.72)) for j, i in enumerate((0.45, 0.1, -0.3))
        ]
        sheet.add(
            polygon(
                (top, (x + s * 0.88, top[1] + cut), *edge, (x - s * 0.88, top[1] + cut)), light.on("#fdfdff")
            )
        )
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon)
    grass = light.grass(rng)
    draw.hill(sheet, rng, horizon, 8, lighter(grass, 0.2))
    for _ in range(rng.randint(2, 5)):
        x = rng.choice((rng.uniform(4, 60), rng.uniform(196, 252)))
        draw.fir_tree(sheet, rng, x, horizon + rng.uniform(10, 22), rng.uniform(30, 50), light)
    draw.hill(sheet, rng, horizon + 20, 6, grass)
    draw.flowers(sheet, light, rng, horizon + 36, rng.randint(2, 6), grass)
    return rng.uniform(214, 230), None


def desert(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(146, 170)
    skies.sky(sheet, light, rng, horizon=horizon)
    sand = light.on(rng.choice(("#f3cf8e", "#f0c48a", "#f6d79d")))
    if rng.random() < 0.6:
        x, w, h = (
            rng.choice((rng.uniform(0, 40), rng.uniform(180, 210))),
            rng.uniform(40, 64),
            rng.uniform(30, 52),
        )
        rock = mix(sand, light.on("#d98a66"), 0.55)
        sheet.add(
            path(
                f"M{points((x - 10, horizon + 12))}L{points((x, horizon - h))}H{number(x + w)}"
                f"L{points((x + w + 12, horizon + 12))}Z",
                sheet.across(lighter(rock, 0.2), rock),
            )
        )
    draw.hill(sheet, rng, horizon, 14, lighter(sand, 0.25))
    for _ in range(rng.randint(1, 3)):
        draw.cactus(
            sheet,
            rng.choice((rng.uniform(16, 48), rng.uniform(208, 240))),
            horizon + rng.uniform(22, 36),
            rng.uniform(46, 74),
            light,
        )
    draw.hill(sheet, rng, horizon + 32, 9, sand)
    for _ in range(4):
        x, y = rng.uniform(0, 200), rng.uniform(horizon + 50, 248)
        sheet.add(stroke(f"M{points((x, y))}q14,-5 28,0t28,0", darker(sand, 0.1), 1.5, 'stroke-opacity=".5"'))
    return rng.uniform(214, 230), None
