"""Which device draws, and in which precision. The only file that says torch.cuda; knows no model."""

import torch

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
