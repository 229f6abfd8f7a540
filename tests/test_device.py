"""A machine without a GPU imports and runs everything."""

import pytest
import torch

from pawlette import device
from pawlette.errors import BadJob


def test_auto_finds_what_is_there():
    assert device.choose() in ("cpu", "cuda", "mps")
    assert device.choose("cpu") == "cpu"


def test_a_missing_device_is_named():
    with pytest.raises(BadJob, match="'tpu'"):
        device.choose("tpu")
    with pytest.raises(BadJob, match="cpu:foo"):
        device.choose("cpu:foo")


def test_a_cpu_draws_in_float32():
    assert device.dtype_for("cpu") is torch.float32
