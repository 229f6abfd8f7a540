"""The RGBA image autoencoder of Qwen-Image-2.1, also at the built-in model's small widths.

Knows nothing of latents' statistics in use, prompts or denoising. State dicts of the diffusers class
`AutoencoderKLQwenImage21` load unchanged; for one still image it is held equal to that class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel
from pawlette.model.autoencoder_blocks import MidBlock, Resample, ResidualBlock, RMSNorm
from pawlette.model.config import read_config


@dataclass(frozen=True, slots=True)
class Autoencoder21Config:
    """Widths and latent statistics, under the names of the checkpoint's config.json."""

    base_dim: int = 96
    decoder_base_dim: int | None = 144
    z_dim: int = 64
    dim_mult: tuple[int, ...] = (1, 2, 4, 8, 8)
    num_res_blocks: int = 2
    temperal_downsample: tuple[bool, ...] = (False, True, True, True)
    latents_mean: tuple[float, ...] = ()
    latents_std: tuple[float, ...] = ()
    in_channels: int = 4
    out_channels: int = 4

    # Settings that the class knows but that this module fixes: another value is another architecture.
    FIXED: ClassVar[Mapping[str, Any]] = {
        "attn_scales": (),
        "dropout": 0.0,
        "is_residual": True,
        "patch_size": None,
        "scale_factor_temporal": 8,
        "scale_factor_spatial": 16,
    }

    def __post_init__(self) -> None:
        if len(self.dim_mult) != 5 or len(self.temperal_downsample) != 4:
            raise BadModel(
                "a 2.1 autoencoder has 5 dim_mult and 4 temperal_downsample entries (16x is fixed); "
                f"got {len(self.dim_mult)} and {len(self.temperal_downsample)}"
            )
        if len(self.latents_mean) != self.z_dim or len(self.latents_std) != self.z_dim:
            raise BadModel(f"latents_mean and latents_std have z_dim = {self.z_dim} entries each")

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "Autoencoder21Config":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        return read_config(cls, config, part="autoencoder", fixed=cls.FIXED, optional=("decoder_base_dim",))


def average_down(x: Tensor, outputs: int, *, spatial: bool, temporal: bool) -> Tensor:
    """(b, c, h, w) -> (b, outputs, h/2, w/2): means over groups of folded pixels, the down block's shortcut.

    Where the video model also halves time, a still is the second of two frames and the first is zero.
    """
    batch, channels = x.shape[:2]
    folded = F.pixel_unshuffle(x, 2) if spatial else x
    height, width = folded.shape[2:]
    if temporal:
        frames = folded.view(batch, channels, 1, -1, height, width)
        folded = torch.cat([torch.zeros_like(frames), frames], dim=2)
    return folded.reshape(batch, outputs, -1, height, width).mean(dim=2)


