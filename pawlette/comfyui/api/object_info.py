"""/object_info: the kinds of node that are read, as ComfyUI describes its own. Pure."""

from __future__ import annotations

from typing import Any

from pawlette.comfyui.asks import FROM_WORDS
from pawlette.comfyui.definitions import DEFINITIONS, Definition, Input
from pawlette.model.parts import LoraChoice
from pawlette.studio import Studio
from pawlette.words.styles import STYLES

CATEGORY = "pawlette"
OWN_NAMES = {
    "PawletteLoad": "Pawlette Load",
    "PawletteDraw": "Pawlette Draw",
    "PawletteSave": "Pawlette Save",
}
FOLDERS = ("checkpoints", "diffusion_models", "loras", "text_encoders", "vae", "embeddings", "upscale_models")
FILES = ("unet_name", "clip_name", "vae_name", "model")  # where they are no links


def object_info(studio: Studio, kind: str | None = None) -> dict[str, Any]:
    """Of one kind of node ({} where it is not known) or of all."""
    kinds = DEFINITIONS if kind is None else {kind: DEFINITIONS[kind]} if kind in DEFINITIONS else {}
    return {name: _described(name, one, studio) for name, one in kinds.items()}


def models_in(studio: Studio, folder: str) -> list[str] | None:
    """/models: the LoRA that the model was loaded with, and no files, since none is looked up; None: no such folder."""
    if folder not in FOLDERS:
        return None
    return [studio.lora.name] if folder == "loras" and studio.lora is not None else []


def _described(name: str, one: Definition, studio: Studio) -> dict[str, Any]:
    given = {input: _config(name, input, wanted, studio) for input, wanted in one.inputs.items()}
    required = {input: given[input] for input, wanted in one.inputs.items() if not wanted.optional}
    optional = {input: given[input] for input, wanted in one.inputs.items() if wanted.optional}
    sides = {"required": required} | ({"optional": optional} if optional else {})
    return {
        "input": sides,
        "input_order": {side: list(inputs) for side, inputs in sides.items()},
        "output": list(one.outputs),
        "output_is_list": [False] * len(one.outputs),
        "output_name": list(one.names or one.outputs),
        "name": name,
        "display_name": OWN_NAMES.get(name, name),
        "description": "",
        "python_module": "nodes",
        "category": CATEGORY,
        "output_node": one.is_output,
    }


def _config(kind: str, name: str, wanted: Input, studio: Studio) -> list[Any]:
    """A list of names holds what the loaded model offers; names of files are free text, since none is looked up."""
    config = wanted.config()
    if wanted.type == "COMBO" and name in FILES:
        return ["STRING", {"default": studio.family.name}]
    if wanted.type != "COMBO" or wanted.options is not None:
        return config
    names = _names(kind, name, wanted, studio)
    return [names, {"default": wanted.default if wanted.default in names else names[0]} if names else {}]


def _names(kind: str, name: str, wanted: Input, studio: Studio) -> list[str]:
    if name == "style":
        return [FROM_WORDS, *STYLES]
    if name in ("lora", "lora_name"):
        return _loras(kind, studio.lora)
    if name == "decoder":
        return [studio.decoder.name]
    return [str(wanted.default)] if wanted.default is not None else [studio.family.name]


def _loras(kind: str, loaded: LoraChoice | None) -> list[str]:
    names = [] if loaded is None else [loaded.name]
    return ["none", *names] if kind == "PawletteLoad" else names
