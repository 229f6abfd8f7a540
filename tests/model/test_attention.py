"""Padding reckoned out of the sums against padding masked, and both against single rows without any."""

import pytest
import torch

from pawlette.model.attention import masked, on_cpu, unmasked

HIDDEN = [(0, 5, 20), (1, 9, 12)]  # row, from, to


def ragged(dtype, seed=0, offset=0.0):
    """Queries, keys, values, and which keys are visible. `offset` raises or lowers every score."""
    random = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(2, 3, tokens, 16, generator=random) for tokens in (40, 50, 50))
    q[..., 0], k[..., 0] = 4.0, offset
    visible = torch.ones(2, 1, 1, 50, dtype=torch.bool)
    for row, start, end in HIDDEN:
        visible[row, ..., start:end] = False
    return q.to(dtype), k.to(dtype), v.to(dtype), visible


@pytest.mark.parametrize("offset", [-30.0, 0.0, 30.0])
@pytest.mark.parametrize(("dtype", "allowed"), [(torch.float32, 5e-4), (torch.bfloat16, 0.03)])
def test_equals_the_masked(dtype, allowed, offset):
    q, k, v, visible = ragged(dtype, offset=offset)
    exact = masked(q.double(), k.double(), v.double(), visible)
    assert (unmasked(on_cpu, 0)(q, k, v, visible) - exact).abs().max() <= allowed


def test_what_stands_at_padding_changes_nothing():
    q, k, v, visible = ragged(torch.float32)
    dirty = visible.transpose(-1, -2)
    drawn = unmasked(on_cpu, 0)(q, k, v, visible)
    k, v = torch.where(dirty, k, torch.full_like(k, 1e6)), torch.where(dirty, v, torch.full_like(v, -1e6))
    assert torch.equal(unmasked(on_cpu, 0)(q, k, v, visible), drawn)


def test_a_row_is_what_it_is_without_its_padding():
    q, k, v, visible = ragged(torch.float32)
    together = unmasked(on_cpu, 0)(q, k, v, visible)
    for row in range(2):
        shown = visible[row, 0, 0]
        alone = masked(q[row : row + 1], k[row : row + 1, :, shown], v[row : row + 1, :, shown], None)
        assert torch.allclose(together[row], alone[0], atol=2e-5)


def test_the_last_key_may_carry_nearly_all_weight():
    q, k, v, visible = ragged(torch.float32)
    k[:, :, -1] = 4.0 * q.mean(2)  # scores of 14 to 18; the others are below 5
    exact = masked(q.double(), k.double(), v.double(), visible)
    assert (unmasked(on_cpu, 0)(q, k, v, visible) - exact).abs().max() <= 1e-3


def test_without_padding_it_is_the_plain_call():
    q, k, v, _ = ragged(torch.float32)
    assert torch.equal(unmasked(on_cpu, 0)(q, k, v, None), masked(q, k, v, None))


def test_few_keys_are_masked():
    q, k, v, visible = ragged(torch.float32)
    assert torch.equal(unmasked(on_cpu, 51)(q, k, v, visible), masked(q, k, v, visible))
