"""Places indoors: a party and a bedroom, each with its walls and its floor. As in `landscapes`."""

from __future__ import annotations

import random

from pawlette.train.art import props
from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import (
    Sheet,
    around,
    circle,
    darker,
    ellipse,
    heart,
    lighter,
    mix,
    path,
    points,
    polygon,
    rect,
    star,
    stroke,
)
from pawlette.train.art.scenery import PASTELS
from pawlette.train.art.sky import SIZE, Light

PARTY = ("#ff8fa3", "#ffcf5c", "#7cc7f0", "#b892ee", "#8fdc9c", "#ffa66b")


def _wall(sheet: Sheet, light: Light, rng: random.Random, y: float) -> str:
    """An inside wall, plain or patterned, above a floor; gives its colour."""
    wall = light.on(rng.choice(PASTELS))
    sheet.add(rect(0, 0, SIZE, SIZE, sheet.down(lighter(wall, 0.15), wall)))
    pattern = rng.choice(("plain", "stripes", "dots", "hearts", "panels"))
    if pattern == "stripes":
        for x in range(rng.randint(-20, 0), SIZE, 32):
            sheet.add(rect(x, 0, 16, y, "#ffffff", extra='fill-opacity=".22"'))
    elif pattern in ("dots", "hearts"):
        for row in range(int(y // 26) + 1):
            for x in range(8 + row % 2 * 16, SIZE, 32):
                at = (x, 10 + row * 26)
                sheet.add(
                    circle(*at, 2.6, "#ffffff", 'fill-opacity=".5"') if pattern == "dots"
                    else heart(*at, 8, "#ffffff", 'fill-opacity=".5"')
                )  # fmt: skip
    elif pattern == "panels":
        sheet.add(rect(0, y - 56, SIZE, 56, lighter(wall, 0.45)), rect(0, y - 58, SIZE, 3, darker(wall, 0.1)))
    draw.floor(sheet, y, light.on(rng.choice(("#f0d4b4", "#e9c9a8", "#f3dcc8", "#e5cfe0", "#d9e3ea"))))
    sheet.add(rect(0, y - 5, SIZE, 5, lighter(wall, 0.6)))
    return wall


def party(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    floor = rng.uniform(170, 198)
    _wall(sheet, light, rng, floor)
    rng.choice((_party_corners, _party_corners, _balloon_arch, _party_table))(sheet, light, rng, floor)
    for _ in range(rng.randint(10, 24)):
        x, y = rng.uniform(4, 252), rng.uniform(30, 170)
        turn = f'transform="rotate({rng.randint(0, 90)} {x:.0f} {y:.0f})" fill-opacity=".8"'
        sheet.add(rect(x, y, 4, 2.4, rng.choice(PARTY), 1, turn))
    return rng.uniform(214, 230), None


def _garland(sheet: Sheet, light: Light, rng: random.Random) -> None:
    if rng.random() < 0.65:
        props.bunting(sheet, rng, rng.uniform(6, 22))
    else:
        props.lanterns(sheet, rng, rng.uniform(4, 16), light)


def _party_corners(sheet: Sheet, light: Light, rng: random.Random, floor: float) -> None:
    """Balloons at the sides, a cake and presents on the floor."""
    _garland(sheet, light, rng)
    for x in (rng.uniform(18, 30), rng.uniform(42, 54), rng.uniform(204, 216), rng.uniform(228, 240)):
        if rng.random() < 0.85:
            colour, string = rng.choice(PARTY), rng.uniform(60, 84)
            props.balloon(sheet, x, rng.uniform(64, 112), rng.uniform(24, 33), colour, string)
    left, right = rng.sample(("cake", "gift", "gifts"), 2)
    for x, what in ((rng.uniform(24, 34), left), (rng.uniform(222, 232), right)):
        y = rng.uniform(floor + 20, floor + 40)
        if what == "cake":
            props.cake(sheet, rng, x, y, rng.uniform(42, 50))
        else:
            props.gift(sheet, x, y, rng.uniform(28, 36), *rng.sample(PARTY, 2))
        if what == "gifts":
            props.gift(sheet, x + (22 if x < 128 else -22), y + 8, 20, *rng.sample(PARTY, 2))


def _balloon_arch(sheet: Sheet, light: Light, rng: random.Random, floor: float) -> None:
    """An arch of many balloons over the middle."""
    colours, r = rng.sample(PARTY, 3), rng.uniform(96, 108)
    for i in range(22):
        x, y = around(128, floor - 14, r, -98 + 196 * i / 21)
        size = rng.uniform(10, 16)
        at = (x + rng.uniform(-5, 5), y + rng.uniform(-5, 5))
        sheet.add(ellipse(*at, size, size * 1.1, sheet.ball(colours[i % 3], 0.12)))
    for x in (rng.uniform(18, 30), rng.uniform(226, 238)):
        props.gift(sheet, x, floor + rng.uniform(34, 46), rng.uniform(26, 36), *rng.sample(PARTY, 2))


def _party_table(sheet: Sheet, light: Light, rng: random.Random, floor: float) -> None:
    """A long table with cakes behind the animals."""
    _garland(sheet, light, rng)
    top, cloth = floor - rng.uniform(18, 26), light.on(rng.choice(("#ffffff", "#ffe3ee", "#e3f1ff")))
    for x in (rng.uniform(26, 40), rng.uniform(214, 230)):
        props.cake(sheet, rng, x, top + 2, rng.uniform(40, 50))
    for x in (rng.uniform(70, 84), rng.uniform(172, 186)):
        props.gift(sheet, x, top + 2, rng.uniform(20, 26), *rng.sample(PARTY, 2))
    sheet.add(rect(0, top, SIZE, 44, sheet.down(cloth, mix(cloth, "#c9b6d6", 0.25))))
    for i in range(9):
        sheet.add(circle(14 + 28.5 * i, top + 44, 14.5, mix(cloth, "#c9b6d6", 0.25)))
    sheet.add(rect(0, top, SIZE, 4, rng.choice(PARTY), extra='fill-opacity=".6"'))


def bedroom(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    floor = rng.uniform(160, 188)
    wall = _wall(sheet, light, rng, floor)
    rng.choice((_bed_and_window, _bed_and_window, _shelf_and_lamp, _starry_nursery))(
        sheet, light, rng, floor, wall
    )
    rug = light.on(rng.choice(("#ffd9e4", "#d8ecff", "#e6dcff", "#d8f2e2", "#fff0c9")))
    wide = rng.uniform(88, 112)
    sheet.add(
        ellipse(128, 226, wide, 24, rug), ellipse(128, 226, wide * 0.8, 17, "#ffffff", 'fill-opacity=".35"')
    )
    return rng.uniform(222, 232), None


def _bed_and_window(sheet: Sheet, light: Light, rng: random.Random, floor: float, wall: str) -> None:
    left = rng.random() < 0.5
    at = rng.uniform(14, 34) if left else rng.uniform(156, 176)
    _window(sheet, light, rng, at, rng.uniform(22, 36), wall)
    bed = SIZE - rng.uniform(62, 74) if left else rng.uniform(-22, -10)
    _bed(sheet, light, rng, bed, floor + rng.uniform(14, 22))


def _shelf_and_lamp(sheet: Sheet, light: Light, rng: random.Random, floor: float, wall: str) -> None:
    """A window, a shelf with books and blocks, a standing lamp and a bed."""
    left = rng.random() < 0.5
    _window(sheet, light, rng, 96 + rng.uniform(-20, 20), rng.uniform(14, 24), wall)
    x, y, wood = (
        rng.uniform(8, 16) if left else rng.uniform(176, 184),
        rng.uniform(70, 92),
        light.on("#dcae82"),
    )
    sheet.add(rect(x, y, 64, 5, wood, 2))
    at = x + 4
    while at < x + 56:
        w, h = rng.uniform(5, 9), rng.uniform(16, 26)
        sheet.add(rect(at, y - h, w, h, light.on(rng.choice(PARTY)), 1.5))
        at += w + rng.choice((1, 1, 6))
    lamp = SIZE - rng.uniform(18, 28) if left else rng.uniform(18, 28)
    sheet.add(stroke(f"M{points((lamp, floor + 16))}V{floor - 70:.0f}", wood, 3.4))
    sheet.add(circle(lamp, floor - 76, 44, sheet.glow("#fff3c4", 0.6)))
    shade = (
        (lamp - 17, floor - 62),
        (lamp - 10, floor - 90),
        (lamp + 10, floor - 90),
        (lamp + 17, floor - 62),
    )
    sheet.add(polygon(shade, light.on(rng.choice(("#ffd9a0", "#ffb9cf", "#bfe0ff")))))
    sheet.add(ellipse(lamp, floor + 17, 13, 4, wood))
    _bed(sheet, light, rng, rng.uniform(-22, -12) if left else SIZE - rng.uniform(64, 72), floor + 20)


def _starry_nursery(sheet: Sheet, light: Light, rng: random.Random, floor: float, wall: str) -> None:
    """A wide bed across the back, with a string of lights above."""
    x, w, wood = (
        rng.uniform(34, 46),
        rng.uniform(166, 180),
        light.on(rng.choice(("#dcae82", "#f4ece6", "#c9b3d9"))),
    )
    for i in range(11):
        at = 10 + 24 * i
        y = 18 + 12 * (1 - ((at - 128) / 128) ** 2)
        sheet.add(circle(at, y, 7, sheet.glow("#fff3b0", 0.8)), circle(at, y, 2.6, "#ffe79a"))
    corners = points((x + w / 2, floor - 104), (x + w, floor - 58))
    head = f"M{points((x, floor + 18))}V{floor - 58:.0f}Q{corners}V{floor + 18:.0f}Z"
    sheet.add(path(head, sheet.down(lighter(wood, 0.2), wood)))
    cover = light.on(rng.choice(("#9fc8f5", "#ffb3c9", "#b7e0c0", "#cdb6f2", "#ffd9a0")))
    for pillow in (x + w * 0.27, x + w * 0.73):
        sheet.add(ellipse(pillow, floor - 40, 34, 17, sheet.ball(light.on("#fffaf5"), 0.06)))
    sheet.add(rect(x - 6, floor - 32, w + 12, 52, sheet.down(lighter(cover, 0.35), cover), 12))
    sheet.add(rect(x - 6, floor - 32, w + 12, 10, lighter(cover, 0.65), 5))


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
