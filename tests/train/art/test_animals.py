"""The drawn animals: every species in every expression and pose is whole, inside its box, and its own."""

from __future__ import annotations

import io
import random
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import resvg_py
from PIL import Image

from pawlette.train.art.animals import EXPRESSIONS, LAYERS, POSES, SPECIES, VIEWS, Look, Sprite, draw_animal

NAMES = sorted(SPECIES)
BENCHMARK = ("panda", "dolphin", "bunny", "elephant", "parrot")
MARGIN = 12


def document(sprite: Sprite, margin: float = 0) -> str:
    w, h = sprite.width + 2 * margin, sprite.height + 2 * margin
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-margin} {-margin} {w} {h}" '
        f'width="{w}" height="{h}">'
        f"{sprite.svg}</svg>"
    )


def alpha(sprite: Sprite, margin: int = 0) -> np.ndarray:
    """The sprite's coverage at one pixel a unit, with some room around."""
    size = (round(sprite.width) + 2 * margin, round(sprite.height) + 2 * margin)
    png = resvg_py.svg_to_bytes(
        svg_string=document(sprite, margin), width=size[0], height=size[1], skip_system_fonts=True
    )
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))[..., 3]


@pytest.mark.parametrize("name", NAMES)
def test_every_expression_and_pose_is_well_formed(name: str) -> None:
    for expression in EXPRESSIONS:
        for pose in POSES:
            rng = random.Random(f"{name}{expression}{pose}")
            look = Look(
                name,
                expression=expression,
                pose=pose,
                view=rng.choice(VIEWS),
                facing=rng.choice((-1, 1)),
                baby=rng.random() < 0.3,
            )
            sprite = draw_animal(look, rng)
            root = ElementTree.fromstring(document(sprite))
            names = [element.get("id") for element in root.iter() if element.get("id")]
            assert len(names) == len(set(names))
            assert "nan" not in sprite.svg
            assert tuple(layer for layer, _ in sprite.layers) == LAYERS


@pytest.mark.parametrize("name", NAMES)
def test_fills_its_box_and_stays_inside(name: str) -> None:
    for k, pose in enumerate(("sitting", "standing", "waving", "jumping", "sleeping")):
        look = Look(name, pose=pose, view=VIEWS[k % 3], facing=1 if k % 2 else -1, fluffy=k == 1)
        sprite = draw_animal(look, random.Random(k))
        cover = alpha(sprite, MARGIN)
        assert cover[MARGIN:-MARGIN, MARGIN:-MARGIN].mean() > 40
        outside = cover.copy()
        outside[MARGIN - 1 : 1 - MARGIN, MARGIN - 1 : 1 - MARGIN] = 0
        assert outside.max() == 0
        rows, columns = np.nonzero(cover > 20)
        assert max(rows.min(), columns.min()) < MARGIN + 6
        assert columns.max() > cover.shape[1] - MARGIN - 7


@pytest.mark.parametrize("name", NAMES)
def test_anchors_lie_inside_the_box(name: str) -> None:
    for view in VIEWS:
        sprite = draw_animal(Look(name, view=view, facing=-1), random.Random(3))
        assert sprite.anchors["head_top"]
        assert sprite.anchors["feet"]
        for at in sprite.anchors.values():
            assert at is None or (0 <= at[0] <= sprite.width and 0 <= at[1] <= sprite.height and at[2] > 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_and_another_does_not(name: str) -> None:
    look = Look(name)
    assert draw_animal(look, random.Random(5)) == draw_animal(look, random.Random(5))
    plain = {draw_animal(look, random.Random(seed)).width for seed in range(4)}
    assert len(plain) > 1


@pytest.mark.parametrize("name", NAMES)
def test_a_named_colour_shows(name: str) -> None:
    """The coat's red and blue differ in the picture as their names say."""
    means = {}
    for colour in ("pink", "blue"):
        if colour in SPECIES[name].recolours:
            sprite = draw_animal(Look(name, colour=colour), random.Random(1))
            png = resvg_py.svg_to_bytes(
                svg_string=document(sprite), width=64, height=64, skip_system_fonts=True
            )
            picture = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA")).astype(float)
            means[colour] = picture[picture[..., 3] > 200][:, :3].mean(0)
    if len(means) == 2:
        warmth = {colour: mean[0] - mean[2] for colour, mean in means.items()}
        assert warmth["pink"] > warmth["blue"] + 10


def test_expressions_differ() -> None:
    for name in BENCHMARK:
        drawn = {
            draw_animal(Look(name, expression=expression), random.Random(2)).svg for expression in EXPRESSIONS
        }
        assert len(drawn) == len(EXPRESSIONS)


def test_facing_mirrors() -> None:
    right = draw_animal(Look("dolphin", facing=1), random.Random(4))
    left = draw_animal(Look("dolphin", facing=-1), random.Random(4))
    head, mirrored = right.anchors["head_top"], left.anchors["head_top"]
    assert head
    assert mirrored
    assert head[0] > right.width / 2 > mirrored[0]


def test_two_eyes_can_wear_glasses() -> None:
    assert draw_animal(Look("panda"), random.Random(1)).anchors.get("eyes")
    assert draw_animal(Look("dolphin"), random.Random(1)).anchors.get("eyes") is None


def test_a_baby_has_the_larger_head() -> None:
    for name in ("elephant", "cat", "bear"):
        grown, baby = (draw_animal(Look(name, baby=baby), random.Random(6)) for baby in (False, True))
        share = [sprite.anchors["head_top"][2] / sprite.height for sprite in (grown, baby)]  # type: ignore[index]
        assert share[1] > share[0]


def test_mammals_have_two_body_plans() -> None:
    front = draw_animal(Look("horse", pose="standing", view="front"), random.Random(7))
    side = draw_animal(Look("horse", pose="standing", view="side"), random.Random(7))
    assert side.width / side.height > front.width / front.height * 1.2


def test_sixty_species() -> None:
    assert len(SPECIES) == 60
    assert set(BENCHMARK) <= set(SPECIES)
