"""What is said is in the reader's language, and every suggestion is drawn as it stands."""

import re

import pytest

from pawlette.words import animals, understand
from pawlette.words.safety import CODES
from pawlette.words.say import refusal, suggestion


@pytest.mark.parametrize("language", ["en", "zh"])
def test_suggestions_are_accepted_for_every_animal(language):
    for animal in animals():
        reading = understand(suggestion(animal, language))
        assert (reading.status, reading.language, reading.scene.creatures[0].animal) == (
            "accepted",
            language,
            animal,
        )


@pytest.mark.parametrize("code", CODES)
def test_refusals_are_one_kind_sentence_in_each_language(code):
    assert not re.search("[\u4e00-\u9fff]", refusal(code, "a happy cat", "en"))
    assert not re.search("[A-Za-z]", refusal(code, "一只开心的猫", "zh"))
