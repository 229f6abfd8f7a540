"""A machine without a GPU imports and runs everything."""

from concurrent.futures import ThreadPoolExecutor

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


def test_memory_of_a_cpu_is_not_counted():
    assert (device.used_memory("cpu"), device.free_memory("cpu"), device.peak_memory("cpu")) == (None,) * 3


@pytest.mark.parametrize(
    ("error", "starved"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True), (MemoryError(), True), (ValueError("no"), False),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shapes do not match"), False),
    ],
)  # fmt: skip
def test_what_counts_as_no_memory(error, starved):
    assert device.is_out_of_memory(error) is starved


def in_new_thread(act):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def test_a_threads_share_of_the_cores_is_its_own():
    own, coming = torch.get_num_threads(), in_new_thread(torch.get_num_threads)

    def other():
        with device.Lane("cpu", threads=own + 3):
            return torch.get_num_threads()

    assert in_new_thread(other) == own + 3
    assert torch.get_num_threads() == own
    assert in_new_thread(torch.get_num_threads) == coming


def test_on_a_cpu_nothing_waits_for_a_mark():
    with device.Lane("cpu", torch.get_num_threads()) as lane:
        mark = lane.mark()
        assert mark is None
        lane.follow(mark, [torch.zeros(1)])
