"""Packing against the reference's own, and there and back."""

import pytest
import torch
from diffusers import QwenImage21Pipeline, QwenImagePipeline

from pawlette.model.packing import pack, pad_texts, recurring, unpack


@pytest.mark.parametrize(("height", "width"), [(4, 4), (6, 2), (2, 10)])
def test_equals_the_pipelines(height, width):
    latents = torch.randn(2, 5, height, width)
    theirs = QwenImagePipeline._pack_latents(latents, 2, 5, height, width)
    assert torch.equal(pack(latents, 2), theirs)
    assert torch.equal(unpack(theirs, (height // 2, width // 2), 2), latents)
    plain = QwenImage21Pipeline._pack_latents(latents, 2, 5, height, width)
    assert torch.equal(pack(latents, 1), plain)
    assert torch.equal(unpack(plain, (height, width), 1), latents)


def test_equal_lengths_need_no_mask():
    texts = [torch.randn(3, 4), torch.randn(3, 4)]
    ragged, mask = pad_texts(texts)
    assert mask is None
    assert torch.equal(ragged.padded(), torch.stack(texts))


def test_padding_stands_behind_the_text():
    texts = [torch.randn(2, 4), torch.randn(5, 4)]
    ragged, mask = pad_texts(texts)
    padded = ragged.padded()
    assert padded.shape == ragged.shape
    assert mask.tolist() == [[True, True, False, False, False], [True] * 5]
    assert torch.equal(padded[0, :2], texts[0])
    assert not padded[0, 2:].any()
    assert torch.equal(padded[1], texts[1])


def test_counts_that_recur_are_powers_of_two():
    assert [recurring(count) for count in (1, 2, 3, 4, 5, 8, 9, 16, 17)] == [1, 2, 4, 4, 8, 8, 16, 16, 32]
