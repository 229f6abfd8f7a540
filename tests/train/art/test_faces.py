"""Faces and heads: highlights outlive a small picture, expressions differ, species keep their traits."""

from __future__ import annotations

import io
import itertools
import random

import numpy as np
import pytest
import resvg_py
from PIL import Image

from pawlette.train.art.animals import SPECIES, Look, Sprite, draw_animal
from pawlette.train.art.animals.ears import EARS, HEADS
from pawlette.train.art.animals.face import Eyes, brows, draw_eyes, mouth
from pawlette.train.art.animals.head import MUZZLES
from pawlette.train.art.animals.kinds import lightness
from pawlette.train.art.animals.marks import BODY, FACE
from pawlette.train.art.animals.pen import Pen
from pawlette.train.art.animals.shapes import ellipse
from pawlette.train.art.animals.toppings import ABOVE, BEHIND

MAMMALS = sorted(name for name, kind in SPECIES.items() if kind.plan == "mammal")
SMALL = 70 / 120  # pixels a unit when a head is 70 pixels wide


def picture(sprite: Sprite, scale: float, ground: str = "#eeeeee") -> np.ndarray:
    """(rows, columns, 3) at so many pixels a unit, on a plain ground."""
    size = (round(sprite.width * scale), round(sprite.height * scale))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sprite.width} {sprite.height}" '
        f'width="{size[0]}" height="{size[1]}"><rect width="999" height="999" fill="{ground}"/>{sprite.svg}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size[0], height=size[1], skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB")).astype(int)


def eyes_on(ground: str, expression: str, seed: int) -> Sprite:
    """Two eyes and nothing else, on a patch of fur."""
    pen = Pen("t-")
    pen.fill(ellipse(0, 0, 62, 40), ground)
    draw_eyes(pen, Eyes(26, 12, expression, ground), random.Random(seed))
    return pen.sprite(None)


def islands(mask: np.ndarray) -> list[int]:
    """The sizes of the connected areas of a mask."""
    left, sizes = {(int(y), int(x)) for y, x in np.argwhere(mask)}, []
    while left:
        front, size = [left.pop()], 0
        while front:
            y, x = front.pop()
            size += 1
            near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & left
            left -= near
            front.extend(near)
        sizes.append(size)
    return sizes


@pytest.mark.parametrize("ground", ["#e3b27c", "#443e4c"])
def test_each_eye_keeps_two_highlights_in_a_small_picture(ground: str) -> None:
    for seed in range(6):
        shine = picture(eyes_on(ground, "smiling", seed), SMALL, ground).min(-1) > 190
        spots = sorted(size for size in islands(shine) if size > 1)
        assert len(spots) == 4
        assert spots[2] > 2 * spots[0] >= 4


@pytest.mark.parametrize("ground", ["#443e4c", "#fbf5ee"])
def test_a_wink_shows_on_dark_and_on_light_fur(ground: str) -> None:
    """On the winking side a line stands out from the fur, thinner than the eye on the other."""
    for seed in range(4):
        seen = picture(eyes_on(ground, "winking", seed), SMALL, ground)
        fur = np.array([int(ground[i : i + 2], 16) for i in (1, 3, 5)])
        apart = np.abs(seen - fur).max(-1) > 90
        half = apart.shape[1] // 2
        wink, open_eye = sorted((int(apart[:, :half].sum()), int(apart[:, half:].sum())))
        assert 20 < wink < open_eye * 0.9


def test_moods_differ_in_a_small_picture() -> None:
    moods = ("smiling", "happy", "laughing", "sleepy", "winking", "surprised")
    for name in ("panda", "cat", "raccoon", "pig", "giraffe"):
        drawn = {}
        for mood in moods:
            sprite = draw_animal(Look(name, expression=mood), random.Random(3))
            drawn[mood] = picture(sprite, 128 / sprite.height)
        size = min(p.shape[1] for p in drawn.values())
        for one, other in itertools.combinations(moods, 2):
            changed = np.abs(drawn[one][:, :size] - drawn[other][:, :size]).max(-1) > 50
            assert changed.sum() >= 12, (name, one, other)


def test_only_lively_moods_raise_the_brows() -> None:
    for expression, raised in (("surprised", True), ("happy", True), ("smiling", False), ("sleepy", False)):
        pen = Pen("t-")
        pen.fill(ellipse(0, 0, 2, 2), "#e3b27c")
        bare = pen.sprite().svg
        brows(pen, Eyes(26, 12, expression, "#e3b27c"), -20)
        assert (pen.sprite().svg != bare) is raised


def test_a_laugh_opens_wider_than_a_happy_mouth() -> None:
    heights = {}
    for expression in ("smiling", "happy", "laughing"):
        pen = Pen("t-")
        mouth(pen, expression, 10, "#e3b27c")
        heights[expression] = pen.sprite(None).height
    assert heights["smiling"] < heights["happy"] < heights["laughing"]


def test_the_table_of_species_names_only_parts_that_can_be_drawn() -> None:
    for name in MAMMALS:
        kind = SPECIES[name]
        assert set(kind.part("marks").split()) <= set(FACE)
        assert set(kind.part("above").split()) <= set(ABOVE)
        assert set(kind.part("behind").split()) <= set(BEHIND)
        for part, known in (("ears", EARS), ("muzzle", MUZZLES), ("body_marks", BODY), ("head", HEADS)):
            assert kind.part(part) in {"", *known}, (name, part)


def test_every_ear_muzzle_and_topping_belongs_to_a_species() -> None:
    used = {
        (part, name) for kind in SPECIES.values() for part in kind.parts for name in kind.part(part).split()
    }
    for part, known in (("muzzle", MUZZLES), ("above", ABOVE), ("behind", BEHIND), ("head", HEADS)):
        assert {name for name in known if name != "round"} <= {name for p, name in used if p == part}


@pytest.mark.parametrize("view", ["front", "three-quarter", "side"])
def test_a_giraffe_is_taller_than_wide_from_everywhere(view: str) -> None:
    for seed in range(3):
        sprite = draw_animal(Look("giraffe", pose="standing", view=view), random.Random(seed))
        assert sprite.height > sprite.width * 1.05


def test_a_long_neck_lifts_the_face_of_a_sitting_giraffe() -> None:
    for view in ("front", "three-quarter"):
        lifts = [
            draw_animal(Look("giraffe", pose="waving", view=view, baby=baby), random.Random(2)).height
            for baby in (False, True)
        ]
        assert (
            lifts[0] > lifts[1] > draw_animal(Look("cow", pose="waving", baby=True), random.Random(2)).height
        )


@pytest.mark.parametrize("name", ["cat", "bear", "elephant", "pig", "zebra"])
def test_no_two_heads_are_alike(name: str) -> None:
    """Eyes and heads differ in size from seed to seed, by much more than a hair and not without bound."""
    sprites = [draw_animal(Look(name), random.Random(seed)) for seed in range(24)]
    for anchor in ("eyes", "head_top"):
        sizes = [at[2] for sprite in sprites if (at := sprite.anchors[anchor])]
        spread = (max(sizes) - min(sizes)) / (sum(sizes) / len(sizes))
        assert 0.08 < spread < 0.8


def test_lashes_never_lie_on_dark_fur() -> None:
    """They would be pale there, and look like white hair."""
    for ground in ("#443e4c", "#fbf5ee"):
        lashed = [eyes_on(ground, "smiling", seed).svg.count("stroke-linecap") for seed in range(30)]
        assert (max(lashed) > 0) is (lightness(ground) > 0.5)
