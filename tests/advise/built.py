"""The model room's modules at true and toy sizes, without memory."""

import json
from dataclasses import replace
from functools import cache

import torch

from pawlette.advise.models import sizes_of
from pawlette.advise.sizes import Sizes
from pawlette.bench.true_shapes import SHAPES
from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21
from pawlette.model.folded import fold
from pawlette.model.fp8 import quantise_blocks
from pawlette.model.generations import GENERATIONS
from pawlette.model.light_decoder import LightDecoder, LightDecoderConfig
from pawlette.model.precision import keep_wide
from pawlette.model.tower import Tower, TowerConfig
from pawlette.model.upscaler import Upscaler, UpscalerConfig
from pawlette.studio import builtin_folder

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "fp8": torch.bfloat16}
FAMILIES = {"1.x": QWEN_IMAGE, "2.1": QWEN_IMAGE_21}
KINDS = {"1.x": "qwen2_5_vl", "2.1": "qwen3_vl"}
MODELS = ("1.x", "2.1", "builtin", "toy 1.x", "toy 2.1")


@cache
def parts(model):
    """Settings of each part, as in config.json."""
    if model == "builtin":
        folder = builtin_folder()
        names = ("transformer", "vae", "text_encoder")
        return {name: json.loads((folder / name / "config.json").read_text()) for name in names}
    shape = SHAPES[model.removeprefix("toy "), model.startswith("toy ")]
    return {"transformer": shape.transformer[1], "vae": shape.vae[1], "text_encoder": shape.text[1]}


@cache
def sizes(model):
    if model == "builtin":
        return sizes_of("builtin")
    return Sizes.of(FAMILIES[model.removeprefix("toy ")], parts(model))


def _settings(config):
    public = {key: value for key, value in config.items() if not key.startswith("_")}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in public.items()}


LAYERS = 4


def few_layers(model):
    """The model's sizes with a few layers: its fullest moment is the same, and it is built in no time."""
    whole = sizes(model)
    return replace(whole, denoiser=replace(whole.denoiser, layers=LAYERS))


@cache
def denoiser(model, precision="fp32", layers=None):
    kind = GENERATIONS[sizes(model).family.generation]
    settings = _settings(parts(model)["transformer"])
    with torch.device("meta"):
        made = kind.denoiser(
            kind.denoiser_config(**settings | ({} if layers is None else {"num_layers": layers}))
        )
    made.to(DTYPES[precision])
    if precision == "fp16":
        keep_wide(made)
    if precision == "fp8":
        quantise_blocks(made, torch.device("meta"))
    return made


def autoencoder(model, precision="fp32", *, folded=False):
    kind = GENERATIONS[sizes(model).family.generation]
    with torch.device("meta"):
        made = kind.autoencoder(kind.autoencoder_config(**_settings(parts(model)["vae"]))).to(
            DTYPES[precision]
        )
        if folded:
            fold(made)
    return made


def tower(model, *, meta=True):
    family = sizes(model).family
    kind = KINDS[family.generation]
    config = {"model_type": f"{kind}_text", **parts(model)["text_encoder"]}
    with torch.device("meta" if meta else "cpu"):
        made = Tower(TowerConfig.from_dict(config))
        if not family.final_norm:
            made.norm = torch.nn.Identity()
    return made


def additions():
    """The built-in model's light decoder and upscaler."""
    folder = builtin_folder()
    settings = [
        json.loads((folder / name / "config.json").read_text()) for name in ("light_decoder", "upscaler")
    ]
    with torch.device("meta"):
        return LightDecoder(LightDecoderConfig.from_dict(settings[0])), Upscaler(
            UpscalerConfig.from_dict(settings[1])
        )


def count(module):
    return sum(one.numel() for one in module.parameters())
