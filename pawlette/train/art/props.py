"""The things that stand about in the backgrounds: balloons, cakes, boats, lamps. Each draws itself onto a Sheet.

Knows nothing of scenes: the places decide what stands where.
"""

from __future__ import annotations

import random

from pawlette.train.art.paint import (
    Sheet,
    circle,
    darker,
    ellipse,
    group,
    lighter,
    number,
    path,
    points,
    polygon,
    rect,
    stroke,
)
from pawlette.train.art.sky import Light


def balloon(sheet: Sheet, x: float, y: float, size: float, colour: str, string: float) -> None:
    """(x, y) is the balloon's middle; the string hangs `string` below it."""
    sheet.add(
        stroke(
            f"M{points((x, y + size * 0.6))}q{points((size * 0.14, string * 0.4), (0, string - size * 0.6))}",
            "#b7a5b5",
            1,
        )
    )
    sheet.add(
        polygon(
            ((x, y + size * 0.5), (x - size * 0.09, y + size * 0.66), (x + size * 0.09, y + size * 0.66)),
            darker(colour, 0.1),
        )
    )
    sheet.add(ellipse(x, y, size * 0.48, size * 0.56, sheet.ball(colour, 0.14)))
    gleam = (x - size * 0.18, y - size * 0.24, size * 0.09, size * 0.14)
    sheet.add(ellipse(*gleam, "#ffffff", 'fill-opacity=".7"'))


def bunting(sheet: Sheet, rng: random.Random, y: float) -> None:
    sag, colours = (
        rng.uniform(14, 26),
        rng.sample(("#ff9dbd", "#ffd166", "#8fd3c8", "#8fc5ff", "#c9a2f2", "#ffb37a"), 4),
    )
    sheet.add(stroke(f"M-4,{number(y)}Q128,{number(y + 2 * sag)} 260,{number(y)}", "#d6b9c2", 1.4))
    for i in range(9):
        x = 10 + 29.5 * i
        top = y + sag * (1 - ((x - 128) / 128) ** 2)
        sheet.add(polygon(((x - 10, top - 1), (x + 10, top - 1), (x, top + 18)), colours[i % 4]))


def cake(sheet: Sheet, rng: random.Random, x: float, y: float, size: float) -> None:
    cream, icing = "#fff4e4", rng.choice(("#ff9dbd", "#8fd3c8", "#c9a2f2"))
    sheet.add(ellipse(x, y, size * 0.62, size * 0.1, "#ffffff"))
    for w, low, high in ((0.5, 0.0, 0.4), (0.34, 0.4, 0.72)):
        sheet.add(
            rect(
                x - size * w,
                y - size * high,
                size * w * 2,
                size * (high - low),
                sheet.across(cream, darker(cream, 0.08)),
                4,
            )
        )
        sheet.add(rect(x - size * w, y - size * high, size * w * 2, size * 0.13, icing, 4))
    for i in (-1, 0, 1):
        cx = x + size * 0.17 * i
        sheet.add(
            rect(cx - 1.3, y - size * 0.92, 2.6, size * 0.22, "#8fc5ff"),
            ellipse(cx, y - size * 0.97, 1.9, 3, "#ffc94a"),
        )


def gift(sheet: Sheet, x: float, y: float, size: float, colour: str, ribbon: str) -> None:
    """A present; (x, y) is the middle of its foot."""
    s = size / 2
    sheet.add(
        rect(
            x - s, y - size * 0.8, size, size * 0.8, sheet.down(lighter(colour, 0.2), darker(colour, 0.1)), 3
        )
    )
    sheet.add(
        rect(
            x - s * 1.08,
            y - size * 0.92,
            size * 1.08,
            size * 0.24,
            sheet.down(lighter(colour, 0.4), colour),
            3,
        )
    )
    sheet.add(rect(x - s * 0.2, y - size * 0.92, size * 0.2, size * 0.92, ribbon))
    for side in (-1, 1):
        knot, high = (x, y - size * 0.92), (x + side * s, y - size * 1.4)
        d = f"M{points(knot)}C{points(high, (x + side * s * 1.1, y - size * 0.9), knot)}Z"
        sheet.add(path(d, ribbon, f'stroke="{darker(ribbon, 0.15)}" stroke-width=".8"'))


def sailboat(sheet: Sheet, x: float, y: float, rng: random.Random, light: Light) -> None:
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


