"""A stranger's JSON becomes a graph within bounds, or one error that names the node."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawlette.comfyui.graph import MAX_BYTES, MAX_DEPTH, MAX_NODES, BadLink, Link, in_order, parse
from pawlette.errors import BadWorkflow
from tests.comfyui.stock import stock

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def test_text_and_objects_give_the_same_nodes():
    assert parse(json.dumps(stock())) == parse(json.dumps(stock()).encode()) == parse(stock())
    sampler = parse(stock())["8"]
    assert (sampler.class_type, sampler.inputs["model"], sampler.inputs["cfg"]) == (
        "KSampler",
        Link("4", 0),
        1.0,
    )


def test_a_list_is_a_link_unless_it_is_wrapped():
    inputs = parse({"1": {"class_type": "X", "inputs": {"a": ["2", 1], "b": [1], "c": {"__value__": [1]}}}})[
        "1"
    ].inputs
    assert (inputs["a"], inputs["b"], inputs["c"]) == (Link("2", 1), BadLink([1]), [1])


def deep(levels: int) -> dict:
    value: object = 1
    for _ in range(levels):
        value = {"a": value}
    return {"1": {"class_type": "X", "inputs": {"a": value}}}


@pytest.mark.parametrize(
    ("workflow", "says"),
    [
        ("{", "no JSON"),
        ("[" * 200_000, "no JSON"),
        ('{"1": NaN}', "NaN"),
        ('{"1": {"class_type": "X", "inputs": {"a": 1e999}}}', "finite"),
        ('{"1": ' + "9" * 5000 + "}", "no JSON"),
        (" " * (MAX_BYTES + 1), "bytes"),
        (b"\xff\xfe{", "no JSON"),
        ("[]", "object of nodes"),
        ("{}", "no nodes"),
        ({"nodes": [], "links": []}, "UI format"),
        ({"1": 5}, "node '1'"),
        ({"1": {"inputs": {}}}, "class_type"),
        ({"1": {"class_type": "X", "inputs": []}}, "inputs"),
        ({"1": {"class_type": "X", "inputs": {str(i): 1 for i in range(300)}}}, "inputs"),
        ({"1" * 300: {"class_type": "X"}}, "characters"),
        ({str(i): {"class_type": "X"} for i in range(MAX_NODES + 1)}, "nodes"),
        (deep(MAX_DEPTH + 1), "deep"),
        ({"1": {"class_type": "X", "inputs": {"a": {1, 2}}}}, "nothing that JSON has"),
        ({1: {"class_type": "X"}}, "key"),
    ],
)
def test_what_cannot_be_read_is_one_error(workflow, says):
    with pytest.raises(BadWorkflow, match=says) as raised:
        parse(workflow)
    assert raised.value.error["type"] in ("invalid_prompt", "no_prompt")
    assert set(raised.value.error) == {"type", "message", "details", "extra_info"}
    assert len(str(raised.value)) < 600


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(workflow):
    try:
        parse(workflow)
    except BadWorkflow as error:
        json.dumps(error.error)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=4), max_size=6)
)
def test_sources_come_first_and_circles_are_found(links):
    graph = parse(
        {
            id: {"class_type": "X", "inputs": {str(i): [to, 0] for i, to in enumerate(several)}}
            for id, several in links.items()
        }
        | {"end": {"class_type": "X", "inputs": {id: [id, 0] for id in links}}}
    )
    order, circle = in_order(graph, ["end"])
    assert sorted(order) == sorted(graph)
    place = {id: at for at, id in enumerate(order)}
    late = [to for id, several in links.items() for to in several if to in place and place[to] >= place[id]]
    assert bool(circle) == bool(late)
    assert set(late) <= circle
