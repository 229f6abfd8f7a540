"""What figures hold for: the device, the processor, and the versions that matter. Knows no model and no figure."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import torch

from pawlette import device as devices
from pawlette.studio import version


def environment(device: str, driver: str | None = None) -> dict[str, Any]:
    """For a torch device, with the driver's version where somebody knows it."""
    found = {
        "device": devices.named(device), "threads": torch.get_num_threads(), "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
        "torch": torch.__version__, "pawlette": version(),
    }  # fmt: skip
    return found | ({} if driver is None else {"driver": driver})


def processor(told: Path = Path("/proc/cpuinfo")) -> str:
    """What the processor is called by its maker, where the system tells it."""
    try:
        lines = told.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
