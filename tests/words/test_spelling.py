"""Misspelt animals are put right only where no animal was understood."""

import pytest

from pawlette.words import understand
from pawlette.words.spelling import distance, nearest_name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("elefant", "elephant"), ("girafe", "giraffe"), ("pengwin", "penguin"), ("rabit", "rabbit")],
)
def test_nearest_name(typed, meant):
    assert nearest_name(typed) == meant


def test_far_words_are_left_alone():
    assert nearest_name("blorp") is None


def test_distance_counts_swaps_once():
    assert (distance("acb", "abc"), distance("", "ab"), distance("cat", "cut")) == (1, 2, 1)


def test_a_correction_is_told():
    reading = understand("a cute girafe")
    assert (reading.status, reading.scene.creatures[0].animal) == ("changed", "giraffe")
    assert "girafe" in reading.changed[0]
