"""Workflows become Jobs through the gate; what is wrong stands at its node, in ComfyUI's own shape."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pawlette.comfyui.definitions import DEFINITIONS
from pawlette.comfyui.nodes import NODES
from pawlette.comfyui.reader import read_workflow
from pawlette.errors import BadWorkflow
from pawlette.job import Sampling
from pawlette.model.parts import LoraChoice
from pawlette.studio import Studio
from tests.comfyui.stock import stock
from tests.comfyui.test_graph import JSON
from tests.fakes import FakeModel


@pytest.fixture(scope="module")
def kids():
    return Studio(load=lambda folder, device: FakeModel())


@pytest.fixture(scope="module")
def grown():
    return Studio(load=lambda folder, device: FakeModel(), studio_mode=True)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory):
    """A studio of the 1.x family, which takes guidance and a shift."""
    folder = tmp_path_factory.mktemp("qwen")
    (folder / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    return Studio(folder, load=lambda folder, device: FakeModel(), studio_mode=True)


def faults(workflow, studio):
    """Node -> (error's type, input) of a workflow that nothing can be drawn of."""
    with pytest.raises(BadWorkflow) as raised:
        read_workflow(workflow, studio)
    assert raised.value.error["type"] == "prompt_outputs_failed_validation"
    json.dumps(raised.value.node_errors)
    return {
        id: [(one["type"], one["extra_info"].get("input_name")) for one in node["errors"]]
        for id, node in raised.value.node_errors.items()
    }


def test_a_stock_workflow_is_one_job(kids):
    read = read_workflow(stock(), kids)
    (delivery,) = read.deliveries
    (accepted,) = delivery.drawing.accepted
    job = accepted.job
    assert (delivery.node, delivery.kind, delivery.prefix, delivery.drawing.node) == (
        "10",
        "output",
        "cute",
        "8",
    )
    assert (job.seed, job.width, job.height, job.steps, job.guidance) == (5, 256, 256, 8, 1.0)
    assert job.prompt.scene.mood == "smiling"
    assert job == kids.accept("a smiling panda", seed=5).job
    assert read.node_errors == {}


def test_what_a_distilled_model_leaves_aside_is_said(kids):
    assert any("node 4" in note and "own sigmas" in note for note in read_workflow(stock(), kids).notes)


def test_kid_mode_drops_the_negative_and_studio_mode_keeps_it(kids, grown):
    kid, adult = (read_workflow(stock(negative="blurry"), studio) for studio in (kids, grown))
    assert any("node 6" in note for note in kid.notes)
    assert kid.deliveries[0].drawing.accepted[0].job.prompt.negative != "blurry"
    assert adult.deliveries[0].drawing.accepted[0].job.prompt.negative == "blurry"


def test_a_workflows_shift_and_guidance_rule_reach_the_job(qwen):
    def sampling(**changes):
        return read_workflow(stock(**changes), qwen).deliveries[0].drawing.accepted[0].job.sampling

    assert sampling() == Sampling(3.1)
    assert sampling(_8={"cfg": 4.0}) == Sampling(3.1, rescaled=False)
    assert sampling(_8={"cfg": 4.0, "model": ["1", 0]}) == Sampling(None, rescaled=False)
    normed = stock(_8={"cfg": 4.0, "model": ["11", 0]})
    normed["11"] = {"class_type": "CFGNorm", "inputs": {"model": ["4", 0], "strength": 1.0}}
    read = read_workflow(normed, qwen)
    assert read.deliveries[0].drawing.accepted[0].job.sampling == Sampling(3.1, rescaled=True)
    assert any("CFGNorm" in note for note in read.notes)


def test_zeroed_conditioning_is_a_blank_text(qwen):
    workflow = stock(_8={"cfg": 4.0, "negative": ["11", 0]})
    workflow["11"] = {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["5", 0]}}
    read = read_workflow(workflow, qwen)
    assert read.deliveries[0].drawing.accepted[0].job.prompt.negative == ""
    assert any("blank" in note for note in read.notes)


