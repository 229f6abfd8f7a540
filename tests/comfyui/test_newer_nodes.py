"""The nodes of the official Qwen-Image-2.1 templates: what is read of them, and what is refused at which node."""

import pytest

from pawlette.comfyui.convert import to_api
from pawlette.comfyui.reader import read_workflow
from pawlette.model.schedule import Schedule
from pawlette.studio import Studio, builtin_folder
from tests.comfyui.stock import stock
from tests.comfyui.test_reader import faults
from tests.fakes import FakeModel


@pytest.fixture(scope="module")
def kids():
    return Studio(load=lambda folder, device: FakeModel())


def template(refine=False, **changes):
    """As the text-to-image template is built: a writer of prompts behind a switch, a size, an advanced save."""
    workflow = stock(
        _7={"width": ["20", 0], "height": ["20", 1]}, _5={"text": ["24", 0]}, _8={"model": ["1", 0]}
    )
    del workflow["4"], workflow["10"]
    nodes = {
        "10": ("SaveImageAdvanced", {"images": ["9", 0], "filename_prefix": "Qwen", "format": "png",
                                     "format.bit_depth": "8-bit", "format.input_color_space": "sRGB"}),
        "20": ("ResolutionSelector", {"aspect_ratio": "1:1 (Square)", "megapixels": 0.1, "multiple": 8}),
        "21": ("CLIPLoader", {"clip_name": "writer.safetensors", "type": "stable_diffusion"}),
        "22": ("TextGenerate", {"clip": ["21", 0], "prompt": "a happy fox", "max_length": 4096, "sampling_mode": "on",
                                "sampling_mode.temperature": 1.0, "thinking": False}),
        "23": ("ComfySwitchNode", {"switch": refine, "on_false": "a happy fox", "on_true": ["22", 0]}),
        "24": ("PreviewAny", {"source": ["23", 0]}),
    }  # fmt: skip
    workflow |= {id: {"class_type": kind, "inputs": inputs} for id, (kind, inputs) in nodes.items()}
    for id, inputs in changes.items():
        workflow[id.removeprefix("_")]["inputs"] |= inputs
    return workflow


def jobs(workflow, studio):
    read = read_workflow(workflow, studio)
    assert read.node_errors == {}
    return [one.job for delivery in read.deliveries for one in delivery.drawing.accepted]


SMALL = {"_7": {"width": 256, "height": 256}}


def test_a_writer_that_is_switched_off_is_not_looked_at(kids):
    (job,) = jobs(template(**SMALL), kids)
    assert job.prompt.scene.creatures[0].animal == "fox"
    linked = template(**SMALL, _23={"switch": ["25", 0]})
    linked["25"] = {"class_type": "PrimitiveBoolean", "inputs": {"value": False}}
    assert jobs(linked, kids) == [job]


def test_a_writer_that_is_needed_is_refused_at_its_node(kids):
    assert faults(template(refine=True, **SMALL), kids) == {"22": [("custom_validation_failed", "prompt")]}
    unknown = template(**SMALL, _23={"switch": ["22", 0]})
    assert "22" in faults(unknown, kids)


