"""What each kind of node makes of its inputs. Knows no graph: inputs come as checked values, by name."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pawlette.comfyui.faults import Faulty, input_fault
from pawlette.comfyui.graph import Node
from pawlette.comfyui.values import ZEROED, Drawn, ModelChain, Output, Part, Sampled, Size, Text

Make = Callable[[Node, Mapping[str, Any]], Any]  # a value for each output, or an Output


def _model(node: Node, given: Mapping[str, Any]) -> tuple[ModelChain]:
    return (ModelChain(node.id, given["unet_name"]),)


def _part(node: Node, given: Mapping[str, Any]) -> tuple[Part]:
    return (Part(node.id, given.get("clip_name") or given.get("vae_name") or ""),)


def _lora(node: Node, given: Mapping[str, Any]) -> tuple[ModelChain]:
    model: ModelChain = given["model"]
    if given["strength_model"] == 0:
        return (model,)
    added = (node.id, given["lora_name"], given["strength_model"])
    return (dataclasses.replace(model, loras=(*model.loras, added)),)


def _shift(node: Node, given: Mapping[str, Any]) -> tuple[ModelChain]:
    return (dataclasses.replace(given["model"], shift=given["shift"], shifted_at=node.id),)


def _cfg_norm(node: Node, given: Mapping[str, Any]) -> tuple[ModelChain]:
    if given["strength"] != 1.0:
        raise Faulty(
            input_fault("custom_validation_failed", "strength", f"1 is drawn; got {given['strength']:g}")
        )
    return (dataclasses.replace(given["model"], cfg_norm=True),)


def _same_model(node: Node, given: Mapping[str, Any]) -> tuple[ModelChain]:
    return (given["model"],)


def _text(node: Node, given: Mapping[str, Any]) -> tuple[Text]:
    return (Text(node.id, "text", given["text"]),)


def _text21(node: Node, given: Mapping[str, Any]) -> tuple[Text, Text, Size]:
    pictures = [name for name in node.inputs if name.partition(".")[0] == "images"]
    if pictures:
        details = "pictures are not read; only text becomes a picture here"
        raise Faulty(input_fault("custom_validation_failed", pictures[0], details))
    side = given["resolution"]
    return (
        Text(node.id, "prompt", given["prompt"]),
        Text(node.id, "negative_prompt", given["negative_prompt"]),
        Size(node.id, side, side, 1),
    )


def _zeroed(node: Node, given: Mapping[str, Any]) -> tuple[Text]:
    """No words: what is zeroed stands on the negative side, mostly at cfg 1, where nothing reads it."""
    return (Text(node.id, ZEROED, ""),)


def _latents(node: Node, given: Mapping[str, Any]) -> tuple[Size]:
    return (Size(node.id, given["width"], given["height"], given["batch_size"]),)


def _sampler(node: Node, given: Mapping[str, Any]) -> tuple[Sampled]:
    size = given["latent_image"]
    if not isinstance(size, Size):
        details = "an empty latent image is drawn on; got latents that were drawn already"
        raise Faulty(input_fault("custom_validation_failed", "latent_image", details))
    return (
        Sampled(
            node.id, given["model"], given["positive"], given["negative"], size,
            given["seed"], given["steps"], given["cfg"],
        ),
    )  # fmt: skip


def _decode(node: Node, given: Mapping[str, Any]) -> tuple[Sampled]:
    if not isinstance(given["samples"], Sampled):
        details = "latents are decoded behind a sampler; got an empty latent image"
        raise Faulty(input_fault("custom_validation_failed", "samples", details))
    return (given["samples"],)


def _save(node: Node, given: Mapping[str, Any]) -> Output:
    return Output(node.id, "output", given["filename_prefix"], given["images"])


def _preview(node: Node, given: Mapping[str, Any]) -> Output:
    return Output(node.id, "temp", "ComfyUI_temp", given["images"])


def _load(node: Node, given: Mapping[str, Any]) -> tuple[Any]:
    return ((node.id, given),)


def _draw(node: Node, given: Mapping[str, Any]) -> tuple[Drawn, str, Drawn, str]:
    loader, loaded = given["pawlette"]
    asked = {name: value for name, value in given.items() if name != "pawlette"}
    drawn = Drawn(node.id, loader, loaded, asked)
    return drawn, "", drawn, ""


def _pawlette_save(node: Node, given: Mapping[str, Any]) -> Output:
    linked = [one for one in (given["pictures"], given["images"]) if one is not None]
    if len(linked) != 1:
        raise Faulty(
            input_fault("custom_validation_failed", "pictures", "either pictures or images is linked")
        )
    return Output(node.id, "output", given["filename_prefix"], linked[0])


def _value(node: Node, given: Mapping[str, Any]) -> tuple[Any]:
    return (given["value"],)


def _switch(node: Node, given: Mapping[str, Any]) -> tuple[Any]:
    return (given["on_true" if given["switch"] else "on_false"],)


NODES: dict[str, Make] = {
    "UNETLoader": _model,
    "CLIPLoader": _part,
    "VAELoader": _part,
    "LoraLoaderModelOnly": _lora,
    "ModelSamplingAuraFlow": _shift,
    "CFGNorm": _cfg_norm,
    "QwenImage21Cache": _same_model,
    "CLIPTextEncode": _text,
    "TextEncodeQwenImage21": _text21,
    "ConditioningZeroOut": _zeroed,
    "EmptySD3LatentImage": _latents,
    "EmptyLatentImage": _latents,
    "KSampler": _sampler,
    "VAEDecode": _decode,
    "SaveImage": _save,
    "PreviewImage": _preview,
    **dict.fromkeys(
        ("PrimitiveInt", "PrimitiveFloat", "PrimitiveBoolean", "PrimitiveString", "PrimitiveStringMultiline"),
        _value,
    ),
    "ComfySwitchNode": _switch,
    "PawletteLoad": _load,
    "PawletteDraw": _draw,
    "PawletteSave": _pawlette_save,
}
