"""How noisy a picture is at each step, as Python floats. Knows no model, no device and no tensor.

The flow-matching Euler schedule: sigmas fall evenly from 1, are shifted towards noise (arXiv 2403.03206,
section 5.3.2), more so for larger pictures where the shift is dynamic, and may be stretched at the end.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from pawlette.errors import BadJob, BadModel
from pawlette.model.folders import read_json

# The published grid of the 2.1 Turbo checkpoint, used where its folder does not carry one.
TURBO_SIGMAS = (1.0, 0.978453, 0.95418, 0.926626, 0.89508, 0.845148, 0.704534, 0.414568)

CLASS_NAME = "FlowMatchEulerDiscreteScheduler"
NUMBERS = {"shift_terminal": int | float | None}  # the others are numbers without exception


@dataclass(frozen=True, slots=True)
class Schedule:
    """Sigmas for a step count and a picture's size; the fields are those of scheduler_config.json."""

    shift: float = 1.0  # used where the shift is not dynamic
    use_dynamic_shifting: bool = False
    base_shift: float = 0.5
    max_shift: float = 1.15
    base_image_seq_len: int = 256
    max_image_seq_len: int = 4096
    shift_terminal: float | None = None
    time_shift_type: str = "exponential"
    explicit: tuple[float, ...] | None = None  # a fixed grid, for models trained on one; still shifted

    # Settings of the class that no Qwen-Image uses: another value is another schedule.
    FIXED: ClassVar[dict[str, object]] = {
        "num_train_timesteps": 1000,
        "invert_sigmas": False,
        "use_karras_sigmas": False,
        "use_exponential_sigmas": False,
        "use_beta_sigmas": False,
        "stochastic_sampling": False,
    }

    @classmethod
    def from_dict(cls, config: Mapping[str, Any], explicit: Sequence[float] | None = None) -> "Schedule":
        """Read a scheduler_config.json; raises BadModel naming an unknown class, key or value."""
        if (name := config.get("_class_name")) != CLASS_NAME:
            raise BadModel(f"scheduler config: {CLASS_NAME} is the one class known, got {name!r}")
        given = {key: value for key, value in config.items() if not key.startswith("_")}
        for key, fixed in cls.FIXED.items():
            if given.pop(key, fixed) != fixed:
                raise BadModel(f"scheduler config: {key} must be {fixed!r}, got {config[key]!r}")
        if unknown := sorted(given.keys() - {field.name for field in fields(cls)} - {"explicit"}):
            raise BadModel(f"scheduler config: unknown key {unknown[0]!r}")
        for key, value in given.items():
            if key == "time_shift_type" and value not in ("exponential", "linear"):
                raise BadModel(f"scheduler config: time_shift_type is exponential or linear, got {value!r}")
            if key != "time_shift_type" and not isinstance(value, NUMBERS.get(key, int | float)):
                raise BadModel(f"scheduler config: {key} must be a number, got {value!r}")
        return cls(**given, explicit=tuple(explicit) if explicit is not None else None)

    @classmethod
    def from_folder(cls, folder: Path, explicit: Sequence[float] | None = None) -> "Schedule":
        """Read the `scheduler` folder of a model."""
        return cls.from_dict(read_json(folder / "scheduler_config.json"), explicit)

    def sigmas(self, steps: int, image_tokens: int) -> tuple[float, ...]:
        """steps + 1 sigmas from most noise to none; the last is 0."""
        shifted = [self._shift(sigma, image_tokens) for sigma in self._grid(steps)]
        if self.shift_terminal:
            # (1 - sigma) is scaled so that the last one before 0 meets the terminal value.
            scale = (1.0 - shifted[-1]) / (1.0 - self.shift_terminal)
            shifted = [1.0 - (1.0 - sigma) / scale for sigma in shifted] if scale else shifted
        return (*shifted, 0.0)

    def _grid(self, steps: int) -> Sequence[float]:
        if self.explicit is None:
            return [1.0 - i / steps for i in range(steps)]
        if steps != len(self.explicit):
            raise BadJob(f"this model draws in {len(self.explicit)} steps; got {steps}")
        return self.explicit

    def _shift(self, sigma: float, image_tokens: int) -> float:
        if not self.use_dynamic_shifting:
            factor = self.shift
        else:
            slope = (self.max_shift - self.base_shift) / (self.max_image_seq_len - self.base_image_seq_len)
            mu = self.base_shift + slope * (image_tokens - self.base_image_seq_len)
            factor = math.exp(mu) if self.time_shift_type == "exponential" else mu
        return factor * sigma / (1.0 + (factor - 1.0) * sigma)


def constant_shift(steps: int, shift: float) -> tuple[float, ...]:
    """steps + 1 sigmas of an even grid of thousandths behind one shift, whatever the size; the last is 0.

    This is what ComfyUI's scheduler "simple" gives behind ModelSamplingAuraFlow: sigma = s t / (1 + (s - 1) t).
    """
    grid = [(1000 - int(i * (1000 / steps))) / 1000 for i in range(steps)]
    return (*(shift * t / (1.0 + (shift - 1.0) * t) for t in grid), 0.0)


# What the Lightning adapters of 1.x were distilled for, at 4 or 8 steps.
LIGHTNING = Schedule(
    use_dynamic_shifting=True, base_shift=math.log(3), max_shift=math.log(3), max_image_seq_len=8192
)
