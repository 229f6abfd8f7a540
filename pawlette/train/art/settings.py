"""Places that are built, or far away: under water, party, bedroom, city, space, farm. As in `landscapes`."""

from __future__ import annotations

import random

from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import (
    Sheet,
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
from pawlette.train.art.scenery import PASTELS
from pawlette.train.art.sky import SIZE, Light


def under_water(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    top, low = rng.choice((("#7fd4f2", "#3f9bdc"), ("#8be0ec", "#46aecb"), ("#8ccff5", "#5a8fe0")))
    if light.time == "night":
        top, low = mix(top, "#4b55b0", 0.4), mix(low, "#3d4596", 0.4)
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(lighter(top, 0.25), top, low)))
    for _ in range(rng.randint(2, 5)):
        x, w = rng.uniform(-20, 230), rng.uniform(14, 34)
        sheet.add(
            polygon(
                ((x, 0), (x + w, 0), (x + w + 40, 220), (x + 14, 220)),
                "#ffffff",
                f'fill-opacity="{rng.uniform(0.07, 0.16):.2f}"',
            )
        )
    sand = light.on(rng.choice(("#f3dfb0", "#eed9b4")))
    draw.hill(sheet, rng, rng.uniform(208, 222), 6, mix(sand, low, 0.22))
    for _ in range(rng.randint(3, 6)):
        x, y = rng.choice((rng.uniform(6, 54), rng.uniform(202, 250))), rng.uniform(222, 250)
        if rng.random() < 0.5:
            _seaweed(sheet, x, y, rng.uniform(28, 62), rng.choice(("#5fc08f", "#7fcf7d", "#4fb3a2")))
        else:
            _coral(sheet, x, y, rng.uniform(22, 38), rng.choice(("#ff8f9f", "#ffb067", "#d59cf0", "#ff9dbd")))
    if rng.random() < 0.4:
        sheet.add(star(rng.choice((30, 222)), 244, 15, "#ffb067", turn=rng.uniform(0, 72)))
    draw.bubbles(sheet, rng, rng.randint(5, 12), 0.8)
    return rng.uniform(222, 236), None


def _seaweed(sheet: Sheet, x: float, y: float, height: float, colour: str) -> None:
    for dx, part in ((-5, 0.75), (0, 1.0), (5, 0.6)):
        h = height * part
        d = (
            f"M{points((x + dx, y))}c{points((-8, -h * 0.3), (8, -h * 0.35), (dx * 0.4, -h * 0.6))}"
            f"s{points((6, -h * 0.3), (dx * 0.5, -h * 0.4))}"
        )
        sheet.add(stroke(d, colour, 4.2))


def _coral(sheet: Sheet, x: float, y: float, height: float, colour: str) -> None:
    h = height
    d = (
        f"M{points((x, y))}V{number(y - h * 0.9)}M{points((x, y - h * 0.25))}"
        f"q{points((-h * 0.34, -h * 0.05), (-h * 0.36, -h * 0.45))}"
    )
    d += f"M{points((x, y - h * 0.4))}q{points((h * 0.34, -h * 0.05), (h * 0.34, -h * 0.45))}"
    sheet.add(stroke(d, colour, h * 0.17))


def _wall(sheet: Sheet, light: Light, rng: random.Random, y: float) -> str:
    """An inside wall above a floor; gives its colour."""
    wall = light.on(rng.choice(PASTELS))
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(lighter(wall, 0.15), wall)))
    if rng.random() < 0.5:
        for x in range(rng.randint(-20, 0), SIZE, 32):
            sheet.add(rect(x, 0, 16, y, "#ffffff", extra='fill-opacity=".22"'))
    draw.floor(sheet, y, light.on(rng.choice(("#f0d4b4", "#e9c9a8", "#f3dcc8", "#e5cfe0"))))
    sheet.add(rect(0, y - 5, SIZE, 5, lighter(wall, 0.6)))
    return wall


