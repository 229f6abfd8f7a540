"""Our own model around weights that a reference holds in memory: the same tensors, neither copied nor written.

Knows no size and no clock. Only reading is stood in for: all that `QwenImage.load` makes of weights is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from pawlette.bench.true_shapes import Reference
from pawlette.model import weights
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches

PARTS = ("transformer", "vae", "text_encoder")
Source = Callable[[], Mapping[str, Tensor]]


def ours(reference: Reference, switches: Switches, *, device: str, dtype: torch.dtype) -> QwenImage:
    """Our model with the reference's weights."""
    sources = {reference.folder / part: reference.part(part).state_dict for part in PARTS}
    with held(sources):
        return loaded(reference.folder, switches, device=device, dtype=dtype)


def loaded(folder: Path, switches: Switches, *, device: str, dtype: torch.dtype) -> QwenImage:
    """Our model, with these switches."""
    chosen: dict[str, Any] = {"switches": switches}
    return QwenImage.load(folder, device, dtype, **chosen)


@contextmanager
def held(sources: Mapping[Path, Source]) -> Iterator[None]:
    """Inside, the weights of these folders come from memory instead of from files."""
    from_files = weights.read

    def read(
        folder: Path, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu",
        rename: weights.Rename = lambda name: name,
    ) -> weights.Weights:  # fmt: skip
        if folder not in sources:
            return from_files(folder, dtype=dtype, device=device, rename=rename)
        tensors = {rename(name): tensor for name, tensor in sources[folder]().items()}
        kept = {name: t.to(device=device, dtype=dtype) for name, t in tensors.items() if name is not None}
        return weights.Weights(kept, dict.fromkeys(kept, folder))

    with mock.patch.object(weights, "read", read):
        yield


def held_bytes(parts: Iterable[object]) -> int:
    """What the tensors of modules take, also those that are no parameters; shared memory counts once."""
    storages = {}
    for tensor in _tensors(list(parts), set()):
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
    return sum(storages.values())


def _tensors(thing: Any, seen: set[int]) -> Iterator[Tensor]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Tensor):
        yield thing
    elif isinstance(thing, nn.Module):
        yield from _tensors(vars(thing), seen)
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from _tensors(value, seen)
    elif isinstance(thing, list | tuple | set):
        for value in thing:
            yield from _tensors(value, seen)
