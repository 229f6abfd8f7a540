"""What figures hold for: the card, the precision, and every version that matters. Knows no figure."""

from __future__ import annotations

import platform
from typing import Any

import diffusers
import torch
import transformers

from pawlette import device as devices
from pawlette.bench.subject import Subject
from pawlette.studio import version


def machine(subject: Subject) -> dict[str, Any]:
    return {
        "model": subject.name, "small": subject.small, "device": devices.named(subject.device),
        "dtype": str(subject.dtype).removeprefix("torch."), "threads": torch.get_num_threads(),
        "processor": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
        "torch": torch.__version__, "diffusers": diffusers.__version__, "transformers": transformers.__version__,
        "pawlette": version(),
    }  # fmt: skip
