"""What is published of a benchmark, from made-up figures."""

import json

import pytest

from pawlette.bench.recognition_card import as_report, published
from pawlette.bench.recognition_report import report


def figures(own):
    one = {"drawings": 2, "animals": 2, "accuracy": own, "accuracy_in_scenes": own / 2}
    return {"never_seen": {"twemoji": {"together": one}}}


SCORES = {
    "model": report(["pig", "pig", "frog", "frog"], ["pig", "frog", "frog", "owl"], own={}),
    "generator": report(["pig", "frog"], ["pig", "frog"], own={}),
}


def test_ratios_are_to_the_recognisers_own_accuracy_and_to_the_generators():
    result = json.loads(json.dumps(published(figures(0.8), SCORES)))
    assert list(result["ratio"].values()) == pytest.approx([0.625, 1.25, 0.5])
    assert result["model"]["confusion"] == {"pig": {"pig": 1, "frog": 1}, "frog": {"frog": 1, "owl": 1}}


@pytest.mark.parametrize(("own", "word"), [(0.8, "missed"), (0.7, "reached")])
def test_the_page_says_whether_the_goal_is_reached(own, word):
    page = as_report(figures(own), SCORES)
    assert f"is {word}." in page
    assert "| frog | 1/2 | owl 1 |" in page
