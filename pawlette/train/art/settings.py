"""Places far from any land: under water and space. As in `landscapes`."""

from __future__ import annotations

import random

from pawlette.train.art import props
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
from pawlette.train.art.sky import SIZE, Light


def under_water(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    top, low = rng.choice(
        (("#7fd4f2", "#3f9bdc"), ("#8be0ec", "#46aecb"), ("#8ccff5", "#5a8fe0"), ("#93e3dd", "#4ba3bd"))
    )
    if light.time == "night":
        top, low = mix(top, "#4b55b0", 0.4), mix(low, "#3d4596", 0.4)
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(lighter(top, 0.25), top, low)))
    for _ in range(rng.randint(2, 5)):
        x, w = rng.uniform(-20, 230), rng.uniform(14, 34)
        beam = ((x, 0), (x + w, 0), (x + w + 40, 220), (x + 14, 220))
        sheet.add(polygon(beam, "#ffffff", f'fill-opacity="{rng.uniform(0.07, 0.16):.2f}"'))
    rng.choice((_sandy_floor, _sandy_floor, _reef, _sea_rocks))(sheet, light, rng, low)
    draw.bubbles(sheet, rng, rng.randint(5, 12), 0.8)
    return rng.uniform(222, 236), None


def _sandy_floor(sheet: Sheet, light: Light, rng: random.Random, low: str) -> None:
    sand = light.on(rng.choice(("#f3dfb0", "#eed9b4")))
    if rng.random() < 0.5:
        draw.hill(sheet, rng, rng.uniform(186, 202), 8, mix(sand, low, 0.6))
    draw.hill(sheet, rng, rng.uniform(208, 222), 6, mix(sand, low, 0.22))
    for _ in range(rng.randint(3, 7)):
        x, y = rng.choice((rng.uniform(6, 54), rng.uniform(202, 250))), rng.uniform(222, 250)
        _growth(sheet, rng, x, y)
    if rng.random() < 0.4:
        sheet.add(star(rng.choice((30, 222)), 244, 15, "#ffb067", turn=rng.uniform(0, 72)))
    if rng.random() < 0.4:
        props.shell(sheet, rng.uniform(60, 196), 248, 13, rng.choice(("#ffc1cf", "#fff1e0", "#e3d0f5")))


def _growth(sheet: Sheet, rng: random.Random, x: float, y: float) -> None:
    if rng.random() < 0.5:
        _seaweed(sheet, x, y, rng.uniform(28, 72), rng.choice(("#5fc08f", "#7fcf7d", "#4fb3a2")))
    else:
        _coral(sheet, x, y, rng.uniform(24, 44), rng.choice(("#ff8f9f", "#ffb067", "#d59cf0", "#ff9dbd")))


def _reef(sheet: Sheet, light: Light, rng: random.Random, low: str) -> None:
    """Banks of coral that rise at both sides."""
    sand = mix(light.on("#f3dfb0"), low, 0.3)
    for share, reach, high in ((0.55, 96, 130), (0.2, 62, 96)):
        for side in (0, 1):
            rock = mix(light.on(rng.choice(("#c9a0d8", "#e79fb4", "#9fa8dd"))), low, share)
            w, h = reach * rng.uniform(0.7, 1.1), high * rng.uniform(0.6, 1.1)
            sheet.add(ellipse(SIZE * side, SIZE - 16, w, h, sheet.ball(rock, 0.12)))
    draw.hill(sheet, rng, rng.uniform(216, 226), 4, sand)
    for _ in range(rng.randint(5, 9)):
        x = rng.choice((rng.uniform(4, 58), rng.uniform(198, 252)))
        _growth(sheet, rng, x, rng.uniform(212, 250))


def _sea_rocks(sheet: Sheet, light: Light, rng: random.Random, low: str) -> None:
    """Rocks far away in blue water, tall weed at one side."""
    for share in (0.8, 0.6):
        for _ in range(3):
            x, w, h = rng.uniform(0, SIZE), rng.uniform(26, 54), rng.uniform(30, 80)
            sheet.add(ellipse(x, 224, w, h, mix("#8fa2c9", low, share)))
    draw.hill(sheet, rng, rng.uniform(206, 220), 9, mix(light.on("#e9d6b8"), low, 0.35))
    near = rng.choice((8.0, 214.0))
    for i in range(4):
        green = rng.choice(("#5fc08f", "#7fcf7d", "#4fb3a2"))
        _seaweed(sheet, near + i * 11, rng.uniform(232, 250), rng.uniform(70, 128), green)


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


def space(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    top, low = rng.choice(
        (("#4c4696", "#9a7fd0"), ("#3f5199", "#8f8fdc"), ("#5a3f8f", "#c08fcf"), ("#34508c", "#7fb0d8"))
    )
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(top, low)))
    for tint in rng.sample(("#e6a8e6", "#8fc5ff", "#ffb9d0"), rng.randint(1, 2)):
        at = (rng.uniform(40, 216), rng.uniform(50, 140))
        sheet.add(ellipse(*at, rng.uniform(80, 130), rng.uniform(50, 90), sheet.glow(tint, 0.35)))
    skies.stars(sheet, rng, rng.randint(22, 40), 200)
    colours = rng.sample(("#ffb37a", "#8fd3c8", "#ff9dbd", "#ffd97a", "#9ec4ff"), 3)
    spots = rng.sample(((rng.uniform(24, 50), rng.uniform(30, 84)), (rng.uniform(206, 232), rng.uniform(30, 84)),
                        (rng.uniform(96, 160), rng.uniform(20, 34))), rng.randint(1, 3))  # fmt: skip
    for i, (x, y) in enumerate(spots):
        _planet(sheet, x, y, rng.uniform(11, 25) * (0.7 if 60 < x < 196 else 1), colours[i], ring=i == 0)
    if rng.random() < 0.35:
        props.rocket(sheet, rng.choice((32.0, 224.0)), rng.uniform(112, 140), rng.uniform(34, 44), rng)
    ground = rng.choice(("#cfc9e3", "#e0cfe6", "#d6d3de", "#f0cbb8", "#bfd6e6"))
    y, bulge = rng.uniform(192, 208), rng.uniform(132, 240)  # a moon, or a small planet that curves away
    sheet.add(ellipse(128, y + 110, bulge, 112, sheet.down(lighter(ground, 0.3), darker(ground, 0.2))))
    for _ in range(rng.randint(4, 7)):
        x, w = rng.uniform(46, 210), rng.uniform(7, 16)
        crater = (x, rng.uniform(y + 26, 248), w, w * 0.32)
        sheet.add(ellipse(*crater, darker(ground, 0.22), 'fill-opacity=".6"'))
    return rng.uniform(218, 230), None


def _planet(sheet: Sheet, x: float, y: float, r: float, colour: str, *, ring: bool) -> None:
    sheet.add(circle(x, y, r, sheet.ball(colour, 0.3)))
    if not ring:
        sheet.add(
            ellipse(x - r * 0.2, y + r * 0.3, r * 0.6, r * 0.13, lighter(colour, 0.3), 'fill-opacity=".6"')
        )
        return
    tilt = f'transform="rotate(-18 {x:.0f} {y:.0f})"'
    band = f'stroke="#fff0d0" stroke-width="3.4" stroke-opacity=".85" {tilt}'
    sheet.add(ellipse(x, y, r * 1.6, r * 0.42, "none", band))
    half = f"M{points((x - r, y))}A{number(r)},{number(r)} 0 0 1 {points((x + r, y))}Z"
    sheet.add(path(half, sheet.down(lighter(colour, 0.3), colour), tilt))
