"""Crockery is dropped beside whom nobody eats and refused under whom somebody might; a garnish makes a dish."""

import pytest

from pawlette.words import understand


@pytest.mark.parametrize(
    "text",
    ["a magpie with a spoon", "a raccoon washing the dishes", "a rabbit carrying plates", "a fish in a bowl",
     "an otter with a saucepan on its head", "一只喜鹊叼着小勺子", "浣熊洗盘子"],
)  # fmt: skip
def test_crockery_is_dropped_and_named(text):
    reading = understand(text)
    assert reading.status == "changed"
    assert reading.dropped


@pytest.mark.parametrize(
    "text",
    ["a rabbit on a fork", "a duck and a plate", "a bunny in a bowl", "盘子上的小鸭", "a magpie on a plate"],
)
def test_an_animal_served_is_refused(text):
    assert understand(text).code == "dish"


@pytest.mark.parametrize(
    "text", ["a duck with lemon and herbs", "鸭子配柠檬和香草", "a fish with lemon slices"]
)
def test_a_garnished_animal_is_refused(text):
    assert understand(text).code == "food"


@pytest.mark.parametrize(
    "text", ["a bunny and a lemon tree", "a monkey eating a lemon", "a toucan with a lemon"]
)
def test_a_lemon_alone_is_fruit(text):
    assert understand(text).status in ("accepted", "changed")
