"""The workflows that ship: both formats are one, and both ways of reading them draw."""

import json
from pathlib import Path

import pytest

from pawlette import studio as studio_module
from pawlette.comfyui.convert import to_api
from pawlette.comfyui.reader import read_workflow
from pawlette.job import Sampling
from pawlette.studio import Studio
from tests.fakes import FakeModel

WORKFLOWS = Path(__file__).parents[2] / "workflows"
STOCK, OWN = "cute_animal_for_kids", "cute_animal_for_kids_pawlette"


def load(name):
    return json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [STOCK, OWN])
def test_both_formats_are_one_workflow(name):
    converted, exported = to_api(load(name)), load(f"{name}_api")
    assert {id: (node["class_type"], node["inputs"]) for id, node in converted.items()} == {
        id: (node["class_type"], node["inputs"]) for id, node in exported.items()
    }


def test_the_stock_nodes_are_read_as_qwen_image_draws_them(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    studio = Studio(tmp_path, load=lambda folder, device: FakeModel())
    (delivery,) = read_workflow(load(STOCK), studio).deliveries
    job = delivery.drawing.accepted[0].job
    assert (job.width, job.height, job.steps, job.guidance, job.seed) == (1328, 1328, 20, 4.0, 7)
    assert job.sampling == Sampling(3.1, rescaled=False)
    assert job.prompt.scene.creatures[0].animal == "panda"


def test_our_nodes_are_read_for_the_built_in_model():
    studio = Studio(load=lambda folder, device: FakeModel())
    saved, shown = read_workflow(load(OWN), studio).deliveries
    assert saved.drawing is shown.drawing
    job = studio.accept("a smiling panda holding a balloon in a meadow", seed=7, style="storybook").job
    assert [one.job for one in saved.drawing.accepted] == [job]


def test_a_text_is_the_same_whichever_nodes_read_it():
    text = load(f"{STOCK}_api")["5"]["inputs"]["text"]
    words = load(f"{OWN}_api")["2"]["inputs"]["words"]
    studio = Studio(load=lambda folder, device: FakeModel())
    assert studio.accept(text).job.prompt.text == studio.accept(words).job.prompt.text == text


def test_the_documents_python_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(studio_module, "load_model", lambda *given, **parts: FakeModel())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflows").symlink_to(WORKFLOWS)
    document = (WORKFLOWS.parent / "docs" / "comfyui.md").read_text(encoding="utf-8")
    (block,) = document.split("```python\n")[1:]
    exec(block.split("```")[0], {})
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["3.png", "4.png"]
