"""A Graph -> what its outputs would draw, worked out without drawing. Knows no Studio and no gate.

Each node is evaluated once, sources first, into frozen values; what is wrong is noted at the node where it is.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pawlette.comfyui.definitions import ANY, DEFINITIONS, Definition, Input
from pawlette.comfyui.faults import Fault, Faulty, bad_workflow, input_fault, shown
from pawlette.comfyui.graph import BadLink, Graph, Link, Node, in_order


@dataclass(frozen=True, slots=True)
class ModelChain:
    """MODEL: what a sampler is given, and where each part of it was said."""

    loader: str  # node id
    file: str
    loras: tuple[tuple[str, str, float], ...] = ()  # node id, name, strength
    shift: float | None = None
    shifted_at: str = ""  # node id
    cfg_norm: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """CONDITIONING: the words, and the input that they stand in."""

    node: str
    input: str
    words: str


@dataclass(frozen=True, slots=True)
class Size:
    """LATENT before sampling: pixels and pictures."""

    node: str
    width: int
    height: int
    count: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """LATENT after sampling, and IMAGE: all that a sampler was asked for."""

    node: str
    model: ModelChain
    positive: Text
    negative: Text
    size: Size
    seed: int
    steps: int
    cfg: float
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """IMAGE of Pawlette's own nodes: the inputs of a Draw node and of the Load node before it."""

    node: str
    loader: str  # node id
    loaded: Mapping[str, Any]
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """A node that saves or shows pictures."""

    node: str
    kind: str  # "output" or "temp"
    prefix: str
    pictures: Sampled | Drawn


@dataclass(frozen=True, slots=True)
class Part:
    """CLIP or VAE: the Studio's own stand in for it."""

    node: str
    file: str


@dataclass(frozen=True, slots=True)
class Value:
    """What comes out of a slot, with its type."""

    type: str
    data: Any


@dataclass(slots=True)
class Evaluated:
    """Values of every node that could be evaluated, and the faults of those that could not."""

    values: dict[str, tuple[Value, ...]] = dataclasses.field(default_factory=dict)
    faults: dict[str, list[Fault]] = dataclasses.field(default_factory=dict)
    outputs: dict[str, Output] = dataclasses.field(default_factory=dict)
    unread: list[str] = dataclasses.field(
        default_factory=list
    )  # inputs that no definition has: "6.speak_and_..."


def evaluate(graph: Graph) -> Evaluated:
    """Work out every output; raises BadWorkflow where a kind of node is unknown or nothing is an output."""
    check_kinds(graph)
    outputs = [id for id, node in graph.items() if DEFINITIONS[node.class_type].is_output]
    if not outputs:
        raise bad_workflow("prompt_no_outputs", "it has neither SaveImage nor PreviewImage")
    order, circle = in_order(graph, outputs)
    found = Evaluated()
    for id in order:
        if id in circle:
            found.faults[id] = [Fault("dependency_cycle", f"node {shown(id)} needs its own output")]
            continue
        node = graph[id]
        inputs = _inputs(graph, node, DEFINITIONS[node.class_type], found)
        if inputs is not None:
            _run(node, inputs, found)
    return found


def check_kinds(graph: Graph) -> None:
    """Raise BadWorkflow naming every node of an unknown kind."""
    unknown = {id: node for id, node in graph.items() if node.class_type not in DEFINITIONS}
    if not unknown:
        return
    errors = {
        id: {
            "errors": [Fault("missing_node_type", shown(node.class_type)).to_dict()],
            "dependent_outputs": [],
            "class_type": node.class_type,
        }
        for id, node in unknown.items()
    }
    id, node = next(iter(unknown.items()))
    names = ", ".join(dict.fromkeys(shown(one.class_type) for one in unknown.values()))
    extra = {"node_id": id, "class_type": node.class_type, "node_title": node.title}
    raise bad_workflow("missing_node_type", f"{names} (node {shown(id)})", errors, **extra)


def _inputs(graph: Graph, node: Node, definition: Definition, found: Evaluated) -> dict[str, Any] | None:
    """Every input's value; None where one cannot be had."""
    values: dict[str, Any] = {}
    faults, whole = list[Fault](), True
    for name, wanted in definition.inputs.items():
        given = node.inputs.get(name)
        try:
            if name not in node.inputs:
                if not wanted.optional:
                    raise Faulty(input_fault("required_input_missing", name, ""))
                values[name] = wanted.default
            elif isinstance(given, Link):
                value = _linked(graph, name, given, wanted, found)
                if value is None:
                    whole = False  # what is wrong stands at the source already
                else:
                    values[name] = value.data if wanted.type != ANY else value
            elif isinstance(given, BadLink):
                raise Faulty(
                    input_fault(
                        "bad_linked_input", name, f"{shown(given.received)} is no link",
                        received_value=given.received,
                    )
                )  # fmt: skip
            else:
                values[name] = wanted.read(name, given)
        except Faulty as faulty:
            faults.append(faulty.fault)
    found.unread += [f"{node.id}.{name}" for name in node.inputs if name not in definition.inputs]
    if faults:
        found.faults.setdefault(node.id, []).extend(faults)
    return values if whole and not faults else None


def _linked(graph: Graph, name: str, link: Link, wanted: Input, found: Evaluated) -> Value | None:
    config, there = wanted.config(), graph.get(link.node)
    given = [link.node, link.slot]
    outputs = () if there is None else DEFINITIONS[there.class_type].outputs
    if there is None or not 0 <= link.slot < len(outputs):
        what = "there is no such node" if there is None else f"{there.class_type} has {len(outputs)} outputs"
        raise Faulty(
            input_fault(
                "bad_linked_input", name, f"{shown(given)}: {what}", input_config=config, received_value=given
            )
        )
    values = found.values.get(link.node)
    if values is None:
        return None
    value = values[link.slot]
    if wanted.type not in (ANY, value.type):
        details = f"{value.type} is linked where {wanted.type} belongs"
        extra = {"input_config": config, "received_type": value.type, "linked_node": given}
        raise Faulty(input_fault("return_type_mismatch", name, details, **extra))
    return Value(value.type, wanted.read(name, value.data)) if wanted.is_widget else value


def _run(node: Node, inputs: dict[str, Any], found: Evaluated) -> None:
    try:
        made = NODES[node.class_type](node, inputs)
    except Faulty as faulty:
        found.faults.setdefault(faulty.node or node.id, []).append(faulty.fault)
        return
    if isinstance(made, Output):
        found.outputs[node.id] = made
        return
    types = DEFINITIONS[node.class_type].outputs
    found.values[node.id] = tuple(
        one if isinstance(one, Value) else Value(type, one) for type, one in zip(types, made, strict=True)
    )


# -- what each kind of node makes of its inputs -------------------------------------------------------------


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
    """Zeroed conditioning reads as no words: it only ever stands on the negative side, at cfg 1."""
    return (Text(node.id, "conditioning", ""),)


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
    return (dataclasses.replace(given["samples"], decoded=True),)


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


NODES: dict[str, Callable[[Node, Mapping[str, Any]], Any]] = {
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
