"""Scenes become the same English text every time, in every style."""

import itertools

import pytest

from pawlette.words import STYLES, Creature, Scene, compose
from pawlette.words.lexicon import lexicon


def panda(**slots):
    return Scene((Creature("panda"),), **slots)


def test_the_storybook_text_is_the_studys():
    text = "a cute cartoon panda, big eyes, soft fur, pastel background, children's book style"
    assert compose(panda()).text == text


@pytest.mark.parametrize(
    ("scene", "parts"),
    [
        (Scene((Creature("elephant", 1, True, "pink"),), mood="smiling", accessories=("red scarf",)),
         ["smiling pink baby elephant wearing a red scarf", "smooth skin"]),
        (panda(place="meadow", weather="rainbow"), ["in a meadow, under a rainbow"]),
        (Scene((Creature("cat", 2),)), ["two cute cartoon cats"]),
        (Scene((Creature("cat", 1, True), Creature("dog"))), ["kitten and a dog"]),
        (Scene((Creature("cat"), Creature("dog"), Creature("owl"))), ["cat, a dog and an owl"]),
        (Scene((Creature("owl"),)), ["soft feathers"]),
        (panda(accessories=("glasses",)), ["wearing glasses"]),
        (panda(transparent=True, place="beach"), ["transparent background"]),
    ],
)  # fmt: skip
def test_every_slot_is_told(scene, parts):
    assert all(part in compose(scene).text for part in parts)


def test_mixed_covers_name_none():
    assert "soft" not in compose(Scene((Creature("cat"), Creature("owl")))).text


def test_a_place_replaces_the_plain_background():
    assert "pastel background" not in compose(panda(place="beach")).text


@pytest.mark.parametrize("style", STYLES)
def test_every_lexicon_id_composes_in_every_style(style):
    book = lexicon()
    slots = {
        slot: [word for kind, word in book.chinese if kind == slot]
        for slot in ("colour", "look", "mood", "action", "accessory", "place", "weather", "season", "time")
    }
    for number, animal in enumerate(book.animals):
        pick = {slot: words[number % len(words)] for slot, words in slots.items()}
        creature = Creature(animal, number % 3 + 1, number % 2 == 0, pick["colour"], (pick["look"],))
        scene = Scene(
            (creature,),
            pick["mood"],
            pick["action"],
            (pick["accessory"],),
            pick["place"],
            pick["weather"],
            pick["season"],
            pick["time"],
        )
        prompt = compose(scene, style)
        assert "{" not in prompt.text
        assert "None" not in prompt.text
        assert "  " not in prompt.text
        assert prompt.text == compose(scene, style).text
        assert prompt.text.isascii()


def test_sticker_is_transparent_and_no_other_style_is():
    assert [style.name for style in STYLES.values() if style.transparent] == ["sticker"]


def test_different_slots_give_different_texts():
    scenes = [
        panda(place=place, mood=mood)
        for place, mood in itertools.product(("beach", "forest"), ("happy", "sleepy"))
    ]
    assert len({compose(scene).text for scene in scenes}) == 4
