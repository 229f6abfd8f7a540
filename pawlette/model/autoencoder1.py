"""The RGB image autoencoder of Qwen-Image 1.x, for stills.

Knows nothing of packing, prompts or denoising. The published model is a causal video model: with one frame,
what a temporal kernel meets before its last slice is zero padding, so 2-D convolutions with that slice are
exact. State dicts of the diffusers class `AutoencoderKLQwenImage` load unchanged; loading slices the kernels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.errors import BadModel
from pawlette.model.autoencoder_blocks import MidBlock, Resample, ResidualBlock, RMSNorm
from pawlette.model.config import read_config


@dataclass(frozen=True, slots=True)
class Autoencoder1Config:
    """Widths and latent statistics, under the names of the checkpoint's config.json."""

    base_dim: int = 96
    z_dim: int = 16
    dim_mult: tuple[int, ...] = (1, 2, 4, 4)
    num_res_blocks: int = 2
    temperal_downsample: tuple[bool, ...] = (False, True, True)
    latents_mean: tuple[float, ...] = ()
    latents_std: tuple[float, ...] = ()

    # Settings that the class knows but that this module fixes: another value is another architecture.
    FIXED: ClassVar[Mapping[str, Any]] = {"attn_scales": (), "dropout": 0.0, "input_channels": 3}

    def __post_init__(self) -> None:
        if len(self.dim_mult) != 4 or len(self.temperal_downsample) != 3:
            raise BadModel(
                "a 1.x autoencoder has 4 dim_mult and 3 temperal_downsample entries (8x is fixed); "
                f"got {len(self.dim_mult)} and {len(self.temperal_downsample)}"
            )
        if len(self.latents_mean) != self.z_dim or len(self.latents_std) != self.z_dim:
            raise BadModel(f"latents_mean and latents_std have z_dim = {self.z_dim} entries each")

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> "Autoencoder1Config":
        """Read a config.json; raises BadModel naming an unknown, missing or unsupported key."""
        return read_config(cls, config, part="autoencoder", fixed=cls.FIXED)

    @property
    def video_only_keys(self) -> frozenset[str]:
        """The weights of a checkpoint that only a second frame would use: exactly these may be left over."""
        down, up = self.temperal_downsample, reversed(self.temperal_downsample)
        step = self.num_res_blocks + 1  # the encoder's list repeats: residual blocks, then one resampling
        modules = [f"encoder.down_blocks.{step * (i + 1) - 1}" for i, halves in enumerate(down) if halves]
        modules += [f"decoder.up_blocks.{i}.upsamplers.0" for i, doubles in enumerate(up) if doubles]
        return frozenset(f"{module}.time_conv.{kind}" for module in modules for kind in ("weight", "bias"))


def still_weights(weights: Mapping[str, Tensor], video_only: frozenset[str]) -> dict[str, Tensor]:
    """A video checkpoint's weights as those of stills: last temporal slices, without the `video_only` keys.

    A kernel that is not k*k*k stays as it is, for loading to complain of; 2-D weights pass unchanged.
    """

    def last_slice(weight: Tensor) -> Tensor:
        cubic = weight.dim() == 5 and weight.shape[2] == weight.shape[3] == weight.shape[4]
        return weight[:, :, -1].contiguous() if cubic else weight  # contiguous: lets go of the other slices

    return {name: last_slice(weight) for name, weight in weights.items() if name not in video_only}


class UpBlock(nn.Module):
    """Residual blocks, then doubling of the sides and halving of the channels (except in the last block)."""

    def __init__(self, inputs: int, outputs: int, blocks: int, *, last: bool) -> None:
        super().__init__()
        widths = [inputs] + [outputs] * (blocks + 1)
        self.resnets = nn.ModuleList([ResidualBlock(a, b) for a, b in pairwise(widths)])
        self.upsamplers = nn.ModuleList([] if last else [Resample(outputs, outputs // 2, up=True)])

    def forward(self, x: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x)
        for upsampler in self.upsamplers:
            x = upsampler(x)
        return x


class Encoder(nn.Module):
    """Pixels -> mean and log-variance of the latents, 8 times smaller."""

    def __init__(self, config: Autoencoder1Config) -> None:
        super().__init__()
        widths = [config.base_dim * m for m in (1, *config.dim_mult)]
        blocks: list[nn.Module] = []
        for level, outputs in enumerate(widths[1:]):
            inputs = [widths[level]] + [outputs] * (config.num_res_blocks - 1)
            blocks += [ResidualBlock(width, outputs) for width in inputs]
            if level < 3:
                blocks.append(Resample(outputs, outputs, up=False))
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(blocks)
        self.mid_block = MidBlock(widths[-1])
        self.norm_out = RMSNorm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], config.z_dim * 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    """Latents -> pixels, 8 times larger."""

    def __init__(self, config: Autoencoder1Config) -> None:
        super().__init__()
        widths = [config.base_dim * m for m in reversed(config.dim_mult)]
        inputs = [widths[0]] + [width // 2 for width in widths[:-1]]  # doubling has halved the channels
        self.conv_in = nn.Conv2d(config.z_dim, widths[0], 3, padding=1)
        self.mid_block = MidBlock(widths[0])
        self.up_blocks = nn.ModuleList(
            UpBlock(a, b, config.num_res_blocks, last=level == 3)
            for level, (a, b) in enumerate(zip(inputs, widths, strict=True))
        )
        self.norm_out = RMSNorm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Autoencoder1(nn.Module):
    """`encode` and `decode` of still RGB pictures with values in [-1, 1].

    `load_state_dict` takes the published video checkpoint as well as this module's own state dict.
    """

    def __init__(self, config: Autoencoder1Config) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quant_conv = nn.Conv2d(config.z_dim * 2, config.z_dim * 2, 1)
        self.post_quant_conv = nn.Conv2d(config.z_dim, config.z_dim, 1)
        self.decoder = Decoder(config)
        self.register_load_state_dict_pre_hook(Autoencoder1.take_stills)

    @staticmethod
    def take_stills(module: nn.Module, weights: dict[str, Tensor], prefix: str, *_: object) -> None:
        """Before loading: this module's share of `weights` (torch's own copy of the dict) becomes 2-D."""
        assert isinstance(module, Autoencoder1)
        video_only = frozenset(prefix + key for key in module.config.video_only_keys)
        mine = {name: weights.pop(name) for name in list(weights) if name.startswith(prefix)}
        weights.update(still_weights(mine, video_only))

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, 3, h, w) in [-1, 1] -> mean and log-variance, each (batch, z, h/8, w/8)."""
        mean, logvar = self.quant_conv(self.encoder(pixels)).chunk(2, dim=1)
        return mean, logvar

    def decode(self, latents: Tensor) -> Tensor:
        """(batch, z, h, w), unnormalised -> (batch, 3, 8h, 8w) in [-1, 1]."""
        return self.decoder(self.post_quant_conv(latents)).clamp(-1.0, 1.0)
