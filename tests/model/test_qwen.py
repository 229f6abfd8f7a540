"""Whole pictures against both pipelines, and mixed batches against single runs."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from diffusers import ClassifierFreeGuidance, QwenImage21Pipeline, QwenImagePipeline
from diffusers.modular_pipelines import QwenImage21ModularPipeline

from pawlette.errors import BadJob, BadModel, BadWeights, DrawingFailed
from pawlette.job import Conditioning, Sampling
from pawlette.model.family import PAWLETTE
from pawlette.model.parts import DecoderChoice, LoraChoice
from pawlette.model.qwen import QwenImage
from tests.model.checkpoints import SCHEDULE_OWN, light_decoder, save_lora, save_part, upscaler
from tests.model.drawing import MIXED, draw, furthest, job, pixels
from tests.model.host_reads import NoHostReads

CALM = {"disable": True}  # progress bars


@pytest.fixture(scope="module")
def model_1(checkpoint_1):
    return QwenImage.load(checkpoint_1.folder)


@pytest.fixture(scope="module")
def model_21(checkpoint_21):
    return QwenImage.load(checkpoint_21.folder)


@pytest.fixture(params=["1", "21"])
def model(request):
    return request.getfixturevalue(f"model_{request.param}")


def check_picture(name, ours, theirs, record_parity):
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert theirs.std() > 20  # a picture with something in it
    difference = np.abs(ours.astype(int) - theirs.astype(int)).max() / 255
    record_parity(name, difference, 1 / 255)
    assert difference <= 1 / 255
    assert (ours != theirs).mean() < 0.01  # where a value lies between two integers


def drawn_by(pipeline, asked):
    """The picture that a diffusers pipeline draws of a job, from the same noise in eight steps."""
    pipeline.set_progress_bar_config(**CALM)
    return pipeline(
        asked.prompt.text, negative_prompt=asked.prompt.negative if asked.guidance > 1 else None,
        true_cfg_scale=asked.guidance, width=96, height=64, num_inference_steps=8,
        generator=torch.Generator().manual_seed(asked.seed),
    ).images[0]  # fmt: skip


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_1_picture_equals_the_pipeline(checkpoint_1, model_1, guidance, record_parity):
    pipeline = QwenImagePipeline(**checkpoint_1.components)
    asked = job(guidance=guidance)
    theirs = drawn_by(pipeline, asked)
    check_picture(
        f"1.x picture, 8 steps, guidance {guidance}", *pixels(model_1, asked), theirs, record_parity
    )


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_21_picture_equals_the_pipeline(checkpoint_21, model_21, guidance, record_parity):
    pipeline = QwenImage21Pipeline(**checkpoint_21.components)
    asked = job(guidance=guidance)
    theirs = drawn_by(pipeline, asked)
    check_picture(
        f"2.1 picture, 8 steps, guidance {guidance}", *pixels(model_21, asked), theirs, record_parity
    )


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_21_picture_equals_the_modular_pipeline(checkpoint_21, model_21, guidance, record_parity):
    pipeline = QwenImage21ModularPipeline()
    pipeline.update_components(
        **checkpoint_21.components, guider=ClassifierFreeGuidance(guidance_scale=guidance)
    )
    pipeline.set_progress_bar_config(**CALM)
    asked = job(guidance=guidance)
    theirs = pipeline(
        prompt=asked.prompt.text, negative_prompt=asked.prompt.negative if guidance > 1 else None,
        width=96, height=64, num_inference_steps=8, generator=torch.Generator().manual_seed(asked.seed),
    ).images[0]  # fmt: skip
    name = f"2.1 picture (modular), 8 steps, guidance {guidance}"
    check_picture(name, *pixels(model_21, asked), theirs, record_parity)


def test_mixed_batch_equals_single_runs(model, record_parity):
    together = draw(model, *MIXED)
    alone = [draw(model, one)[0] for one in MIXED]
    assert len({one.tensor.sum().item() for one in alone}) == 4
    difference = furthest(together, alone)
    record_parity(f"{model.family.name} latents, mixed batch against single runs", difference, 1e-5)
    assert difference <= 1e-5


def test_the_same_job_draws_the_same_picture(model):
    one, again = pixels(model, job())[0], pixels(model, job())[0]
    assert np.array_equal(one, again)
    assert not np.array_equal(one, pixels(model, job(seed=8))[0])


def test_steps_read_nothing_back(model):
    jobs = [job(), job("a dolphin", seed=2, guidance=3.0)]
    waiting = [model.begin(one, read) for one, read in zip(jobs, model.encode(jobs), strict=True)]
    with NoHostReads():
        assert [one.at for one in model.step(waiting)] == [1, 1]


def test_a_row_without_guidance_does_not_pay_for_it(model, monkeypatch):
    rows, plain = [], model.denoiser.forward

    def counting(latents, *others):
        rows.append(len(latents))
        return plain(latents, *others)

    monkeypatch.setattr(model.denoiser, "forward", counting)
    draw(model, job(steps=1), job(seed=1, steps=1), job(seed=2, steps=1, guidance=2.0))
    assert rows == [4]
    assert [read.negative is None for read in model.encode([job(), job(guidance=2.0)])] == [True, False]


def test_guidance_is_rescaled_on_1_only(model_1, model_21):
    velocity = torch.randn(4, 6, 8)
    for model, rescaled in ((model_1, True), (model_21, False)):
        guided = model._guide(velocity, [1], [job(guidance=5.0)])
        assert torch.equal(guided[[0, 2]], velocity[[0, 2]])
        same_length = torch.allclose(guided[1].norm(dim=-1), velocity[1].norm(dim=-1), rtol=1e-4)
        assert same_length is rescaled


def test_a_job_may_have_the_other_rule_of_guidance(model_1, model_21):
    velocity = torch.randn(4, 6, 8)
    for model in (model_1, model_21):
        jobs = [job(guidance=5.0, sampling=Sampling(rescaled=rescaled)) for rescaled in (True, False)]
        both = model._guide(velocity, [0, 1], jobs)
        for row, rescaled in enumerate((True, False)):
            same_length = torch.allclose(both[row].norm(dim=-1), velocity[row].norm(dim=-1), rtol=1e-4)
            assert same_length is rescaled
        alone = model._guide(velocity[[0, 1, 2]], [0], jobs[:1])
        assert torch.equal(alone[0], both[0])


def test_a_jobs_shift_stands_in_for_the_schedule(model):
    asked = job(sampling=Sampling(shift=3.0), steps=4)
    read = model.encode([asked])[0]
    assert model.begin(asked, read).sigmas == pytest.approx((1.0, 0.9, 0.75, 0.5, 0.0))


def test_noise_is_the_seeds_own(model):
    read = model.encode([job()])[0]
    first, twin, other = (model.begin(job(seed=seed), read).tensor for seed in (1, 1, 2))
    assert first.dtype == torch.float32
    assert torch.equal(first, twin)
    assert not torch.equal(first, other)
    assert abs(first.std().item() - 1) < 0.2


def test_no_picture_is_an_error_with_the_seed(model):
    fine, broken = draw(model, job(steps=1), job(seed=99, steps=1))
    nowhere = torch.full_like(broken.tensor, float("inf"))
    broken = dataclasses.replace(broken, tensor=nowhere)
    with pytest.raises(DrawingFailed, match="seed 99"):
        model.decode([fine, broken])


def test_jobs_that_do_not_fit_are_named(model):
    read = model.encode([job()])[0]
    with pytest.raises(BadJob, match="LoRA 'paws:1'"):
        model.begin(job(lora="paws:1"), read)
    with pytest.raises(BadJob, match="decoder full; got 'light'"):
        model.begin(job(decoder="light"), read)
    guided = model.begin(job(guidance=2.0), Conditioning(read.embeds))
    with pytest.raises(BadJob, match="negative"):
        model.step([guided])
    turned = model.begin(job(size=(64, 96)), read)
    with pytest.raises(ValueError, match="one shape"):
        model.step([model.begin(job(), read), turned])


def own_folder(checkpoint_21, folder, **settings):
    """The 2.1 checkpoint dressed as a model of our own: shift as it is, blank negative, bare text."""
    shutil.copytree(checkpoint_21.folder, folder)
    (folder / "pawlette.json").write_text(json.dumps({
        "family": "pawlette", "name": "tiny", "species": ["panda"], "size": 64, "steps": 3, "guidance": 2.0,
        "licence": "Apache-2.0",
    } | settings))  # fmt: skip
    settings = {"_class_name": "FlowMatchEulerDiscreteScheduler", **SCHEDULE_OWN}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(settings))
    return folder


def test_our_own_family_draws(checkpoint_21, tmp_path):
    own = QwenImage.load(own_folder(checkpoint_21, tmp_path / "own"))
    assert own.family.generation == PAWLETTE.generation
    reads = own.encode([job(guidance=2.0, negative="blurry"), job(guidance=2.0, negative="")])
    assert torch.equal(reads[0].negative, reads[1].negative)  # the blank text, whatever was asked
    assert own.begin(job(steps=2), reads[0]).sigmas == pytest.approx((1.0, 2 / 3, 0.0))
    assert pixels(own, job(steps=2, guidance=2.0))[0].shape == (64, 96, 4)


def test_an_upscaled_picture_is_the_same_drawing(checkpoint_21, tmp_path):
    folder = own_folder(checkpoint_21, tmp_path / "own", upscaled=2)
    with pytest.raises(BadModel, match=r"upscaler.config\.json is missing"):
        QwenImage.load(folder)
    save_part(upscaler(), folder / "upscaler")
    own = QwenImage.load(folder)
    small, large = (draw(own, job(size=(side, side), steps=2))[0] for side in (64, 128))
    assert torch.equal(small.tensor, large.tensor)
    assert (large.job.width, large.job.height) == (128, 128)
    plain, doubled = own.decode([small])[0].tensor, own.decode([large, large])[1].tensor
    assert (plain.shape, doubled.shape) == ((64, 64, 4), (128, 128, 4))
    decoded = plain.permute(2, 0, 1)[None] / 127.5 - 1
    expected = (own.additions.upscaler(decoded)[0].permute(1, 2, 0) + 1) * 127.5
    assert (doubled.float() - expected).abs().mean() < 3  # of a picture that was rounded to bytes before


def test_rows_of_one_size_share_a_batch_also_when_upscaled(checkpoint_21, tmp_path):
    folder = own_folder(checkpoint_21, tmp_path / "own", upscaled=2)
    save_part(upscaler(), folder / "upscaler")
    own = QwenImage.load(folder)
    jobs = [job(seed=seed, size=(128, 128), steps=2) for seed in (1, 2)]
    together, alone = draw(own, *jobs), [draw(own, one)[0] for one in jobs]
    for a, b in zip(together, alone, strict=True):
        assert (a.tensor - b.tensor).abs().max() <= 1e-5


def test_a_distilled_model_of_our_own_takes_no_guidance(checkpoint_21, tmp_path):
    own = QwenImage.load(own_folder(checkpoint_21, tmp_path / "own", guidable=False, guidance=1.0))
    read = own.encode([job()])[0]
    with pytest.raises(BadJob, match="takes no guidance; got 2"):
        own.begin(job(guidance=2.0), read)


@pytest.mark.parametrize(("which", "sizes"), [("1", (4, 3, 4)), ("21", (8, 4, 5))])
def test_a_light_decoder_stands_in_for_the_full_one(request, tmp_path, which, sizes):
    checkpoint, full = (request.getfixturevalue(f"{kind}_{which}") for kind in ("checkpoint", "model"))
    part = light_decoder(*sizes)
    choice = DecoderChoice.find(str(save_part(part, tmp_path / "small")), checkpoint.folder)
    light = QwenImage.load(checkpoint.folder, decoder=choice)
    with pytest.raises(BadJob, match="decoder small/; got 'full'"):
        draw(light, job(steps=1))
    drawn = draw(light, job(steps=1, decoder="small/"))[0]
    assert torch.equal(drawn.tensor, draw(full, job(steps=1))[0].tensor)
    ours = light.decode([drawn])[0].tensor
    assert ours.shape == (64, 96, sizes[1])
    assert (ours != full.decode([drawn])[0].tensor).any()


def test_previews_are_by_the_light_decoder_of_the_folder(checkpoint_21, model_21, tmp_path):
    folder = shutil.copytree(checkpoint_21.folder, tmp_path / "model")
    drawn = draw(model_21, job(steps=1))[0]
    full = model_21.decode([drawn])[0].tensor
    assert torch.equal(model_21.preview([drawn])[0].tensor, full), "no decoder is quicker here"
    save_part(light_decoder(8, 4, 5), folder / "light_decoder")
    chosen = QwenImage.load(folder, decoder=DecoderChoice.find("light", folder))
    both = QwenImage.load(folder)
    assert torch.equal(both.preview([drawn])[0].tensor, chosen.decode([drawn])[0].tensor)
    assert torch.equal(both.decode([drawn])[0].tensor, full)
    shutil.rmtree(folder / "light_decoder")
    save_part(light_decoder(4, 3, 4), folder / "light_decoder")
    assert torch.equal(QwenImage.load(folder).preview([drawn])[0].tensor, full), (
        "one of another model is not used"
    )


def test_a_light_decoder_of_another_model_is_named(checkpoint_21, tmp_path):
    choice = DecoderChoice.find(str(save_part(light_decoder(4, 3, 4), tmp_path / "small")), tmp_path)
    with pytest.raises(BadModel, match=r"small: .*\(4, 3, 8\); this model's are \(8, 4, 16\)"):
        QwenImage.load(checkpoint_21.folder, decoder=choice)


def test_an_upscaler_of_another_model_is_named(checkpoint_21, tmp_path):
    folder = own_folder(checkpoint_21, tmp_path / "own", upscaled=2)
    save_part(upscaler(channels=3), folder / "upscaler")
    with pytest.raises(BadModel, match="upscaler: it has 3 channels, the model's pictures 4"):
        QwenImage.load(folder)


@pytest.mark.parametrize("which", ["1", "21"])
def test_a_lora_is_merged_at_its_strength(request, tmp_path, which):
    checkpoint, plain = (request.getfixturevalue(f"{kind}_{which}") for kind in ("checkpoint", "model"))
    path = save_lora(tmp_path / "fox.safetensors")
    pictures = [pixels(plain, job(steps=2))[0]]
    for wanted in ("fox:0", "fox:0.5", "fox"):
        choice = LoraChoice.find(wanted.replace("fox", str(path)), checkpoint.folder)
        merged = QwenImage.load(checkpoint.folder, lora=choice)
        assert choice.label == (wanted if ":" in wanted else "fox:1")
        pictures.append(pixels(merged, job(steps=2, lora=choice.label))[0])
    assert np.array_equal(pictures[0], pictures[1])
    assert len({picture.tobytes() for picture in pictures[1:]}) == 3


def test_parts_take_turns_on_the_device(checkpoint_21, model_21):
    moving = QwenImage.load(checkpoint_21.folder, "meta", torch.float32, in_turns=True)
    parts = {"encode": moving.text.tower, "denoise": moving.denoiser, "decode": moving.decoder}
    assert {next(part.parameters()).device.type for part in parts.values()} == {"cpu"}
    moving.bring("denoise")
    places = {stage: next(part.parameters()).device.type for stage, part in parts.items()}
    assert places == {"encode": "cpu", "denoise": "meta", "decode": "cpu"}
    there = QwenImage.load(checkpoint_21.folder, "cpu", in_turns=True)
    there.bring("encode")
    assert np.array_equal(pixels(there, job(steps=1))[0], pixels(model_21, job(steps=1))[0])


def test_half_precision_is_near(checkpoint_21, model_21):
    half = QwenImage.load(checkpoint_21.folder, dtype=torch.bfloat16)
    assert {p.dtype for p in half.denoiser.parameters()} == {torch.bfloat16}
    difference = np.abs(pixels(half, job())[0].astype(int) - pixels(model_21, job())[0].astype(int)).mean()
    assert difference < 12


@pytest.mark.parametrize("part", ["transformer", "vae", "text_encoder"])
def test_missing_weights_are_named(checkpoint_21, tmp_path, part):
    folder = tmp_path / "model"
    shutil.copytree(checkpoint_21.folder, folder)
    next((folder / part).glob("*.safetensors")).unlink()
    with pytest.raises(BadWeights, match=f"{part}.*safetensors is missing"):
        QwenImage.load(folder)


@pytest.mark.parametrize(
    ("part", "change", "word"),
    [
        ("transformer", {"in_channels": 16}, "in_channels|has shape"),
        ("transformer", {"context_in_dim": 64}, "has shape"),
        ("vae", {"z_dim": 4}, r"vae.config\.json.*z_dim"),
        ("transformer", {"num_layers": "two"}, r"transformer.config\.json"),
        ("transformer", {"mlp_ratio": -1}, r"transformer.config\.json"),
        ("vae", {"base_dim": None}, r"vae.config\.json"),
        ("text_encoder", {"text_config": {"hidden_size": "x"}}, r"text_encoder.config\.json"),
        ("text_encoder", {"text_config": {"num_attention_heads": 0}}, r"text_encoder.config\.json"),
        ("scheduler", {"_class_name": "DDIMScheduler"}, "DDIMScheduler"),
    ],
)
def test_parts_that_do_not_fit_are_named(checkpoint_21, tmp_path, part, change, word):
    folder = tmp_path / "model"
    shutil.copytree(checkpoint_21.folder, folder)
    path = folder / part / ("scheduler_config.json" if part == "scheduler" else "config.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadModel, match=word):
        QwenImage.load(folder)
