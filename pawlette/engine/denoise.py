"""Rolling denoise: a batch that rows leave when they are done and others join, between any two steps.

Every row has its own sigmas, guidance, seed and step count; all are of one key. Knows no queue, no thread and no
device: who joins is the batcher's choice, what a step computes is the model's.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from pawlette.engine.groups import run_group
from pawlette.engine.limits import BatchLimit
from pawlette.engine.stages import Model
from pawlette.job import Latents

Owner = TypeVar("Owner")


class Rolling(Generic[Owner]):
    """The rows that are being denoised. `limit` says how many may share a forward."""

    def __init__(self, model: Model, limit: BatchLimit) -> None:
        self.model, self.limit = model, limit
        self.key: Hashable = None  # None while nothing runs
        self.rows: list[tuple[Owner, Latents]] = []

    def room(self, key: Hashable) -> int:
        """How many more of the key may join."""
        return self.limit.of(key) - len(self.rows)

    def join(self, key: Hashable, rows: Iterable[tuple[Owner, Latents]]) -> None:
        """Take rows in: of the key that runs, or of any where nothing does."""
        if self.rows and key != self.key:
            raise ValueError(f"rows of {key} cannot join a batch of {self.key}")
        self.key = key
        self.rows += rows

    def drop(self, unwanted: Callable[[Owner], bool]) -> None:
        """Let go, before the next step, of the rows that nobody waits for."""
        self._keep([(owner, latents) for owner, latents in self.rows if not unwanted(owner)])

    def step(self) -> list[tuple[Owner, Latents | Exception]]:
        """One step of every row, each owner with where it stands or with its error; only the unfinished stay."""
        stepped = run_group(self.model.step, self.rows, self.limit, self.key)
        self._keep([(owner, now) for owner, now in stepped if isinstance(now, Latents) and not now.done])
        return stepped

    def _keep(self, rows: list[tuple[Owner, Latents]]) -> None:
        self.rows = rows
        self.key = self.key if rows else None
