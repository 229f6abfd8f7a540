"""The scenes that are sampled: how often what comes, nothing that the art cannot draw, nothing held out."""

import random
from collections import Counter

from pawlette.train.art.animals import SPECIES
from pawlette.train.art.compose import SWIMMERS, can_show
from pawlette.train.art.places import INDOORS, PLACES
from pawlette.train.scenes import ARMLESS, FAVOURITES, HELD_OUT, colours, held_out, sample_scene
from pawlette.words.scene import Creature, Scene

RNG = random.Random(7)
SCENES = [sample_scene(RNG) for _ in range(6000)]


def share(count: int) -> float:
    return count / len(SCENES)


def animals(scene: Scene) -> int:
    return sum(creature.count for creature in scene.creatures)


def test_the_same_seed_gives_the_same_scenes() -> None:
    first, second = random.Random(1), random.Random(1)
    assert [sample_scene(first) for _ in range(20)] == [sample_scene(second) for _ in range(20)]


def test_counts() -> None:
    counts = Counter(animals(scene) for scene in SCENES)
    assert set(counts) == {1, 2, 3}
    assert abs(share(counts[1]) - 0.55) < 0.04
    assert abs(share(counts[2]) - 0.3) < 0.04
    assert abs(share(counts[3]) - 0.15) < 0.03
    assert 0.08 < share(sum(len(scene.creatures) > 1 for scene in SCENES)) < 0.18


def test_every_species_comes_and_the_favourites_more_often() -> None:
    kinds = Counter(creature.animal for scene in SCENES for creature in scene.creatures)
    assert set(kinds) == set(SPECIES)
    others = [kinds[name] for name in SPECIES if name not in FAVOURITES]
    usual = sum(others) / len(others)
    for name in FAVOURITES:
        assert 1.8 < kinds[name] / usual < 3.3


def test_backgrounds() -> None:
    assert abs(share(sum(scene.transparent for scene in SCENES)) - 0.12) < 0.03
    assert abs(share(sum(scene.place is None for scene in SCENES)) - 0.43) < 0.05
    nights = sum(scene.place is None and scene.time == "night" for scene in SCENES)
    assert share(nights) > 0.02
    assert {scene.place for scene in SCENES} == {None, *PLACES}


def test_simple_scenes_are_frequent() -> None:
    bare = [s for s in SCENES if not (s.mood or s.action or s.accessories or s.weather or s.time or s.season)]
    assert 0.18 < share(len(bare)) < 0.35


def test_accessories_come_in_two_of_five() -> None:
    assert abs(share(sum(bool(scene.accessories) for scene in SCENES)) - 0.4) < 0.05


def test_colours_are_named_in_a_third_and_can_be_drawn() -> None:
    creatures = [creature for scene in SCENES for creature in scene.creatures]
    named = [creature for creature in creatures if creature.colour]
    assert abs(len(named) / len(creatures) - 0.34) < 0.05
    assert all(creature.colour in colours(creature.animal) for creature in named)


def test_no_colour_turns_an_animal_into_another() -> None:
    assert "red" not in colours("panda")
    assert "black and white" in colours("panda")


def test_scenes_make_sense() -> None:
    for scene in SCENES:
        assert can_show(scene)
        assert not (scene.transparent and (scene.place or scene.weather or scene.time or scene.season))
        assert not (scene.place in (*INDOORS, "under water", "space") and scene.weather)
        assert not (scene.weather in ("rainbow", "sunny") and scene.time == "night")
        assert scene.action != "sleeping" or scene.mood is None
        if scene.action in ("sitting", "standing", "waving"):
            assert not any(creature.animal in SWIMMERS for creature in scene.creatures)
        if scene.action == "waving":
            assert not any(creature.animal in ARMLESS for creature in scene.creatures)


def test_held_out_scenes_are_never_sampled() -> None:
    assert not any(held_out(scene) for scene in SCENES)
    assert len(HELD_OUT) >= 5


def test_held_out_scenes_are_known_as_such() -> None:
    assert held_out(Scene((Creature("koala"),), accessories=("purple scarf",)))
    assert not held_out(Scene((Creature("koala"),), accessories=("red scarf",)))
    assert held_out(Scene((Creature("cat"), Creature("koala")), accessories=("purple scarf", "hat")))
    assert held_out(Scene((Creature("elephant", colour="pink"),), place="snow"))
    assert not held_out(Scene((Creature("elephant"),), place="snow"))
    assert held_out(Scene((Creature("penguin", 3),), place="beach"))
    assert not held_out(Scene((Creature("penguin", 2),), place="beach"))
    assert held_out(Scene((Creature("panda"),), action="holding a red balloon", place="space"))
