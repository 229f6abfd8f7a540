"""A thing with its colour, taken apart as the handlers put it together."""

import pytest

from pawlette.words import read
from pawlette.words.things import held_item, split_colour


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("red scarf", ("red", "scarf")),
        ("light blue party hat", ("light blue", "party hat")),
        ("black and white scarf", ("black and white", "scarf")),
        ("party hat", (None, "party hat")),
        ("crown", (None, "crown")),
        ("orange slice", (None, "orange slice")),
        ("orange", (None, "orange")),
    ],
)
def test_a_colour_is_taken_off_a_thing_that_has_one(words, parts):
    assert split_colour(words) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a bear wearing a silver crown", ("silver", "crown")),
        ("a cat wearing glasses", (None, "glasses")),
    ],
)
def test_what_was_read_is_taken_apart(text, parts):
    (worn,) = read(text).accessories
    assert split_colour(worn) == parts


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("a panda holding an orange balloon", "orange balloon"),
        ("a panda holding a heart", "heart"),
        ("a panda waving", None),
        ("a panda", None),
    ],
)
def test_what_is_held_is_the_action_without_its_verb_and_article(text, item):
    assert held_item(read(text).action) == item
