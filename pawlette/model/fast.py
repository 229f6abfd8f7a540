"""Parts are loaded and made ready as the switches say, in the one order that works. Knows no schedule and no picture.

First what reads published names (a LoRA is merged before), then packing, then rounding of what was packed, then the
compiler, which must see what will run.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from pawlette.errors import BadJob
from pawlette.model import fused, table
from pawlette.model import lora as adapters
from pawlette.model.attention import HALVES, Summed, chosen, telling
from pawlette.model.compiled import compile_regions
from pawlette.model.family import Family
from pawlette.model.folded import fold
from pawlette.model.fp8 import quantise_blocks
from pawlette.model.precision import keep_wide
from pawlette.model.switches import Switches
from pawlette.model.text import TextEncoder
from pawlette.model.velocity import BUCKET
from pawlette.model.weights import load_into


def check(switches: Switches, family: Family, device: torch.device, *, in_turns: bool) -> None:
    """Raise BadJob, before anything is read, where switches contradict the model, the device or each other."""
    switches.check(family.generation)
    if switches.graphs and device.type != "cuda":
        raise BadJob(f"CUDA graphs need an NVIDIA card; the device is {device}")
    if switches.graphs and in_turns:
        raise BadJob(
            "CUDA graphs know where the weights lie, so parts cannot take turns; leave one of the two out"
        )


def fill_denoiser(
    denoiser: nn.Module, folder: Path, lora: adapters.Lora | None, strength: float, switches: Switches,
    dtype: torch.dtype, device: torch.device, home: torch.device,
) -> table.Source | None:  # fmt: skip
    """Read a denoiser's weights, on the meta device until now, and merge a LoRA; where modulation comes from a table,
    leave it out and return where to read it."""
    source = None
    if switches.table:
        lora, changes = table.take_out(denoiser, lora)
        source = table.from_folder(folder, denoiser.config, dtype, device, changes, strength)
    load_into(
        denoiser, folder, dtype=dtype,
        device="cpu" if switches.precision == "fp8" else home,  # what will be rounded may not fit before
        rename=lambda name: None if switches.table and table.is_modulation(name) else name,
    )  # fmt: skip
    if lora is not None:
        adapters.merge(denoiser, lora, strength)
    return source


def prepare(
    switches: Switches, denoiser: nn.Module, decoder: nn.Module, text: TextEncoder, device: torch.device
) -> None:
    """Change loaded parts in place."""
    if switches.packed:
        pack(denoiser)
    if switches.unmasked:
        attend: Any = chosen(switches.attention, device)
        for module in denoiser.modules():
            if hasattr(module, "attend"):
                module.attend = attend
    dtype = next(denoiser.parameters()).dtype
    if switches.fused and device.type == "cuda" and dtype in fused.DTYPES and fused.usable(device):
        fuse(denoiser, telling(switches.attention) if dtype in HALVES else None)
    if switches.precision == "fp16":
        keep_wide(denoiser)
    if switches.precision == "fp8":
        quantise_blocks(denoiser, device)
    if switches.folded:
        fold(decoder)
    if switches.compiled or switches.graphs:
        text.multiple = BUCKET
    if switches.compiled:
        compile_regions(denoiser, decoder, text.tower)


def fuse(denoiser: Any, summed: Summed | None) -> None:
    """Let our own kernels do what they can; `summed` is what they attend with, None: attention is the plain twin's."""
    heads = denoiser.config.attention_head_dim
    for module in denoiser.modules():
        if hasattr(module, "fused"):
            module.fused = True
        if hasattr(module, "summed") and heads & (heads - 1) == 0:
            module.summed = summed


def pack(denoiser: nn.Module) -> None:
    """Stack the projections that read the same input, layer by layer."""
    for module in list(denoiser.modules()):
        packs: Any = getattr(module, "pack", None)
        if packs is not None:
            packs()
