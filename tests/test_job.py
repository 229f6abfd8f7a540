"""A Job holds only what can be drawn; nouns are frozen."""

import dataclasses

import pytest

from pawlette.errors import BadJob
from pawlette.job import Finish
from tests.fakes import make_job


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"width": 100}, "100x32"),
        ({"height": 0}, "64x0"),
        ({"width": 8192, "height": 8192}, "8192x8192"),
        ({"seed": -1}, "-1"),
        ({"seed": 2**63}, "seed"),
        ({"steps": 0}, "steps"),
        ({"guidance": 0.5}, "guidance"),
        ({"guidance": float("nan")}, "guidance"),
    ],
)
def test_a_job_that_cannot_be_drawn_says_what_came(change, word):
    with pytest.raises(BadJob, match=word):
        make_job(**change)


def test_nouns_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_job().seed = 3


@pytest.mark.parametrize(
    ("text", "finish"),
    [
        ("0.6", Finish(0.6, 0.6)),
        ("off", Finish()),
        ("0", Finish()),
        ("cartoon", Finish(cartoon=1.0)),
        ("saturation=0.4, cartoon=0.3", Finish(0.4, 0.3)),
        ("saturation=0.4,cartoon", Finish(0.4, 1.0)),
    ],
)
def test_a_finish_is_read(text, finish):
    assert Finish.read(text) == finish
    assert bool(finish) == (finish != Finish())


@pytest.mark.parametrize(
    "text",
    ["", "1.5", "-1", "nan", "oil", "cartoon=", "cartoon=x", "cartoon,cartoon", "saturation=2", "0.4,0.3"],
)
def test_a_finish_that_is_none_says_what_came(text):
    with pytest.raises(BadJob, match=r"a finish (is off|has strengths)"):
        Finish.read(text)
