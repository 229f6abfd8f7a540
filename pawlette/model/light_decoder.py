"""A small image decoder that stands in for a model's own: latents -> pixels in a fraction of the time.

Knows no prompts and no training; `pawlette.train.light_decoder` distils it. Most of a decoder's work lies at full
resolution, so this one is wide where pixels are few and thin where they are many, and has no norms and no attention.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel
from pawlette.files import write_whole
from pawlette.model.config import read_config
from pawlette.model.weights import FILE_NAMES, blank, load_into, save_compact, save_plain


@dataclass(frozen=True, slots=True)
class LightDecoderConfig:
    """Sizes; one entry of `widths` and `blocks` for each resolution, from the latents' own up to the pixels'."""

    z_dim: int = 64  # latent channels
    out_channels: int = 4  # 3: RGB, 4: RGBA
    widths: tuple[int, ...] = (128, 112, 96, 64, 32)
    blocks: tuple[int, ...] = (2, 2, 2, 2, 1)

    FIXED: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        if len(self.widths) not in (4, 5) or len(self.blocks) != len(self.widths):
            raise BadModel(
                "a light decoder has 4 (8 pixels a latent) or 5 (16 pixels) widths and as many blocks; "
                f"got {len(self.widths)} and {len(self.blocks)}"
            )
        if self.out_channels not in (3, 4) or self.z_dim < 1 or min(self.widths) < 1 or min(self.blocks) < 0:
            raise BadModel("a light decoder has 3 or 4 out_channels, and sizes that are above 0")

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "LightDecoderConfig":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        return read_config(cls, config, part="light decoder", fixed=cls.FIXED)

    @classmethod
    def fitting(
        cls, z_dim: int, out_channels: int, pixels_per_latent: int, width: float = 1.0
    ) -> "LightDecoderConfig":
        """What suits an autoencoder of these sizes; `width` widens every stage, for more fidelity and time."""
        if pixels_per_latent not in (8, 16):
            raise BadModel(f"a light decoder has 8 or 16 pixels a latent, got {pixels_per_latent}")
        made = cls() if pixels_per_latent == 16 else cls(widths=(128, 80, 48, 16), blocks=(3, 3, 3, 1))
        widths = tuple(max(8, round(one * width / 8) * 8) for one in made.widths)
        return cls(z_dim, out_channels, widths, made.blocks)

    @property
    def pixels_per_latent(self) -> int:
        return 2 ** (len(self.widths) - 1)


class PlainBlock(nn.Module):
    """Two 3x3 convolutions around one SiLU, beside a shortcut; no norm (as in EDSR, arXiv 1707.02921, figure 2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        nn.init.kaiming_normal_(self.conv1.weight)
        nn.init.normal_(
            self.conv2.weight, std=0.1 / (9 * width) ** 0.5
        )  # starts out close to the shortcut alone

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.silu(self.conv1(x)))


class Grow(nn.Module):
    """Doubles height and width: one convolution makes the four pixels of each (sub-pixel, arXiv 1609.05158)."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs * 4, kernel, padding=kernel // 2)
        nn.init.kaiming_normal_(
            self.conv.weight, nonlinearity="linear"
        )  # signals keep their size on the way up

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x), 2)


class LightDecoder(nn.Module):
    """`decode` of raw latents, as the full autoencoder's: values are in [-1, 1], alpha included."""

    def __init__(self, config: LightDecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.conv_in = nn.Conv2d(config.z_dim, config.widths[0], 3, padding=1)
        nn.init.kaiming_normal_(self.conv_in.weight, nonlinearity="linear")
        self.stages = nn.ModuleList(
            nn.Sequential(*[PlainBlock(width) for _ in range(count)])
            for width, count in zip(config.widths, config.blocks, strict=True)
        )
        # Neighbours are looked at by the blocks; only the last doubling, with few blocks behind it, looks itself.
        last = len(config.widths) - 2
        self.grows = nn.ModuleList(
            Grow(a, b, kernel=3 if i == last else 1) for i, (a, b) in enumerate(pairwise(config.widths))
        )
        self.conv_out = nn.Conv2d(config.widths[-1], config.out_channels, 3, padding=1)

    @classmethod
    def load(
        cls, folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
    ) -> "LightDecoder":
        """From a folder with config.json and weights, plain or int8; raises BadModel or BadWeights.

        In the layout in which convolutions of few channels run fastest, on CPUs too.
        """
        model = load_into(blank(cls, LightDecoderConfig, folder), folder, dtype=dtype, device=device)
        return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def expect(self, mean: Tensor, std: Tensor) -> None:
        """Before training: fold the latents' statistics, each (z,), into the first convolution's weights.

        It then starts out as one that reads normalised latents, while raw ones stay what comes in.
        """
        self.conv_in.weight.div_(std.view(1, -1, 1, 1))
        self.conv_in.bias.sub_((self.conv_in.weight * mean.view(1, -1, 1, 1)).sum((1, 2, 3)))  # type: ignore[union-attr]

    def decode(self, latents: Tensor) -> Tensor:
        """(b, z, h, w), unnormalised -> (b, out_channels, H, W) in [-1, 1], 8 or 16 times larger."""
        return self.decode_unclamped(latents).clamp(-1.0, 1.0)

    def decode_unclamped(self, latents: Tensor) -> Tensor:
        """As `decode`, with a gradient also past the ends of the range: what training needs."""
        x = self.stages[0](self.conv_in(latents))
        for grow, stage in zip(self.grows, self.stages[1:], strict=True):
            x = stage(grow(x))
        return self.conv_out(x)


def save_module(model: nn.Module, folder: Path, *, compact: bool) -> None:
    """Write config.json and the weights, int8 or bfloat16, as `load` reads them; raises CannotSave."""
    settings = {"_class_name": type(model).__name__, **asdict(model.config)}  # type: ignore[call-overload]
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "config.json", (json.dumps(settings, indent=1) + "\n").encode())
    save = save_compact if compact else save_plain
    save(model.state_dict(), folder / FILE_NAMES[0])
