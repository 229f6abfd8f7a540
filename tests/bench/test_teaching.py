"""Lessons on small made-up drawings, read by a reader that sees only the mean colour."""

import dataclasses
import random

import pytest
import torch
from PIL import Image

from pawlette.bench.backdrops import SIZE, part
from pawlette.bench.emoji_art import FAMILIES, Art
from pawlette.bench.recognise import VIEWS
from pawlette.bench.teaching import Lesson, Seen, choose, read_or_load

BY_NAME = {family.name: family for family in FAMILIES}


def drawing(animal, family, colour=(200, 60, 60, 255)):
    return Art(animal, animal, BY_NAME[family], Image.new("RGBA", (32, 32), colour))


@pytest.fixture
def art():
    families = ("fluent-3d", "noto", "twemoji")
    return [drawing(animal, family) for family in families for animal in ("pig", "frog", "crab")]


def mean_colour(pictures):
    pixels = [p.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for p in pictures]
    return torch.tensor(pixels, dtype=torch.float32)


def test_evaluation_art_is_never_taught_and_animals_come_alike(art):
    chosen = choose(art, Lesson(("pig", "frog"), 60, 0), random.Random(0))
    assert {item.family.name for item in chosen} == {"fluent-3d", "noto"}
    assert [item.animal for item in chosen[:4]] == ["pig", "frog", "pig", "frog"]


def test_a_second_run_reads_nothing(art, tmp_path):
    lesson = Lesson(("pig", "frog"), 6, 0)
    first = read_or_load(art, lesson, lambda: mean_colour, tmp_path / "seen.safetensors")

    def fail():
        raise AssertionError("read again")

    second = read_or_load(art, lesson, fail, tmp_path / "seen.safetensors")
    assert torch.equal(first["taught"].values, second["taught"].values)
    assert second["twemoji"].labels == ["pig", "frog"]
    assert first["twemoji"].values.shape == (2, 2 * VIEWS, 3)
    for change in ({"seed": 1}, {"animals": ("pig", "crab")}):
        with pytest.raises(AssertionError, match="read again"):
            read_or_load(art, dataclasses.replace(lesson, **change), fail, tmp_path / "seen.safetensors")


def test_two_lessons_are_measured_on_the_same_pictures(art, tmp_path):
    fewer, more = (
        read_or_load(
            art, Lesson(animals, 4, 0), lambda: mean_colour, tmp_path / f"{len(animals)}.safetensors"
        )
        for animals in (("crab",), ("pig", "frog", "crab"))
    )
    assert torch.equal(fewer["noto"].values[0], more["noto"].values[2])


def test_where_keeps_the_rows_that_it_says():
    seen = Seen(torch.arange(3)[:, None], ["pig", "frog", "pig"], ["noto", "noto", "fluent"])
    kept = seen.where(lambda animal, school: animal == "pig" and school == "fluent")
    assert (kept.values.tolist(), kept.labels, kept.schools) == ([[2]], ["pig"], ["fluent"])


def test_part_is_the_whole_or_a_square_window():
    whole = Image.new("RGB", (SIZE, SIZE))
    sizes = {part(whole, random.Random(seed)).size for seed in range(40)}
    assert (SIZE, SIZE) in sizes
    assert all(width == height and width >= SIZE * 0.54 for width, height in sizes)
    assert len(sizes) > 5
