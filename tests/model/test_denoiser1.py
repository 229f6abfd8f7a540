"""Our 1.x denoiser against the diffusers class, and mixed batches against single runs."""

import pytest
import torch
from diffusers import QwenImageTransformer2DModel

from pawlette.errors import BadModel
from pawlette.model.denoiser1 import Denoiser1, Denoiser1Config, image_rotation, text_rotation
from tests.model.host_reads import NoHostReads

SIZES = dict(
    patch_size=2, in_channels=16, out_channels=4, num_layers=3, attention_head_dim=24, num_attention_heads=4,
    joint_attention_dim=40, axes_dims_rope=(4, 8, 12),
)  # fmt: skip


def make_pair():
    torch.manual_seed(0)
    theirs = QwenImageTransformer2DModel(**SIZES).eval()
    for name, parameter in theirs.named_parameters():
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, mean=float("norm" in name and "weight" in name), std=0.3)
        else:
            torch.nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
    ours = Denoiser1(Denoiser1Config.from_dict(dict(theirs.config))).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@pytest.fixture(scope="module")
def pair():
    return make_pair()


@torch.no_grad()
def theirs_velocity(theirs, latents, embeds, sigmas, grid, mask=None):
    return theirs(
        hidden_states=latents, encoder_hidden_states=embeds, timestep=sigmas, encoder_hidden_states_mask=mask,
        img_shapes=[[(1, *grid)]] * len(embeds), return_dict=False,
    )[0]  # fmt: skip


def inputs(grid, text_tokens, rows=2):
    generator = torch.Generator().manual_seed(grid[0] * 100 + grid[1] * 10 + text_tokens)
    latents = torch.randn(rows, grid[0] * grid[1], 16, generator=generator)
    embeds = torch.randn(rows, text_tokens, 40, generator=generator)
    return latents, embeds, torch.rand(rows, generator=generator)


@pytest.mark.parametrize(
    ("grid", "text_tokens"), [((4, 4), 7), ((6, 2), 1), ((5, 7), 19), ((1, 3), 4), ((9, 16), 33)]
)
def test_equals_diffusers(pair, grid, text_tokens, record_parity):
    theirs, ours = pair
    latents, embeds, sigmas = inputs(grid, text_tokens)
    expected = theirs_velocity(theirs, latents, embeds, sigmas, grid)
    with torch.no_grad():
        got = ours(latents, embeds, sigmas, grid)
    assert expected.std() > 0.3
    difference = (got - expected).abs().max().item()
    record_parity(f"1.x denoiser, grid {grid}, {text_tokens} text tokens", difference, 1e-5)
    assert difference <= 1e-5


def test_ragged_rows_equal_single_runs(pair, record_parity):
    _, ours = pair
    lengths, grid = (3, 9, 6), (5, 4)
    latents, embeds, _ = inputs(grid, 9, rows=3)
    sigmas = torch.tensor([1.0, 0.5, 0.1])
    mask = torch.arange(9)[None] < torch.tensor(lengths)[:, None]
    embeds = torch.where(mask[..., None], embeds, 100.0 * embeds.flip(0))  # padding must not matter
    with torch.no_grad():
        mixed = ours(latents, embeds, sigmas, grid, mask)
        rows = zip(latents.split(1), embeds.split(1), sigmas.split(1), lengths, strict=True)
        single = torch.cat([ours(row, text[:, :n], sigma, grid) for row, text, sigma, n in rows])
        unmasked = ours(latents, embeds, sigmas, grid)
    difference = (mixed - single).abs().max().item()
    record_parity("1.x denoiser, ragged batch against single runs", difference, 1e-5)
    assert difference <= 1e-5
    assert (unmasked - single).abs().max() > 1e-2  # or else the mask would prove nothing


def test_masked_batch_equals_diffusers(pair, record_parity):
    theirs, ours = pair
    latents, embeds, sigmas = inputs((3, 5), 8)
    mask = torch.arange(8)[None] < torch.tensor([[8], [3]])
    expected = theirs_velocity(theirs, latents, embeds, sigmas, (3, 5), mask)
    with torch.no_grad():
        difference = (ours(latents, embeds, sigmas, (3, 5), mask) - expected).abs().max().item()
    record_parity("1.x denoiser, masked batch", difference, 1e-5)
    assert difference <= 1e-5


