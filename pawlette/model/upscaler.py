"""Doubles the sides of a picture: plain interpolation, and a learned correction that makes edges crisp.

Knows no latents and no training. A picture with alpha is worked on with its colours multiplied by alpha: the colour
of an invisible pixel means nothing, and straight interpolation would draw it into the edge as a pale or dark rim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel
from pawlette.model.config import read_config
from pawlette.model.light_decoder import Grow, PlainBlock
from pawlette.model.weights import blank, load_into

FAINTEST = 0.5 / 255.0  # alpha below which a pixel is invisible once rounded to a byte


@dataclass(frozen=True, slots=True)
class UpscalerConfig:
    """Sizes: `width` and `blocks` at half the picture's resolution, `fine_` ones at its own."""

    channels: int = 4  # 3: RGB, 4: RGBA
    width: int = 64
    blocks: int = 4
    fine_width: int = 24
    fine_blocks: int = 2

    FIXED: ClassVar[Mapping[str, Any]] = {"scale": 2}

    def __post_init__(self) -> None:
        if (
            self.channels not in (3, 4)
            or min(self.width, self.fine_width) < 1
            or min(self.blocks, self.fine_blocks) < 0
        ):
            raise BadModel("an upscaler has 3 or 4 channels, and widths that are above 0")

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "UpscalerConfig":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        return read_config(cls, config, part="upscaler", fixed=cls.FIXED)


def premultiply(pixels: Tensor) -> Tensor:
    """(n, 3 or 4, h, w) in [-1, 1], straight -> [0, 1], colours times alpha."""
    unit = (pixels + 1.0) / 2.0
    return torch.cat([unit[:, :3] * unit[:, 3:], unit[:, 3:]], dim=1) if unit.shape[1] == 4 else unit


def straighten(unit: Tensor) -> Tensor:
    """The way back, for finished pictures: whatever is out of range is clamped; invisible pixels are white."""
    unit = unit.clamp(0.0, 1.0)
    if unit.shape[1] == 4:
        colours, alpha = unit[:, :3], unit[:, 3:]
        straight = (colours / alpha.clamp(min=FAINTEST)).clamp(max=1.0)
        unit = torch.cat([torch.where(alpha < FAINTEST, torch.ones_like(colours), straight), alpha], dim=1)
    return unit * 2.0 - 1.0


def interpolate(unit: Tensor) -> Tensor:
    """Bicubic doubling: the upscaler's base."""
    return F.interpolate(unit, scale_factor=2.0, mode="bicubic", align_corners=False)


class Upscaler(nn.Module):
    """(n, channels, h, w) in [-1, 1] -> (n, channels, 2h, 2w); `h` and `w` are even."""

    def __init__(self, config: UpscalerConfig) -> None:
        super().__init__()
        self.config = config
        channels, width, fine = config.channels, config.width, config.fine_width
        self.coarse_in = nn.Conv2d(channels * 4, width, 3, padding=1)
        self.coarse = nn.Sequential(*[PlainBlock(width) for _ in range(config.blocks)])
        self.grow = Grow(width, fine, kernel=3)
        self.fine_in = nn.Conv2d(channels, fine, 3, padding=1)
        self.fine = nn.Sequential(*[PlainBlock(fine) for _ in range(config.fine_blocks)])
        self.last = Grow(fine, channels, kernel=3)
        nn.init.zeros_(self.last.conv.weight)  # an untrained upscaler is plain interpolation
        nn.init.zeros_(self.last.conv.bias)  # type: ignore[arg-type]

    @classmethod
    def load(
        cls, folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
    ) -> "Upscaler":
        """From a folder with config.json and weights, plain or int8; raises BadModel or BadWeights."""
        model = load_into(blank(cls, UpscalerConfig, folder), folder, dtype=dtype, device=device)
        return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, pixels: Tensor) -> Tensor:
        return straighten(self.premultiplied(premultiply(pixels)))

    def premultiplied(self, unit: Tensor) -> Tensor:
        """Premultiplied in, premultiplied out, unclamped: what training compares, since nothing is divided."""
        coarse = self.coarse(self.coarse_in(F.pixel_unshuffle(unit, 2)))
        fine = self.fine(F.silu(self.fine_in(unit) + self.grow(coarse)))
        return interpolate(unit) + self.last(fine)
