"""The prompts of the benchmark can be read, drawn by the generator, and named as files."""

import dataclasses

import pytest

from pawlette.bench.art_prompts import (
    FIVE,
    KINDS,
    ONE_ANIMAL,
    SLOT_PROMPTS,
    TRANSPARENT_PROMPTS,
    UNSEEN_PROMPTS,
    quick,
    wishes,
)
from pawlette.bench.slots import ANIMALS, labels_of, named
from pawlette.train.art.compose import can_show
from pawlette.train.scenes import held_out
from pawlette.words import read


def test_each_animal_is_read_as_itself():
    assert set(FIVE) <= set(ANIMALS)
    for animal in ANIMALS:
        assert [c.animal for c in read(ONE_ANIMAL.format(animal=animal)).creatures] == [animal]


@pytest.mark.parametrize("text", SLOT_PROMPTS)
def test_slot_prompts_name_something_that_the_generator_can_show(text):
    scene = read(text)
    assert can_show(scene)
    assert not held_out(scene)
    assert any(named(slot, value) for slot, value in labels_of(scene).items() if slot != "animal")


def test_unseen_prompts_are_combinations_held_out_of_training():
    assert all(held_out(read(text)) and can_show(read(text)) for text in UNSEEN_PROMPTS)


def test_transparent_prompts_can_be_shown_without_background():
    assert all(can_show(dataclasses.replace(read(text), transparent=True)) for text in TRANSPARENT_PROMPTS)


def test_enough_of_each_slot_is_asked():
    asked = [
        slot for text in SLOT_PROMPTS for slot, value in labels_of(read(text)).items() if named(slot, value)
    ]
    counts = {
        slot: asked.count(slot) for slot in ("count", "colour", "place", "action", "mood", "worn", "held")
    }
    assert min(counts.values()) >= 5, counts
    assert min(counts[slot] for slot in ("count", "colour", "place")) >= 15, counts


def test_seeds_and_files_are_unique_and_the_first_seeds_come_first():
    listed = wishes(seeds=5)
    assert len({wish.seed for wish in listed}) == len({wish.file for wish in listed}) == len(listed)
    kinds = [wish.kind for wish in listed]
    assert kinds.count("animals") == 300
    assert set(kinds) == set(KINDS)
    assert [wish.seed % 100 for wish in listed] == sorted(wish.seed % 100 for wish in listed)


def test_some_animals_keep_the_seeds_and_files_that_they_have_among_all():
    some = [wish for wish in wishes(animals=("zebra",)) if wish.kind == "animals"]
    assert [wish for wish in wishes() if wish.animal == "zebra"] == some
    assert len(some) == 5


def test_quick_is_a_few_of_each_kind():
    few = quick(wishes())
    assert {wish.kind for wish in few} == set(KINDS)
    assert len(few) < 25
    assert set(few) <= set(wishes())
