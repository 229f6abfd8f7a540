"""Composed pictures: the same from the same seed, animals inside the frame, nothing behind a sticker."""

import random

import numpy as np
import pytest

from pawlette.train.art.compose import boxes, can_show, draw_scene, scene_svg
from pawlette.train.art.places import PLACES
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


def test_no_pixel_of_a_sticker_touches_the_frame() -> None:
    for seed, scene in enumerate(SCENES):
        alone = Scene(scene.creatures, scene.mood, scene.action, scene.accessories, transparent=True)
        alpha = np.asarray(draw_scene(alone, seed, 128))[..., 3]
        edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert edge.max() == 0, alone
        assert 0.01 < (alpha > 128).mean() < 0.8, alone


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


def test_a_named_colour_is_the_animals_colour() -> None:
    def mean(colour: str) -> list[float]:
        scene = Scene((Creature("elephant", colour=colour),), transparent=True)
        pixels = np.asarray(draw_scene(scene, 4, 128)).reshape(-1, 4)
        return [float(x) for x in pixels[pixels[:, 3] > 200, :3].mean(axis=0)]

    pink, blue = mean("pink"), mean("blue")
    assert pink[0] > blue[0] + 20
    assert blue[2] - blue[0] > pink[2] - pink[0] + 20


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
