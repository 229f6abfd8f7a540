"""From a small model folder of either generation to the folder of its light decoder."""

import dataclasses
import json

import pytest
import torch

from pawlette.errors import BadJob, CannotSave
from pawlette.model.light_decoder import LightDecoder
from pawlette.studio import Studio
from pawlette.train import light_decoder_folder
from pawlette.train.course import Length
from pawlette.train.latent_bank import save_latents
from pawlette.train.light_decoder_folder import Wish, jobs, make_light_decoder
from tests.model import checkpoints


@pytest.fixture
def said():
    return []


def test_given_latents_of_a_1x_model(tmp_path, said):
    model = checkpoints.save(checkpoints.components_1(), tmp_path / "m", {"_class_name": "QwenImagePipeline"})
    save_latents(torch.randn(9, 4, 4, 4), tmp_path / "latents" / "all.safetensors")
    wish = Wish(tmp_path / "out", Length(steps=2), tmp_path / "latents", batch=1, width=0.25)
    record = make_light_decoder(Studio(model), wish, said.append)
    assert record["size"] == [32, 32]
    assert json.loads((tmp_path / "out/scores.json").read_text()) == record
    light = LightDecoder.load(tmp_path / "out")
    assert light.decode(torch.zeros(1, 4, 2, 2)).shape == (1, 3, 16, 16)
    assert (tmp_path / "out/comparison.png").exists()
    with pytest.raises(CannotSave, match="--resume"):
        make_light_decoder(Studio(model), wish, said.append)
    again = dataclasses.replace(wish, resume=True, length=Length(steps=3))
    assert make_light_decoder(Studio(model), again, said.append)["steps"] == 3
    assert "going on from step 2" in said


def test_latents_drawn_from_words_by_a_21_model(tmp_path, said, monkeypatch):
    model = checkpoints.save(
        checkpoints.components_21(), tmp_path / "m", {"_class_name": "QwenImage21Pipeline"}
    )
    real = light_decoder_folder.jobs

    def small_jobs(studio, count, seed):
        return (dataclasses.replace(job, width=64, height=64, steps=1) for job in real(studio, count, seed))

    monkeypatch.setattr(light_decoder_folder, "jobs", small_jobs)
    wish = Wish(tmp_path / "out", Length(steps=1), prompts=2, batch=1, width=0.25)
    record = make_light_decoder(Studio(model, device="cpu"), wish, said.append)
    assert record["latents"] == 2
    assert record["size"] == [64, 64]
    assert len(list((tmp_path / "out/latents").glob("*.safetensors"))) == 2


def test_jobs_are_what_the_model_can_draw_and_the_same_for_the_same_seed():
    studio = Studio()
    first, again, other = (list(jobs(studio, 6, seed)) for seed in (0, 0, 1))
    assert first == again
    assert len({job.prompt.text for job in (*first, *other)}) > 8
    assert len({job.seed for job in first}) == 6


def test_a_model_that_draws_none_of_the_scenes_is_told(monkeypatch):
    studio = Studio()
    studio.family = dataclasses.replace(studio.family, species=("yak",))
    with pytest.raises(BadJob, match="--latents"):
        list(jobs(studio, 2, 0))


def test_weights_that_lie_in_the_folder_are_never_written_over(tmp_path, said):
    weights = tmp_path / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(b"a model's own")
    with pytest.raises(CannotSave, match=weights.name):
        make_light_decoder(Studio(), Wish(tmp_path, Length(None, 1)), said.append)
    assert weights.read_bytes() == b"a model's own"
