"""Composed pictures: the same from the same seed, animals inside the frame, nothing behind a sticker."""

import colorsys
import io
import random

import numpy as np
import pytest
import resvg_py
from PIL import Image

from pawlette.train.art.compose import boxes, can_show, draw_scene, scene_svg
from pawlette.train.art.places import PLACES
from pawlette.train.art.things import ACCESSORIES, HELD, draw_thing, with_colour
from pawlette.train.scenes import sample_scene
from pawlette.words.scene import Creature, Scene

PANDA = (Creature("panda"),)
SCENES = [sample_scene(random.Random(seed)) for seed in range(60)]


def test_the_same_seed_gives_the_same_bytes() -> None:
    for seed, scene in enumerate(SCENES[:6]):
        assert draw_scene(scene, seed).tobytes() == draw_scene(scene, seed).tobytes()


def test_another_seed_gives_another_picture() -> None:
    assert scene_svg(Scene(PANDA), 1) != scene_svg(Scene(PANDA), 2)


@pytest.mark.parametrize("size", [64, 256])
def test_pictures_are_rgba_of_the_size_asked_for(size: int) -> None:
    picture = draw_scene(Scene(PANDA, place="meadow"), 3, size)
    assert picture.mode == "RGBA"
    assert picture.size == (size, size)
    assert np.asarray(picture)[..., 3].min() == 255  # a background leaves nothing see-through


def test_animals_stay_inside_the_frame() -> None:
    for seed, scene in enumerate(SCENES):
        for box in boxes(scene, seed):
            assert min(box.left, box.top) >= 0, scene
            assert max(box.right, box.bottom) <= 256, scene


def test_there_is_a_box_for_each_animal_and_little_overlap() -> None:
    for seed, scene in enumerate(SCENES):
        found = boxes(scene, seed)
        assert len(found) == sum(creature.count for creature in scene.creatures)
        for i, a in enumerate(found):
            for b in found[i + 1 :]:
                across = max(0.0, min(a.right, b.right) - max(a.left, b.left))
                along = max(0.0, min(a.bottom, b.bottom) - max(a.top, b.top))
                assert across * along <= 0.35 * min(a.width * a.height, b.width * b.height), scene


def test_a_single_animal_fills_the_picture() -> None:
    def filled(creature: Creature) -> list[float]:
        scene = Scene((creature,), place="meadow")
        found = [boxes(scene, seed)[0] for seed in range(40)]
        return sorted(max(box.width, box.height) / 256 for box in found)

    usual, tiny, big = (filled(Creature("cat", looks=looks)) for looks in ((), ("tiny",), ("big",)))
    assert usual[0] > 0.6
    assert 0.7 < usual[20] < 0.88
    assert tiny[-1] < 0.5
    assert big[0] > 0.85
    assert filled(Creature("cat", baby=True))[20] < usual[20] - 0.08


def test_the_animals_of_a_pair_are_of_one_size() -> None:
    for seed in range(30):
        a, b = boxes(Scene((Creature("penguin", 2),), place="snow"), seed)
        assert 0.7 < a.height / b.height < 1.43


def test_no_pixel_of_a_sticker_touches_the_frame() -> None:
    for seed, scene in enumerate(SCENES[:30]):
        alone = Scene(scene.creatures, scene.mood, scene.action, scene.accessories, transparent=True)
        for sticker in (False, True):
            alpha = np.asarray(draw_scene(alone, seed, 128, sticker=sticker))[..., 3]
            edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
            assert edge.max() == 0, alone
            assert 0.01 < (alpha > 128).mean() < 0.8, alone


def test_a_sticker_has_a_white_border_five_wide() -> None:
    scene = Scene((Creature("fox"),), transparent=True)
    bare, cut = (np.asarray(draw_scene(scene, 3, sticker=sticker)).astype(int) for sticker in (False, True))
    border = (cut[..., 3] == 255) & (bare[..., 3] == 0)
    assert (cut[border][:, :3] == 255).all()
    assert (cut[bare[..., 3] == 255] == bare[bare[..., 3] == 255]).all()
    row = bare[128, :, 3].nonzero()[0][0] - cut[128, :, 3].nonzero()[0][0]
    assert 4 <= row <= 9  # five, and more where the edge is slanting


def test_only_what_has_no_background_becomes_a_sticker() -> None:
    scene = Scene(PANDA, place="farm")
    assert draw_scene(scene, 3, 64, sticker=True).tobytes() == draw_scene(scene, 3, 64).tobytes()


