"""Run inside ComfyUI's folder: latents that its own sampler makes of a small Qwen-Image.

    python comfy_latents.py FOLDER

FOLDER holds asked.json {"config": {…}, "seed", "steps", "cfg", "shift", "width", "height"}, weights.safetensors (the
transformer's) and texts.safetensors {"positive", "negative": (1, tokens, width)}; latents.safetensors is written:
{"latents": (1, 16, height / 8, width / 8)}, as the sampler steps them.
"""

import json
import sys
from pathlib import Path

sys.argv, folder = [sys.argv[0], "--cpu"], Path(sys.argv[1])
sys.path.insert(0, ".")

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing()

import comfy.model_patcher  # noqa: E402
import comfy.sample  # noqa: E402
import comfy.supported_models  # noqa: E402
import torch  # noqa: E402
from comfy_extras.nodes_model_advanced import ModelSamplingAuraFlow  # noqa: E402
from nodes import ConditioningZeroOut  # noqa: E402, F401  ComfyUI wants its nodes imported before it samples
from safetensors.torch import load_file, save_file  # noqa: E402

asked = json.loads((folder / "asked.json").read_text())
config = comfy.supported_models.QwenImage(
    {"image_model": "qwen_image", "dtype": torch.float32} | asked["config"]
)
model = config.get_model({})
missing = model.diffusion_model.load_state_dict(load_file(folder / "weights.safetensors"), strict=False)
assert not missing.missing_keys, missing
assert not missing.unexpected_keys, missing
cpu = torch.device("cpu")
patcher = comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu)
(patcher,) = ModelSamplingAuraFlow().patch_aura(patcher, asked["shift"])
empty = torch.zeros(1, 16, 1, asked["height"] // 8, asked["width"] // 8)
noise = comfy.sample.prepare_noise(empty, asked["seed"])
texts = {name: [[embeds, {}]] for name, embeds in load_file(folder / "texts.safetensors").items()}
with torch.inference_mode():
    samples = comfy.sample.sample(
        patcher, noise, asked["steps"], asked["cfg"], "euler", "simple", texts["positive"], texts["negative"], empty,
        seed=asked["seed"], disable_pbar=True,
    )  # fmt: skip
    latents = model.process_latent_in(samples)[:, :, 0].float().clone().contiguous()
save_file({"latents": latents}, folder / "latents.safetensors")
