"""Drawing again from a record: what it says is checked, what it names is looked up among our own alone."""

from pathlib import Path

import pytest

from pawlette.engine.labels import Labels, describe
from pawlette.errors import BadJob
from pawlette.job import Finish, Sampling
from pawlette.replay import differences, parts_of, replay
from pawlette.studio import Studio, builtin_folder
from tests.fakes import FakeModel
from tests.model.checkpoints import save_lora

RECORD = {
    "words": "a cat", "seed": 1, "steps": 2, "guidance": 1.0, "width": 256, "height": 256, "style": "storybook",
}  # fmt: skip


@pytest.fixture
def studio():
    return Studio(load=lambda folder, device: FakeModel())


@pytest.fixture
def fox(tmp_path, monkeypatch):
    """A LoRA of the person's own, called fox."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return save_lora(tmp_path / ".pawlette" / "loras" / "fox.safetensors")


def test_a_record_can_be_drawn_again(studio):
    job = studio.accept(
        "two foxes in the snow", seed=11, steps=3, style="storybook", finish=Finish(0.4, 0.3)
    ).job
    again = studio.accept(**replay(describe(job, Labels("m", "0")))).job
    assert again == job


def test_a_workflows_own_ways_are_drawn_again_in_studio_mode(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    studio = Studio(tmp_path, studio_mode=True, load=lambda folder, device: FakeModel())
    job = studio.accept("a cat", seed=1, negative="blurry", sampling=Sampling(3.1, rescaled=False)).job
    record = describe(job, Labels("m", "0"))
    assert studio.accept(**replay(record, studio_mode=True)).job == job
    assert replay(record)["negative"] is None
    with pytest.raises(BadJob, match="negative"):
        replay(record | {"negative": 3}, studio_mode=True)


def test_a_record_older_than_finishes_has_none():
    assert replay(RECORD)["finish"] == Finish()


@pytest.mark.parametrize(
    "change",
    [
        {"words": None}, {"seed": "1"}, {"seed": True}, {"steps": 1.5}, {"guidance": "x"}, {"guidance": 10**400},
        {"style": 3}, {"finish": "cartoon"}, {"finish": {"oil": 1}}, {"finish": {"cartoon": 2}},
        {"finish": {"cartoon": "x"}}, {"finish": [1]}, {"sampling": 3}, {"sampling": {"shift": 2}},
        {"sampling": {"shift": "2", "rescaled": None}}, {"sampling": {"shift": True, "rescaled": None}},
        {"sampling": {"shift": 10**400, "rescaled": None}}, {"sampling": {"shift": 2, "rescaled": 1.5}},
    ],
)  # fmt: skip
def test_a_forged_record_is_refused(change):
    with pytest.raises(BadJob):
        replay(RECORD | change)


def test_the_parts_of_a_record_are_those_that_are_here(fox, tmp_path):
    assert parts_of(RECORD, tmp_path) == {"decoder": "full", "lora": None}
    assert parts_of(RECORD | {"decoder": "light", "lora": "fox:0.5"}, tmp_path) == {
        "decoder": "full", "lora": "fox:0.5",
    }  # fmt: skip
    (tmp_path / "light_decoder").mkdir()
    (tmp_path / "light_decoder" / "config.json").write_text("{}")
    assert parts_of(RECORD | {"decoder": "light"}, tmp_path)["decoder"] == "light"


def test_a_record_never_opens_a_path(fox, tmp_path):
    for lora in (str(fox), f"{fox}:0.5", "fox:9", "../fox", 3, ["fox"]):
        assert parts_of(RECORD | {"lora": lora, "decoder": str(tmp_path)}, tmp_path) == {
            "decoder": "full", "lora": None,
        }  # fmt: skip


def test_what_differs_is_said(studio, fox):
    model = {"model": studio.family.name}
    assert differences(studio, RECORD | model | {"decoder": "full", "lora": None}) == ()
    said = " ".join(differences(studio, RECORD | {"decoder": "light", "lora": "fox:0.5", "open_text": True}))
    for part in ("drawn by None", "without --studio", "decoder 'light'", "LoRA 'fox:0.5', it is not here"):
        assert part in said
    merged = Studio(lora="fox", load=lambda folder, device: FakeModel())
    assert "no LoRA, drawn again with 'fox:1'" in differences(merged, RECORD | model)[0]
    digest = {"lora": "fox:1", "lora_digest": merged.lora_digest}
    assert differences(merged, RECORD | model | digest) == ()
    assert "is not the one" in differences(merged, RECORD | model | digest | {"lora_digest": "0"})[0]


def test_the_parts_of_a_record_load_a_studio():
    assert Studio(**parts_of(RECORD, builtin_folder())).decoder.name == "full"
