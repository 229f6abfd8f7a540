"""Coats: every animal a little different, none of them another colour than its own."""

from __future__ import annotations

import colorsys
import random

import pytest

from pawlette.train.art.animals import HUES, SPECIES
from pawlette.train.art.animals.kinds import dress, lightness


def hsv(colour: str) -> tuple[float, float, float]:
    return colorsys.rgb_to_hsv(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))


@pytest.mark.parametrize("name", sorted(SPECIES))
def test_coats_vary_but_stay_near_the_species_own(name: str) -> None:
    kind = SPECIES[name]
    mains = [dress(kind, None, random.Random(seed)).main for seed in range(30)]
    assert len(set(mains)) > 8
    for main in mains:
        hue, depth, value = hsv(main)
        near = [
            (min(abs(hue - h), 1 - abs(hue - h)) * min(depth, d) < 0.03)
            and abs(depth - d) < 0.22
            and abs(value - v) < 0.12
            for h, d, v in (hsv(coat.main) for coat in kind.coats)
        ]
        assert any(near), main


def test_a_named_colour_is_the_nearest_of_all_named_colours() -> None:
    """A pink cat is nearer to pink than to any other word for a colour."""
    kind = SPECIES["cat"]
    for colour in ("pink", "blue", "green", "purple", "red", "black", "white"):
        for seed in range(10):
            main = dress(kind, colour, random.Random(seed)).main
            distance = {
                word: sum(abs(int(main[i : i + 2], 16) - int(hue[i : i + 2], 16)) for i in (1, 3, 5))
                for word, hue in HUES.items()
            }
            assert min(distance, key=lambda word: distance[word]) == colour


def test_white_stays_white() -> None:
    for seed in range(40):
        assert lightness(dress(SPECIES["polar bear"], None, random.Random(seed)).main) > 0.92


def test_markings_stay_darker_than_the_coat() -> None:
    for name in ("zebra", "panda", "tiger", "giraffe", "leopard", "cow"):
        for colour in (None, "black", "purple"):
            if colour is None or colour in SPECIES[name].recolours:
                coat = dress(SPECIES[name], colour, random.Random(4))
                ground = coat.light if SPECIES[name].part("recolour") == "light" else coat.main
                assert lightness(ground) > lightness(coat.dark)
