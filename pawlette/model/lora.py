"""LoRA adapters: files -> pairs of thin matrices -> merged into a denoiser. Knows no prompt and no training.

W becomes W + strength * alpha / rank * up @ down (arXiv 2106.09685, section 4.1). Read are the names that diffusers,
peft and ComfyUI write, and those flattened with underscores. Nothing in a file is passed over in silence.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from pawlette.errors import BadModel, BadWeights
from pawlette.model.folders import read_json
from pawlette.model.parts import LORA_FILES
from pawlette.model.weights import PICKLES, check_finite, check_header

PEFT_SETTINGS = "adapter_config.json"  # where peft writes alpha, beside its weights
METADATA_KEY = "lora_adapter_metadata"  # where diffusers writes alpha, inside the file
PREFIXES = ("base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.")
FLAT_PREFIX = "lora_unet_"
# What follows a module's name: which of its two matrices stands there
DOWN = (".lora_A.weight", ".lora_A.default.weight", ".lora_down.weight", ".lora.down.weight")
UP = (".lora_B.weight", ".lora_B.default.weight", ".lora_up.weight", ".lora.up.weight")
ALPHA = (".alpha",)
LARGEST_ALPHA = 1e9  # far beyond any; NaN is not below it either


@dataclass(frozen=True, slots=True)
class Factors:
    """What is added to one linear layer: scale * up @ down."""

    down: Tensor  # (rank, inputs)
    up: Tensor  # (outputs, rank)
    scale: float  # alpha / rank

    def product(self) -> Tensor:
        """(outputs, inputs) in float32."""
        return self.scale * (self.up.float() @ self.down.float())


@dataclass(frozen=True, slots=True)
class Lora:
    """An adapter, read and whole; whether it fits a model is `merge`'s to say."""

    path: Path
    layers: Mapping[str, Factors]  # by the module's name as the file has it, without its prefix


# -- reading -------------------------------------------------------------------------------------------------


def read(path: str | Path) -> Lora:
    """From a safetensors file, or the folder that holds it; raises BadWeights naming the file and the key."""
    path = find_file(Path(path))
    tensors, metadata = _open(path)
    found: dict[str, dict[str, tuple[str, Tensor]]] = {}
    for key, tensor in tensors.items():
        name, part = _split(path, key)
        if part in found.setdefault(name, {}):
            raise BadWeights(f"{path}: {key} says again what {found[name][part][0]} says")
        found[name][part] = key, tensor
    if not found:
        raise BadWeights(f"{path} holds no LoRA: it is empty")
    alphas = _Alphas.of(path, metadata)
    alphas.check(path, found)
    return Lora(path, {name: _factors(path, name, parts, alphas) for name, parts in found.items()})


def find_file(path: Path) -> Path:
    """The weight file that a path means: itself, or the one a folder holds."""
    if not path.is_dir():
        if not path.exists():
            raise BadWeights(f"{path} is missing; a LoRA is a .safetensors file or a folder that holds one")
        return path
    for name in LORA_FILES:
        if (path / name).exists():
            return path / name
    others = sorted(path.glob("*.safetensors"))
    if len(others) == 1:
        return others[0]
    if others:
        raise BadWeights(f"{path} holds {len(others)} safetensors files; name the one that is meant")
    if pickles := sorted(file.name for pattern in PICKLES for file in path.glob(pattern)):
        raise BadWeights(f"{path / pickles[0]} is no safetensors file; only safetensors are read")
    raise BadWeights(f"{path / LORA_FILES[0]} is missing")


