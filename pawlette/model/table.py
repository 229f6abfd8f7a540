"""The modulation of 1.x as a table: what each block multiplies and adds, made once a timestep instead of held as
weights. Knows no prompt and no schedule.

A third of the weights, 6.8 of 20.4 billion, read the timestep alone. For a schedule's timesteps they are read from
their file one layer after the other, multiplied and let go; what is kept is 4.4 MB a timestep at the true size. Every
entry is computed alone, so it has the bits of a single row's projection, whatever else stands in the batch.
"""

import struct
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.device import finish_lane, read_here
from pawlette.model.lora import Factors, Lora, matched, merged
from pawlette.model.weights import check_fit, read

MOST = 400  # timesteps kept, or those of one batch: eight schedules of 50 steps, 1.8 GB at the true size
ROOM = 2**31  # bytes to be free for making some beside a step: at the true size it takes 0.9 GB
PARTS = ("img_mod", "txt_mod")

Source = Callable[
    [int], Mapping[str, tuple[Tensor, Tensor]]
]  # layer -> "img_mod" and "txt_mod": weight, bias
Embedded = Callable[[float], Tensor]  # sigma -> the timestep's embedding (1, width)


def bits(sigma: float) -> bytes:
    """The float32 that a timestep is made from; equal bits make equal timesteps."""
    return struct.pack("<f", sigma)


class ModulationTable:
    """Rows by sigma, the longest unused let go first. Several threads may ask.

    Who asks for what is there does not wait for one that makes more.
    """

    def __init__(self, source: Source, layers: int, embedded: Embedded, most: int = MOST) -> None:
        self.source, self.layers, self.embedded, self.most = source, layers, embedded, most
        self._rows: OrderedDict[bytes, Tensor] = OrderedDict()  # each (layers, 2, 6 * width)
        self._ahead = set[bytes]()  # of these, what was prefetched and not asked for since
        self._asking, self._making = threading.Lock(), threading.Lock()

    def rows(self, sigmas: Sequence[float], schedules: Sequence[Sequence[float]]) -> Tensor:
        """For each row of a batch its sigma's: (batch, layers, 2, 6 * width). A new schedule is computed whole."""
        wanted = [bits(sigma) for sigma in sigmas]
        each = dict.fromkeys(map(tuple, schedules))  # mostly one
        whole = {bits(sigma): sigma for schedule in each for sigma in schedule if sigma > 0}
        found = self._there(whole)  # all of it, so that none is let go before the batch has come to it
        if not found.keys() >= set(wanted):
            found = self._have(whole)
        rows = [found[key] for key in wanted]
        read_here(rows)
        return torch.stack(rows)

    def prepare(self, schedule: Sequence[float]) -> None:
        """Have a schedule's timesteps, of which it may share the first with others."""
        self._have({bits(sigma): sigma for sigma in schedule if sigma > 0})

    def prefetch(self, schedule: Sequence[float]) -> None:
        """`prepare` for a job that waits, unless half of the table waits already: more would push that out."""
        whole = {bits(sigma): sigma for sigma in schedule if sigma > 0}
        with self._asking:
            new = whole.keys() - self._rows.keys()
            if not new or len(self._ahead) + len(new) > self.most // 2:
                return
        self._have(whole)
        with self._asking:
            self._ahead |= new & self._rows.keys()

    def _there(self, wanted: Collection[bytes]) -> dict[bytes, Tensor]:
        """Of these, as far as they are made; they are the last to be let go."""
        with self._asking:
            found = {key: self._rows[key] for key in wanted if key in self._rows}
            self._ahead -= found.keys()
            for key in found:
                self._rows.move_to_end(key)
            return found

    def _have(self, wanted: Mapping[bytes, float]) -> dict[bytes, Tensor]:
        """Of all of these; what is missing is made, by one thread at a time."""
        with self._making:
            found = self._there(wanted)
            new = {key: sigma for key, sigma in wanted.items() if key not in found}
            if new:
                made = self._made(new)
                found |= made
                with self._asking:
                    self._rows |= made
                    while len(self._rows) > max(self.most, len(found)):
                        self._ahead.discard(self._rows.popitem(last=False)[0])
        return found

    def _made(self, new: Mapping[bytes, float]) -> dict[bytes, Tensor]:
        silu = [F.silu(self.embedded(sigma)) for sigma in new.values()]
        made: list[list[Tensor]] = [[] for _ in new]
        for layer in range(self.layers):
            weights = self.source(layer)  # this layer's alone
            for entry, hidden in zip(made, silu, strict=True):
                entry.append(torch.stack([F.linear(hidden, *weights[part])[0] for part in PARTS]))
            del weights  # before the next layer's are there
        rows = {key: torch.stack(entry) for key, entry in zip(new, made, strict=True)}
        finish_lane(str(silu[0].device))  # another lane may read them next
        return rows


def take_out(denoiser: Any, lora: Lora | None) -> tuple[Lora | None, dict[str, Factors]]:
    """Leave the modulation out of a denoiser without weights; what a LoRA changes of it is returned apart."""
    layers = {
        f"transformer_blocks.{index}.{part}.1": getattr(block, part)[1]
        for index, block in enumerate(denoiser.transformer_blocks) for part in PARTS
    }  # fmt: skip
    names = {id(layer): name for name, layer in layers.items()}
    rest: dict[str, Factors] = {}
    own: dict[str, Factors] = {}
    if lora is not None:
        for given, (layer, factors) in zip(lora.layers, matched(denoiser, lora), strict=True):
            if (name := names.get(id(layer))) is not None:
                own[name] = factors
            else:
                rest[given] = factors
    for block in denoiser.transformer_blocks:
        for part in PARTS:
            setattr(block, part, nn.Identity())
    return (None if lora is None else Lora(lora.path, rest)), own


def is_modulation(name: str) -> bool:
    """Of a key of the published checkpoint."""
    return name.startswith("transformer_blocks.") and name.split(".")[2] in PARTS


def from_folder(
    folder: Path,
    config: Any,
    dtype: torch.dtype,
    device: torch.device,
    changes: Mapping[str, Factors],
    strength: float,
) -> Source:
    """Reads one layer's modulation at a time from the denoiser's weight files, a LoRA's changes merged."""
    with torch.device("meta"):
        blank = nn.Linear(config.width, 6 * config.width)

    def source(layer: int) -> dict[str, tuple[Tensor, Tensor]]:
        names = {part: f"transformer_blocks.{layer}.{part}.1" for part in PARTS}
        wanted = {
            f"{name}.{kind}": weight for name in names.values() for kind, weight in blank.named_parameters()
        }
        found = read(folder, dtype=dtype, device=device, rename=lambda name: name if name in wanted else None)
        tensors = found.tensors
        check_fit(wanted, tensors, found.files, folder)
        for name in names.values():
            if name in changes:
                tensors[f"{name}.weight"] = merged(tensors[f"{name}.weight"], changes[name], strength)
        return {part: (tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for part, name in names.items()}

    return source
