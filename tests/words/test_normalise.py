"""What hides a word is undone; plain text stays as it is."""

import pytest

from pawlette.words.normalise import normalise


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("A Cute PANDA", "a cute panda"),
        ("ｇｕｎ", "gun"),
        ("g\u200bu\u200cn", "gun"),
        ("bl\u00adoody", "bloody"),
        ("nаkеd", "naked"),  # Cyrillic а and е
        ("c4t w1th a kn1fe", "cat with a knife"),
        ("k.i.l.l.e.d", "killed"),
        ("s-t-a-b-b-i-n-g a fox", "stabbing a fox"),
        ("a b l o o d y bear", "a bloody bear"),
        ("血 淋 淋", "血淋淋"),
        ("流x血", "流血"),
        ("一隻可愛的貓咪", "一只可爱的猫咪"),
        ("🐻\u200d❄\ufe0f", "polar bear"),
        ("🐱🌈", "cat rainbow"),
        ("café cat", "cafe cat"),
        ("2cats", "2 cats"),
        ("t-rex", "t-rex"),
        ("3D panda!", "3d panda!"),
    ],
)
def test_normalised(typed, plain):
    assert normalise(typed).split() == plain.split()
