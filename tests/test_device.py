"""A machine without a GPU imports and runs everything."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

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


@pytest.mark.parametrize(
    ("where", "cores", "threads"), [("cpu", 16, 1), ("cuda:1", 1, 1), ("cuda", 8, 2), ("cuda", 64, 4)]
)
def test_a_card_leaves_cores_for_making_files(monkeypatch, where, cores, threads):
    monkeypatch.setattr(torch, "get_num_threads", lambda: cores)
    assert device.writers(where) == threads
    assert device.writers(where, beside=4) == max(1, min(threads, cores // 16))


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


def test_a_recording_is_warmed_up_recorded_once_and_counted(monkeypatch):
    """The order of calls, without a card."""
    said = []

    class Stream:
        def __init__(self, name="side"):
            self.name = name

        def wait_stream(self, other):
            said.append(f"{self.name} waits for {getattr(other, 'name', other)}")

    class Graph:
        def pool(self):
            return (0, 7)

        def replay(self):
            said.append("replay")

    @contextmanager
    def within(what):
        said.append(f"in {what}")
        yield

    monkeypatch.setattr(torch.cuda, "Stream", lambda name: Stream())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda name: Stream("current"))
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: within(stream.name))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(
        torch.cuda, "graph", lambda graph, stream, capture_error_mode: within(capture_error_mode)
    )
    segments = [{"total_size": 5, "segment_pool_id": (0, 7)}, {"total_size": 9, "segment_pool_id": (0, 0)}]
    monkeypatch.setattr(torch.cuda, "memory_snapshot", lambda: segments)
    recording = device.Recording("cuda", lambda: said.append("work") or torch.ones(1))
    assert said == [
        "side waits for current", "in side", "work", "work", "current waits for side", "in thread_local", "work",
    ]  # fmt: skip
    recording.replay()
    assert (said[-1], recording.bytes, recording.output.item()) == ("replay", 5, 1.0)
    for name, value in (("memory_reserved", 100), ("memory_allocated", 60), ("mem_get_info", (1000, 2000))):
        monkeypatch.setattr(torch.cuda, name, lambda name, value=value: value)
    assert device.free_memory("cuda") == 1000 + 40 - 5  # what a recording keeps is nobody else's
    assert device.free_memory("cuda:1") == 1040


def test_attention_is_chosen_once_for_all_threads():
    for name in ("math", "flash", "cudnn", "efficient", "auto"):
        device.use_attention(name)
        device.use_attention(name)
        assert torch.backends.cuda.math_sdp_enabled()
        assert torch.backends.cuda.flash_sdp_enabled() is (name in ("flash", "cudnn", "auto"))
