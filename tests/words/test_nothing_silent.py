"""Nothing is dropped in silence: each word of a wish is in the Scene, or in what is said of it."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawlette.errors import Refused
from pawlette.words.choice import choose
from pawlette.words.handlers import CONNECTIVES
from pawlette.words.lexicon import lexicon, rows
from pawlette.words.normalise import normalise
from pawlette.words.read import read, understand
from pawlette.words.safety import judge

NO_CONTENT = {
    "filler", "join", "prep", "with", "stop", "one", "two", "three", "many", "small", "baby", "passive",
}  # fmt: skip
MEALS = ("eating", "drinking")
BECOMES = {
    "eating": MEALS, "drinking": MEALS, "hugging": "holding", "playing": "playing", "playing music": "playing",
}  # fmt: skip
"""What an action is called once it has its object: "hug a kite" holds it."""
ACTIONS = {row[0]: row[2].split(",")[0] for row in rows("actions")}
PLACES = {row[0]: row[2].split(",")[0] for row in rows("places")}


def silent(text):
    """The content words of a wish that are neither drawn nor spoken of; none where it was refused."""
    reading = understand(text)
    scene = reading.scene
    if scene is None:
        assert reading.message
        return []
    sentence = judge(normalise(text))
    return [
        piece.text
        for i, piece in enumerate(sentence.pieces)
        if i not in sentence.hidden and not is_named(piece.text, reading) and not is_drawn(sentence, i, scene)
    ]


def is_named(word, reading):
    return re.sub(" (a|an|the)$", "", word) in reading.message


def is_drawn(sentence, i, scene):
    """Whether the Scene holds what the word means here, or it means nothing that could be drawn."""
    piece, meaning = sentence.pieces[i], choose(sentence, i)
    if meaning is None:
        return False
    carried = " ".join([scene.action or "", *scene.accessories])
    action = scene.action or ""
    match meaning.slot:
        case "animal" | "name":
            breed = i > 0 and sentence.pieces[i - 1].has("animal")  # "a corgi dog"
            return breed or any(creature.animal == meaning.id for creature in scene.creatures)
        case "colour":
            return meaning.id in carried or any(one.colour == meaning.id for one in scene.creatures)
        case "look":
            return meaning.id == "cute" or any(meaning.id in one.looks for one in scene.creatures)
        case "action":
            own = BECOMES.get(meaning.id, meaning.id)
            return action.startswith(own) or meaning.id in action
        case "thing" | "accessory":
            return meaning.id in carried
        case "wear":
            return bool(scene.accessories)
        case "hold" | "eat":
            return action.startswith(("holding", "riding", "building", "playing", *MEALS)) or bool(
                scene.accessories
            )
        case "place" | "weather" | "season" | "time" | "mood" | "style":
            return getattr(scene, meaning.slot) == meaning.id
        case "comfort":
            return piece.text in CONNECTIVES
        case slot:
            return slot in NO_CONTENT


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_action_at_every_place(language):
    lost = {}
    for action, place in itertools.product(ACTIONS, PLACES):
        phrase = lexicon().phrases["place", place]
        text = (
            f"a cat {action} {phrase}" if language == "en" else f"一只猫在{PLACES[place]}里{ACTIONS[action]}"
        )
        scene = understand(text).scene
        if scene and (scene.action, scene.place) == (action, place):
            continue
        if words := silent(text):
            lost[text] = words
    assert lost == {}


@pytest.mark.parametrize(
    ("text", "action", "place"),
    [
        ("a cat flying in a forest", "flying", "forest"),
        ("a pink cat flying in the forest", "flying", "forest"),
        ("a cat flying in a big dark green forest", "flying", "forest"),
        ("a cat flying in a red balloon", "holding a red balloon", None),
        ("a cat sitting on a path", "sitting", "path"),
        ("一只猫在森林里飞", "flying", "forest"),
    ],
)
def test_a_way_to_be_there_is_not_a_thing_to_hold(text, action, place):
    scene = read(text)
    assert (scene.action, scene.place) == (action, place)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a cat holding a blorp", ["blorp", "holding"]),
        ("a cat wearing in the garden", ["wearing"]),
        ("a cat eating two apples", ["two"]),
        ("a dog dancing and eating an apple", ["eating", "apple"]),
        ("a dog hugging, holding a kite", ["hugging"]),
        ("a blue whale in the sea, pink", None),
        ("a red cat in the garden, green", ["green"]),
        ("a cat with a rainbow chocolate and a hat, jumping", None),
        ("a soft cosy fluffy striped spotted cat", None),
        ("a cat, a dog, a fox and a red bear", ["red", "bear"]),
        ("a cat soothed", ["soothed"]),
        ("一只猫拿着", ["拿着"]),
    ],
)
def test_what_finds_no_place_is_named(text, named):
    reading = understand(text)
    assert silent(text) == []
    if named is not None:
        assert list(reading.dropped) == named
        for word in named:
            assert word in reading.message


def test_words_of_the_lexicon_behind_an_animal():
    lost = {}
    for key in list(lexicon().keys)[::3]:
        latin = key[0].isascii()
        word = (" " if latin else "").join(key).replace(" 's", "'s")
        text = f"a panda {word}" if latin else f"一只熊猫{word}"
        if words := silent(text):
            lost[text] = words
    assert lost == {}


def words_of(*slots):
    """Ways to write words of these slots: (English, Chinese)."""
    found = ([], [])
    for key, meanings in lexicon().keys.items():
        if any(meaning.slot in slots for meaning in meanings):
            latin = key[0].isascii()
            found[not latin].append((" " if latin else "").join(key).replace(" 's", "'s"))
    return found


def maybe(words):
    return st.none() | st.sampled_from(words)


EN, ZH = zip(*(words_of(*slots) for slots in (
    ("mood",), ("look",), ("colour",), ("animal",), ("accessory",), ("action",), ("hold", "eat"), ("thing",),
    ("place",), ("weather", "season", "time"),
)), strict=True)  # fmt: skip
WISHES = st.one_of(
    st.tuples(
        st.sampled_from(["a", "two"]), *(maybe(words) for words in EN[:3]), st.sampled_from(EN[3]),
        maybe([f"wearing a {word}" for word in EN[4]]), maybe(EN[5]), maybe(EN[6]),
        maybe([f"a {word}" for word in EN[7]]), maybe(["and a", "with a", ","]), maybe(EN[3]),
        maybe([f"in a {word}" for word in EN[8]]), maybe(EN[9]),
    ).map(lambda parts: " ".join(part for part in parts if part)),
    st.tuples(
        st.sampled_from(["一只", "两只"]), *(maybe([f"{word}的" for word in words]) for words in ZH[:3]),
        st.sampled_from(ZH[3]), maybe([f"戴着{word}" for word in ZH[4]]), maybe([f"在{word}里" for word in ZH[8]]),
        maybe(ZH[5]), maybe(ZH[6]), maybe(ZH[7]), maybe(["和", "，"]), maybe(ZH[3]), maybe(ZH[9]),
    ).map(lambda parts: "".join(part for part in parts if part)),
)  # fmt: skip


@given(WISHES)
@settings(max_examples=400, deadline=None)
def test_whatever_is_wished_is_drawn_or_spoken_of(text):
    assert silent(text) == []


@given(WISHES)
@settings(max_examples=100, deadline=None)
def test_what_is_said_is_said_of_a_scene_that_is_read(text):
    understood = understand(text)
    if understood.scene is None:
        with pytest.raises(Refused):
            read(text)
    else:
        assert read(text) == understood.scene
