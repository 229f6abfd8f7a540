"""What a model is loaded with beside its own parts: a light decoder, an upscaler, a LoRA's label. Knows no schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from pawlette.errors import BadModel
from pawlette.job import FULL
from pawlette.model.family import Family
from pawlette.model.light_decoder import LightDecoder
from pawlette.model.made_for import check_made_for
from pawlette.model.parts import LIGHT, DecoderChoice
from pawlette.model.upscaler import Upscaler


def nothing_quicker() -> None:
    """Where no decoder is quicker than the model's own."""


@dataclass(frozen=True)
class Additions:
    """What is not the model's own: stand-ins, and the names by which a Job asks for them."""

    light_decoder: LightDecoder | None = None
    upscaler: Upscaler | None = None
    decoder: str = FULL
    lora: str | None = None
    find_quick: Callable[[], LightDecoder | None] = nothing_quicker

    def quick_decoder(self) -> LightDecoder | None:
        """What previews are decoded by, loaded when the first is; None where the model's own decoder has to do."""
        return self.light_decoder or self._found

    @cached_property
    def _found(self) -> LightDecoder | None:
        return self.find_quick()


def load_light_decoder(
    choice: DecoderChoice | None, family: Family, latent_channels: int, vae: Path, device: torch.device,
    dtype: torch.dtype,
) -> LightDecoder | None:  # fmt: skip
    """The chosen stand-in, None for the full one; raises BadModel where it was made for another model."""
    if choice is None or choice.folder is None:
        return None
    check_made_for(choice.folder, vae)
    light = LightDecoder.load(choice.folder, device=device, dtype=dtype)
    given = (light.config.z_dim, light.config.out_channels, light.config.pixels_per_latent)
    wanted = (latent_channels, family.channels, family.pixels_per_latent)
    if given != wanted:
        raise BadModel(
            f"{choice.folder}: latent channels, picture channels and pixels per latent are {given}; "
            f"this model's are {wanted}"
        )
    return light


def find_quick_decoder(
    folder: Path, family: Family, latent_channels: int, device: torch.device, dtype: torch.dtype
) -> LightDecoder | None:
    """The model folder's light decoder, where it has one that was made for these weights."""
    try:
        choice = DecoderChoice.find(LIGHT, folder)
        return load_light_decoder(choice, family, latent_channels, folder / "vae", device, dtype)
    except BadModel:
        return None  # previews are slower then, and no worse


def load_upscaler(folder: Path, family: Family, device: torch.device) -> Upscaler | None:
    """What the family says that it has; raises BadModel where it is missing or for other pictures."""
    if family.upscaled == 1:
        return None
    # Small, and bfloat16 has too few digits for what lies between two neighbouring shades.
    upscaler = Upscaler.load(folder, device=device, dtype=torch.float32)
    if upscaler.config.channels != family.channels:
        raise BadModel(
            f"{folder}: it has {upscaler.config.channels} channels, the model's pictures {family.channels}"
        )
    return upscaler