def _open(path: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    check_header(path)
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            tensors = {key: file.get_tensor(key) for key in sorted(file.keys())}
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise BadWeights(f"{path} cannot be read: {error}") from error
    for key, tensor in tensors.items():
        if not key.endswith(ALPHA) and (not tensor.is_floating_point() or tensor.element_size() < 2):
            raise BadWeights(f"{path}: {key} holds {tensor.dtype}; a LoRA is of 16 or 32 bit floats")
        check_finite(path, key, tensor)
    return tensors, metadata


def _split(path: Path, key: str) -> tuple[str, str]:
    """A key -> the module's name and "down", "up" or "alpha"."""
    for part, endings in (("down", DOWN), ("up", UP), ("alpha", ALPHA)):
        for ending in endings:
            if key.endswith(ending):
                return _bare(key.removesuffix(ending)), part
    raise BadWeights(f"{path}: {key} is no key of a LoRA that is read here (lora_A, lora_B and alpha are)")


def _bare(name: str) -> str:
    for prefix in PREFIXES:  # in this order: peft's own stands before the others
        name = name.removeprefix(prefix)
    return name


@dataclass(frozen=True, slots=True)
class _Alphas:
    """What the file, or the settings beside it, say of alpha for layers without a key of their own."""

    general: float | None
    patterns: Mapping[str, float]

    @classmethod
    def of(cls, path: Path, metadata: Mapping[str, str]) -> "_Alphas":
        settings: Any = {}
        if METADATA_KEY in metadata:
            try:
                given = json.loads(metadata[METADATA_KEY])
                settings = {key.removeprefix("transformer."): value for key, value in given.items()}
            except (ValueError, AttributeError, RecursionError):
                raise BadWeights(f"{path}: its {METADATA_KEY} is not a JSON object") from None
        elif path.name == LORA_FILES[1] and (path.parent / PEFT_SETTINGS).exists():
            settings = read_json(path.parent / PEFT_SETTINGS)
        for flag in ("use_dora", "use_rslora", "lora_bias"):
            if settings.get(flag):
                raise BadWeights(f"{path}: {flag} is set; plain LoRA alone is read")
        general, patterns = settings.get("lora_alpha"), settings.get("alpha_pattern") or {}
        if not isinstance(patterns, dict) or not all(map(_is_number, [general or 0, *patterns.values()])):
            raise BadWeights(f"{path}: lora_alpha must be a number, got {general!r} and {patterns!r}")
        return cls(general, patterns)

    def check(self, path: Path, names: Collection[str]) -> None:
        """Patterns are read as the ends of names; one that is a regular expression would match nothing."""
        for pattern in self.patterns:
            if not any(_ends(name, pattern) for name in names):
                raise BadWeights(f"{path}: alpha_pattern {pattern!r} is the end of no layer's name")

    def for_layer(self, name: str, rank: int) -> float:
        own = next((a for pattern, a in self.patterns.items() if _ends(name, pattern)), None)
        chosen = own if own is not None else self.general
        return float(rank if chosen is None else chosen)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST_ALPHA


def _ends(name: str, pattern: str) -> bool:
    return f".{name}".endswith(f".{pattern}")


def _factors(path: Path, name: str, parts: Mapping[str, tuple[str, Tensor]], alphas: _Alphas) -> Factors:
    for part, partner in (("down", "up"), ("up", "down")):
        if part not in parts:
            key = parts[partner][0] if partner in parts else parts["alpha"][0]
            raise BadWeights(f"{path}: {key} stands alone; the {part} matrix of {name} is missing")
    (down_key, down), (up_key, up) = parts["down"], parts["up"]
    if down.dim() != 2 or up.dim() != 2 or len(down) != up.shape[1] or not len(down):
        raise BadWeights(
            f"{path}: {down_key} {tuple(down.shape)} and {up_key} {tuple(up.shape)} are no pair: "
            "(rank, inputs) and (outputs, rank) are"
        )
    rank = len(down)
    if "alpha" not in parts:
        return Factors(down, up, alphas.for_layer(name, rank) / rank)
    key, alpha = parts["alpha"]
    if alpha.numel() != 1:
        raise BadWeights(f"{path}: {key} is one number, got shape {tuple(alpha.shape)}")
    return Factors(down, up, alpha.item() / rank)


# -- merging -------------------------------------------------------------------------------------------------


@torch.no_grad()
def merge(denoiser: nn.Module, lora: Lora, strength: float = 1.0) -> None:
    """Add the adapter to the denoiser's weights, in place, computed in float32; all layers or none.

    Raises BadWeights where it was made for another model. A second merge at -strength takes it out again, as
    exactly as the weights' precision allows; for the very weights, load the model anew.
    """
    for layer, factors in list(matched(denoiser, lora)):
        layer.weight.copy_(merged(layer.weight, factors, strength))


def merged(weight: Tensor, factors: Factors, strength: float) -> Tensor:
    """One layer's new weight."""
    return (weight.float() + strength * factors.product().to(weight.device)).to(weight.dtype)


def matched(denoiser: nn.Module, lora: Lora) -> Iterator[tuple[nn.Linear, Factors]]:
    """Each layer of the denoiser that the adapter changes; raises BadWeights at the first that does not fit."""
    modules = dict(denoiser.named_modules())
    flat = {FLAT_PREFIX + name.replace(".", "_"): name for name in modules}
    seen: dict[str, str] = {}
    for given, factors in lora.layers.items():
        name = flat.get(given, given)
        layer = modules.get(name)
        if layer is None:
            hint = _hint(given)
            raise BadWeights(f"{lora.path}: {given} is no layer of this model's denoiser{hint}")
        if not isinstance(layer, nn.Linear):
            raise BadModel(
                f"{lora.path}: {given} is a {type(layer).__name__} here; a LoRA changes Linear layers"
            )
        if name in seen:
            raise BadWeights(f"{lora.path}: {given} and {seen[name]} are the same layer")
        seen[name] = given
        shape = (len(factors.up), factors.down.shape[1])
        if shape != tuple(layer.weight.shape):
            raise BadWeights(
                f"{lora.path}: {given} changes a weight of shape {shape}, "
                f"this model's is {tuple(layer.weight.shape)}"
            )
        yield layer, factors


def _hint(name: str) -> str:
    if name.startswith(("text_encoder", "lora_te", "text_model")):
        return " (adapters of the text encoder are not read)"
    return " (it was made for another model)"
