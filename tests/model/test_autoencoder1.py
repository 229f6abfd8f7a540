"""Our 1.x autoencoder, in 2-D, against the diffusers video class, for stills."""

import pytest
import torch
from diffusers import AutoencoderKLQwenImage

from pawlette.errors import BadModel
from pawlette.model.autoencoder1 import Autoencoder1, Autoencoder1Config, still_weights

PUBLISHED = dict(
    base_dim=8, z_dim=6, dim_mult=[1, 2, 4, 4], num_res_blocks=2, temperal_downsample=[False, True, True]
)
OTHER = dict(
    base_dim=12, z_dim=6, dim_mult=[1, 3, 2, 4], num_res_blocks=1, temperal_downsample=[True, False, True]
)
STATISTICS = dict(latents_mean=[0.1 * i for i in range(6)], latents_std=[1.0 + 0.1 * i for i in range(6)])


def make_pair(sizes):
    torch.manual_seed(1)
    theirs = AutoencoderKLQwenImage(**sizes, **STATISTICS).eval()
    for name, parameter in theirs.named_parameters():
        # One temporal slice of three counts: a kernel scaled for that slice keeps the signal alive.
        fan_in = parameter[0, :, -1].numel() if parameter.dim() == 5 else parameter[0].numel()
        std = fan_in**-0.5 if parameter.dim() > 1 and "gamma" not in name else 0.2
        torch.nn.init.normal_(parameter, mean=float("gamma" in name), std=std)
    torch.nn.init.normal_(theirs.decoder.conv_out.weight, std=1 / (9 * sizes["base_dim"]) ** 0.5)
    ours = Autoencoder1(Autoencoder1Config.from_dict(dict(theirs.config))).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@pytest.fixture(scope="module", params=[PUBLISHED, OTHER], ids=["published form", "other widths"])
def pair(request):
    return make_pair(request.param)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (24, 56), (8, 40)])
@torch.no_grad()
def test_encoder_equals_diffusers(pair, height, width, record_parity):
    theirs, ours = pair
    pixels = torch.rand(2, 3, height, width) * 2 - 1
    posterior = theirs.encode(pixels[:, :, None]).latent_dist
    mean, logvar = ours.encode(pixels)
    assert posterior.mean.std() > 0.3
    difference = max(
        (mean - posterior.mean[:, :, 0]).abs().max().item(),
        (logvar.clamp(-30, 20) - posterior.logvar[:, :, 0]).abs().max().item(),
    )
    record_parity(f"1.x encoder, {width}x{height}, base {ours.config.base_dim}", difference, 1e-5)
    assert difference <= 1e-5


@pytest.mark.parametrize(("height", "width"), [(4, 4), (3, 7), (1, 5)])
@torch.no_grad()
def test_decoder_equals_diffusers(pair, height, width, record_parity):
    theirs, ours = pair
    latents = torch.randn(2, 6, height, width)
    expected = theirs.decode(latents[:, :, None]).sample[:, :, 0]
    got = ours.decode(latents)
    assert got.shape == (2, 3, 8 * height, 8 * width)
    assert expected.std() > 0.1
    assert 0 < (expected.abs() == 1).float().mean() < 0.3  # few are clamped: those would hide a difference
    difference = (got - expected).abs().max().item()
    record_parity(f"1.x decoder, {width}x{height} latents, base {ours.config.base_dim}", difference, 1e-5)
    assert difference <= 1e-5


def test_loading_leaves_the_checkpoint_alone_and_reads_our_own_form(pair):
    theirs, ours = pair
    checkpoint = theirs.state_dict()
    again = Autoencoder1(ours.config)
    again.load_state_dict(checkpoint)
    assert checkpoint.keys() == theirs.state_dict().keys()
    assert checkpoint["decoder.conv_in.weight"].dim() == 5
    third = Autoencoder1(ours.config)
    third.load_state_dict(again.state_dict())
    expected = ours.state_dict()
    assert all(torch.equal(weight, expected[name]) for name, weight in third.state_dict().items())


