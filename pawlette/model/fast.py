"""Loaded parts are made ready for the switches, in the one order that works. Knows no schedule and no picture.

First what reads published names (a LoRA is merged before), then packing, then rounding of what was packed, then the
compiler, which must see what will run.
"""

from typing import Any

import torch
from torch import nn

from pawlette.errors import BadJob
from pawlette.model.compiled import compile_regions
from pawlette.model.family import Family
from pawlette.model.folded import fold
from pawlette.model.fp8 import quantise_blocks
from pawlette.model.precision import keep_wide
from pawlette.model.switches import Switches
from pawlette.model.text import TextEncoder
from pawlette.model.velocity import BUCKET


def check(switches: Switches, family: Family, device: torch.device, *, in_turns: bool) -> None:
    """Raise BadJob, before anything is read, where switches contradict the model, the device or each other."""
    switches.check(family.generation)
    if switches.graphs and device.type != "cuda":
        raise BadJob(f"CUDA graphs need an NVIDIA card; the device is {device}")
    if switches.graphs and in_turns:
        raise BadJob(
            "CUDA graphs know where the weights lie, so parts cannot take turns; leave one of the two out"
        )


def first_home(switches: Switches, home: torch.device) -> torch.device:
    """Where the denoiser's weights are read to: matrices that will be rounded may not fit before."""
    return torch.device("cpu") if switches.precision == "fp8" else home


def prepare(
    switches: Switches, denoiser: nn.Module, decoder: nn.Module, text: TextEncoder, device: torch.device
) -> None:
    """Change loaded parts in place."""
    if switches.packed:
        pack(denoiser)
    if switches.precision == "fp16":
        keep_wide(denoiser)
    if switches.precision == "fp8":
        quantise_blocks(denoiser, device)
    if switches.folded:
        fold(decoder)
    if switches.compiled:
        text.multiple = BUCKET
        compile_regions(denoiser, decoder, text.tower)


def pack(denoiser: nn.Module) -> None:
    """Stack the projections that read the same input, layer by layer."""
    for module in list(denoiser.modules()):
        packs: Any = getattr(module, "pack", None)
        if packs is not None:
            packs()
