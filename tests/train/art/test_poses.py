"""Bodies do what their pose says: nothing floats, paws hold, arms wave, sleepers lie, and seeds differ."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
import resvg_py
from PIL import Image, ImageDraw

from pawlette.train.art.animals import SPECIES, Look, Sprite, draw_animal

SCALE = 0.5
MAMMALS = [name for name, kind in SPECIES.items() if kind.plan == "mammal"]
BIRDS = [name for name, kind in SPECIES.items() if kind.plan == "bird"]
WORN = {"head_top", "ear", "eyes", "neck", "hand", "feet"}


def drawn(name: str, pose: str, view: str = "front", seed: int = 0, facing: int = 1) -> Sprite:
    return draw_animal(Look(name, pose=pose, view=view, facing=facing), random.Random(f"{name} {seed}"))


def cover(sprite: Sprite, *layers: str) -> np.ndarray:
    """Which pixels, at half size, the layers named cover; all layers if none is."""
    body = "".join(part for name, part in sprite.layers if name in layers or not layers)
    wide, tall = round(sprite.width * SCALE), round(sprite.height * SCALE)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sprite.width} {sprite.height}">{body}</svg>'
    png = resvg_py.svg_to_bytes(svg_string=svg, width=wide, height=tall, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))[..., 3] > 60


def islands(mask: np.ndarray) -> list[int]:
    """The sizes of the connected parts, largest first."""
    picture, sizes = Image.fromarray(mask.astype(np.uint8) * 255).copy(), []
    for y, x in np.argwhere(mask):
        if picture.getpixel((int(x), int(y))):
            before = picture.histogram()[255]
            ImageDraw.floodfill(picture, (int(x), int(y)), 0)
            sizes.append(before - picture.histogram()[255])
    return sorted(sizes, reverse=True)


@pytest.mark.parametrize("name", sorted(set(SPECIES) - {"whale"}))  # its spout is drops of water
def test_nothing_floats_beside_the_body(name: str) -> None:
    for pose, view in (("sitting", "front"), ("standing", "side"), ("jumping", "three-quarter")):
        parts = islands(cover(drawn(name, pose, view)))
        assert sum(parts[1:]) < 12, (pose, view, parts)


@pytest.mark.parametrize("name", MAMMALS)
def test_a_front_view_keeps_all_anchors(name: str) -> None:
    for seed, pose in enumerate(("sitting", "standing", "standing", "sitting", "waving", "holding")):
        anchors = drawn(name, pose, seed=seed).anchors
        assert {key for key, at in anchors.items() if at} >= WORN, pose


@pytest.mark.parametrize("name", MAMMALS)
def test_a_waving_arm_rises_above_the_neck(name: str) -> None:
    sprite = drawn(name, "waving")
    neck = sprite.anchors["neck"]
    assert neck
    rows = np.nonzero(cover(sprite, "front_arm").any(1))[0]
    assert rows.min() / SCALE < neck[1] - 12


@pytest.mark.parametrize("name", MAMMALS)
def test_paws_hold_from_both_sides(name: str) -> None:
    """The thing lies at the anchor between torso and paws: the paws reach it, the head leaves it in sight."""
    sprite = drawn(name, "holding")
    hand = sprite.anchors["hand"]
    assert hand
    x, y = (round(value * SCALE) for value in hand[:2])
    paws, head = cover(sprite, "front_arm"), cover(sprite, "head")
    near = paws[y - 8 : y + 14]
    assert near[:, x - 18 : x].any()
    assert near[:, x : x + 18].any()
    assert paws[y - 10 : y + 10, x - 10 : x + 10].mean() < 0.75
    assert head[y - 5 : y + 12, x - 10 : x + 10].mean() < 0.2


@pytest.mark.parametrize(
    "name", [name for name in MAMMALS if name not in ("giraffe", "deer", "bunny", "goat")]
)
def test_a_sleeper_lies(name: str) -> None:
    for seed in range(3):
        sprite = drawn(name, "sleeping", seed=seed)
        assert sprite.width > sprite.height * 0.95, seed


@pytest.mark.parametrize("name", ["cat", "bear", "horse", "elephant", "duck", "butterfly"])
def test_seeds_change_the_silhouette(name: str) -> None:
    """Fitted into one square, the outlines of eight seeds differ by a good part of their area."""
    masks = []
    for seed in range(8):
        mask = cover(drawn(name, "sitting", "three-quarter" if seed % 2 else "front", seed))
        masks.append(np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize((64, 64))) > 127)
    shared = [(a & b).sum() / (a | b).sum() for i, a in enumerate(masks) for b in masks[:i]]
    assert np.mean(shared) < 0.92
    assert max(shared) < 0.999


@pytest.mark.parametrize("name", ["cat", "horse", "duck", "penguin", "dolphin", "bee", "turtle"])
def test_a_mirrored_animal_leans_the_other_way(name: str) -> None:
    right, left = (drawn(name, "standing", "side", facing=facing) for facing in (1, -1))
    assert right.tilt == pytest.approx(-left.tilt)
    assert right.width == pytest.approx(left.width)


@pytest.mark.parametrize("name", [name for name in BIRDS if name != "owl"])
def test_a_bird_from_the_side_shows_one_eye(name: str) -> None:
    assert drawn(name, "standing").anchors.get("eyes")
    assert drawn(name, "standing", "side").anchors.get("eyes") is None


def test_a_leaping_quadruped_stretches_more_than_one_that_stands() -> None:
    for name in ("horse", "cat", "goat"):
        wide = {
            pose: np.mean([drawn(name, pose, "side", seed).width for seed in range(6)])
            for pose in ("standing", "jumping")
        }
        assert wide["jumping"] > wide["standing"]
