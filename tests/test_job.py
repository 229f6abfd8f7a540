"""A Job holds only what can be drawn; nouns are frozen."""

import dataclasses

import pytest

from pawlette.errors import BadJob
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
