"""The lexicon holds enough words, in both languages, and answers about animals."""

import subprocess
import sys
from collections import Counter

import pytest

from pawlette.words import animals, name, nearest
from pawlette.words.lexicon import SLOTS, lexicon, plural_of, rows, tokens, verb_forms

SPECIES = [
    "panda",
    "dolphin",
    "bunny",
    "elephant",
    "parrot",
    "cat",
    "dog",
    "bear",
    "polar bear",
    "fox",
    "red panda",
    "koala",
    "lion",
    "tiger",
    "leopard",
    "pig",
    "mouse",
    "hamster",
    "squirrel",
    "monkey",
    "cow",
    "horse",
    "unicorn",
    "zebra",
    "giraffe",
    "sheep",
    "goat",
    "deer",
    "hippo",
    "raccoon",
    "wolf",
    "sloth",
    "otter",
    "hedgehog",
    "kangaroo",
    "frog",
    "turtle",
    "crocodile",
    "dinosaur",
    "dragon",
    "snake",
    "chick",
    "penguin",
    "owl",
    "duck",
    "flamingo",
    "toucan",
    "rooster",
    "whale",
    "fish",
    "shark",
    "octopus",
    "jellyfish",
    "crab",
    "seal",
    "snail",
    "butterfly",
    "bee",
    "ladybug",
    "caterpillar",
]
DRAWN = {
    "colour": "white, black, grey, brown, orange, yellow, pink, purple, blue, green, red, golden",
    "look": "fluffy, tiny, big, round",
    "mood": "smiling, happy, laughing, sleepy, winking, surprised",
    "action": "waving, jumping, sleeping, sitting, standing, holding a balloon, holding a heart, "
    "holding a flower, holding a gift, swimming, flying",
    "accessory": "hat, party hat, crown, bow, scarf, glasses, flower crown",
    "place": "meadow, forest, beach, snow, under water, party, bedroom, garden, mountains, city, "
    "desert, space, farm",
    "weather": "rainbow, raining, snowing, sunny, cloudy",
    "time": "night, day, sunset",
    "season": "spring, summer, autumn, winter",
}
LEAST = {
    "colour": 30,
    "look": 30,
    "action": 40,
    "accessory": 40,
    "place": 40,
    "mood": 20,
    "weather": 6,
    "season": 4,
}


def test_there_are_enough_animals_each_with_both_names():
    assert len(animals()) >= 300
    assert all(name(animal, "zh") and name(animal) == animal for animal in animals())


@pytest.mark.parametrize(("slot", "least"), LEAST.items())
def test_each_slot_has_enough_ids_with_chinese_names(slot, least):
    found = Counter(kind for kind, _ in lexicon().chinese)
    assert found[slot] >= least


def test_the_ids_that_the_builtin_model_draws_exist():
    assert [animal for animal in SPECIES if animal not in animals()] == []
    missing = [(slot, word) for slot, words in DRAWN.items() for word in words.split(", ")
               if (slot, word) not in lexicon().chinese]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize(
    "file", ["animals", "young", "names", "roles", "harm", "emoji", "traditional", *SLOTS.values()]
)
def test_data_lines_have_the_same_number_of_columns(file):
    assert len({len(row) for row in rows(file)}) == 1


def test_every_young_name_and_trademark_points_to_an_animal():
    assert {row[0] for row in rows("young")} | {row[0] for row in rows("names")} <= set(animals())


def test_verbs_are_inflected():
    assert verb_forms("hop up") == ["hop up", "hops up", "hopping up", "hopped up"]
    assert verb_forms("dance") == ["dance", "dances", "dancing", "danced"]
    assert verb_forms("=asleep") == ["asleep"]


def test_plurals():
    assert [plural_of(noun) for noun in ("fox", "puppy", "monkey", "cat")] == [
        "foxes",
        "puppies",
        "monkeys",
        "cats",
    ]
    assert lexicon().find(("mice",))[0].plural


def test_tokens_are_words_and_chinese_characters():
    assert tokens("chef's t-rex 两只") == ["chef", "'s", "t", "rex", "两", "只"]


def test_the_nearest_animals_share_a_group():
    drawn = ["cat", "dog", "horse", "frog", "parrot", "fish"]
    assert nearest("wolf", drawn)[0] == "dog"
    assert nearest("axolotl", drawn)[0] == "frog"
    assert nearest("toucan", drawn)[0] == "parrot"
    assert nearest("wolf", []) == ()


def test_import_brings_no_torch_and_reads_no_list():
    """What makes it quick: the lists are read when the first words are."""
    code = (
        "import sys, pawlette.words; from pawlette.words.lexicon import lexicon;"
        "print('torch' in sys.modules, lexicon.cache_info().currsize)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "0"]
