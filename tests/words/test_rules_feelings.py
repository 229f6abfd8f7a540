"""Fears that end well are left out and named; laughing at somebody is refused, at a joke it is merry."""

import pytest

from pawlette.words import understand


@pytest.mark.parametrize(
    ("text", "fear", "animal"),
    [
        (
            "a little duck was afraid of the big wave, but her mother held her",
            "afraid of the big wave",
            "duck",
        ),
        ("the lamb was scared of thunder until his friend sang to him", "scared of thunder", "sheep"),
        ("小鸭子害怕大浪，可是妈妈抱住了它", "害怕大浪", "duck"),
    ],
)
def test_a_small_fear_goes_and_the_gentle_part_stays(text, fear, animal):
    reading = understand(text)
    assert reading.status == "changed"
    assert any(fear in sentence for sentence in reading.changed)
    assert [creature.animal for creature in reading.scene.creatures] == [animal]
    assert (reading.scene.action, reading.scene.weather) == (None, None)


def test_fear_in_the_dark_without_comfort_is_refused():
    assert understand("a scared rabbit in the dark").code == "scary"


def test_a_knife_is_no_small_fear():
    assert understand("a cat scared of the knife, but mum came").status == "refused"


@pytest.mark.parametrize("text", ["two hens laughing at a joke", "a donkey laughing at a funny clown"])
def test_laughing_at_a_joke(text):
    assert understand(text).scene.mood == "laughing"


@pytest.mark.parametrize(
    "text", ["everyone is laughing at the pig", "a bear laughed at by others", "大家笑话小猪"]
)
def test_laughing_at_somebody(text):
    assert understand(text).code == "cruelty"
