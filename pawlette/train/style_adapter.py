"""A LoRA in training, through peft: put into a denoiser, written in the form that diffusers and ComfyUI load.

Knows no loss and no data. Alpha equals the rank, so every reader scales it alike, also one that looks for no alpha.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import save
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from pawlette.files import write_whole
from pawlette.model.lora import METADATA_KEY
from pawlette.model.parts import LORA_FILES

PREFIX = "transformer."  # what both readers expect before a module's name
PEFT_NAME = ".default."  # how peft calls the one adapter in a module


def target_layers(denoiser: nn.Module, *, mlp: bool) -> list[str]:
    """Ends of the names of the layers that learn: all projections of the attention, with `mlp` its MLPs too."""
    (first, *_) = denoiser.get_submodule("transformer_blocks").children()
    parts = ("attn.", "img_mlp.", "txt_mlp.") if mlp else ("attn.",)
    return [
        name for name, module in first.named_modules()
        if isinstance(module, nn.Linear) and name.startswith(parts)
    ]  # fmt: skip


def attach(denoiser: nn.Module, rank: int, *, mlp: bool = False, seed: int = 0) -> dict[str, nn.Parameter]:
    """Put a fresh adapter into the denoiser, in place; returns what learns, in float32, by name.

    B starts at zero: the first picture is the base model's. The same seed gives the same start.
    """
    denoiser.requires_grad_(False)
    settings = LoraConfig(r=rank, lora_alpha=rank, target_modules=target_layers(denoiser, mlp=mlp))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(settings, denoiser)
    learnt = {name: weight for name, weight in denoiser.named_parameters() if ".lora_" in name}
    for weight in learnt.values():
        weight.data = weight.data.float()  # updates of 1e-4 are lost in bfloat16
    return learnt


def recompute(blocks: Iterable[nn.Module]) -> None:
    """Gradient checkpointing (arXiv 1604.06174): each block keeps its input alone and is run again backwards."""
    for block in blocks:
        block.forward = partial(_recomputed, block.forward)


def _recomputed(forward: Callable[..., Any], *given: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*given)
    return checkpoint(forward, *given, use_reentrant=False, preserve_rng_state=False)


def save_lora(learnt: Mapping[str, Tensor], folder: Path, rank: int, targets: list[str]) -> Path:
    """Write the adapter as `pytorch_lora_weights.safetensors`, whole or not at all."""
    tensors = {
        PREFIX + name.replace(PEFT_NAME, "."): weight.detach().cpu().contiguous()
        for name, weight in learnt.items()
    }
    settings = {"r": rank, "lora_alpha": rank, "target_modules": targets}
    note = json.dumps({PREFIX + key: value for key, value in settings.items()}, sort_keys=True)
    return write_whole(folder / LORA_FILES[0], save(tensors, metadata={"format": "pt", METADATA_KEY: note}))
