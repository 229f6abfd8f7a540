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
