"""Toy autoencoders that a decoder or an upscaler can be taught by, in no time."""

import torch

from pawlette.model.autoencoder1 import Autoencoder1, Autoencoder1Config
from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config


def autoencoder_21(channels: int = 6) -> Autoencoder21:
    torch.manual_seed(0)
    config = Autoencoder21Config(
        base_dim=4, decoder_base_dim=4, z_dim=channels, dim_mult=(1, 1, 1, 1, 1), num_res_blocks=1,
        temperal_downsample=(False,) * 4, latents_mean=(0.0,) * channels, latents_std=(1.0,) * channels,
    )  # fmt: skip
    return Autoencoder21(config).eval().requires_grad_(False)


def autoencoder_1(channels: int = 4) -> Autoencoder1:
    torch.manual_seed(0)
    config = Autoencoder1Config(
        base_dim=4, z_dim=channels, dim_mult=(1, 1, 1, 1), num_res_blocks=1,
        temperal_downsample=(False,) * 3, latents_mean=(0.0,) * channels, latents_std=(1.0,) * channels,
    )  # fmt: skip
    return Autoencoder1(config).eval().requires_grad_(False)
