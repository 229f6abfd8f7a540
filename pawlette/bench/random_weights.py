"""Modules of any size with seeded random weights, built without memory and filled on the device. Knows no model.

A weight depends on its name and shape alone, so two modules with the same names get the same weights. Never zeros: a
card's clock, and so its speed, depends on the numbers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn


@contextmanager
def without_memory() -> Iterator[None]:
    """Parameters made inside lie on the meta device; buffers and tables, which are computed, stay real."""
    register = nn.Module.register_parameter

    def registered(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        blank = None if parameter is None else nn.Parameter(parameter.to("meta"), requires_grad=False)
        register(module, name, blank)

    with mock.patch.object(nn.Module, "register_parameter", registered):
        yield


def built(make: Callable[[], Any], *, device: str, dtype: torch.dtype) -> Any:
    """A module of `make` with random weights on the device; buffers keep their own precision."""
    with without_memory():
        module = make()
    weights = {name: normal(name, weight.shape, device, dtype) for name, weight in module.named_parameters()}
    module.load_state_dict(weights, strict=False, assign=True)
    return module.to(device).eval().requires_grad_(False)


def normal(name: str, shape: torch.Size, device: str, dtype: torch.dtype) -> Tensor:
    """Matrices that keep a signal's size, gains near 1, biases near 0: activations stay finite through all layers."""
    generator = torch.Generator(device).manual_seed(zlib.crc32(name.encode()))
    one_each = len(shape) == 1 or "gamma" in name
    mean = 1.0 if one_each and not name.endswith("bias") else 0.0
    deviation = 0.1 if one_each else 1.0 / math.sqrt(shape[1:].numel())
    return torch.empty(shape, device=device, dtype=dtype).normal_(mean, deviation, generator=generator)
