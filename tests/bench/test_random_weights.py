"""Random weights: the same for the same names, never idle, and buffers that stay what they are."""

import torch
from torch import nn

from pawlette.bench.random_weights import built, normal, without_memory


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 32)
        self.register_buffer("angles", torch.arange(4.0), persistent=False)


def test_weights_are_filled_by_name_and_buffers_kept():
    first, again = (built(Layer, device="cpu", dtype=torch.bfloat16) for _ in range(2))
    assert torch.equal(first.linear.weight, again.linear.weight)
    assert first.linear.weight.dtype == torch.bfloat16
    assert first.angles.dtype == torch.float32
    assert first.angles.tolist() == [0, 1, 2, 3]
    assert not first.training
    assert not any(weight.requires_grad for weight in first.parameters())


def test_a_signal_keeps_its_size():
    matrix = normal("a.weight", torch.Size((512, 256)), "cpu", torch.float32)
    assert 0.8 < (torch.randn(64, 256) @ matrix.t()).std() < 1.2
    assert normal("norm.weight", torch.Size((512,)), "cpu", torch.float32).mean() > 0.9
    assert normal("norm.bias", torch.Size((512,)), "cpu", torch.float32).mean().abs() < 0.1
    assert not torch.equal(matrix, normal("b.weight", torch.Size((512, 256)), "cpu", torch.float32))


def test_nothing_is_allocated_before():
    with without_memory():
        layer = Layer()
    assert layer.linear.weight.is_meta
    assert not nn.Linear(2, 2).weight.is_meta
