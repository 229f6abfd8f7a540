"""The nature of the backgrounds: hills, trees, flowers, fences, bubbles. Each draws itself onto a Sheet.

Knows nothing of scenes: the places decide what stands where.
"""

from __future__ import annotations

import math
import random

from pawlette.train.art.paint import (
    Sheet,
    around,
    blossom,
    circle,
    darker,
    ellipse,
    heart,
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

PASTELS = (
    "#ffd9e4", "#ffe3cf", "#fff1c4", "#dcf3d0", "#cdeff0", "#d3e6ff", "#e2dbff", "#f5d9f5", "#fbe4dc",
    "#d5f2e3",    "#e8eef9", "#fdeedd",
)  # fmt: skip
PETALS = ("#ff9dbd", "#ffffff", "#ffd166", "#c9a2f2", "#ff8f8f", "#8fc5ff", "#ffb37a")


def hill(sheet: Sheet, rng: random.Random, y: float, height: float, colour: str) -> None:
    """A rolling ridge across the picture, filled to the bottom."""
    a, b, c = (y + rng.uniform(-height, height) for _ in range(3))
    middle = rng.uniform(90, 166)
    d = (
        f"M0,{number(a)}C{points((middle * 0.4, a - height), (middle * 0.6, b - height * 0.6), (middle, b))}"
        f"S{points((middle + (SIZE - middle) * 0.7, c - height), (SIZE, c))}V{SIZE}H0Z"
    )
    sheet.add(path(d, sheet.down(lighter(colour, 0.22), mix(colour, darker(colour), 0.18))))


def floor(sheet: Sheet, y: float, colour: str) -> None:
    sheet.add(
        rect(0, y, SIZE, SIZE - y, sheet.down(lighter(colour, 0.18), mix(colour, darker(colour), 0.16)))
    )


def winding_path(sheet: Sheet, rng: random.Random, top: float, light: Light) -> None:
    """A path that comes from the horizon, wider the nearer it is."""
    x, bend, foot = rng.uniform(90, 166), rng.choice((-1, 1)) * rng.uniform(24, 52), rng.uniform(90, 166)
    earth, half = light.on("#e9eef7" if light.is_white else "#f3dfba"), (SIZE - top) / 2
    d = (
        f"M{points((x - 3, top))}"
        f"C{points((x + bend - 10, top + half * 0.6), (foot - bend - 40, top + half), (foot - 44, SIZE))}"
        f"H{number(foot + 44)}"
        f"C{points((foot - bend + 30, top + half), (x + bend + 8, top + half * 0.6), (x + 3, top))}Z"
    )
    sheet.add(path(d, sheet.down(light.far(earth, 0.3), earth)))


def peak(sheet: Sheet, x: float, foot: float, height: float, half: float, rock: str, light: Light) -> None:
    """A mountain with snow on its top."""
    top = (x, foot - height)
    sheet.add(polygon(((x - half, foot), top, (x + half, foot)), sheet.across(lighter(rock, 0.28), rock)))
    cut, s = height * 0.28, half * 0.28
    edge = [(x + s * i, top[1] + cut * (0.98 if j % 2 else 0.7)) for j, i in enumerate((0.45, 0.1, -0.3))]
    snow = (top, (x + s, top[1] + cut), *edge, (x - s, top[1] + cut))
    sheet.add(polygon(snow, light.on("#fdfdff")))


def puff(x: float, y: float, size: float, fill: str) -> str:
    """A round tuft of leaves, or of a cloud."""
    return circle(x - size * 0.5, y + size * 0.15, size * 0.62, fill) + circle(
        x + size * 0.45, y, size * 0.66, fill
    )


def round_tree(sheet: Sheet, rng: random.Random, x: float, y: float, height: float, light: Light) -> None:
    """A tree with a crown of leaves; (x, y) is the foot of its trunk."""
    leaf, bark, r = light.leaf(rng), light.on("#b08462"), height * 0.3
    sheet.add(rect(x - height * 0.055, y - height * 0.45, height * 0.11, height * 0.46, bark, 3))
    fill = leaf if light.haze else sheet.ball(leaf, 0.14)
    top = y - height * 0.68
    if rng.random() < 0.5:
        sheet.add(ellipse(x, top, r * 1.02, r * 1.2, fill))
    else:
        sheet.add(
            circle(x - r * 0.5, top + r * 0.35, r * 0.75, fill),
            circle(x + r * 0.55, top + r * 0.3, r * 0.72, fill),
        )
        sheet.add(circle(x, top - r * 0.25, r * 0.9, fill))
    if light.is_white:
        sheet.add(ellipse(x, top - r * 0.62, r * 0.72, r * 0.4, light.on("#ffffff")))
    elif light.season in ("spring", "summer") and rng.random() < 0.6:
        for _ in range(5):
            dot = "#ff7d7d" if light.season == "summer" else "#ffffff"
            dx, dy = rng.uniform(-0.55, 0.55) * r, rng.uniform(-0.6, 0.7) * r
            sheet.add(circle(x + dx, top + dy, height * 0.026, light.on(dot)))


def fir_tree(sheet: Sheet, rng: random.Random, x: float, y: float, height: float, light: Light) -> None:
    green = light.on(rng.choice(("#7dbb9b", "#86c2a0", "#6fb394")))
    sheet.add(rect(x - height * 0.05, y - height * 0.16, height * 0.1, height * 0.17, light.on("#a87f62"), 2))
    for i in range(3):
        top, low = y - height * (0.46 + 0.27 * i) + height * 0.06, y - height * (0.13 + 0.24 * i)
        w = height * (0.33 - 0.075 * i)
        d = f"M{points((x, top))}Q{points((x + w * 0.35, low - height * 0.1), (x + w, low))}"
        d += (
            f"Q{points((x, low + height * 0.07), (x - w, low))}"
            f"Q{points((x - w * 0.35, low - height * 0.1), (x, top))}Z"
        )
        sheet.add(path(d, green if light.haze else sheet.down(lighter(green, 0.3), green)))
        if light.is_white:
            cap = (
                f"M{points((x, top))}"
                f"Q{points((x + w * 0.22, top + height * 0.1), (x + w * 0.42, top + height * 0.17))}"
            )
            cap += f"Q{points((x, top + height * 0.1), (x - w * 0.42, top + height * 0.17))}"
            sheet.add(
                path(cap + f"Q{points((x - w * 0.22, top + height * 0.1), (x, top))}Z", light.on("#ffffff"))
            )


def palm(sheet: Sheet, rng: random.Random, x: float, y: float, height: float, light: Light) -> None:
    lean = (1 if x < SIZE / 2 else -1) * height * rng.uniform(0.08, 0.2)
    top = (x + lean, y - height)
    d = f"M{points((x, y))}Q{points((x, y - height * 0.5), top)}"
    sheet.add(stroke(d, light.on("#c79a6b"), height * 0.085))
    green = light.on("#6cc08b")
    for angle in (-105, -65, -20, 30, 75, 112):
        end = around(*top, height * 0.42, angle + rng.uniform(-6, 6))
        bend = around(*top, height * 0.34, angle * 0.55)
        drop = (end[0], end[1] + height * 0.1)
        d = (
            f"M{points(top)}Q{points((bend[0], bend[1] - 2), drop)}"
            f"Q{points((bend[0], bend[1] + height * 0.13), top)}Z"
        )
        sheet.add(path(d, sheet.across(green, lighter(green, 0.3))))
    for dx in (-4, 3):
        sheet.add(circle(top[0] + dx, top[1] + 4, height * 0.05, light.on("#a9774f")))


def bush(
    sheet: Sheet, rng: random.Random, x: float, y: float, width: float, light: Light, *, flowers: bool = False
) -> None:
    leaf = light.leaf(rng)
    fill, w = sheet.ball(leaf, 0.14), width / 2
    sheet.add(
        ellipse(x - w * 0.5, y - w * 0.3, w * 0.5, w * 0.42, fill),
        ellipse(x + w * 0.5, y - w * 0.3, w * 0.5, w * 0.4, fill),
    )
    sheet.add(ellipse(x, y - w * 0.45, w * 0.55, w * 0.55, fill))
    petal = light.on(rng.choice(PETALS))
    for _ in range(4 if flowers else 0):
        sheet.add(
            blossom(x + rng.uniform(-0.7, 0.7) * w, y - rng.uniform(0.2, 0.75) * w, width * 0.15, petal)
        )


def flower(
    sheet: Sheet,
    rng: random.Random,
    x: float,
    y: float,
    height: float,
    light: Light,
    colour: str | None = None,
) -> None:
    stem = light.on("#79b96a")
    sheet.add(stroke(f"M{points((x, y))}Q{points((x + 2, y - height * 0.5), (x, y - height))}", stem, 1.6))
    sheet.add(ellipse(x + height * 0.16, y - height * 0.32, height * 0.16, height * 0.07, stem))
    if rng.random() < 0.3:
        petal, w = light.on(colour or rng.choice(PETALS)), height * 0.22
        d = (
            f"M{points((x - w, y - height * 1.3))}"
            f"L{points((x - w * 0.45, y - height * 1.1), (x, y - height * 1.36))}"
        )
        d += f"L{points((x + w * 0.45, y - height * 1.1), (x + w, y - height * 1.3))}"
        sheet.add(
            path(
                d
                + f"Q{points((x + w, y - height * 0.8), (x, y - height * 0.8))}"
                + f"Q{points((x - w, y - height * 0.8), (x - w, y - height * 1.3))}Z",
                petal,
            )
        )
    else:
        sheet.add(
            blossom(x, y - height, height * 0.75, light.on(colour or rng.choice(PETALS)), light.on("#ffd75e"))
        )


def tuft(sheet: Sheet, x: float, y: float, size: float, colour: str) -> None:
    for lean in (-0.55, 0.0, 0.5):
        d = (
            f"M{points((x + lean * size * 0.3, y))}"
            f"Q{points((x + lean * size * 0.4, y - size * 0.6), (x + lean * size, y - size))}"
        )
        sheet.add(stroke(d, colour, size * 0.2))


def mushroom(sheet: Sheet, x: float, y: float, size: float, light: Light) -> None:
    sheet.add(
        rect(x - size * 0.16, y - size * 0.55, size * 0.32, size * 0.56, light.on("#fff3e2"), size * 0.14)
    )
    d = (
        f"M{points((x - size * 0.5, y - size * 0.45))}"
        f"A{number(size * 0.5)},{number(size * 0.5)} 0 0 1 {points((x + size * 0.5, y - size * 0.45))}Z"
    )
    sheet.add(path(d, sheet.ball(light.on("#f2726b"), 0.12)))
    for dx, dy in ((-0.22, 0.6), (0.05, 0.75), (0.27, 0.57)):
        sheet.add(circle(x + size * dx, y - size * dy, size * 0.075, light.on("#ffffff")))


def fence(sheet: Sheet, y: float, height: float, colour: str) -> None:
    sheet.add(
        rect(0, y - height * 0.72, SIZE, height * 0.14, colour),
        rect(0, y - height * 0.32, SIZE, height * 0.14, colour),
    )
    pickets = "".join(
        f"M{x},{number(y)}V{number(y - height * 0.8)}L{x + 6},{number(y - height)}"
        f"L{x + 12},{number(y - height * 0.8)}V{number(y)}Z"
        for x in range(-4, SIZE, 22)
    )
    sheet.add(path(pickets, sheet.down(lighter(colour, 0.4), colour)))


def cactus(sheet: Sheet, x: float, y: float, height: float, light: Light) -> None:
    green, w = light.on("#7cc28a"), height * 0.2
    arms = (
        f"M{points((x - w * 1.5, y - height * 0.62))}V{number(y - height * 0.45)}"
        f"Q{points((x - w * 1.5, y - height * 0.36), (x, y - height * 0.36))}"
    )
    arms += (
        f"M{points((x + w * 1.5, y - height * 0.78))}V{number(y - height * 0.6)}"
        f"Q{points((x + w * 1.5, y - height * 0.5), (x, y - height * 0.5))}"
    )
    sheet.add(
        stroke(arms, green, w * 0.7), stroke(f"M{points((x, y - 2))}V{number(y - height + w / 2)}", green, w)
    )
    sheet.add(stroke(f"M{points((x - w * 0.18, y - 4))}V{number(y - height + w)}", lighter(green, 0.3), 1.2))
    sheet.add(blossom(x, y - height, w * 0.9, light.on("#ff9dbd")))


def motifs(sheet: Sheet, rng: random.Random, colour: str) -> None:
    """A few faint dots, hearts or stars strewn over a plain background."""
    shape = rng.choice(("dot", "heart", "star", "ring", "flower"))
    for i in range(rng.randint(7, 15)):
        angle, far = rng.uniform(0, 2 * math.pi), rng.uniform(82, 150)
        x, y = 128 + far * math.cos(angle), 118 + far * math.sin(angle)
        size, faint = rng.uniform(6, 13), f'opacity="{rng.uniform(0.45, 0.8):.2f}"'
        extra = f"fill-{faint}"
        if shape == "dot":
            sheet.add(circle(x, y, size / 2, colour, extra))
        elif shape == "heart":
            sheet.add(heart(x, y, size, colour, extra))
        elif shape == "star":
            sheet.add(star(x, y, size, colour, extra, turn=18 * i))
        elif shape == "ring":
            sheet.add(circle(x, y, size / 2, "none", f'stroke="{colour}" stroke-width="2" stroke-{faint}'))
        else:
            sheet.add(blossom(x, y, size * 1.2, colour, lighter(colour, 0.6)))


def flowers(sheet: Sheet, light: Light, rng: random.Random, top: float, count: int, grass: str) -> None:
    """Tufts and flowers, most of them at the sides; under snow there are none."""
    spots = [
        (rng.choice((rng.uniform(6, 84), rng.uniform(172, 250))), rng.uniform(top, 250)) for _ in range(count)
    ]
    for x, y in sorted(spots, key=lambda spot: spot[1]):
        if light.is_white:
            sheet.add(
                ellipse(x, y, rng.uniform(8, 18), rng.uniform(2, 4), lighter(grass, 0.6), 'fill-opacity=".8"')
            )
        elif light.season == "autumn" or rng.random() < 0.3:
            tuft(sheet, x, y, rng.uniform(6, 10), darker(grass, 0.14))
            if light.season == "autumn":
                sheet.add(leaf(x + 9, y, light.leaf(rng), rng))
        else:
            flower(sheet, rng, x, y, rng.uniform(11, 17), light)


def leaf(x: float, y: float, colour: str, rng: random.Random) -> str:
    size = rng.uniform(6, 9)
    d = (
        f"M{points((x - size, y))}Q{points((x, y - size * 0.8), (x + size, y))}"
        f"Q{points((x, y + size * 0.8), (x - size, y))}Z"
    )
    return path(d, colour, f'transform="rotate({rng.randint(0, 170)} {x:.0f} {y:.0f})" fill-opacity=".9"')


def bubbles(sheet: Sheet, rng: random.Random, count: int, opacity: float) -> None:
    for _ in range(count):
        x, y, r = (
            rng.choice((rng.uniform(10, 80), rng.uniform(176, 246))),
            rng.uniform(14, 200),
            rng.uniform(2.5, 7),
        )
        sheet.add(
            circle(
                x,
                y,
                r,
                "#ffffff",
                f'fill-opacity=".2" stroke="#ffffff" stroke-width="1.1" stroke-opacity="{opacity}"',
            )
        )
        sheet.add(circle(x - r * 0.35, y - r * 0.35, r * 0.22, "#ffffff"))


def flake(x: float, y: float, size: float) -> str:
    arms = "".join(
        f"M{points((x - dx * size, y - dy * size))}L{points((x + dx * size, y + dy * size))}"
        for dx, dy in ((0, 1), (0.87, 0.5), (0.87, -0.5))
    )  # fmt: skip
    return stroke(arms, "#ffffff", 1.3, 'stroke-opacity=".95"')