def shell(sheet: Sheet, x: float, y: float, size: float, colour: str) -> None:
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


def snowman(sheet: Sheet, x: float, y: float, r: float, light: Light) -> None:
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


def parasol(sheet: Sheet, x: float, y: float, size: float, light: Light, rng: random.Random) -> None:
    """A striped sunshade; (x, y) is the foot of its pole."""
    colour, lean = light.on(rng.choice(("#ff8f8f", "#7cc7f0", "#ffcf5c", "#b892ee"))), 8 if x < 128 else -8
    top = (x + lean, y - size)
    sheet.add(stroke(f"M{points((x, y))}L{points(top)}", light.on("#c79a6b"), 3))
    r, turn = size * 0.55, f'transform="rotate({lean} {x:.0f} {y:.0f})"'
    rim, crest = y - size * 0.72, y - size
    dome = f"M{points((x - r, rim))}A{number(r)},{number(r * 0.8)} 0 0 1 {points((x + r, rim))}Z"
    sheet.add(path(dome, colour, turn))
    for a, b in ((-0.62, -0.24), (0.24, 0.62)):
        stripe = (
            f"M{points((x + a * r, rim))}Q{points((x + a * r * 0.8, crest), (x, rim - r * 0.8))}"
            f"Q{points((x + b * r * 0.8, crest), (x + b * r, rim))}Z"
        )
        sheet.add(path(stripe, light.on("#ffffff"), turn))


def ball(sheet: Sheet, x: float, y: float, r: float, light: Light) -> None:
    sheet.add(ellipse(x, y + r * 0.95, r, r * 0.22, sheet.glow("#5a4a78", 0.35)))
    sheet.add(circle(x, y, r, sheet.ball(light.on("#fffaf4"), 0.14)))
    for turn, colour in ((0, "#ff8f8f"), (120, "#7cc7f0"), (240, "#ffcf5c")):
        rim = f"A{number(r)},{number(r)} 0 0 0 {points((x, y - r))}"
        wedge = f"M{points((x, y))}q{points((r * 0.7, -r * 0.2), (r * 0.75, -r * 0.64))}{rim}Z"
        sheet.add(path(wedge, light.on(colour), f'transform="rotate({turn} {x:.1f} {y:.1f})"'))


def igloo(sheet: Sheet, x: float, y: float, r: float, light: Light) -> None:
    ice = light.on("#e3effb")
    dome = f"M{points((x - r, y))}A{number(r)},{number(r * 0.92)} 0 0 1 {points((x + r, y))}Z"
    sheet.add(
        path(
            dome,
            sheet.down(lighter(ice, 0.5), darker(ice, 0.06)),
            f'stroke="{darker(ice, 0.14)}" stroke-width="1.6"',
        )
    )
    for share in (0.32, 0.62):
        w = r * (1 - share**2) ** 0.5
        sheet.add(
            stroke(f"M{points((x - w, y - r * share))}q{points((w, -4), (2 * w, 0))}", darker(ice, 0.14), 1.4)
        )
    half = number(r * 0.3)
    vault = f"a{half},{half} 0 0 1 {number(r * 0.6)},0V{number(y)}Z"
    sheet.add(path(f"M{points((x - r * 0.3, y))}v{number(-r * 0.26)}{vault}", darker(ice, 0.4)))


def iceberg(sheet: Sheet, x: float, y: float, size: float, light: Light) -> None:
    ice, s = light.on("#d3e9fa"), size
    sheet.add(
        polygon(
            (
                (x - s, y),
                (x - s * 0.6, y - s * 0.7),
                (x - s * 0.1, y - s),
                (x + s * 0.3, y - s * 0.55),
                (x + s * 0.9, y),
            ),
            sheet.down(lighter(ice, 0.7), ice),
        )
    )
    sheet.add(
        polygon(
            ((x - s * 0.1, y - s), (x + s * 0.3, y - s * 0.55), (x + s * 0.1, y), (x - s * 0.2, y)),
            darker(ice, 0.1),
            'fill-opacity=".5"',
        )
    )


