"""What a subject's figures hold for: its precision, the card, and every version that matters. Knows no figure."""

from __future__ import annotations

from typing import Any

import diffusers
import transformers

from pawlette.bench.environment import environment
from pawlette.bench.subject import Subject


def machine(subject: Subject, driver: str | None = None) -> dict[str, Any]:
    return {
        "model": subject.name, "small": subject.small, "dtype": str(subject.dtype).removeprefix("torch."),
        **environment(subject.device, driver), "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
    }  # fmt: skip
