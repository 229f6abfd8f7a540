"""The converter gives what ComfyUI's own editor exports; the editor's exports are recorded in data/."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawlette.comfyui.convert import to_api
from pawlette.comfyui.graph import MAX_NODES
from pawlette.comfyui.reader import read_workflow
from pawlette.comfyui.widgets import from_object_info
from pawlette.errors import BadWorkflow
from pawlette.studio import Studio
from tests.comfyui.test_graph import JSON
from tests.fakes import FakeModel

DATA = Path(__file__).parent / "data"
PAIRS = {
    name: pair
    for file in ("editor_exports.json", "template_exports.json")
    for name, pair in json.loads((DATA / file).read_text(encoding="utf-8")).items()
}
# The editor reads the widget inside, where a primitive that it shows outside is linked to it.
OTHERWISE = {"subgraph_with_a_primitive": ("4:21", "text", "a happy fox")}


def bare(api):
    return {id: {key: node[key] for key in ("class_type", "inputs")} for id, node in api.items()}


@pytest.mark.parametrize("name", PAIRS)
def test_equals_the_editors_export(name):
    expected = copy.deepcopy(PAIRS[name]["export"])
    if name in OTHERWISE:
        id, input, value = OTHERWISE[name]
        assert expected[id]["inputs"][input] != value
        expected[id]["inputs"][input] = value
    assert bare(to_api(json.dumps(PAIRS[name]["workflow"]))) == expected


def test_titles_are_kept():
    workflow = copy.deepcopy(PAIRS["flat"]["workflow"])
    workflow["nodes"][0]["title"] = "My model"
    titles = {node["_meta"]["title"] for node in to_api(workflow).values()}
    assert {"My model", "KSampler"} <= titles
    named = to_api(
        workflow, {"VAELoader": {"display_name": "Load VAE", "input": {"required": {"vae_name": [["x"]]}}}}
    )
    assert {"My model", "Load VAE"} <= {node["_meta"]["title"] for node in named.values()}


def test_a_ui_workflow_becomes_the_same_jobs_as_its_export():
    studio = Studio(load=lambda folder, device: FakeModel())
    pair = PAIRS["flat"]
    for node in pair["workflow"]["nodes"]:
        if node["type"] == "LoraLoaderModelOnly":
            node["widgets_values"][1] = 0
    read = read_workflow(pair["workflow"], studio)
    assert read.deliveries == read_workflow(to_api(pair["workflow"]), studio).deliveries
    assert read.deliveries[0].drawing.accepted[0].job.seed == 5


def one_node(**changes):
    node = {
        "id": 1,
        "type": "Mystery",
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "widgets_values": [5, "fixed", "x"],
    }
    return {"nodes": [node | changes], "links": []}


def socket(name):
    return {"name": name, "type": "INT", "link": None, "widget": {"name": name}}


def test_an_unknown_kinds_values_are_told_by_its_sockets_or_by_object_info():
    named = one_node(inputs=[socket("seed"), socket("text")])
    assert to_api(named)["1"]["inputs"] == {"seed": 5, "text": "x"}
    info = {"Mystery": {"input": {"required": {"seed": ["INT", {}], "text": ["STRING", {}]}}}}
    assert to_api(one_node(), info)["1"]["inputs"] == {"seed": 5, "text": "x"}
    assert to_api(one_node(widgets_values_named={"a": 1, "control": "fixed"}))["1"]["inputs"] == {"a": 1}
    assert to_api(one_node(widgets_values={"a": [1, 2]}))["1"]["inputs"] == {"a": {"__value__": [1, 2]}}
    with pytest.raises(BadWorkflow, match="object_info") as raised:
        to_api(one_node())
    assert raised.value.error["extra_info"] == {"node_id": "1", "class_type": "Mystery"}


def test_object_info_says_widgets_sockets_choices_and_defaults():
    kind = {
        "input": {
            "required": {
                "model": ["MODEL", {}],
                "mode": [["a", "b"]],
                "size": ["INT", {"default": 4, "control_after_generate": True}],
                "linked": ["FLOAT", {"forceInput": True}],
                "format": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "png", "inputs": {"required": {"depth": ["INT", {"default": 8}]}}},
                            {"key": "jpg"},
                        ]
                    },
                ],
            },
            "optional": {"text": ["STRING", {}]},
        },
        "input_order": {"required": ["mode", "model", "size", "linked", "format"], "optional": ["text"]},
    }
    assert [one.name for one in from_object_info(kind)] == ["mode", "size", "format", "text"]
    values = ["b", 3, "randomize", "png", 16, "words"]
    assert to_api(one_node(widgets_values=values), {"Mystery": kind})["1"]["inputs"] == {
        "mode": "b", "size": 3, "format": "png", "format.depth": 16, "text": "words",
    }  # fmt: skip
    short = to_api(one_node(widgets_values=[]), {"Mystery": kind})["1"]["inputs"]
    assert short == {"mode": "a", "size": 4, "format": "png", "format.depth": 8}


def bomb(levels: int):
    """Subgraphs that hold the next one twice."""

    def graph(inner: str) -> dict:
        nodes = [{"id": id, "type": inner, "mode": 0, "inputs": [], "outputs": []} for id in (1, 2)]
        return {"nodes": nodes, "links": []}

    subgraphs = [
        {"id": f"s{i}", **graph(f"s{i + 1}" if i < levels else "VAEDecode")} for i in range(levels + 1)
    ]
    return graph("s0") | {"definitions": {"subgraphs": subgraphs}}


def loop(kind: str, mode: int = 0):
    sockets = {
        "inputs": [{"name": "a", "type": "IMAGE", "link": 1}],
        "outputs": [{"name": "a", "type": "IMAGE", "links": [1]}],
    }
    node = {"id": 1, "type": kind, "mode": mode} | sockets
    end = {
        "id": 2,
        "type": "PreviewImage",
        "mode": 0,
        "inputs": [{"name": "images", "type": "IMAGE", "link": 2}],
    }
    return {"nodes": [node, end], "links": [[1, 1, 0, 1, 0, "IMAGE"], [2, 1, 0, 2, 0, "IMAGE"]]}


@pytest.mark.parametrize(
    ("workflow", "says"),
    [
        ({"1": {}}, "UI format"),
        ({"nodes": [5]}, "list of objects"),
        ({"nodes": [{"id": 1}]}, "type"),
        ({"nodes": [{"id": [], "type": "X"}]}, "id"),
        ({"nodes": [{"id": 1, "type": "X", "mode": "on"}]}, "mode"),
        ({"nodes": [{"id": 1, "type": "X", "widgets_values": 5}]}, "widgets_values"),
        ({"nodes": [{"id": 1, "type": "X"}, {"id": 1, "type": "Y"}]}, "two nodes"),
        ({"nodes": [{"id": 1, "type": "X"}], "links": [[1, 2]]}, "link"),
        ({"nodes": [{"id": 1, "type": "X", "inputs": [{"name": "a", "link": "x"}]}]}, "link"),
        ({"nodes": [{"id": i, "type": "Note"} for i in range(MAX_NODES + 1)]}, "nodes|many"),
        (bomb(12), "laid open"),
        (bomb(40), "nested|laid open"),
        (loop("Reroute"), "circle"),
        (loop("X", mode=4), "circle"),
        (
            {"nodes": [{"id": 1, "type": "s", "mode": 0}], "definitions": {"subgraphs": [
                {"id": "s", "nodes": [{"id": 5, "type": "s", "mode": 0}], "links": []}]}},
            "nested",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_converted_is_one_error(workflow, says):
    with pytest.raises(BadWorkflow, match=says):
        to_api(workflow)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from places(one, (*path, key))


WHOLE = PAIRS["nested_subgraph"]["workflow"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(places(WHOLE))[1:]), JSON), min_size=1, max_size=3))
def test_no_change_to_a_workflow_breaks_the_converter(changes):
    workflow = copy.deepcopy(WHOLE)
    for path, value in changes:
        place = workflow
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    try:
        json.dumps(to_api(workflow))
    except BadWorkflow as error:
        json.dumps(error.error)


ANY_KIND = st.fixed_dictionaries(
    {
        "input": JSON
        | st.fixed_dictionaries({"required": st.dictionaries(st.text(max_size=4), JSON, max_size=4)})
    },
    optional={"input_order": JSON, "display_name": JSON},
)


@settings(max_examples=100, deadline=None)
@given(JSON | ANY_KIND)
def test_no_answer_of_another_server_breaks_the_converter(kind):
    try:
        to_api(one_node(), {"Mystery": kind})
    except BadWorkflow as error:
        json.dumps(error.error)
