"""Our 2.1 autoencoder against the diffusers class, for stills."""

import pytest
import torch
from diffusers import AutoencoderKLQwenImage21

from pawlette.errors import BadModel
from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config

VIDEO = dict(base_dim=8, decoder_base_dim=12, z_dim=6, dim_mult=[1, 2, 4, 8, 8], num_res_blocks=1)
STILLS = VIDEO | dict(decoder_base_dim=None, dim_mult=[1, 2, 4, 4, 4], temperal_downsample=[False] * 4)
STATISTICS = dict(latents_mean=[0.1 * i for i in range(6)], latents_std=[1.0 + 0.1 * i for i in range(6)])


def make_pair(sizes):
    torch.manual_seed(1)
    theirs = AutoencoderKLQwenImage21(**sizes, **STATISTICS).eval()
    for name, parameter in theirs.named_parameters():
        fan_in = parameter[0].numel() if parameter.dim() == 4 and "gamma" not in name else 25
        torch.nn.init.normal_(parameter, mean=1.0 if "gamma" in name else 0.0, std=fan_in**-0.5)
    ours = Autoencoder21(Autoencoder21Config.from_dict(dict(theirs.config))).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@pytest.mark.parametrize("sizes", [VIDEO, STILLS], ids=["video widths", "stills widths"])
def test_equals_diffusers(sizes, record_parity):
    theirs, ours = make_pair(sizes)
    pixels = torch.rand(2, 4, 48, 32) * 2 - 1
    with torch.no_grad():
        posterior = theirs.encode(pixels[:, :, None]).latent_dist
        mean, logvar = ours.encode(pixels)
        latents = torch.randn(2, 6, 3, 2) * 0.3
        expected = theirs.decode(latents[:, :, None]).sample[:, :, 0]
        got = ours.decode(latents)
    assert expected.std() > 0.05
    encoding = max((mean - posterior.mean[:, :, 0]).abs().max().item(), 0.0)
    spread = (logvar.clamp(-30, 20) - posterior.logvar[:, :, 0]).abs().max().item()
    decoding = (got - expected).abs().max().item()
    record_parity("2.1 encoder", max(encoding, spread), 1e-5)
    record_parity("2.1 decoder", decoding, 1e-5)
    assert max(encoding, spread, decoding) <= 1e-5


def test_true_size():
    with torch.device("meta"):
        model = Autoencoder21(Autoencoder21Config(latents_mean=(0.0,) * 64, latents_std=(1.0,) * 64))
    assert round(sum(p.numel() for p in model.parameters()) / 1e6, 1) == 337.7


def test_a_config_for_another_architecture_is_refused():
    with pytest.raises(BadModel, match="is_residual"):
        Autoencoder21Config.from_dict(VIDEO | STATISTICS | dict(is_residual=False))
    with pytest.raises(BadModel, match="latents_mean"):
        Autoencoder21Config(z_dim=6, latents_mean=(0.0,), latents_std=(1.0,))