def test_a_batch_counts_its_seeds_up(kids):
    read = read_workflow(stock(_7={"batch_size": 3}), kids)
    assert [one.job.seed for one in read.deliveries[0].drawing.accepted] == [5, 6, 7]
    assert any("count up" in note for note in read.notes)


def test_outputs_of_one_sampler_share_its_drawing(kids):
    workflow = stock()
    workflow["11"] = {"class_type": "PreviewImage", "inputs": {"images": ["9", 0]}}
    saved, shown = read_workflow(workflow, kids).deliveries
    assert saved.drawing is shown.drawing
    assert (shown.node, shown.kind) == ("11", "temp")


def test_primitives_and_switches_are_followed(kids):
    workflow = stock(_8={"steps": ["12", 0], "model": ["14", 0]}, _5={"text": ["15", 0]})
    workflow |= {
        "11": {"class_type": "PrimitiveInt", "inputs": {"value": 6}},
        "12": {
            "class_type": "ComfySwitchNode",
            "inputs": {"switch": ["13", 0], "on_false": ["11", 0], "on_true": ["11", 0]},
        },
        "13": {"class_type": "PrimitiveBoolean", "inputs": {"value": False}},
        "14": {
            "class_type": "ComfySwitchNode",
            "inputs": {"switch": ["13", 0], "on_false": ["1", 0], "on_true": ["16", 0]},
        },
        "15": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a happy fox"}},
        "16": {
            "class_type": "LoraLoaderModelOnly",
            "inputs": {"model": ["1", 0], "lora_name": "not here", "strength_model": 1},
        },
    }
    (accepted,) = read_workflow(workflow, kids).deliveries[0].drawing.accepted
    assert (accepted.job.steps, accepted.job.prompt.scene.creatures[0].animal) == (6, "fox")


def test_2_1s_own_text_node_is_read(kids):
    workflow = stock(_8={"positive": ["5", 0], "negative": ["5", 1], "latent_image": ["5", 2]})
    inputs = {"clip": ["2", 0], "prompt": "a cat", "negative_prompt": "", "resolution": 256}
    workflow["5"] = {"class_type": "TextEncodeQwenImage21", "inputs": inputs}
    job = read_workflow(workflow, kids).deliveries[0].drawing.accepted[0].job
    assert (job.width, job.height, job.prompt.scene.creatures[0].animal) == (256, 256, "cat")
    inputs["images.image_1"] = ["1", 0]
    assert faults(workflow, kids) == {"5": [("custom_validation_failed", "images.image_1")]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"_8": {"steps": None}}, {"8": [("required_input_missing", "steps")]}),
        ({"_8": {"steps": 0}}, {"8": [("value_smaller_than_min", "steps")]}),
        ({"_8": {"steps": 1000}}, {"8": [("value_bigger_than_max", "steps")]}),
        ({"_8": {"steps": "many"}}, {"8": [("invalid_input_type", "steps")]}),
        ({"_8": {"steps": True}}, {"8": [("invalid_input_type", "steps")]}),
        ({"_8": {"steps": 2.5}}, {"8": [("invalid_input_type", "steps")]}),
        ({"_8": {"cfg": "nan"}}, {"8": [("invalid_input_type", "cfg")]}),
        ({"_8": {"seed": 2**64 - 1}}, {"8": [("value_bigger_than_max", "seed")]}),
        ({"_8": {"seed": 2**63 - 1}, "_7": {"batch_size": 2}}, {"8": [("value_bigger_than_max", "seed")]}),
        ({"_8": {"sampler_name": "dpmpp_2m"}}, {"8": [("value_not_in_list", "sampler_name")]}),
        ({"_8": {"scheduler": "karras"}}, {"8": [("value_not_in_list", "scheduler")]}),
        ({"_8": {"denoise": 0.5}}, {"8": [("value_smaller_than_min", "denoise")]}),
        ({"_8": {"model": ["99", 0]}}, {"8": [("bad_linked_input", "model")]}),
        ({"_8": {"model": ["1", 7]}}, {"8": [("bad_linked_input", "model")]}),
        ({"_8": {"model": ["1", -1]}}, {"8": [("bad_linked_input", "model")]}),
        ({"_8": {"model": ["1"]}}, {"8": [("bad_linked_input", "model")]}),
        ({"_8": {"model": ["2", 0]}}, {"8": [("return_type_mismatch", "model")]}),
        ({"_8": {"model": "qwen"}}, {"8": [("invalid_input_type", "model")]}),
        ({"_4": {"model": ["4", 0]}}, {"4": [("dependency_cycle", None)]}),
        ({"_2": {"type": "flux"}}, {"2": [("value_not_in_list", "type")]}),
        ({"_9": {"samples": ["7", 0]}}, {"9": [("custom_validation_failed", "samples")]}),
        ({"_8": {"latent_image": ["8", 0]}}, {"8": [("dependency_cycle", None)]}),
        ({"_5": {"text": "a naked woman"}}, {"5": [("custom_validation_failed", "text")]}),
        ({"_5": {"text": ""}}, {"5": [("custom_validation_failed", "text")]}),
        ({"_5": {"text": "a walrus"}}, {"5": [("custom_validation_failed", "text")]}),
        ({"_7": {"width": 1328}}, {"7": [("custom_validation_failed", "width")]}),
        ({"_7": {"batch_size": 65}}, {"7": [("value_bigger_than_max", "batch_size")]}),
        ({"_8": {"cfg": 4.0}}, {"8": [("custom_validation_failed", "cfg")]}),
        (
            {"_8": {"steps": 0}, "_2": {"type": "flux"}},
            {"8": [("value_smaller_than_min", "steps")], "2": [("value_not_in_list", "type")]},
        ),
    ],
)
def test_what_is_wrong_stands_at_its_node(kids, changes, expected):
    assert faults(stock(**changes), kids) == expected


