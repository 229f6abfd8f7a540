"""The door: readings and refusals, and nothing else, for whatever anyone types."""

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawlette.errors import Refused
from pawlette.words import Scene, read, understand
from pawlette.words.lexicon import lexicon
from pawlette.words.sentence import spelt

BENCHMARK = ("a cute panda", "a smiling dolphin", "a fluffy bunny", "a baby elephant", "a colorful parrot")
KNOWN = [spelt(key) for key in lexicon().keys]


@pytest.mark.parametrize("text", BENCHMARK)
def test_the_benchmark_prompts_are_accepted(text):
    assert understand(text).status == "accepted"


def test_no_animal_of_the_lexicon_is_refused_alone():
    refused = [
        text
        for key, meanings in lexicon().keys.items()
        if any(m.slot == "animal" for m in meanings)
        for text in (spelt(key), f"a {spelt(key)}", f"一只{spelt(key)}")
        if understand(text).status == "refused"
    ]
    assert refused == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("cat " * 200, "too_long"),
        ("cat\x00", "control"),
        ("a lovely hat", "no_animal"),
        ("blorp", "no_animal"),
    ],
)
def test_refused_for_its_form(text, code):
    with pytest.raises(Refused) as caught:
        read(text)
    assert caught.value.code == code
    assert understand(caught.value.suggestion).status == "accepted"


def test_a_word_beside_a_harmful_one_is_not_taken_for_it():
    assert understand("a cat with zebra striping", studio=True).status == "accepted"
    assert understand("a cat stripping", studio=True).code == "sexual"


def test_unknown_words_are_dropped_and_named():
    reading = understand("a blorp panda")
    assert (reading.status, reading.dropped) == ("changed", ("blorp",))
    assert "blorp" in reading.message
    assert "blorp" not in reading.prompt.text


def test_names_become_animals():
    reading = understand("Pikachu in the park")
    assert reading.scene.creatures[0].animal == "mouse"
    assert "pikachu" in reading.changed[0]
    assert understand("小猪佩奇").scene.creatures[0].animal == "pig"


def test_refusals_are_in_the_readers_language():
    assert understand("拿枪的猫").language == "zh"
    assert understand("a cat with a gun").language == "en"
    assert read("a panda").language == "en"
    assert read("熊猫").language == "zh"


def test_the_json_object_has_its_keys():
    for text in ("a panda", "a blorp panda", "a dead panda"):
        fields = json.loads(json.dumps(understand(text).to_dict(), ensure_ascii=False))
        assert {
            "text",
            "status",
            "code",
            "message",
            "scene",
            "dropped",
            "changed",
            "suggestion",
            "language",
            "prompt",
        } == set(fields)


def test_studio_mode_takes_open_text_behind_the_tripwires():
    reading = understand("a wolf howling over Kyoto, ukiyo-e, dramatic light", studio=True)
    assert reading.status == "accepted"
    assert reading.prompt.scene is None
    assert "Kyoto" in reading.prompt.text
    for text in ("a n4ked girl", "gore everywhere", "a nazi bear", ""):
        assert understand(text, studio=True).status == "refused"


def test_a_style_may_be_asked_for_in_words_or_by_the_caller():
    assert understand("a watercolor of a cat").prompt.style == "watercolour"
    assert understand("a cat", style="crayon").prompt.style == "crayon"
    with pytest.raises(KeyError):
        understand("a cat", style="oil")


@pytest.mark.parametrize("studio", [False, True])
def test_a_fault_inside_is_a_refusal(monkeypatch, studio):
    def broken(text):
        raise ValueError(text)

    monkeypatch.setattr(sys.modules["pawlette.words.read"], "normalise", broken)
    assert understand("a panda", studio=studio).code == "cannot_check"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=600))
def test_any_text_gives_a_scene_or_a_refusal(text):
    code = None
    try:
        assert isinstance(read(text), Scene)
    except Refused as refused:
        code = refused.code
    assert code != "cannot_check"


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*KNOWN, ",", "。", "blorp", "小", "的"]), max_size=12))
def test_any_known_words_give_a_reading(words):
    reading = understand(" ".join(words))
    assert reading.code != "cannot_check"
    if reading.scene:
        assert 1 <= sum(creature.count for creature in reading.scene.creatures) <= 3
        assert reading.prompt.text.isascii()
