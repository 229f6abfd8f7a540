"""Augmentation keeps shapes and ranges, and each change does what its name says."""

import pytest
import torch

from pawlette.bench.augment import augment, blurred, compressed, moved, on_ground, turned


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_pixels_stay_pixels_and_some_rows_are_recoloured():
    pictures = torch.randint(0, 256, (40, 32, 32, 4), dtype=torch.uint8, generator=rng())
    pixels, recoloured = augment(pictures, 24, rng())
    assert pixels.shape == (40, 3, 24, 24)
    assert pixels.min() >= 0
    assert pixels.max() <= 1
    assert 0 < recoloured.sum() < 40
    again, _ = augment(pictures, 24, rng())
    assert torch.equal(pixels, again)


def test_what_is_opaque_hides_the_ground_and_what_is_not_shows_it():
    pictures = torch.zeros(30, 2, 2, 4, dtype=torch.uint8)
    pictures[:, 0, :, 3] = 255
    pixels = on_ground(pictures, rng())
    assert pixels[:, :, 0].abs().max() == 0
    grounds = pixels[:, :, 1, 0]
    white = (grounds == 1).all(1)
    assert 0 < white.sum() < 30
    assert grounds.min() >= 0.5


def test_a_flat_picture_stays_flat_wherever_it_is_moved():
    flat = torch.full((8, 3, 16, 16), 0.5)
    assert torch.allclose(moved(flat, 12, rng()), torch.full((8, 3, 12, 12), 0.5), atol=1e-6)


def test_turning_hues_leaves_grey_alone_and_changes_red():
    grey = torch.full((6, 3, 2, 2), 0.4)
    assert torch.allclose(turned(grey, rng()), grey, atol=2e-3)
    red = torch.zeros(6, 3, 2, 2)
    red[:, 0] = 1
    assert (turned(red, rng()) - red).abs().amax((1, 2, 3)).max() > 0.3


def test_blur_keeps_the_mean_and_lowers_the_peak():
    dot = torch.zeros(1, 3, 33, 33)
    dot[..., 16, 16] = 1
    soft = blurred(dot, 1.5)
    assert soft.sum() == pytest.approx(3, rel=1e-4)
    assert soft.max() < 0.2


def test_compression_keeps_flat_blocks_nearly_and_loses_more_at_low_quality():
    noise = torch.rand(2, 3, 20, 20, generator=rng())
    losses = [(compressed(noise, quality) - noise).abs().mean() for quality in (95, 50, 10)]
    assert losses[0] < losses[1] < losses[2]
    flat = torch.full((1, 3, 16, 16), 0.5)
    assert (compressed(flat, 80) - flat).abs().max() < 0.01
    assert torch.equal(compressed(noise, 10)[..., 16:, :], noise[..., 16:, :])  # no whole block there
