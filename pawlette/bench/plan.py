"""How a ladder is climbed, and the time that is left for it. Knows no model."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Plan:
    """How a ladder is climbed. `slice`: pictures of the baseline in each round, as many as give a steady mean."""

    jobs: int = 32
    rounds: int = 3
    slice: int = 4
    alone: int = 5  # single requests behind the streams, at most
    streams: bool = True  # False: stages, memory and agreement alone
    traced: bool = (
        True  # False: no kernel times and no busy share, and no tracer that could slow what follows
    )
    budget: float = float("inf")  # seconds for everything, the model's making included


@dataclass(slots=True)
class Budget:
    """Time that is left. A rung is begun while there is any; a round after the first only where it fits."""

    seconds: float
    start: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> float:
        return self.seconds - (time.perf_counter() - self.start)