def duplicate_up(x: Tensor, outputs: int, *, temporal: bool) -> Tensor:
    """(b, c, h, w) -> (b, outputs, 2h, 2w): repeated channels unfolded to pixels, the up block's shortcut.

    Where the video model also doubles time, a still is the second of the two frames.
    """
    batch, channels, height, width = x.shape
    frames = 2 if temporal else 1
    repeated = x.repeat_interleave(outputs * frames * 4 // channels, dim=1)
    last = repeated.view(batch, outputs, frames, 4, height, width)[:, :, -1]
    return F.pixel_shuffle(last.reshape(batch, outputs * 4, height, width), 2)


class DownBlock(nn.Module):
    """Residual blocks, then halving (except in the last block), beside an averaging shortcut."""

    def __init__(self, inputs: int, outputs: int, blocks: int, *, spatial: bool, temporal: bool) -> None:
        super().__init__()
        widths = [inputs] + [outputs] * blocks
        self.resnets = nn.ModuleList([ResidualBlock(a, b) for a, b in pairwise(widths)])
        time_conv = nn.Conv2d(outputs, outputs, 1) if temporal else None
        self.downsampler = Resample(outputs, outputs, up=False, time_conv=time_conv) if spatial else None
        self.outputs, self.spatial, self.temporal = outputs, spatial, temporal

    def forward(self, x: Tensor) -> Tensor:
        shortcut = average_down(x, self.outputs, spatial=self.spatial, temporal=self.temporal)
        for resnet in self.resnets:
            x = resnet(x)
        return shortcut + (self.downsampler(x) if self.downsampler is not None else x)


class UpBlock(nn.Module):
    """Residual blocks, then doubling beside a duplicating shortcut (the last block has neither)."""

    def __init__(self, inputs: int, outputs: int, blocks: int, *, spatial: bool, temporal: bool) -> None:
        super().__init__()
        widths = [inputs] + [outputs] * (blocks + 1)
        self.resnets = nn.ModuleList([ResidualBlock(a, b) for a, b in pairwise(widths)])
        time_conv = nn.Conv2d(outputs, outputs * 2, 1) if temporal else None
        self.upsampler = Resample(outputs, outputs, up=True, time_conv=time_conv) if spatial else None
        self.outputs, self.temporal = outputs, temporal

    def forward(self, x: Tensor) -> Tensor:
        start = x
        for resnet in self.resnets:
            x = resnet(x)
        if self.upsampler is None:
            return x
        return self.upsampler(x) + duplicate_up(start, self.outputs, temporal=self.temporal)


class Encoder(nn.Module):
    """Pixels -> mean and log-variance of the latents, 16 times smaller."""

    def __init__(self, config: Autoencoder21Config) -> None:
        super().__init__()
        widths = [config.base_dim * m for m in (1, *config.dim_mult)]
        self.conv_in = nn.Conv2d(config.in_channels, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            DownBlock(
                a, b, config.num_res_blocks, spatial=i < 4, temporal=i < 4 and config.temperal_downsample[i]
            )
            for i, (a, b) in enumerate(pairwise(widths))
        )
        self.mid_block = MidBlock(widths[-1])
        self.norm_out = RMSNorm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], config.z_dim * 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    """Latents -> pixels, 16 times larger."""

    def __init__(self, config: Autoencoder21Config) -> None:
        super().__init__()
        base = config.decoder_base_dim or config.base_dim
        widths = [base * m for m in (config.dim_mult[-1], *reversed(config.dim_mult))]
        doubles = (*reversed(config.temperal_downsample), False)
        self.conv_in = nn.Conv2d(config.z_dim, widths[0], 3, padding=1)
        self.mid_block = MidBlock(widths[0])
        self.up_blocks = nn.ModuleList(
            UpBlock(a, b, config.num_res_blocks, spatial=i < 4, temporal=doubles[i])
            for i, (a, b) in enumerate(pairwise(widths))
        )
        self.norm_out = RMSNorm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], config.out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Autoencoder21(nn.Module):
    """`encode` and `decode` of still RGBA pictures; values are in [-1, 1], alpha included."""

    def __init__(self, config: Autoencoder21Config) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quant_conv = nn.Conv2d(config.z_dim * 2, config.z_dim * 2, 1)
        self.post_quant_conv = nn.Conv2d(config.z_dim, config.z_dim, 1)
        self.decoder = Decoder(config)

    def encode(self, pixels: Tensor) -> Sequence[Tensor]:
        """(b, 4, h, w) in [-1, 1] -> mean and log-variance, each (b, z, h/16, w/16)."""
        return self.quant_conv(self.encoder(pixels)).chunk(2, dim=1)

    def decode(self, latents: Tensor) -> Tensor:
        """(b, z, h, w), unnormalised -> (b, 4, 16h, 16w) in [-1, 1]."""
        return self.decode_unclamped(latents).clamp(-1.0, 1.0)

    def decode_unclamped(self, latents: Tensor) -> Tensor:
        """As `decode`, with a gradient also past the ends of the range: what training needs."""
        return self.decoder(self.post_quant_conv(latents))
