"""Our 2.1 denoiser against the diffusers class, and mixed batches against single runs."""

import pytest
import torch
from diffusers import QwenImage21Transformer2DModel

from pawlette.errors import BadModel
from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config
from tests.model.host_reads import NoHostReads

SIZES = dict(
    in_channels=16, out_channels=16, num_layers=3, attention_head_dim=24, num_attention_heads=4,
    context_in_dim=40, mlp_ratio=3, axes_dims_rope=(4, 8, 12), eps=1e-6,
)  # fmt: skip


@pytest.fixture(scope="module")
def pair():
    torch.manual_seed(0)
    theirs = QwenImage21Transformer2DModel(**SIZES).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3 if parameter.dim() == 1 else 1.1 / parameter.shape[1] ** 0.5)
    ours = Denoiser21(Denoiser21Config.from_dict(dict(theirs.config))).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@torch.no_grad()
def theirs_velocity(theirs, latents, embeds, sigmas, grid):
    slots = grid[0] * grid[1] // 4  # the class counts one text-model slot for four image tokens
    image = torch.ones(len(embeds), slots, dtype=torch.bool)
    mask = torch.cat([torch.zeros(embeds.shape[:2], dtype=torch.bool), image], dim=1)
    out = theirs(
        hidden_states=latents, encoder_hidden_states=embeds, timestep=sigmas,
        img_shapes=[[(1, *grid)]] * len(embeds), img_mask=mask, return_dict=False,
    )[0]  # fmt: skip
    return out[:, embeds.shape[1] :]


@pytest.mark.parametrize(("grid", "text_tokens"), [((4, 4), 7), ((6, 2), 1), ((8, 6), 19)])
def test_equals_diffusers(pair, grid, text_tokens, record_parity):
    theirs, ours = pair
    latents = torch.randn(2, grid[0] * grid[1], 16)
    embeds = torch.randn(2, text_tokens, 40)
    sigmas = torch.tensor([0.9, 0.25])
    expected = theirs_velocity(theirs, latents, embeds, sigmas, grid)
    with torch.no_grad(), NoHostReads():
        got = ours(latents, embeds, sigmas, grid)
    assert expected.std() > 0.1
    difference = (got - expected).abs().max().item()
    record_parity(f"2.1 denoiser, grid {grid}, {text_tokens} text tokens", difference, 1e-5)
    assert difference <= 1e-5


def test_ragged_rows_equal_single_runs(pair, record_parity):
    _, ours = pair
    lengths, grid = (3, 9, 6), (4, 6)
    latents, embeds = torch.randn(3, 24, 16), torch.randn(3, 9, 40)
    sigmas = torch.tensor([1.0, 0.5, 0.1])
    mask = torch.arange(9)[None] < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        mixed = ours(latents, embeds, sigmas, grid, mask)
        single = torch.cat(
            [
                ours(latents[i : i + 1], embeds[i : i + 1, :n], sigmas[i : i + 1], grid)
                for i, n in enumerate(lengths)
            ]
        )
    difference = (mixed - single).abs().max().item()
    record_parity("2.1 denoiser, ragged batch against single runs", difference, 1e-5)
    assert difference <= 1e-5


def test_compiles_whole_and_without_a_warning(pair):
    """The graph is traced, not turned into kernels: a break or a warning comes from the tracing."""
    _, ours = pair
    latents, embeds, sigmas = torch.randn(2, 24, 16), torch.randn(2, 5, 40), torch.tensor([0.9, 0.2])
    mask = torch.arange(5)[None] < torch.tensor([[5], [2]])
    compiled = torch.compile(ours, backend="eager", fullgraph=True)
    with torch.no_grad():
        expected = ours(latents, embeds, sigmas, (4, 6), mask)
        torch.testing.assert_close(compiled(latents, embeds, sigmas, (4, 6), mask), expected)


def test_true_size():
    with torch.device("meta"):
        model = Denoiser21(Denoiser21Config())
    assert round(sum(p.numel() for p in model.parameters()) / 1e9, 3) == 7.115


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"patch_size": 2}, "patch_size"),
        ({"axes_dims_rope": [4, 8, 8]}, "axes_dims_rope"),
    ],
)
def test_bad_configs_are_named(change, word):
    with pytest.raises(BadModel, match=word):
        Denoiser21Config.from_dict(SIZES | change)


def test_missing_key_is_named():
    with pytest.raises(BadModel, match="num_layers"):
        Denoiser21Config.from_dict({k: v for k, v in SIZES.items() if k != "num_layers"})
