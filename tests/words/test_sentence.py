"""Sentences are cut into the longest known words, whatever the language."""

import pytest

from pawlette.words.sentence import cut


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a red panda", ["a", "red panda"]),
        ("killer whale", ["killer whale"]),
        ("小熊猫和小猫", ["小熊猫", "和", "小猫"]),
        ("一只 cute 的熊猫", ["一只", "cute", "的", "熊猫"]),
    ],
)
def test_cut(text, pieces):
    assert [piece.text for piece in cut(text)] == pieces


def test_unknown_words_have_no_meaning_and_stops_are_known():
    blorp, comma, cat = cut("blorp, cat")
    assert not blorp.known
    assert comma.has("stop")
    assert cat.get("animal").id == "cat"
