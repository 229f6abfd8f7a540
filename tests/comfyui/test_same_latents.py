"""The same weights, noise and sigmas give the same latents in a real ComfyUI and here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from safetensors.torch import load_file, save_file

from pawlette.comfyui.stages import loaded, open_conditionings
from pawlette.comfyui.tensors import embeds_of
from pawlette.job import Sampling
from pawlette.model.packing import unpack
from pawlette.studio import Studio
from tests.model import checkpoints
from tests.model.drawing import draw

SCRIPT = Path(__file__).with_name("comfy_latents.py")
CONFIG = dict(
    in_channels=64, out_channels=16, num_layers=2, attention_head_dim=16, num_attention_heads=3,
    joint_attention_dim=checkpoints.TEXT_WIDTH, axes_dims_rope=(4, 6, 6),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small Qwen-Image with the sixteen channels that ComfyUI's own class expects."""
    parts = checkpoints.components_1() | {
        "transformer": checkpoints.randomise(QwenImageTransformer2DModel(**CONFIG), seed=3),
        "vae": checkpoints.randomise(
            AutoencoderKLQwenImage(base_dim=8, z_dim=16, num_res_blocks=1, **checkpoints.statistics(16)),
            seed=4,
        ),
    }
    return checkpoints.save(parts, tmp_path_factory.mktemp("sixteen"), {"_class_name": "QwenImagePipeline"})


def theirs(comfyui, folder, work, studio, job):
    """What ComfyUI's sampler makes of it."""
    model = loaded(studio)
    positive, negative = (
        embeds_of(text, model)[None].contiguous()
        for text in open_conditionings(studio, job.prompt.text, job.prompt.negative)
    )
    save_file({"positive": positive, "negative": negative}, work / "texts.safetensors")
    (weights,) = (folder / "transformer").glob("*.safetensors")
    save_file(load_file(weights), work / "weights.safetensors")
    asked = {
        "config": CONFIG, "seed": job.seed, "steps": job.steps, "cfg": job.guidance, "shift": job.sampling.shift,
        "width": job.width, "height": job.height,
    }  # fmt: skip
    (work / "asked.json").write_text(json.dumps(asked))
    run = subprocess.run([sys.executable, SCRIPT, work], cwd=comfyui, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    return load_file(work / "latents.safetensors")["latents"]


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "guidance"), [(8, 1.0), (7, 1.0), (8, 4.0)])
def test_latents_are_comfyuis(comfyui, folder, tmp_path, record_parity, steps, guidance):
    studio = Studio(folder, device="cpu", studio_mode=True)
    job = studio.accept(
        "a cute panda", seed=11, size=(96, 64), steps=steps, guidance=guidance, negative="blurry",
        sampling=Sampling(3.1, rescaled=False),
    ).job  # fmt: skip
    model = loaded(studio)
    (finished,) = draw(model, job)
    ours = unpack(finished.tensor[None], model.grid(job), model.family.patch)
    expected = theirs(comfyui, folder, tmp_path, studio, job)
    difference = ((ours - expected).norm() / expected.norm()).item()
    record_parity(f"ComfyUI's latents, {steps} steps, guidance {guidance}", difference, 1e-5)
    assert difference <= 1e-5
    if guidance > 1.0:  # the rule of the published pipelines is another one
        (rescaled,) = draw(model, studio.accept(
            "a cute panda", seed=11, size=(96, 64), steps=steps, guidance=guidance, negative="blurry",
            sampling=Sampling(3.1, rescaled=True),
        ).job)  # fmt: skip
        apart = (rescaled.tensor - finished.tensor).norm() / finished.tensor.norm()
        assert apart > 1e-3
    assert torch.isfinite(ours).all()
