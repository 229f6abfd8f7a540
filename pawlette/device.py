"""Which device draws, in which precision, in which order and within which memory. The only file that says torch.cuda.

Knows no model and no stage.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from types import TracebackType

import torch
from torch import Tensor

from pawlette.errors import BadJob


def choose(name: str = "auto") -> str:
    """A device name that torch knows: "cuda" or "mps" where there is one, else "cpu". Raises BadJob."""
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = name.partition(":")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    counted = index == "" or (index.isascii() and index.isdigit() and len(index) < 4)
    if kind == "cuda" and index and counted:
        counted = int(index) < torch.cuda.device_count()
    if not there.get(kind, False) or not counted:
        raise BadJob(
            f"device {name!r} is not here; there is {', '.join(k for k, yes in there.items() if yes)}, or auto"
        )
    return name


def dtype_for(device: str) -> torch.dtype:
    """bfloat16 on a GPU that has it, float32 elsewhere: a CPU is not faster in half precision without AMX."""
    if device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.float32


def finish_work(device: str) -> None:
    """Wait until the device has done all that it was asked: for measurements, never while drawing."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device.startswith("mps"):
        torch.mps.synchronize()


def forget_peak_memory(device: str) -> None:
    """Begin anew what `peak_memory` counts."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: str) -> int | None:
    """The most bytes that tensors have held on a CUDA device so far; None where nobody counts them."""
    return torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else None


def peak_reserved_memory(device: str) -> int | None:
    """The most bytes that PyTorch has kept of a CUDA device, in use or for its next tensors; None elsewhere."""
    return torch.cuda.max_memory_reserved(device) if device.startswith("cuda") else None


def give_back_memory(device: str) -> None:
    """What PyTorch keeps of a CUDA device for its next tensors: between measurements, never while drawing."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def named(device: str) -> str:
    """What the device is called by its maker, where it is a CUDA device."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def used_memory(device: str) -> int | None:
    """The bytes that tensors hold on a CUDA device now; None where nobody counts them."""
    return torch.cuda.memory_allocated(device) if device.startswith("cuda") else None


def free_memory(device: str) -> int | None:
    """The bytes that tensors could still get on a CUDA device; None where nobody counts them."""
    if not device.startswith("cuda"):
        return None
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(
        device
    )  # by PyTorch, for its next
    return torch.cuda.mem_get_info(device)[0] + kept


def is_out_of_memory(error: Exception) -> bool:
    """Whether a smaller batch may do where this error came."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def shares(device: str) -> tuple[int, int]:
    """How many lanes should denoise, and how many CPU threads each may use for one operation.

    On a CPU two, of half the cores: while one decodes the others go on, and no core waits for another at the end of
    each operation (docs/benchmarks/stream.md). A GPU's own lane fills it.
    """
    cores = torch.get_num_threads()
    return (2, cores // 2) if device == "cpu" and cores > 1 else (1, cores)


_asking = threading.Lock()


def use_threads(count: int) -> None:
    """How many CPU threads an operation of this thread may use; other threads keep their number."""
    with _asking:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        # Threads to come take the number that was said last, by whichever thread: let one say the old number.
        other = threading.Thread(target=torch.set_num_threads, args=(before,))
        other.start()
        other.join()


class Lane:
    """One stage's own order of work on a device: a CUDA stream, or nothing where work is done when it is asked.

    Entered by the thread that asks. Lanes run beside each other but for what `follow` says.
    """

    def __init__(self, device: str, threads: int = 1) -> None:
        self.stream = torch.cuda.Stream(device) if device.startswith("cuda") else None
        self.threads = threads
        self._entered = contextlib.ExitStack()

    def __enter__(self) -> Lane:
        use_threads(self.threads)
        if self.stream is not None:
            self._entered.enter_context(torch.cuda.stream(self.stream))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._entered.close()

    def mark(self) -> Mark:
        """A place behind all that this lane has been asked so far."""
        return None if self.stream is None else self.stream.record_event()

    def follow(self, mark: Mark, tensors: Iterable[Tensor]) -> None:
        """What is asked from now on starts behind the mark of another lane, whose tensors it may read.

        The device waits, the host does not; the tensors' memory is not given away before this lane is done.
        """
        if self.stream is None or mark is None:
            return
        self.stream.wait_event(mark)
        for tensor in tensors:
            if tensor.is_cuda:
                tensor.record_stream(self.stream)


Mark = torch.cuda.Event | None
