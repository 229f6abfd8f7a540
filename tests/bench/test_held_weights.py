"""Weights that are shared, counted once, and read from memory only while that is wished."""

import pytest
import torch
from torch import nn

from pawlette.bench.held_weights import held_bytes
from pawlette.errors import BadWeights
from pawlette.model.weights import held, read


def test_our_model_shares_the_references_memory(subject):
    theirs = {weight.data_ptr() for weight in subject.reference.part("transformer").parameters()}
    assert all(weight.data_ptr() in theirs for weight in subject.plain.denoiser.parameters())
    everything = [subject.plain, subject.plain.denoiser, *subject.reference.part("transformer").parameters()]
    assert held_bytes(everything) == held_bytes([subject.plain])


def test_memory_is_counted_once_and_wherever_it_hides():
    layer = nn.Linear(4, 4, bias=False)
    layer.table = {"rows": [torch.zeros(8)]}
    assert held_bytes([layer, layer.weight]) == 4 * 16 + 4 * 8


def test_a_folder_is_read_from_memory_inside_and_from_files_after(tmp_path):
    tensors = {"a.weight": torch.ones(2), "left_out": torch.ones(1)}
    with held({tmp_path: lambda: tensors}):
        found = read(tmp_path, dtype=torch.bfloat16, rename=lambda name: name.partition("left")[0] or None)
    assert list(found.tensors) == ["a.weight"]
    assert found.tensors["a.weight"].dtype == torch.bfloat16
    with pytest.raises(BadWeights):
        read(tmp_path)