def street_lamp(sheet: Sheet, x: float, foot: float, height: float, light: Light) -> None:
    pole, glow = light.on("#8a86a0"), "#fff0b3" if light.time == "night" else light.on("#fff7d6")
    if light.time == "night":
        sheet.add(circle(x, foot - height, 24, sheet.glow("#fff0b3", 0.7)))
    sheet.add(rect(x - 1.7, foot - height, 3.4, height, pole, 1), rect(x - 5, foot - 4, 10, 5, pole, 2))
    sheet.add(circle(x, foot - height - 4, 8, glow, f'stroke="{pole}" stroke-width="1.6"'))


def lanterns(sheet: Sheet, rng: random.Random, y: float, light: Light) -> None:
    """Round paper lanterns on a string."""
    sag = rng.uniform(10, 20)
    sheet.add(stroke(f"M-4,{number(y)}Q128,{number(y + 2 * sag)} 260,{number(y)}", "#c9b3c0", 1.4))
    for i in range(6):
        x = 22 + 42.4 * i
        top = y + sag * (1 - ((x - 128) / 128) ** 2)
        colour = rng.choice(("#ff9dbd", "#ffd166", "#8fd3c8", "#8fc5ff", "#c9a2f2"))
        sheet.add(ellipse(x, top + 13, 11, 12, sheet.ball(colour, 0.1)))
        sheet.add(
            stroke(
                f"M{points((x - 10, top + 10))}q10,3 20,0M{points((x - 10, top + 16))}q10,3 20,0",
                "#ffffff",
                1,
                'stroke-opacity=".6"',
            )
        )


def rocket(sheet: Sheet, x: float, y: float, size: float, rng: random.Random) -> None:
    trim = rng.choice(("#ff8f8f", "#7cc7f0", "#ffcf5c"))
    parts = (
        path("M-14,42Q0,95 14,42Z", "#ffb347"),
        path("M-20,10L-40,48L40,48L20,10Z", trim),
        path("M0,-60C34,-30 30,20 18,44H-18C-30,20 -34,-30 0,-60Z", sheet.across("#ffffff", "#dfe3f2")),
        circle(0, -10, 13, "#8fc5ff", f'stroke="{trim}" stroke-width="5"'),
    )
    sheet.add(group("".join(parts), x, y, scale=size / 100, turn=rng.choice((-24, 24))))


def windmill(sheet: Sheet, x: float, foot: float, height: float, light: Light, rng: random.Random) -> None:
    wall, roof, h = light.on("#fff3e6"), light.on(rng.choice(("#d98a80", "#8fb0cf", "#a994c9"))), height
    sheet.add(
        polygon(
            (
                (x - h * 0.2, foot),
                (x - h * 0.12, foot - h * 0.7),
                (x + h * 0.12, foot - h * 0.7),
                (x + h * 0.2, foot),
            ),
            sheet.across(lighter(wall, 0.4), darker(wall, 0.06)),
        )
    )
    sheet.add(
        polygon(((x - h * 0.16, foot - h * 0.68), (x, foot - h * 0.9), (x + h * 0.16, foot - h * 0.68)), roof)
    )
    hub, turn = (x, foot - h * 0.68), rng.uniform(0, 90)
    frame = f'stroke="{light.on("#c9a98c")}" stroke-width="1.4"'
    for i in range(4):
        sail = rect(
            x - h * 0.04,
            hub[1] - h * 0.42,
            h * 0.1,
            h * 0.34,
            light.on("#ffffff"),
            1,
            f'{frame} transform="rotate({turn + 90 * i:.0f} {x:.1f} {hub[1]:.1f})"',
        )
        sheet.add(sail)
    sheet.add(circle(*hub, h * 0.035, light.on("#a87f62")))


def hay_bale(sheet: Sheet, x: float, y: float, light: Light) -> None:
    hay = light.on("#f2cf72")
    sheet.add(rect(x - 22, y - 26, 44, 28, sheet.down(lighter(hay, 0.3), hay), 5))
    sheet.add(stroke(f"M{points((x - 8, y - 26))}v28M{points((x + 8, y - 26))}v28", darker(hay, 0.2), 1.6))


def pumpkin(sheet: Sheet, x: float, y: float, r: float, light: Light) -> None:
    skin = light.on("#f59a48")
    for dx in (-0.5, 0.5, 0.0):
        sheet.add(ellipse(x + dx * r, y - r * 0.7, r * 0.56, r * 0.74, sheet.ball(skin, 0.12)))
    sheet.add(stroke(f"M{points((x, y - r * 1.35))}q2,-5 5,-6", light.on("#7a9a58"), 3))