def test_bfloat16_rounds_sigma_as_diffusers_does():
    theirs, ours = (model.bfloat16() for model in make_pair())
    latents, embeds, _ = inputs((4, 6), 5)
    latents, embeds = latents.bfloat16(), embeds.bfloat16()
    sigmas = torch.tensor([0.7018, 0.3003])  # bfloat16 holds neither
    expected = theirs_velocity(theirs, latents, embeds, sigmas, (4, 6))
    with torch.no_grad():
        difference = (ours(latents, embeds, sigmas, (4, 6)) - expected).float().abs()
    assert sigmas.bfloat16().float().sub(sigmas).abs().min() > 1e-4
    assert difference.mean() <= 0.01 * expected.float().std()


def test_float16_streams_are_clipped_as_in_diffusers():
    theirs, ours = make_pair()
    for model in (theirs, ours):
        torch.nn.init.constant_(model.transformer_blocks[0].img_mlp.net[2].bias, 60_000.0)
        torch.nn.init.constant_(model.transformer_blocks[0].img_mod[1].bias[-96:], 4.0)
        model.half()
    latents, embeds, sigmas = inputs((2, 3), 4)
    latents, embeds = latents.half(), embeds.half()
    seen = []
    ours.transformer_blocks[0].register_forward_hook(lambda block, args, out: seen.append(out[1]))
    expected = theirs_velocity(theirs, latents, embeds, sigmas, (2, 3))
    with torch.no_grad():
        got = ours(latents, embeds, sigmas, (2, 3))
    assert seen[0].abs().max() == 65504
    assert got.isfinite().all()
    assert (got - expected).float().abs().max() <= 0.02 * expected.float().std()


def test_forward_never_asks_the_device_for_a_number(pair):
    _, ours = pair
    latents, embeds, sigmas = inputs((4, 3), 6)
    mask = torch.arange(6)[None] < torch.tensor([[6], [2]])
    image_rotation.cache_clear()
    text_rotation.cache_clear()
    with torch.no_grad(), NoHostReads():
        ours(latents, embeds, sigmas, (4, 3), mask)
        ours(latents, embeds, sigmas, (4, 3))


def test_training_after_drawing_and_bounded_tables(pair):
    _, ours = pair
    image_rotation.cache_clear()
    text_rotation.cache_clear()
    with torch.inference_mode():
        for tokens in range(1, 80):
            text_rotation(2, tokens, (4, 8, 12), torch.device("cpu"))
        ours(*inputs((4, 3), 6), (4, 3))
    assert text_rotation.cache_info().currsize == 64
    latents, embeds, sigmas = inputs((4, 3), 6)
    latents.requires_grad_()
    ours(latents, embeds, sigmas, (4, 3)).square().mean().backward()
    assert latents.grad.abs().max() > 0
    ours.zero_grad()


def test_true_size():
    with torch.device("meta"):
        model = Denoiser1(Denoiser1Config())
        theirs = QwenImageTransformer2DModel()
    assert round(sum(p.numel() for p in model.parameters()) / 1e9, 3) == 20.430
    shapes = {name: tensor.shape for name, tensor in theirs.state_dict().items()}
    assert {name: tensor.shape for name, tensor in model.state_dict().items()} == shapes


PUBLISHED = {
    "_class_name": "QwenImageTransformer2DModel",
    "_diffusers_version": "0.34.0.dev0",
    "attention_head_dim": 128,
    "axes_dims_rope": [16, 56, 56],
    "guidance_embeds": False,
    "in_channels": 64,
    "joint_attention_dim": 3584,
    "num_attention_heads": 24,
    "num_layers": 60,
    "out_channels": 16,
    "patch_size": 2,
    "pooled_projection_dim": 768,
}


def test_the_published_config_is_the_default():
    assert Denoiser1Config.from_dict(PUBLISHED) == Denoiser1Config()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"num_layers": "60"}, "num_layers must be int"),
        ({"zero_cond_t": True}, "zero_cond_t"),
        ({"guidance_embeds": True}, "guidance_embeds"),
        ({"axes_dims_rope": [4, 8, 8]}, "axes_dims_rope"),
    ],
)
def test_bad_configs_are_named(change, word):
    with pytest.raises(BadModel, match=word):
        Denoiser1Config.from_dict(PUBLISHED | change)


@pytest.mark.parametrize("key", ["num_layers", "axes_dims_rope", "joint_attention_dim"])
def test_missing_keys_are_named(key):
    with pytest.raises(BadModel, match=key):
        Denoiser1Config.from_dict({name: value for name, value in PUBLISHED.items() if name != key})
