"""Scores of a light decoder: exact on small examples, complete on a real comparison."""

import pytest
import torch

from pawlette.train.autoencoder import Features
from pawlette.train.fidelity import compare, costs, likeness, multiplications
from pawlette.train.pictures import on_white


@pytest.fixture(scope="module")
def features():
    return Features()


def test_pictures_with_alpha_are_seen_on_white():
    invisible = torch.full((1, 4, 2, 2), -1.0)
    assert (on_white(invisible) == 1.0).all()
    assert on_white(invisible[:, :3]) is not invisible
    assert (on_white(invisible[:, :3]) == -1.0).all()


def test_likeness_grows_with_closeness(features):
    wanted = torch.rand(2, 4, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    near, far = (wanted + error * torch.randn(wanted.shape) for error in (0.01, 0.3))
    close, distant = likeness(near, wanted, features), likeness(far, wanted, features)
    assert close["psnr_db"] > distant["psnr_db"] + 10
    assert close["ssim"] > distant["ssim"]
    assert close["feature_distance"] < distant["feature_distance"]
    assert "alpha_psnr_db" in close
    assert "alpha_psnr_db" not in likeness(near[:, :3], wanted[:, :3], features)


def test_costs_are_of_each_decoder():
    calls = []
    found = costs(
        {"a": lambda x: calls.append("a") or x, "b": lambda x: calls.append("b") or x},
        torch.ones(1),
        "cpu",
        3,
    )
    assert calls == ["a", "b"] * 4
    assert set(found) == {"a", "b"}
    assert set(found["a"]) == {"seconds"}  # nobody counts a CPU's memory


def test_multiplications_are_counted():
    layer = torch.nn.Conv2d(4, 8, 3, padding=1)
    assert multiplications(layer, torch.ones(1, 4, 1000, 1000)) == pytest.approx(4 * 8 * 9 * 1e6 / 1e9)


def test_a_comparison_is_a_whole_record(features):
    full = torch.nn.ConvTranspose2d(2, 3, 32, 32)
    record, got, wanted = compare(lambda z: full(z) * 0.9, full, torch.randn(3, 2, 2, 2), features, "cpu")
    assert got.shape == wanted.shape == (3, 3, 64, 64)
    assert record["size"] == [64, 64]
    assert record["pictures"] == 3
    assert set(record["cost"]) == {"full", "light"}
    assert record["gmacs"]["full"] == record["gmacs"]["light"]
