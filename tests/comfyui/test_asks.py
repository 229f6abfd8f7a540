"""A node's inputs become Jobs; a queue's prompts are looked into as far as their inputs stand in them."""

import pytest

from pawlette.comfyui.asks import KID, MOST_PICTURES, STUDIO, Outlook, asked_of, wish_of
from pawlette.comfyui.desk import Wish
from pawlette.errors import BadJob, Refused
from pawlette.studio import Studio
from tests.fakes import FakeModel


@pytest.fixture(scope="module")
def studio():
    return Studio(load=lambda folder, device: FakeModel())


def prompt(words="a cat", **inputs):
    return {
        "1": {"class_type": "PawletteLoad", "inputs": {"model": "builtin", "gate": "kid"}},
        "2": {
            "class_type": "PawletteDraw",
            "inputs": {"pawlette": ["1", 0], "words": words, "seed": 3} | inputs,
        },
    }


def test_a_load_nodes_inputs():
    assert wish_of("builtin", "bf16", STUDIO, device="cpu") == Wish(
        "builtin", "cpu", "bf16", studio_mode=True
    )
    found = wish_of("x", lora="fox", lora_strength=0.5, find_model="m/{}".format, find_lora="l/{}".format)
    assert (found.model, found.lora, found.studio_mode) == ("m/x", "l/fox:0.5", False)
    assert wish_of(lora="fox", lora_strength=0).lora is None
    with pytest.raises(BadJob, match="gate"):
        wish_of(gate="open")


def test_a_picture_for_each_line_and_seeds_that_count_up(studio):
    asked = asked_of(studio, "a cat\n\n two dogs ", seed=5, count=2, steps=3, style="storybook")
    assert [job.seed for job in asked.jobs] == [5, 6, 7, 8]
    assert [job.words for job in asked.jobs] == ["a cat", "a cat", "two dogs", "two dogs"]
    assert {(job.width, job.steps, job.guidance) for job in asked.jobs} == {(256, 3, 1.0)}


def test_what_was_left_out_is_said_once(studio):
    asked = asked_of(studio, "a cat with a xylophone\na cat with a xylophone")
    assert len(asked.said) == 1


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"count": MOST_PICTURES + 1}, "pictures"),
        ({"count": 0}, "pictures"),
        ({"width": 256}, "both"),
        ({"seed": 2**63 - 1, "count": 2}, "seeds"),
        ({"finish": "shiny"}, "finish"),
        ({"style": "oil"}, "style"),
    ],
)
def test_what_cannot_be_drawn(studio, inputs, says):
    with pytest.raises(BadJob, match=says):
        asked_of(studio, "a cat", **inputs)


def test_no_words_are_refused(studio):
    with pytest.raises(Refused):
        asked_of(studio, " \n ")


def outlook(studio):
    return Outlook(lambda inputs: wish_of(**inputs), lambda wish: studio)


def test_waiting_prompts_are_read_where_their_inputs_stand_in_them(studio):
    linked = prompt(["3", 0]) | {"3": {"class_type": "PrimitiveString", "inputs": {"value": "a dog"}}}
    computed = prompt(["3", 0]) | {"3": {"class_type": "Other", "inputs": {"value": "a dog"}}}
    odd = [
        prompt("a gun"), prompt(unknown=1), prompt(seed="x"), {"2": {"class_type": "PawletteDraw", "inputs": {}}},
        prompt(pawlette=["9", 0]), prompt(pawlette=[]), {"1": {"class_type": "KSampler"}}, prompt(gate=1),
    ]  # fmt: skip
    given = [prompt(), linked, computed, *odd, prompt("a fox", count=2)]
    keys = outlook(studio).keys([(str(at), one) for at, one in enumerate(given)])
    assert [job.words for _, job in keys] == ["a cat", "a dog", "a fox", "a fox"]
    assert {wish for wish, _ in keys} == {wish_of(gate=KID)}


def test_each_prompt_is_looked_into_once(studio):
    asked = []

    def open_studio(wish):
        asked.append(wish)
        return studio

    look = Outlook(lambda inputs: wish_of(**inputs), open_studio)
    assert look.keys([("a", prompt())]) == look.keys([("a", prompt())])
    assert len(asked) == 1
    look.keys([])
    look.keys([("a", prompt())])
    assert len(asked) == 2


def test_nothing_is_foretold_without_an_open_studio():
    assert Outlook(lambda inputs: wish_of(**inputs), lambda wish: None).keys([("a", prompt())]) == []
