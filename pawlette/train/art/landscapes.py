"""Green places out of doors: meadow, forest, garden, mountains. Each draws one of several layouts onto a
Sheet, paler the farther away, and gives the line for the feet.

Knows light and props; nothing of animals.
"""

from __future__ import annotations

import dataclasses
import random

from pawlette.train.art import scenery as draw
from pawlette.train.art import sky as skies
from pawlette.train.art.paint import Sheet, blossom, darker, lighter, mix, path, points, polygon, rect, stroke
from pawlette.train.art.sky import SIZE, Light


def meadow(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(130, 172)
    skies.sky(sheet, light, rng, horizon=horizon)
    grass = light.grass(rng)
    rng.choice((_rolling_hills, _rolling_hills, _flower_field, _winding_path, _old_tree))(
        sheet, light, rng, horizon, grass
    )
    return rng.uniform(212, 230), None


def _rolling_hills(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    if rng.random() < 0.5:
        draw.hill(sheet, rng, horizon - rng.uniform(8, 22), 14, light.far(grass, 0.6))
    draw.hill(sheet, rng, horizon, 12, light.far(grass, 0.3))
    for _ in range(rng.randint(0, 3)):
        side = rng.choice((rng.uniform(4, 60), rng.uniform(196, 252)))
        tree = draw.round_tree if rng.random() < 0.8 else draw.fir_tree
        tree(sheet, rng, side, horizon + rng.uniform(8, 20), rng.uniform(40, 84), light)
    draw.hill(sheet, rng, horizon + rng.uniform(14, 28), 8, grass)
    draw.flowers(sheet, light, rng, horizon + 34, rng.randint(5, 11), grass)


def _flower_field(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """Rows of blossoms that grow larger towards the viewer."""
    draw.hill(sheet, rng, horizon - 8, 10, light.far(grass, 0.45))
    draw.hill(sheet, rng, horizon + 2, 4, grass)
    if light.is_white:
        draw.flowers(sheet, light, rng, horizon + 30, 12, grass)
        return
    petals = rng.sample(draw.PETALS, 3)
    y, step = horizon + 12.0, 5.0
    while y < SIZE:
        petal = light.far(light.on(rng.choice(petals)), max(0.0, 0.45 - (y - horizon) / 160))
        x = rng.uniform(-4, step)
        while x < SIZE:
            if abs(x - 128) > 84 or y < horizon + 46:
                at = (x + rng.uniform(-3, 3), y + rng.uniform(-2, 2))
                sheet.add(blossom(*at, step, petal, light.on("#ffd75e")))
            x += step * rng.uniform(2.2, 3.6)
        y, step = y + step * 1.5, step * 1.17


def _winding_path(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    draw.hill(sheet, rng, horizon - 6, 12, light.far(grass, 0.4))
    side = rng.choice((rng.uniform(16, 50), rng.uniform(206, 240)))
    draw.round_tree(sheet, rng, side, horizon + 14, rng.uniform(40, 66), light)
    draw.hill(sheet, rng, horizon + 8, 5, grass)
    draw.winding_path(sheet, rng, horizon + 8, light)
    draw.bush(sheet, rng, SIZE - side, horizon + 22, rng.uniform(34, 56), light, flowers=not light.is_white)
    draw.flowers(sheet, light, rng, horizon + 40, rng.randint(3, 8), grass)


def _old_tree(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """One large tree at the side; its crown reaches out of the picture."""
    draw.hill(sheet, rng, horizon, 16, light.far(grass, 0.4))
    draw.hill(sheet, rng, horizon + 18, 8, grass)
    side = rng.choice((rng.uniform(-8, 22), rng.uniform(234, 264)))
    draw.round_tree(sheet, rng, side, horizon + rng.uniform(30, 44), rng.uniform(150, 186), light)
    draw.flowers(sheet, light, rng, horizon + 40, rng.randint(3, 9), grass)


def forest(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(142, 172)
    skies.sky(sheet, light, rng, horizon=horizon, arch=False)
    grass = light.grass(rng)
    rng.choice((_leafy_wood, _leafy_wood, _tall_trunks, _fir_wood))(sheet, light, rng, horizon, grass)
    if not light.is_white:
        for side in (rng.uniform(10, 56), rng.uniform(200, 246)):
            draw.mushroom(sheet, side, rng.uniform(horizon + 46, 246), rng.uniform(12, 19), light)
    draw.flowers(sheet, light, rng, horizon + 44, rng.randint(2, 5), grass)
    return rng.uniform(214, 230), None


def _haze(light: Light, share: float) -> Light:
    air = light.on("#f2f7fc" if light.is_white else "#dff0e0")
    return dataclasses.replace(light, haze=air, thickness=share)


def _leafy_wood(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    for share, rise, step in ((0.7, 16, 31), (0.45, 0, 29)):
        far = _haze(light, share)
        for x in range(-6, 270, step):
            height, foot = rng.uniform(70, 112), horizon - rise + rng.uniform(2, 10)
            tree = draw.fir_tree if rng.random() < 0.3 else draw.round_tree
            tree(sheet, rng, x + rng.uniform(-7, 7), foot, height, far)
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon)
    draw.hill(sheet, rng, horizon + 4, 6, grass)
    if rng.random() < 0.4:
        draw.winding_path(sheet, rng, horizon + 4, light)
    for side in (rng.uniform(-4, 24), rng.uniform(232, 260)):
        tree = draw.fir_tree if rng.random() < 0.3 else draw.round_tree
        tree(sheet, rng, side, horizon + rng.uniform(22, 40), rng.uniform(104, 146), light)


def _tall_trunks(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """Trunks that leave the picture above, under one roof of leaves."""
    leaf, bark = light.leaf(rng), light.on(rng.choice(("#b08462", "#a9836c", "#c39a78")))
    air = light.far(leaf, 0.72)
    sheet.add(rect(0, 0, SIZE, horizon + 20, sheet.down(light.far(leaf, 0.45), air)))
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon)
    for share, step, width in ((0.72, 24, 9), (0.5, 40, 14)):
        tone = mix(bark, air, share)
        for x in range(-10, 266, step):
            sheet.add(rect(x + rng.uniform(-9, 9), 0, width * rng.uniform(0.8, 1.2), horizon + 16, tone))
    draw.hill(sheet, rng, horizon + 4, 6, grass)
    for near in (rng.uniform(-14, 10), rng.uniform(222, 250)):
        girth = rng.uniform(20, 28)
        sheet.add(
            rect(near, -4, girth, horizon + rng.uniform(34, 50), sheet.across(lighter(bark, 0.15), bark), 4)
        )
    roof = sheet.down(darker(leaf, 0.12), leaf)
    for roof_x in range(-10, 280, 30):
        sheet.add(draw.puff(roof_x + rng.uniform(-8, 8), rng.uniform(-6, 8), rng.uniform(24, 34), roof))


def _fir_wood(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    for share, rise in ((0.72, 20), (0.5, 8), (0.25, -4)):
        far = _haze(light, share)
        for x in range(-8, 270, rng.randint(24, 32)):
            if share < 0.3 and 66 < x < 190:
                continue
            foot = horizon - rise + rng.uniform(4, 10)
            draw.fir_tree(sheet, rng, x + rng.uniform(-6, 6), foot, rng.uniform(70, 124), far)
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon)
    draw.hill(sheet, rng, horizon + 2, 6, grass)
    for side in (rng.uniform(-2, 22), rng.uniform(234, 258)):
        draw.fir_tree(sheet, rng, side, horizon + rng.uniform(22, 38), rng.uniform(110, 150), light)


def garden(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(146, 172)
    skies.sky(sheet, light, rng, horizon=horizon)
    grass = light.grass(rng)
    for x in range(-8, 270, 44):
        draw.bush(sheet, rng, x, horizon + 4, rng.uniform(50, 70), _haze(light, 0.5))
    rng.choice((_picket_fence, _flower_beds, _arbour, _sunflowers))(sheet, light, rng, horizon, grass)
    return rng.uniform(214, 230), None


def _picket_fence(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    for x in (rng.uniform(6, 40), rng.uniform(90, 160), rng.uniform(216, 250)):
        draw.bush(sheet, rng, x, horizon + 6, rng.uniform(52, 78), light, flowers=not light.is_white)
    wood = light.on(rng.choice(("#fdf6ee", "#f2d9bd", "#fbe9ef", "#cfe3f2")))
    draw.fence(sheet, horizon + 12, rng.uniform(32, 42), wood)
    draw.floor(sheet, horizon + 10, grass)
    draw.flowers(sheet, light, rng, horizon + 26, rng.randint(8, 14), grass)


def _flower_beds(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """Beds of earth with rows of flowers on both sides of the lawn."""
    draw.floor(sheet, horizon, grass)
    earth = light.on("#f4f8fd" if light.is_white else rng.choice(("#b98d6b", "#a9805f")))
    for side in (-1, 1):
        near, far = 128 + side * 150, 128 + side * 62
        bed = ((128 + side * 40, horizon + 10), (far, horizon + 10), (near, SIZE), (128 + side * 94, SIZE))
        sheet.add(polygon(bed, earth, f'stroke="{darker(earth, 0.12)}" stroke-width="2"'))
        petal = rng.choice(draw.PETALS)
        for row in range(6):
            down = (row + 0.5) / 6
            x, y = 128 + side * (54 + 74 * down), horizon + 12 + (SIZE - horizon) * down
            if not light.is_white:
                draw.flower(sheet, rng, x + rng.uniform(-4, 4), y, 10 + 14 * down, light, petal)
    draw.bush(sheet, rng, rng.choice((22, 234)), horizon + 8, 60, light, flowers=not light.is_white)


def _arbour(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    """A white arch with roses over the garden path."""
    draw.floor(sheet, horizon, grass)
    draw.winding_path(sheet, rng, horizon, light)
    left, right, wood = rng.uniform(28, 44), rng.uniform(212, 228), light.on("#fffaf2")
    middle, top = (left + right) / 2, rng.uniform(34, 56)
    foot, spring = horizon + 24, top + 44  # the arch springs from two posts
    arch = f"M{points((left, foot), (left, spring))}Q{points((middle, top - 44), (right, spring))}V{foot:.0f}"
    sheet.add(stroke(arch, darker(wood, 0.12), 9), stroke(arch, wood, 6))
    petal, leaf = light.on(rng.choice(draw.PETALS)), light.leaf(rng)
    for i in range(17):
        share = i / 16
        x = left + (right - left) * share
        y = top + 44 - 88 * 2 * share * (1 - share) + rng.uniform(-4, 4)
        sheet.add(draw.puff(x, y, rng.uniform(7, 11), leaf))
        if i % 2 == 0 and not light.is_white:
            sheet.add(blossom(x, y, rng.uniform(10, 14), petal))
    draw.flowers(sheet, light, rng, horizon + 30, rng.randint(6, 12), grass)


def _sunflowers(sheet: Sheet, light: Light, rng: random.Random, horizon: float, grass: str) -> None:
    draw.floor(sheet, horizon + 4, grass)
    if light.is_white:
        _picket_fence(sheet, light, rng, horizon, grass)
        return
    for x in (*(rng.uniform(4, 66) for _ in range(3)), *(rng.uniform(190, 252) for _ in range(3))):
        foot, tall = horizon + rng.uniform(18, 60), rng.uniform(62, 96)
        sheet.add(stroke(f"M{points((x, foot))}v{-tall:.0f}", light.on("#79b96a"), 3.4))
        for dy, turn in ((0.35, 10), (0.55, -10)):
            leaf = f"q{points((turn, -8), (turn * 1.7, 0))}q{points((-turn, 6), (-turn * 1.7, 0))}Z"
            sheet.add(path(f"M{points((x, foot - tall * dy))}{leaf}", light.on("#86c878")))
        heart = light.on("#9a6a42")
        sheet.add(blossom(x, foot - tall, rng.uniform(28, 36), light.on("#ffcb45"), heart, petals=10))
    draw.flowers(sheet, light, rng, horizon + 40, rng.randint(4, 8), grass)


def mountains(sheet: Sheet, light: Light, rng: random.Random) -> tuple[float, None]:
    horizon = rng.uniform(150, 176)
    skies.sky(sheet, light, rng, horizon=horizon, arch=False)
    rock = light.on(rng.choice(("#a9b5d6", "#b5b3d9", "#9fb9cf", "#c3aed0")))
    rng.choice((_three_peaks, _three_peaks, _one_peak, _ridges))(sheet, light, rng, horizon, rock)
    if light.weather == "rainbow":
        skies.rainbow(sheet, rng, horizon)
    grass = light.grass(rng)
    draw.hill(sheet, rng, horizon, 8, light.far(grass, 0.3))
    for _ in range(rng.randint(2, 6)):
        x = rng.choice((rng.uniform(4, 60), rng.uniform(196, 252)))
        draw.fir_tree(sheet, rng, x, horizon + rng.uniform(10, 22), rng.uniform(30, 56), light)
    draw.hill(sheet, rng, horizon + 20, 6, grass)
    draw.flowers(sheet, light, rng, horizon + 36, rng.randint(2, 6), grass)
    return rng.uniform(214, 230), None


def _three_peaks(sheet: Sheet, light: Light, rng: random.Random, horizon: float, rock: str) -> None:
    for x, part in ((rng.uniform(20, 60), 0.7), (rng.uniform(196, 236), 0.78), (rng.uniform(100, 156), 1.0)):
        height = rng.uniform(96, 130) * part
        tint = light.far(rock, (1 - part) * 1.3)
        draw.peak(sheet, x, horizon + 20, height, height * rng.uniform(0.72, 0.9), tint, light)


def _one_peak(sheet: Sheet, light: Light, rng: random.Random, horizon: float, rock: str) -> None:
    for x in (rng.uniform(-10, 30), rng.uniform(226, 266)):
        draw.peak(sheet, x, horizon + 20, rng.uniform(70, 90), 90, light.far(rock, 0.5), light)
    high = rng.uniform(150, 178)
    draw.peak(sheet, rng.uniform(70, 186), horizon + 20, high, high * rng.uniform(0.7, 0.85), rock, light)


def _ridges(sheet: Sheet, light: Light, rng: random.Random, horizon: float, rock: str) -> None:
    """Jagged ranges one behind another, each paler."""
    for share, rise in ((0.75, 86), (0.5, 56), (0.22, 28)):
        corners, x, up = [(-10.0, SIZE * 1.0)], -10.0, False
        while x < SIZE + 20:
            corners.append((x, horizon - rise + (rng.uniform(-16, -2) if up else rng.uniform(6, 22))))
            x, up = x + rng.uniform(20, 40), not up
        corners.append((x, SIZE * 1.0))
        tone = light.far(rock, share)
        sheet.add(polygon(corners, sheet.down(tone, lighter(tone, 0.25)), 'stroke-linejoin="round"'))
