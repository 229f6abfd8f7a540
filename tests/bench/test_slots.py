"""What scenes say of each slot, and where they say nothing."""

import dataclasses
import random

import pytest

from pawlette.bench.slots import ANIMALS, SLOTS, SWIMMERS, kinds_of, labels_of, named, scene_from
from pawlette.train.art import compose
from pawlette.train.art.animals import SPECIES
from pawlette.train.art.things import ACCESSORIES, HELD
from pawlette.train.scenes import PLACES, sample_scene
from pawlette.words import read


def test_the_slots_know_all_that_the_generator_draws():
    assert tuple(sorted(SPECIES)) == ANIMALS
    assert set(PLACES) <= set(SLOTS["place"])
    assert set(ACCESSORIES) <= set(SLOTS["worn"])
    assert set(HELD) <= set(SLOTS["held"])
    assert {c for species in SPECIES.values() for c in species.recolours} <= set(SLOTS["colour"])
    assert compose.SWIMMERS == SWIMMERS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "two pink cats",
            {"animal": "cat", "count": "2", "colour": "pink", "place": "plain", "worn": "nothing"},
        ),
        ("a fox at night", {"place": "night sky", "colour": "own", "mood": "smiling", "action": "resting"}),
        (
            "a bear wearing a red party hat in the snow",
            {"worn": "party hat", "worn colour": "red", "place": "snow"},
        ),
        (
            "a panda holding an orange balloon",
            {"action": "holding", "held": "balloon", "held colour": "orange"},
        ),
        ("a colourful parrot", {"colour": "own"}),
    ],
)
def test_labels(text, said):
    assert said.items() <= labels_of(read(text)).items()


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("a cat and a blue dog", {"animal", "colour", "mood", "action"}),  # the answers of two kinds differ
        ("a dolphin", {"action"}),  # it swims, asked or not
        ("a sleeping cat", {"mood"}),
        ("a fox in the rain", {"place"}),  # some landscape, not a plain page
        ("a bear wearing a hat", {"worn colour"}),
    ],
)
def test_what_is_open_is_not_labelled(text, silent):
    assert not silent & labels_of(read(text)).keys()


def test_a_sticker_has_no_place():
    scene = dataclasses.replace(read("a cat"), transparent=True)
    assert not {"place", "weather"} & labels_of(scene).keys()


def test_a_scene_comes_back_from_its_record():
    for seed in range(50):
        scene = sample_scene(random.Random(seed))
        assert scene_from(dataclasses.asdict(scene)) == scene


def test_two_kinds_are_named_in_order():
    assert kinds_of(read("a dog and a cat")) == "cat and dog"


def test_named_is_what_a_prompt_has_to_say():
    assert named("colour", "pink")
    assert not any(named("any", value) for value in ("1", "own", "plain", "smiling", "nothing", "none"))