def test_the_shape_is_comfyuis(kids):
    with pytest.raises(BadWorkflow) as raised:
        read_workflow(stock(_8={"steps": 0}), kids)
    assert raised.value.node_errors == {
        "8": {
            "class_type": "KSampler",
            "dependent_outputs": ["10"],
            "errors": [
                {
                    "type": "value_smaller_than_min",
                    "message": "The value is below the least allowed",
                    "details": "steps: 0 is below 1",
                    "extra_info": {
                        "input_name": "steps",
                        "input_config": ["INT", {"default": 20, "min": 1, "max": 200}],
                        "received_value": 0,
                    },
                }
            ],
        }
    }


def test_a_refusal_carries_its_code_and_what_would_be_drawn(kids):
    with pytest.raises(BadWorkflow) as raised:
        read_workflow(stock("a panda with a gun"), kids)
    (fault,) = raised.value.node_errors["5"]["errors"]
    assert fault["extra_info"]["code"] == "weapon"
    assert kids.accept(fault["extra_info"]["suggestion"])


def test_unknown_kinds_are_all_named(kids):
    workflow = stock()
    workflow["5"]["class_type"], workflow["9"]["class_type"] = "CheckpointLoaderSimple", "Nonsense"
    with pytest.raises(BadWorkflow, match=r"CheckpointLoaderSimple.*Nonsense") as raised:
        read_workflow(workflow, kids)
    assert raised.value.error["type"] == "missing_node_type"
    assert set(raised.value.node_errors) == {"5", "9"}


def test_no_output_is_an_error(kids):
    workflow = stock()
    del workflow["10"]
    with pytest.raises(BadWorkflow) as raised:
        read_workflow(workflow, kids)
    assert raised.value.error["type"] == "prompt_no_outputs"


def test_one_output_may_fail_beside_another(kids):
    workflow = stock() | {
        f"b{id}": {"class_type": node["class_type"], "inputs": dict(node["inputs"])}
        for id, node in stock("a cat with a gun").items()
    }
    for id in stock():
        inputs = workflow[f"b{id}"]["inputs"]
        inputs |= {name: [f"b{one[0]}", one[1]] for name, one in inputs.items() if isinstance(one, list)}
    read = read_workflow(workflow, kids)
    assert [one.node for one in read.deliveries] == ["10"]
    assert read.node_errors["b5"]["dependent_outputs"] == ["b10"]


