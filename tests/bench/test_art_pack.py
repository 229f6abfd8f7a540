"""Art packed, unpacked, and made into scenes by other processes."""

import random

import numpy as np
import pytest
from PIL import Image

from pawlette.bench.art_pack import Shelves, for_teaching, pack, scene_makers, unpack, waiting
from pawlette.bench.backdrops import SIZE
from pawlette.bench.emoji_art import FAMILIES, NAMES, Art
from pawlette.bench.slots import ANIMALS
from pawlette.errors import BadPicture

BY_NAME = {family.name: family for family in FAMILIES}


def drawing(animal, family, colour):
    picture = Image.new("RGBA", (64, 64))
    picture.paste(colour, (16, 16, 48, 48))
    return Art(animal, animal, BY_NAME[family], picture)


@pytest.fixture
def art():
    return [
        drawing("pig", "fluent-3d", (240, 150, 160, 255)),
        drawing("frog", "noto", (60, 200, 60, 255)),
        drawing("owl", "twemoji", (120, 80, 40, 255)),
    ]


def test_the_families_draw_all_but_two_of_our_animals():
    assert set(ANIMALS) - set(NAMES) == {"red panda", "toucan"}
    assert set(NAMES) <= set(ANIMALS)


def test_a_pack_is_the_same_art_again(art, tmp_path):
    assert pack(art, tmp_path, side=32) == 3
    again = unpack(tmp_path)
    assert [(a.animal, a.name, a.family) for a in again] == [(a.animal, a.name, a.family) for a in art]
    assert {a.picture.size for a in again} == {(32, 32)}
    assert again[0].picture.getpixel((0, 0))[3] == 0
    assert np.abs(np.array(again[1].picture.getpixel((16, 16))) - (60, 200, 60, 255)).max() < 12


def test_a_folder_that_is_no_pack(tmp_path):
    with pytest.raises(BadPicture, match="no"):
        unpack(tmp_path)


def test_evaluation_art_is_on_no_shelf(art):
    assert [a.animal for a in for_teaching(art)] == ["pig", "frog"]
    shelves = Shelves(art)
    assert shelves.animals == ("frog", "pig")
    pictures, animals = shelves.scenes(8, random.Random(0))
    assert pictures.shape == (8, SIZE, SIZE, 3)
    assert set(animals) == {"frog", "pig"}
    again, _ = shelves.scenes(8, random.Random(0))
    assert np.array_equal(pictures, again)


def test_makers_fill_the_queue_until_the_block_ends(art, tmp_path):
    pack(art, tmp_path)
    with scene_makers(tmp_path, workers=1, seed=0) as parcels:
        pictures, animals = parcels.get(timeout=60)
        assert len(pictures) == len(animals)
        assert len(list(waiting(parcels, at_most=1))) <= 1
    assert set(animals) <= {"frog", "pig"}