def test_loading_inside_another_module(pair):
    theirs, ours = pair
    holder = torch.nn.ModuleDict({"vae": Autoencoder1(ours.config), "other": torch.nn.Conv3d(2, 2, 3)})
    weights = {f"vae.{name}": weight for name, weight in theirs.state_dict().items()}
    weights |= {f"other.{name}": weight for name, weight in torch.nn.Conv3d(2, 2, 3).state_dict().items()}
    holder.load_state_dict(weights)
    assert torch.equal(holder["vae"].decoder.conv_in.weight, ours.decoder.conv_in.weight)
    assert torch.equal(holder["other"].weight, weights["other.weight"])


def test_exactly_the_time_convolutions_are_left_over(pair):
    theirs, ours = pair
    left_over = theirs.state_dict().keys() - ours.state_dict().keys()
    assert left_over == ours.config.video_only_keys
    assert len(left_over) == 8  # two down, two up; each a weight and a bias
    assert all(".time_conv." in key for key in left_over)


def test_unexpected_missing_and_misshapen_weights_are_errors(pair):
    theirs, ours = pair
    stray = theirs.state_dict() | {"decoder.up_blocks.3.upsamplers.0.time_conv.weight": torch.zeros(1)}
    with pytest.raises(RuntimeError, match=r"up_blocks\.3\.upsamplers\.0\.time_conv\.weight"):
        ours.load_state_dict(stray)
    lacking = theirs.state_dict()
    del lacking["decoder.conv_in.weight"]
    with pytest.raises(RuntimeError, match=r"decoder\.conv_in\.weight"):
        ours.load_state_dict(lacking)
    flat = theirs.state_dict()
    flat["decoder.conv_in.weight"] = flat["decoder.conv_in.weight"][:, :, :2]
    with pytest.raises(RuntimeError, match=r"decoder\.conv_in\.weight"):
        ours.load_state_dict(flat)


def test_true_size():
    statistics = dict(latents_mean=(0.0,) * 16, latents_std=(1.0,) * 16)
    with torch.device("meta"):
        theirs, ours = AutoencoderKLQwenImage(), Autoencoder1(Autoencoder1Config(**statistics))
    counts = [sum(weight.numel() for weight in model.parameters()) / 1e6 for model in (theirs, ours)]
    assert round(counts[0], 1) == 126.9  # the checkpoint
    assert round(counts[1], 1) == 44.6  # what a still needs of it
    sliced = still_weights(theirs.state_dict(), ours.config.video_only_keys)
    assert {name: weight.shape for name, weight in sliced.items()} == {
        name: weight.shape for name, weight in ours.state_dict().items()
    }


def test_the_published_form_of_config_is_the_default():
    numbers = dict(latents_mean=[0.5] * 16, latents_std=[2.0] * 16)
    published = dict(
        _class_name="AutoencoderKLQwenImage", attn_scales=[], base_dim=96, dim_mult=[1, 2, 4, 4], dropout=0.0,
        num_res_blocks=2, temperal_downsample=[False, True, True], z_dim=16, **numbers,
    )  # fmt: skip
    expected = Autoencoder1Config(latents_mean=(0.5,) * 16, latents_std=(2.0,) * 16)
    assert Autoencoder1Config.from_dict(published) == expected


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"z_dim": "60"}, "z_dim must be int"),
        ({"input_channels": 4}, "input_channels"),
        ({"attn_scales": [0.5]}, "attn_scales"),
        ({"dim_mult": [1, 2, 4]}, "dim_mult"),
        ({"latents_std": [1.0]}, "latents_std"),
    ],
)
def test_bad_configs_are_named(change, word):
    with pytest.raises(BadModel, match=word):
        Autoencoder1Config.from_dict(PUBLISHED | STATISTICS | change)


@pytest.mark.parametrize("key", ["z_dim", "latents_mean"])
def test_missing_keys_are_named(key):
    with pytest.raises(BadModel, match=key):
        Autoencoder1Config.from_dict({k: v for k, v in (PUBLISHED | STATISTICS).items() if k != key})
