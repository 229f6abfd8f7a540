"""Encode, denoise and decode one by one give what the engine draws, on ComfyUI's own types."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pawlette.comfyui.stages import (
    conditionings,
    decode,
    denoise,
    loaded,
    open_conditionings,
    shift_of,
    velocity,
)
from pawlette.comfyui.tensors import (
    embeds_of,
    empty_size,
    from_samples,
    prompt_of,
    to_conditioning,
    to_samples,
)
from pawlette.engine.deliver import to_image
from pawlette.errors import BadJob, Refused
from pawlette.job import Sampling
from pawlette.model.packing import pack, unpack
from pawlette.model.schedule import Schedule
from pawlette.model.switches import Switches
from pawlette.studio import Studio
from pawlette.words import compose, read
from tests.model import checkpoints
from tests.model.drawing import draw, pixels


@pytest.fixture(scope="module")
def folder_1(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model-1")
    return checkpoints.save(checkpoints.components_1(), folder, {"_class_name": "QwenImagePipeline"})


@pytest.fixture(scope="module")
def folder_21(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model-21")
    return checkpoints.save(checkpoints.components_21(), folder, {"_class_name": "QwenImage21Pipeline"})


@pytest.fixture(params=["1.x", "2.1"])
def studio(request, folder_1, folder_21):
    return Studio(folder_1 if request.param == "1.x" else folder_21, device="cpu", studio_mode=True)


def empty(width=96, height=64, count=1, **more):
    return {"samples": torch.zeros(count, 16, height // 8, width // 8)} | more


def test_the_stages_one_by_one_draw_the_engines_picture(studio):
    read = open_conditionings(studio, "a cute panda", "blurry")
    steps = []
    samples = denoise(
        studio, *read, empty(count=2), seed=5, steps=3, guidance=3.0,
        on_step=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    images = decode(studio, samples)
    job = studio.accept("a cute panda", seed=5, steps=3, guidance=3.0, size=(96, 64), negative="blurry").job
    model = loaded(studio)
    for row, seed in enumerate((5, 6)):
        (drawn,) = model.decode(draw(model, dataclasses.replace(job, seed=seed)))
        # Rows of a batch of this small model may differ in the last bit.
        assert np.abs((images[row] * 255).numpy() - np.asarray(to_image(drawn), dtype=np.float32)).max() <= 1
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert samples.shape[:2] == (2, model.latent_channels)
    assert samples.dim() == (5 if studio.family.generation == "1.x" else 4)


def test_samples_go_there_and_back(studio):
    model = loaded(studio)
    job = studio.accept("a cute panda", seed=5, steps=1, size=(96, 64)).job
    finished = draw(model, job)
    (back,) = from_samples(model, to_samples(model, finished), job)
    assert torch.allclose(back.tensor, finished[0].tensor, atol=1e-5)
    ours, theirs = model.decode([back])[0].tensor.numpy(), pixels(model, job)[0]
    assert np.abs(ours.astype(int) - theirs).max() <= 1  # scaling rounds


def test_a_prompt_gives_conditioning_that_says_what_was_read(studio):
    prompt = compose(read("a cute panda"))
    positive, negative = conditionings(studio, prompt)
    assert prompt_of(positive) is prompt
    assert positive[0][0].shape[0] == 1
    assert negative[0][0].shape[2] == loaded(studio).text.width


def test_a_shift_reaches_the_sigmas(studio):
    read = open_conditionings(studio, "a cute panda", "")
    plain, shifted = (denoise(studio, read[0], None, empty(), seed=1, steps=2, guidance=1.0, shift=shift)
                      for shift in (0.0, 6.0))  # fmt: skip
    model = loaded(studio)
    job = studio.accept(
        "a cute panda", seed=1, steps=2, guidance=1.0, size=(96, 64), sampling=Sampling(6.0)
    ).job
    assert torch.allclose(shifted, to_samples(model, draw(model, job)), atol=1e-5)
    assert not torch.allclose(plain, shifted, atol=1e-3)


def test_foreign_conditioning_is_read_by_its_mask(studio):
    model = loaded(studio)
    embeds = torch.randn(1, 5, model.text.width)
    foreign = [[embeds, {"attention_mask": torch.tensor([[1, 1, 1, 0, 0]])}]]
    assert torch.equal(embeds_of(foreign, model), embeds[0, :3].to(model.dtype))
    assert prompt_of(foreign) is None
    whole = denoise(studio, foreign, None, empty(), seed=1, steps=1, guidance=1.0)
    cut = denoise(studio, [[embeds[:, :3], {}]], None, empty(), seed=1, steps=1, guidance=1.0)
    assert torch.equal(whole, cut)


def test_a_kid_gate_takes_only_what_was_read_behind_it(folder_1):
    kid = Studio(folder_1, device="cpu")
    with pytest.raises(BadJob, match="Pawlette Prompt"):
        open_conditionings(kid, "anything", "")
    foreign = [[torch.randn(1, 5, loaded(kid).text.width), {}]]
    with pytest.raises(BadJob, match="Pawlette Prompt"):
        denoise(kid, foreign, None, empty(), seed=1)
    own, _ = conditionings(kid, kid.accept("a panda", seed=0).job.prompt)
    assert denoise(kid, own, None, empty(), seed=1, steps=1, guidance=1.0).isfinite().all()


def test_an_adults_text_passes_its_own_gate(studio):
    with pytest.raises(Refused):
        open_conditionings(studio, "a naked woman", "")


def test_what_is_no_empty_latent_or_another_models_is_said(studio):
    model = loaded(studio)
    own = to_conditioning(torch.randn(4, model.text.width), compose(read("a panda")))
    with pytest.raises(BadJob, match="empty latent"):
        denoise(studio, own, None, {"samples": torch.ones(1, 16, 8, 12)}, seed=1)
    with pytest.raises(BadJob, match="another model's"):
        denoise(studio, [[torch.randn(1, 4, 7), {}]], None, empty(), seed=1, guidance=1.0)
    with pytest.raises(BadJob, match="several"):
        denoise(studio, own + own, None, empty(), seed=1, guidance=1.0)
    with pytest.raises(BadJob, match="negative CONDITIONING"):
        denoise(studio, own, None, empty(), seed=1, guidance=3.0)
    with pytest.raises(BadJob, match="rows"):
        denoise(studio, own, None, empty(count=65), seed=1, guidance=1.0)
    with pytest.raises(BadJob, match="channels"):
        decode(studio, torch.zeros(1, 3, 8, 8))
    with pytest.raises(BadJob, match="multiples"):
        denoise(studio, own, None, empty(width=104), seed=1, guidance=1.0)


def test_an_empty_latent_may_say_its_scale():
    latent = {"samples": torch.zeros(2, 64, 4, 6), "downscale_ratio_spacial": 16}
    assert empty_size(latent) == (2, 96, 64)


def test_what_a_step_raises_ends_the_denoising(studio):
    def interrupt(done, total):
        raise InterruptedError

    read = open_conditionings(studio, "a panda", "")
    with pytest.raises(InterruptedError):
        denoise(studio, read[0], None, empty(), seed=1, steps=2, guidance=1.0, on_step=interrupt)


def sampler_and_engine(studio):
    """One step of a sampler of somebody else's, and the engine's."""
    model = loaded(studio)
    job = studio.accept("a cute panda", seed=5, steps=2, guidance=1.0, size=(96, 64)).job
    start = model.begin(job, model.encode([job])[0])
    (after,) = model.step([start])
    latents = unpack(start.tensor[None], model.grid(job), model.family.patch)
    sigmas = torch.tensor(start.sigmas[:1])
    made = velocity(model, latents[:, :, None], sigmas, [start.conditioning.embeds], start.sigmas)
    moved = latents + (start.sigmas[1] - start.sigmas[0]) * made[:, :, 0]
    return pack(moved, model.family.patch)[0], after.tensor


def test_a_samplers_own_step_is_the_engines(studio):
    theirs, ours = sampler_and_engine(studio)
    assert torch.allclose(theirs, ours, atol=1e-5)


@pytest.mark.parametrize("which", ["1.x", "2.1"])
def test_a_sampler_may_step_a_model_that_is_loaded_to_be_quick(which, folder_1, folder_21):
    newer = which == "2.1"
    switches = Switches.of_card((8, 6), "fp32", newer=newer)
    folder = folder_21 if newer else folder_1
    theirs, ours = sampler_and_engine(Studio(folder, device="cpu", studio_mode=True, switches=switches))
    plainly, _ = sampler_and_engine(Studio(folder, device="cpu", studio_mode=True))
    assert torch.allclose(theirs, ours, atol=1e-5)
    assert torch.allclose(theirs, plainly, atol=1e-4)


def test_a_table_is_made_once_for_a_samplers_schedule(folder_1):
    studio = Studio(folder_1, device="cpu", studio_mode=True, switches=Switches(table=True))
    model, read = loaded(studio), []
    source = model.velocity.table.source
    model.velocity.table.source = lambda layer: read.append(layer) or source(layer)
    text = embeds_of(open_conditionings(studio, "a panda", "")[0], model)
    for sigma in (0.91, 0.7, 0.4, 0.55):  # the last one is none of the schedule's
        velocity(
            model,
            torch.zeros(1, model.latent_channels, 8, 12),
            torch.tensor([sigma]),
            [text],
            (1.0, 0.7, 0.4, 0.0),
        )
        read.append("step")
    layers = list(range(model.velocity.table.layers))
    assert read == [*layers, "step", "step", "step", *layers, "step"]


def test_a_constant_shift_stands_in_for_a_schedule(studio):
    assert shift_of(loaded(studio)) == 3.1
    assert shift_of(SimpleNamespace(schedule=Schedule(shift=2.0))) == 2.0
