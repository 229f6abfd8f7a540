"""The five prompts of the study that Pawlette starts from, and what it measured with them. Knows no model."""

from __future__ import annotations

from dataclasses import dataclass

STUDY = ("a cute panda", "a smiling dolphin", "a fluffy bunny", "a baby elephant", "a colorful parrot")
RUNS = 10  # of each
CARD = "RTX 3060 Laptop, 6 GB, PyTorch 2.1"  # the study's


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the study's table 3.3: milliseconds, percent while denoising, MB, pictures a minute."""

    latency_ms: float
    nvml: float
    memory_mb: float
    per_minute: float


@dataclass(frozen=True, slots=True)
class Rise:
    """A row of its table 6.1."""

    what: str
    latency_ms: float
    nvml: float
    per_minute: float


TABLE = dict(
    zip(
        STUDY,
        (
            Told(9840, 42.3, 5210, 6.1), Told(9620, 41.8, 5190, 6.2), Told(9710, 43.1, 5230, 6.1),
            Told(9950, 40.9, 5280, 6.0), Told(9580, 42.6, 5170, 6.2),
        ),
        strict=True,
    )
)  # fmt: skip
RISES = (
    Rise("FP32", 9720, 42.1, 6.1), Rise("+ FP16", 7640, 58.7, 7.8), Rise("+ preloading", 6920, 67.3, 8.7),
    Rise("+ decode and save overlapped", 6350, 74.6, 9.4),
)  # fmt: skip
