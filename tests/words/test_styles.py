"""Six styles at least, each told in both languages and each with a negative."""

import re

import pytest

from pawlette.words import STYLES
from pawlette.words.lexicon import rows
from pawlette.words.styles import DEFAULT


def test_the_six_styles_and_the_default():
    assert {"storybook", "watercolour", "crayon", "plush toy", "paper cut", "sticker"} <= set(STYLES)
    assert next(iter(STYLES)) == DEFAULT == "storybook"


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_style_says_what_it_is(style):
    assert style.english.isascii()
    assert re.search("[\u4e00-\u9fff]", style.chinese)
    assert "{background}" in style.template
    assert "{animal}" in style.template or "{whole}" in style.template
    assert "scary" in style.negative


def test_style_words_lead_to_styles():
    assert {row[0] for row in rows("styles")} == set(STYLES)