def test_inputs_that_are_not_known_are_said(kids):
    assert any("8.extra" in note for note in read_workflow(stock(_8={"extra": 1}), kids).notes)


def test_a_lora_is_the_studios_or_none(tmp_path):
    studio = Studio(load=lambda folder, device: FakeModel())
    workflow = stock(_4={"model": ["11", 0]})
    inputs = {"model": ["1", 0], "lora_name": "fox.safetensors", "strength_model": 0.8}
    workflow["11"] = {"class_type": "LoraLoaderModelOnly", "inputs": inputs}
    assert faults(workflow, studio) == {"11": [("value_not_in_list", "lora_name")]}
    studio.lora = LoraChoice("fox", 0.8, tmp_path)
    assert read_workflow(workflow, studio).deliveries[0].drawing.accepted[0].job.lora == "fox:0.8"
    inputs["strength_model"] = 0.5
    assert faults(workflow, studio) == {"11": [("value_not_in_list", "lora_name")]}
    assert faults(stock(), studio) == {"8": [("custom_validation_failed", "model")]}


def test_every_kind_in_the_table_is_evaluated():
    assert set(DEFINITIONS) == set(NODES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(stock())),
            st.sampled_from(
                ["model", "text", "steps", "seed", "clip", "samples", "width", "images", "other"]
            ),
            JSON | st.tuples(st.sampled_from([*stock(), "x"]), st.integers(-1, 3)).map(list),
        ),
        max_size=5,
    )
)
def test_no_change_to_a_workflow_breaks_the_reader(kids, changes):
    workflow = stock()
    for id, name, value in changes:
        workflow[id]["inputs"][name] = value
    try:
        read = read_workflow(workflow, kids)
    except BadWorkflow as error:
        json.dumps([error.error, error.node_errors])
    else:
        assert read.deliveries


def own(**inputs):
    """Pawlette's own nodes; `load_…` inputs are the Load node's."""
    loaded = {name.removeprefix("load_"): one for name, one in inputs.items() if name.startswith("load_")}
    asked = {name: one for name, one in inputs.items() if not name.startswith("load_")}
    return {
        "1": {
            "class_type": "PawletteLoad",
            "inputs": {"model": "builtin", "precision": "auto", "gate": "kid"} | loaded,
        },
        "2": {
            "class_type": "PawletteDraw",
            "inputs": {
                "pawlette": ["1", 0],
                "words": "a cat\na dog",
                "style": "storybook",
                "seed": 5,
                "count": 1,
            }
            | asked,
        },
        "3": {"class_type": "PawletteSave", "inputs": {"filename_prefix": "x", "pictures": ["2", 2]}},
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    }


def test_our_own_nodes_are_read(kids):
    saved, shown = read_workflow(own(), kids).deliveries
    assert saved.drawing is shown.drawing
    assert [(one.job.words, one.job.seed) for one in saved.drawing.accepted] == [("a cat", 5), ("a dog", 6)]


@pytest.mark.parametrize(
    ("inputs", "node", "expected"),
    [
        ({"words": "a gun"}, "2", ("custom_validation_failed", "words")),
        ({"width": 1000, "height": 1000}, "2", ("custom_validation_failed", "width")),
        ({"guidance": 4.0}, "2", ("custom_validation_failed", "steps")),
        ({"load_gate": "studio"}, "1", ("custom_validation_failed", "gate")),
        ({"load_lora": "fox", "load_lora_strength": 1.0}, "1", ("value_not_in_list", "lora")),
        ({"seed": -1}, "2", ("value_smaller_than_min", "seed")),
        ({"pawlette": ["3", 0]}, "2", ("bad_linked_input", "pawlette")),
    ],
)
def test_what_is_wrong_with_our_own_nodes_stands_there_too(kids, inputs, node, expected):
    assert expected in faults(own(**inputs), kids)[node]


def test_our_own_save_takes_one_of_two(kids):
    workflow = own()
    workflow["3"]["inputs"]["images"] = ["2", 0]
    assert read_workflow(workflow, kids).node_errors["3"]["errors"][0]["type"] == "custom_validation_failed"