@pytest.mark.parametrize(
    ("ratio", "megapixels", "multiple", "size"),
    [
        ("1:1 (Square)", 1.0, 8, (1024, 1024)), ("1:1 (Square)", 4.0, 32, (2048, 2048)),
        ("16:9 (Widescreen)", 1.0, 8, (1368, 768)), ("9:16 (Portrait Widescreen)", 1.0, 32, (768, 1376)),
        ("3:2 (Photo)", 2.0, 16, (1776, 1184)),
    ],
)  # fmt: skip
def test_a_resolution_is_worked_out(tmp_path, ratio, megapixels, multiple, size):
    (tmp_path / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    large = Studio(tmp_path, load=lambda folder, device: FakeModel(), studio_mode=True)
    chosen = {"aspect_ratio": ratio, "megapixels": megapixels, "multiple": multiple}
    if size[0] % 16 or size[1] % 16:  # what this model cannot draw is said where the size is used
        assert faults(template(_20=chosen), large) == {"7": [("custom_validation_failed", "width")]}
        return
    (job,) = jobs(template(_20=chosen), large)
    assert (job.width, job.height) == size


def test_odd_values_are_refused_at_their_inputs(kids):
    assert faults(template(_20={"aspect_ratio": "5:1"}), kids) == {
        "20": [("value_not_in_list", "aspect_ratio")]
    }
    for name, value in (
        ("format", "exr"),
        ("format.bit_depth", "16-bit"),
        ("format.input_color_space", "HDR"),
    ):
        assert faults(template(**SMALL, _10={name: value}), kids) == {"10": [("value_not_in_list", name)]}
    assert faults(template(**SMALL, _24={"source": ["1", 0]}), kids) == {
        "24": [("custom_validation_failed", "source")]
    }


def test_what_is_saved_may_be_shown_behind_it(kids):
    workflow = template(**SMALL)
    workflow["11"] = {"class_type": "PreviewImage", "inputs": {"images": ["10", 0]}}
    first, second = read_workflow(workflow, kids).deliveries
    assert (first.node, second.node) == ("10", "11")
    assert first.drawing is second.drawing


def in_parts(sigmas, **changes):
    """The sampler of the Turbo template."""
    workflow = template(**SMALL, **changes)
    sampler = workflow.pop("8")["inputs"]
    guided = {name: sampler[name] for name in ("model", "positive", "negative")}
    nodes = {
        "30": ("ManualSigmas", {"sigmas": ", ".join(f"{one:.6f}" for one in sigmas)}),
        "31": ("KSamplerSelect", {"sampler_name": "euler"}),
        "32": ("RandomNoise", {"noise_seed": 5}),
        "33": ("CFGGuider", guided | {"cfg": 1}),
        "8": ("SamplerCustomAdvanced", {"noise": ["32", 0], "guider": ["33", 0], "sampler": ["31", 0],
                                        "sigmas": ["30", 0], "latent_image": ["7", 0]}),
    }  # fmt: skip
    return workflow | {id: {"class_type": kind, "inputs": inputs} for id, (kind, inputs) in nodes.items()}


def test_sigmas_are_read_where_they_are_the_models_own(kids):
    own = Schedule.from_folder(builtin_folder() / "scheduler").sigmas(8, 256)
    (whole,) = jobs(template(**SMALL), kids)
    assert jobs(in_parts(own), kids) == [whole]
    assert faults(in_parts((1.0, 0.5, 0.2, 0.0)), kids) == {"8": [("custom_validation_failed", "sigmas")]}
    for wrong in ((1.0,), (1.0, 0.5), (0.5, 1.0, 0.0), (2.0, 0.0)):
        assert faults(in_parts(wrong), kids) == {"30": [("custom_validation_failed", "sigmas")]}


def test_turbos_published_sigmas_are_its_own(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "QwenImage21TurboModularPipeline"}')
    (tmp_path / "scheduler").mkdir()
    (tmp_path / "scheduler/scheduler_config.json").write_text(
        '{"_class_name": "FlowMatchEulerDiscreteScheduler"}'
    )
    turbo = Studio(tmp_path, load=lambda folder, device: FakeModel(), studio_mode=True)
    published = (1.0, 0.978453, 0.95418, 0.926626, 0.89508, 0.845148, 0.704534, 0.414568, 0)
    (job,) = jobs(in_parts(published), turbo)
    assert (job.steps, job.seed) == (8, 5)


def test_the_editors_values_by_position_are_named():
    """Values behind a choice are there beside that choice alone."""

    def named(*values):
        node = {
            "id": 1,
            "type": "TextGenerate",
            "mode": 0,
            "inputs": [],
            "outputs": [],
            "widgets_values": list(values),
        }
        return to_api({"nodes": [node], "links": [], "version": 0.4})["1"]["inputs"]

    on = named("a", 4096, "on", 1, 20, 0.95, 0, 1, 7, 1.5, True, True, "auto")
    assert (on["prompt"], on["sampling_mode.seed"], on["thinking"], on["mtp"]) == ("a", 7, True, "auto")
    off = named("a", 256, "off", True, False)
    assert (off["sampling_mode"], off["thinking"], off["use_default_template"]) == ("off", True, False)
    assert "sampling_mode.seed" not in off


def test_a_long_prompt_is_an_adults_and_its_limit_stands_at_its_node():
    adult = Studio(load=lambda folder, device: FakeModel(), studio_mode=True)
    long = template(**SMALL, _23={"on_false": "a happy fox in the snow, " * 30})
    assert faults(long, adult) == {"5": [("custom_validation_failed", "text")]}