def party(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    floor = rng.uniform(174, 196)
    _wall(sheet, light, rng, floor)
    draw.bunting(sheet, rng, rng.uniform(6, 22))
    colours = ["#ff8fa3", "#ffcf5c", "#7cc7f0", "#b892ee", "#8fdc9c", "#ffa66b"]
    for x in (rng.uniform(18, 30), rng.uniform(42, 54), rng.uniform(204, 216), rng.uniform(228, 240)):
        if rng.random() < 0.85:
            draw.balloon(
                sheet, x, rng.uniform(64, 112), rng.uniform(24, 31), rng.choice(colours), rng.uniform(60, 84)
            )
    for _ in range(rng.randint(10, 22)):
        x, y = rng.uniform(4, 252), rng.uniform(30, 170)
        sheet.add(
            rect(
                x,
                y,
                4,
                2.4,
                rng.choice(colours),
                1,
                f'transform="rotate({rng.randint(0, 90)} {x:.0f} {y:.0f})" fill-opacity=".8"',
            )
        )
    left, right = rng.sample(("cake", "gift", "gifts"), 2)
    for x, what in ((rng.uniform(24, 34), left), (rng.uniform(222, 232), right)):
        y = rng.uniform(floor + 20, floor + 40)
        if what == "cake":
            draw.cake(sheet, rng, x, y, rng.uniform(42, 50))
        else:
            draw.gift(sheet, x, y, rng.uniform(28, 36), *rng.sample(colours, 2))
        if what == "gifts":
            draw.gift(sheet, x + (22 if x < 128 else -22), y + 8, 20, *rng.sample(colours, 2))
    return rng.uniform(214, 230), None


def bedroom(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    floor = rng.uniform(164, 186)
    wall = _wall(sheet, light, rng, floor)
    left = rng.random() < 0.5
    _window(
        sheet, light, rng, rng.uniform(14, 34) if left else rng.uniform(156, 176), rng.uniform(22, 36), wall
    )
    _bed(
        sheet,
        light,
        rng,
        SIZE - rng.uniform(62, 74) if left else rng.uniform(-22, -10),
        floor + rng.uniform(14, 22),
    )
    sheet.add(
        ellipse(
            128,
            226,
            rng.uniform(92, 108),
            24,
            light.on(rng.choice(("#ffd9e4", "#d8ecff", "#e6dcff", "#d8f2e2"))),
        )
    )
    sheet.add(ellipse(128, 226, 80, 17, "#ffffff", 'fill-opacity=".35"'))
    return rng.uniform(222, 232), None


def _window(sheet: Sheet, light: Light, rng: random.Random, x: float, y: float, wall: str) -> None:
    w, h = 64.0, 72.0
    glass = {"night": ("#5560b8", "#a7a3e3"), "sunset": ("#f4a0b5", "#ffe0a8")}.get(
        light.time or "", ("#9cd8ff", "#eefaff")
    )
    sheet.add(rect(x, y, w, h, sheet.down(*glass), 6))
    if light.time == "night":
        sheet.add(
            circle(x + 46, y + 20, 9, "#fff1b8"),
            star(x + 16, y + 24, 8, "#fff3c0"),
            star(x + 28, y + 50, 6, "#fff3c0"),
        )
    elif light.time == "sunset":
        sheet.add(circle(x + 20, y + 54, 12, "#ffd27a"))
    else:
        skies.cloud(sheet, x + 30, y + 32, 38, "#ffffff", 0.9)
    sheet.add(stroke(f"M{points((x + w / 2, y))}v{h}M{points((x, y + h / 2))}h{w}", "#ffffff", 3))
    sheet.add(rect(x, y, w, h, "none", 6, 'stroke="#ffffff" stroke-width="5"'))
    curtain = light.on(mix(wall, rng.choice(("#ff9dbd", "#8fc5ff", "#ffd166")), 0.55))
    for side, at in ((1, x - 7), (-1, x + w + 7)):
        d = (
            f"M{points((at, y - 6))}h{side * 24}q{points((-side * 4, h * 0.6), (-side * 18, h * 0.85))}"
            f"L{points((at, y + h + 6))}Z"
        )
        sheet.add(path(d, sheet.across(curtain, lighter(curtain, 0.3), curtain)))


def _bed(sheet: Sheet, light: Light, rng: random.Random, x: float, y: float) -> None:
    """A bed along the wall, its head at the picture's edge; (x, y) is its lower left corner."""
    wood, cover = light.on("#dcae82"), light.on(rng.choice(("#9fc8f5", "#ffb3c9", "#b7e0c0", "#cdb6f2")))
    at_left = x < 0
    head, foot = (x - 4, x + 82) if at_left else (x + 72, x - 6)
    sheet.add(
        rect(head, y - 66, 14, 72, wood, 6),
        rect(foot, y - 38, 10, 44, wood, 5),
        rect(x, y - 16, 84, 16, wood, 4),
    )
    sheet.add(rect(x + 2, y - 30, 80, 18, light.on("#ffffff"), 6))
    sheet.add(ellipse(x + (24 if at_left else 58), y - 35, 16, 9, sheet.ball(light.on("#fffaf5"), 0.06)))
    start = x + (34 if at_left else 2)
    sheet.add(rect(start, y - 37, 48, 26, sheet.down(lighter(cover, 0.3), cover), 9))
    sheet.add(rect(start, y - 37, 48, 7, lighter(cover, 0.6), 4))


def city(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(172, 190)
    skies.sky(sheet, light, rng, horizon=horizon, arch=False)
    far = mix(light.on("#c9d6ea"), "#ffffff", 0.15)
    for far_x in range(-6, SIZE, 30):
        height = rng.uniform(60, 124)
        sheet.add(rect(far_x, horizon - height, 31, height, far, 2))
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon - 34)
    x = -8.0
    while x < SIZE:
        width = rng.uniform(34, 52)
        tall = rng.uniform(84, 132) if x < 50 or x > 170 else rng.uniform(46, 74)
        _house(sheet, light, rng, x, horizon, width, tall)
        x += width + rng.uniform(0, 5)
    draw.floor(sheet, horizon, light.on("#dcd6e2"))
    sheet.add(rect(0, horizon + 22, SIZE, SIZE, sheet.down(light.on("#b4b2c6"), light.on("#a4a2ba"))))
    for dash in range(8, SIZE, 44):
        sheet.add(rect(dash, horizon + 38, 22, 4, light.on("#fff6d6"), 2))
    if rng.random() < 0.5:
        at = rng.choice((rng.uniform(10, 22), rng.uniform(234, 246)))
        sheet.add(
            rect(at - 1.7, horizon - 64, 3.4, 78, light.on("#8a86a0"), 1),
            circle(at, horizon - 68, 8, "#fff0b3"),
        )
    return rng.uniform(222, 234), None


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


def space(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    top, low = rng.choice((("#4c4696", "#9a7fd0"), ("#3f5199", "#8f8fdc"), ("#5a3f8f", "#c08fcf")))
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(top, low)))
    sheet.add(ellipse(rng.uniform(60, 196), rng.uniform(70, 130), 120, 80, sheet.glow("#e6a8e6", 0.35)))
    skies.stars(sheet, rng, rng.randint(22, 36), 200)
    left, right = rng.uniform(26, 50), rng.uniform(206, 230)
    colours = rng.sample(("#ffb37a", "#8fd3c8", "#ff9dbd", "#ffd97a", "#9ec4ff"), 2)
    for i, x in enumerate(rng.sample((left, right), rng.randint(1, 2))):
        y, r = rng.uniform(34, 76), rng.uniform(15, 25)
        sheet.add(circle(x, y, r, sheet.ball(colours[i], 0.3)))
        if i == 0:
            tilt = f'transform="rotate(-18 {x:.0f} {y:.0f})"'
            ring = f'stroke="#fff0d0" stroke-width="3.4" stroke-opacity=".85" {tilt}'
            sheet.add(ellipse(x, y, r * 1.6, r * 0.42, "none", ring))
            sheet.add(
                path(
                    f"M{points((x - r, y))}A{number(r)},{number(r)} 0 0 1 {points((x + r, y))}Z",
                    sheet.down(lighter(colours[i], 0.3), colours[i]),
                    tilt,
                )
            )
    ground = rng.choice(("#cfc9e3", "#e0cfe6", "#d6d3de"))
    y = rng.uniform(196, 208)
    sheet.add(ellipse(128, y + 110, 210, 112, sheet.down(lighter(ground, 0.3), darker(ground, 0.2))))
    for _ in range(rng.randint(4, 7)):
        x, w = rng.uniform(16, 240), rng.uniform(7, 16)
        crater = (x, rng.uniform(y + 22, 248), w, w * 0.32)
        sheet.add(ellipse(*crater, darker(ground, 0.22), 'fill-opacity=".6"'))
    return rng.uniform(216, 230), None


def farm(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(148, 168)
    skies.sky(sheet, light, rng, horizon=horizon)
    grass = light.grass(rng)
    draw.hill(sheet, rng, horizon, 8, lighter(grass, 0.2))
    left = rng.random() < 0.5
    _barn(
        sheet,
        light,
        rng.uniform(8, 22) if left else rng.uniform(160, 176),
        horizon + 20,
        rng.uniform(68, 80),
        rng,
    )
    draw.round_tree(
        sheet,
        rng,
        rng.uniform(222, 246) if left else rng.uniform(10, 34),
        horizon + 22,
        rng.uniform(56, 76),
        light,
    )
    draw.fence(sheet, horizon + 32, rng.uniform(22, 28), light.on(rng.choice(("#fdf6ee", "#d9b48c"))))
    draw.floor(sheet, horizon + 30, grass)
    if rng.random() < 0.6:
        x, y, hay = (
            rng.uniform(222, 236) if left else rng.uniform(20, 34),
            rng.uniform(206, 222),
            light.on("#f2cf72"),
        )
        sheet.add(rect(x - 22, y - 26, 44, 28, sheet.down(lighter(hay, 0.3), hay), 5))
        sheet.add(
            stroke(f"M{points((x - 8, y - 26))}v28M{points((x + 8, y - 26))}v28", darker(hay, 0.2), 1.6)
        )
    draw.flowers(sheet, light, rng, horizon + 50, rng.randint(2, 6), grass)
    return rng.uniform(214, 230), None


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