def test_a_large_picture_is_the_same_picture() -> None:
    for seed, scene in enumerate(SCENES[:4]):
        small = np.asarray(draw_scene(scene, seed, 128).convert("RGB")).astype(float)
        large = draw_scene(scene, seed, 256).convert("RGB").resize((128, 128), Image.Resampling.BOX)
        assert np.abs(small - np.asarray(large)).mean() < 2.5


def test_what_is_not_named_is_not_drawn() -> None:
    """A page without place and weather is light and pastel: no night, no snow-white ground, no sun."""
    for seed in range(30):
        page = np.asarray(draw_scene(Scene((Creature("cat", looks=("tiny",)),)), seed, 64))[:, :, :3]
        corners = page[[2, 2, 61, 61], [2, 61, 2, 61]].astype(int)
        assert corners.min() > 150
        assert (corners.max(axis=1) - corners.min(axis=1)).max() < 90


@pytest.mark.parametrize("place", [None, *PLACES])
def test_every_place_is_drawn_in_every_light(place: str | None) -> None:
    pictures = [
        draw_scene(Scene(PANDA, place=place, time=time, weather=weather, season=season), 5, 32).tobytes()
        for time, weather, season in [
            (None, None, None), ("night", None, None), ("sunset", None, None), (None, "raining", None),
            (None, "snowing", None), (None, "rainbow", None), (None, "sunny", None), (None, "cloudy", None),
            (None, None, "autumn"),
        ]
    ]  # fmt: skip
    assert len(pictures[0]) == 32 * 32 * 4
    assert place in ("under water", "space", "party", "bedroom") or len(set(pictures)) == len(pictures)


HUE_OF = {"pink": (310, 355), "blue": (195, 230), "purple": (250, 290), "green": (95, 160),
          "orange": (15, 40), "yellow": (38, 60), "red": (340, 372)}  # fmt: skip


@pytest.mark.parametrize("colour", HUE_OF)
@pytest.mark.parametrize("animal", ["elephant", "cat", "dog", "bunny"])
def test_a_named_colour_is_the_animals_colour(animal: str, colour: str) -> None:
    """The hue of what is neither white nor black nor dull, on the mean of the circle, and strong."""
    scene = Scene((Creature(animal, colour=colour),), transparent=True)
    pixels = np.asarray(draw_scene(scene, 4, 96)).reshape(-1, 4)
    shares = [colorsys.rgb_to_hsv(*(pixel[:3] / 255)) for pixel in pixels if pixel[3] > 200]
    strong = [hue for hue, saturation, value in shares if saturation > 0.25 and value > 0.5]
    assert len(strong) > 0.4 * len(shares)
    angles = np.exp(2j * np.pi * np.array(strong))
    low, high = HUE_OF[colour]
    assert low <= (np.degrees(np.angle(angles.mean())) - low + 20) % 360 + low - 20 <= high


@pytest.mark.parametrize("item", [*ACCESSORIES, *HELD])
def test_things_have_the_colour_that_is_named(item: str) -> None:
    picture = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='-60 -110 120 220'>{}</svg>"
    drawn = picture.format(draw_thing(f"blue {item}", "t", random.Random(2)))
    png = resvg_py.svg_to_bytes(svg_string=drawn, width=60, height=110)
    pixels = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA")).reshape(-1, 4).astype(int)
    opaque = pixels[pixels[:, 3] > 200]
    blue = (opaque[:, 2] > opaque[:, 0] + 40) & (opaque[:, 2] > opaque[:, 1])
    assert blue.mean() > (0.15 if item == "flower crown" else 0.3)


def test_clothes_of_no_named_colour_differ_from_the_coat() -> None:
    for seed in range(20):
        assert not with_colour("scarf", "red", random.Random(seed)).startswith("red")
    assert with_colour("blue scarf", "blue", random.Random(1)) == "blue scarf"


def test_what_is_worn_and_held_is_drawn() -> None:
    bare = scene_svg(Scene(PANDA, action="sitting", transparent=True), 8)
    for accessory in ("hat", "party hat", "crown", "bow", "red scarf", "glasses", "flower crown"):
        dressed = scene_svg(Scene(PANDA, action="sitting", accessories=(accessory,), transparent=True), 8)
        assert len(dressed) > len(bare) * 1.02 or dressed.count("<") > bare.count("<")
    for item in ("balloon", "red heart", "flower", "gift"):
        assert can_show(Scene(PANDA, action=f"holding a {item}"))


def test_a_body_without_hands_holds_nothing() -> None:
    scene = Scene((Creature("dolphin"),), action="holding a gift")
    assert not can_show(scene)
    with pytest.raises(ValueError, match="dolphin"):
        draw_scene(scene, 1)
