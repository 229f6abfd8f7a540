"""Distances between descriptions, and descriptions on disk."""

import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from pawlette.bench.likeness import WIDTH, Describer, Known, mean_pairwise, nearest
from pawlette.errors import BadWeights


def some(count, seed=0):
    return F.normalize(torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed)))


def test_copies_have_no_distance():
    ones = some(40)
    assert nearest(ones, ones).max() == 0
    assert mean_pairwise(ones[:1].expand(5, -1)) == 0


def test_the_nearest_is_the_nearest():
    others = torch.eye(WIDTH)[:3]
    one = F.normalize(torch.eye(WIDTH)[:1] + 0.1 * torch.eye(WIDTH)[1:2])
    assert nearest(one, others).item() == pytest.approx((one - others[0]).norm().item())


def test_the_mean_is_over_pairs_of_different_pictures():
    assert mean_pairwise(torch.eye(WIDTH)[:2]) == pytest.approx(2**0.5)
    assert mean_pairwise(some(1)) == 0


def test_descriptions_tell_layouts_apart_and_give_copies_the_same():
    left, right = (Image.new("RGB", (64, 64), "white") for _ in range(2))
    left.paste((200, 30, 30), (4, 20, 28, 60))
    right.paste((200, 30, 30), (36, 20, 60, 60))
    found = Describer()([left, right, left])
    assert found.norm(dim=1) == pytest.approx(torch.ones(3), abs=1e-5)
    assert torch.allclose(found[0], found[2], atol=1e-5)
    assert (found[0] - found[1]).norm() > 0.1
    assert Describer()([]).shape == (0, WIDTH)


def test_known_pictures_come_back_from_disk(tmp_path):
    Known(some(30), some(30, 1), {"pictures": "made up"}).save(tmp_path / "known.safetensors")
    known = Known.load(tmp_path / "known.safetensors")
    assert known.source == {"pictures": "made up"}
    assert nearest(some(30), known.training).max() < 0.03  # what int8 costs
    assert nearest(some(30, 1), known.fresh).max() < 0.03


def test_a_file_without_descriptions(tmp_path):
    Known(torch.eye(3), torch.eye(3), {}).save(tmp_path / "narrow.safetensors")
    Known(some(3), some(2), {}).save(tmp_path / "uneven.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    for name in ("narrow", "uneven", "broken", "missing"):
        with pytest.raises(BadWeights, match=name):
            Known.load(tmp_path / f"{name}.safetensors")
