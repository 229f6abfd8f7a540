"""Differences between two ways to draw."""

import pytest
import torch

from pawlette.bench.agreement import Drawn, compare, decibels, likeness


def drawn(latents, shade):
    return Drawn(
        (torch.tensor([[1.0, -1.0]]), torch.tensor([latents])), torch.full((2, 2, 3), shade).to(torch.uint8)
    )


def test_what_is_equal_differs_by_nothing():
    found = compare(drawn([2.0, 0.0], 7), drawn([2.0, 0.0], 7))
    assert found["relative_by_step"] == [0.0, 0.0]
    assert (found["latents_max"], found["latents_psnr_db"]) == (0.0, None)
    assert (found["pixels_max"], found["pixels_psnr_db"]) == (0, None)


def test_differences_are_relative_to_the_reference():
    found = compare(drawn([2.5, 0.0], 9), drawn([2.0, 0.0], 7))
    assert found["relative_by_step"] == [0.0, 0.25]
    assert (found["latents_max"], found["pixels_max"]) == (0.5, 2)
    assert found["pixels_psnr_db"] == pytest.approx(42.11)


def test_no_number_is_no_psnr():
    assert decibels(torch.tensor([float("nan")]), torch.zeros(1), 1.0) is None
    assert not compare(drawn([float("nan"), 0.0], 1), drawn([1.0, 0.0], 1))["finite"]


def test_structure_is_compared_where_a_window_fits():
    page = torch.rand(16, 12, 3, generator=torch.Generator().manual_seed(0)) * 255
    assert likeness(page, page) == pytest.approx(1.0)
    assert likeness(page, page.flip(0)) < 0.5
    assert likeness(page[:8], page[:8]) is None
