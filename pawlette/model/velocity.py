"""One forward of the denoiser for the rows of a step, by the way that the switches say. Knows no schedule.

The plain way calls the denoiser; the others give it what was computed before, or replay a recording of it.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pawlette.model.graphs import Act, Graphs
from pawlette.model.packing import Ragged, pad_texts, recurring
from pawlette.model.switches import Switches
from pawlette.model.table import ModulationTable

BUCKET = (
    32  # tokens: texts are padded to multiples of it where each length would be compiled or recorded anew
)
FEW = 1024  # tokens of a picture up to which rows share a forward where shapes are compiled or recorded


class Velocity:
    """Rows of tokens and of texts -> the velocity of each, (rows, image tokens, channels)."""

    def __init__(
        self, denoiser: Any, switches: Switches, *, table: ModulationTable | None = None, graphs: Graphs | None = None
    ) -> None:  # fmt: skip
        self.denoiser, self.switches, self.table, self.graphs = denoiser, switches, table, graphs
        self.bucket = BUCKET if switches.compiled or switches.graphs else 1

    def __call__(
        self,
        tokens: Tensor,  # (rows, image tokens, channels)
        texts: list[Tensor],  # each (text tokens, width), or its prefix
        times: Tensor,  # (rows,)
        grid: tuple[int, int],
        sigmas: Sequence[float],  # that `times` are made of
        schedules: Sequence[Sequence[float]],  # each row's, which has its sigma
    ) -> Tensor:
        count = len(texts)
        if self.bucket > 1 and (spare := recurring(count) - count):
            # The last row again, as often as it takes; what comes of that is dropped.
            tokens, times = (
                torch.cat([one, one[-1:].expand(spare, *one.shape[1:])]) for one in (tokens, times)
            )
            texts, sigmas = [*texts, *[texts[-1]] * spare], [*sigmas, *[sigmas[-1]] * spare]
        text, mask = pad_texts(texts, self.bucket)
        made = None
        if self.table is not None:
            made = self.table.rows(sigmas, schedules)
        if self.graphs is None:
            return self._act(grid, None)(tokens, text.padded(), times, mask, made)[:count]
        given = (tokens, text, times, mask, made)
        return self.graphs(grid, lambda: self._act(grid, text), given)[:count]

    def read(self, embeds: Tensor) -> Tensor:
        """2.1: texts -> their prefixes, as the denoiser's `read`."""
        if self.graphs is None:
            prefix: Tensor = self.denoiser.read(embeds)
            return prefix
        return self.graphs("prefix", lambda: self.denoiser.read, (embeds,))

    def _act(self, grid: tuple[int, int], recorded: Ragged | None) -> Act:
        """What is called with (tokens, text, times, mask, made); `recorded`: the text, where it will be recorded."""
        if self.switches.prefix:
            return lambda tokens, prefix, times, mask, made: self.denoiser.forward_behind(
                tokens, prefix, times, grid, mask
            )
        extra: dict[str, Any] = {}
        if recorded is not None and hasattr(self.denoiser, "turn"):
            # A recording may not make the angles, and needs them as long as it lives.
            extra["turn"] = self.denoiser.turn(recorded.longest, grid, recorded.texts[0].device)

        def act(
            tokens: Tensor, text: Tensor, times: Tensor, mask: Tensor | None, made: Tensor | None
        ) -> Tensor:
            tabled = {} if made is None else {"made": made}
            return self.denoiser(tokens, text, times, grid, mask, **tabled, **extra)

        return act
