"""Whatever is sent is understood or refused by name: bodies, sizes, events, tiles."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="needs the [serve] extra")
pytest.importorskip("apsw", reason="needs the [serve] extra")
from pydantic import ValidationError

from pawlette.errors import BadJob
from pawlette.model.family import QWEN_IMAGE_21
from pawlette.serve.api.bodies import JobsBody, WishBody
from pawlette.serve.api.events import encode
from pawlette.serve.api.images_body import ImagesBody
from pawlette.serve.api.jobs import digest_of, read_size
from pawlette.serve.api.problems import Problem
from pawlette.serve.api.tiles import wish_text
from pawlette.serve.jobs import Event

PLAIN = st.none() | st.booleans() | st.integers(-5, 5000) | st.floats() | st.text(max_size=12)
SIZES = st.from_regex(r"[0-9x]{0,11}", fullmatch=True) | st.sampled_from(["auto", "256x256", "512x512"])
VALUES = PLAIN | SIZES | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(max_size=5), PLAIN, max_size=2)


def bodies(kind, **given):
    """Objects with some fields of a body, often of the wrong type, and now and then another field."""
    names = st.sampled_from([*kind.model_fields, "other"])
    return st.dictionaries(names, VALUES, max_size=4).map(lambda found: given | found)


@given(bodies(JobsBody, text="a cat"))
@settings(max_examples=200, deadline=None)
def test_any_jobs_body_is_read_or_refused(data):
    try:
        body = JobsBody.model_validate(data)
    except ValidationError:
        return
    assert "other" not in data
    assert (body.text is None) != (body.texts is None)
    if body.size is not None:
        width, height = read_size(body.size)
        assert f"{width}x{height}" == body.size
    assert len(digest_of(body.model_dump(mode="json"))) == 64


@given(bodies(ImagesBody, prompt="a cat"))
@settings(max_examples=200, deadline=None)
def test_any_images_body_is_read_or_refused(data):
    try:
        body = ImagesBody.model_validate(data)
        body.check(QWEN_IMAGE_21)
        pixels = body.pixels(QWEN_IMAGE_21)
    except (ValidationError, Problem, BadJob):
        return
    assert "other" not in data
    assert pixels is None or all(10 <= side <= 9999 for side in pixels)
    assert body.steps(QWEN_IMAGE_21) in (None, body.num_inference_steps, QWEN_IMAGE_21.steps // 2)


@given(st.dictionaries(st.text(max_size=8), PLAIN, max_size=5), st.none() | st.integers(0, 2**60))
@settings(max_examples=200, deadline=None)
def test_any_event_is_a_few_whole_lines(data, ident):
    lines = encode(Event(ident, "ab", "moved", 1.0, data)).decode("ascii").split("\n")
    assert [line.partition(": ")[0] for line in lines] == [
        "event",
        "data",
        *(["id"] if ident is not None else []),
        "",
        "",
    ]
    told = json.loads(lines[1].removeprefix("data: "))
    assert set(told) == {"job", "at", *data}


@given(st.text(max_size=20), st.sampled_from(["en", "zh"]))
@settings(max_examples=100, deadline=None)
def test_tiles_that_are_none_are_named(name, language):
    with pytest.raises(BadJob, match="vocabulary"):
        wish_text(WishBody(animal="cat", place=name + "?", language=language), QWEN_IMAGE_21)


@pytest.mark.parametrize(
    ("given", "size", "steps", "guidance", "style"),
    [
        ({}, None, None, None, None),
        ({"size": "auto", "quality": "low"}, None, 20, None, None),
        ({"width": 512, "height": 256, "true_cfg_scale": 2, "guidance_scale": 3}, (512, 256), None, 2, None),
        ({"size": "512x256", "guidance_scale": 3, "style": "sticker"}, (512, 256), None, 3, "sticker"),
        ({"quality": "low", "num_inference_steps": 9, "style": "vivid"}, None, 9, None, None),
    ],
)
def test_what_the_fields_of_the_images_api_mean(given, size, steps, guidance, style):
    body = ImagesBody(prompt="a cat", **given)
    assert (body.pixels(QWEN_IMAGE_21), body.steps(QWEN_IMAGE_21)) == (size, steps)
    assert (body.guidance, body.own_style) == (guidance, style)
