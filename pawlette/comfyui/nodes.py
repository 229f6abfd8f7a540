"""What each kind of node makes of its inputs. Knows no graph: inputs come as checked values, by name."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from pawlette.comfyui.definitions import RATIOS
from pawlette.comfyui.faults import Faulty, input_fault, shown
from pawlette.comfyui.graph import Node
from pawlette.comfyui.values import (
    ZEROED,
    Drawn,
    Guider,
    ModelChain,
    Output,
    Part,
    Sampled,
    Size,
    Text,
    Value,
)

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


def _empty(given: Mapping[str, Any]) -> Size:
    size = given["latent_image"]
    if not isinstance(size, Size):
        details = "an empty latent image is drawn on; got latents that were drawn already"
        raise Faulty(input_fault("custom_validation_failed", "latent_image", details))
    return size


def _sampler(node: Node, given: Mapping[str, Any]) -> tuple[Sampled]:
    return (
        Sampled(
            node.id, given["model"], given["positive"], given["negative"], _empty(given),
            given["seed"], given["steps"], given["cfg"],
        ),
    )  # fmt: skip


def _guider(node: Node, given: Mapping[str, Any]) -> tuple[Guider]:
    return (Guider(given["model"], given["positive"], given["negative"], given["cfg"]),)


def _sigmas(node: Node, given: Mapping[str, Any]) -> tuple[tuple[float, ...]]:
    try:
        sigmas = tuple(float(one) for one in given["sigmas"].split(","))
    except ValueError:
        sigmas = ()
    falls = all(1 >= one > then > -1 for one, then in pairwise(sigmas))
    if not 2 <= len(sigmas) <= 201 or not falls or sigmas[-1] != 0:
        details = f"numbers with commas between them, from 1 at most down to 0; got {shown(given['sigmas'])}"
        raise Faulty(input_fault("custom_validation_failed", "sigmas", details))
    return (sigmas,)


def _sampler_in_parts(node: Node, given: Mapping[str, Any]) -> tuple[Sampled, Sampled]:
    """Both of its latents are the last ones: nothing is left to be foreseen behind the last step."""
    guider, sigmas = given["guider"], given["sigmas"]
    sampled = Sampled(
        node.id, guider.model, guider.positive, guider.negative, _empty(given),
        given["noise"], len(sigmas) - 1, guider.cfg, sigmas,
    )  # fmt: skip
    return sampled, sampled


def _resolution(node: Node, given: Mapping[str, Any]) -> tuple[int, int]:
    """Sides of a ratio with about so many times 1024 x 1024 pixels, to the nearest multiple."""
    wide, high = RATIOS[given["aspect_ratio"]]
    unit, multiple = math.sqrt(given["megapixels"] * 1024**2 / (wide * high)), given["multiple"]
    return round(wide * unit / multiple) * multiple, round(high * unit / multiple) * multiple


def _write(node: Node, given: Mapping[str, Any]) -> tuple[Any]:
    details = "no texts are written here; switch the rewriting off, or write the text itself"
    raise Faulty(input_fault("custom_validation_failed", "prompt", details))


def _as_text(node: Node, given: Mapping[str, Any]) -> tuple[str]:
    source: Value = given["source"]
    if source.type not in ("STRING", "INT", "FLOAT", "BOOLEAN"):
        raise Faulty(
            input_fault("custom_validation_failed", "source", f"a text or a number; got {source.type}")
        )
    return (str(source.data),)


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
    taken = "on_true" if given["switch"] else "on_false"
    if given[taken] is None:
        raise Faulty(input_fault("required_input_missing", taken, ""))
    return (given[taken],)


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
    "SaveImageAdvanced": _save,
    "PreviewImage": _preview,
    "RandomNoise": lambda node, given: (given["noise_seed"],),
    "KSamplerSelect": lambda node, given: (given["sampler_name"],),
    "ManualSigmas": _sigmas,
    "CFGGuider": _guider,
    "SamplerCustomAdvanced": _sampler_in_parts,
    "ResolutionSelector": _resolution,
    "TextGenerate": _write,
    "PreviewAny": _as_text,
    **dict.fromkeys(
        ("PrimitiveInt", "PrimitiveFloat", "PrimitiveBoolean", "PrimitiveString", "PrimitiveStringMultiline"),
        _value,
    ),
    "ComfySwitchNode": _switch,
    "PawletteLoad": _load,
    "PawletteDraw": _draw,
    "PawletteSave": _pawlette_save,
}
