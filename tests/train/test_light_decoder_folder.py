"""From a small model folder of either generation to the folder of its light decoder."""

import dataclasses
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from pawlette.errors import BadJob, CannotSave
from pawlette.model.fingerprint import of_weights
from pawlette.model.light_decoder import LightDecoder
from pawlette.model.parts import MADE_FOR
from pawlette.studio import Studio
from pawlette.train import light_decoder_folder
from pawlette.train.course import Length
from pawlette.train.latent_bank import save_latents
from pawlette.train.light_decoder_folder import ORIGIN, Wish, jobs, make_light_decoder
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


@pytest.fixture
def begun(tmp_path, said):
    """A finished run on given latents of a small 2.1 model: (model folder, wish to go on with it)."""
    model = checkpoints.save(
        checkpoints.components_21(), tmp_path / "m", {"_class_name": "QwenImage21Pipeline"}
    )
    save_latents(torch.randn(9, 8, 2, 2), tmp_path / "latents" / "all.safetensors")
    wish = Wish(tmp_path / "out", Length(steps=1), tmp_path / "latents", batch=1, width=0.25)
    make_light_decoder(Studio(model), wish, said.append)
    return model, dataclasses.replace(wish, resume=True, length=Length(steps=2))


def test_a_made_decoder_says_which_weights_it_was_made_for(begun):
    model, wish = begun
    assert json.loads((wish.out / MADE_FOR).read_text()) == {
        "model": "Qwen-Image-2.1",
        "vae": of_weights(model / "vae"),
    }


@pytest.mark.parametrize(("setting", "value"), [("seed", 1), ("batch", 2)])
def test_no_run_goes_on_with_other_settings(begun, said, setting, value):
    model, wish = begun
    with pytest.raises(BadJob, match=f"was made with {setting} = .*, now it is {value}"):
        make_light_decoder(Studio(model), dataclasses.replace(wish, **{setting: value}), said.append)


def test_no_run_goes_on_with_another_width(begun, said):
    model, wish = begun
    with pytest.raises(BadJob, match="was made with sizes = "):
        make_light_decoder(Studio(model), dataclasses.replace(wish, width=0.5), said.append)


def test_no_run_goes_on_with_another_model_or_other_latents(begun, said):
    model, wish = begun
    kept = (wish.latents / "all.safetensors").read_bytes()
    save_latents(torch.randn(9, 8, 2, 2), wish.latents / "all.safetensors")
    with pytest.raises(BadJob, match="was made with latents = "):
        make_light_decoder(Studio(model), wish, said.append)
    (wish.latents / "all.safetensors").write_bytes(kept)
    (weights,) = (model / "vae").glob("*.safetensors")
    save_file({name: value + 0.01 for name, value in load_file(weights).items()}, weights)
    with pytest.raises(BadJob, match="was made with weights of the full decoder = "):
        make_light_decoder(Studio(model), wish, said.append)


def test_latents_that_another_model_began_are_never_mixed(tmp_path, said):
    model = checkpoints.save(
        checkpoints.components_21(), tmp_path / "m", {"_class_name": "QwenImage21Pipeline"}
    )
    wish = Wish(tmp_path / "out", Length(steps=1), prompts=2, batch=1)
    origin = tmp_path / "out" / "latents" / ORIGIN
    save_latents(torch.randn(8, 2, 2), origin.with_name("000000.safetensors"))
    with pytest.raises(BadJob, match="--latents"):
        make_light_decoder(Studio(model), wish, said.append)
    origin.write_text('{"model": "another"}')
    with pytest.raises(BadJob, match="model = 'another'"):
        make_light_decoder(Studio(model), wish, said.append)
    assert len(list(origin.parent.glob("*.safetensors"))) == 1


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
