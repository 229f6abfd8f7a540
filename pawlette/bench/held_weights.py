"""Our own model around weights that a reference holds in memory: the same tensors, neither copied nor written.

Knows no size and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pawlette.bench.true_shapes import Reference
from pawlette.model import weights
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches

PARTS = ("transformer", "vae", "text_encoder")


def sharing(reference: Reference) -> AbstractContextManager[None]:
    """Inside, `loaded` finds the reference's own weights in its folder. Models may read some of them late."""
    return weights.held({reference.folder / part: reference.part(part).state_dict for part in PARTS})


def loaded(folder: Path, switches: Switches, *, device: str, dtype: torch.dtype) -> QwenImage:
    """Our model, with these switches; a precision that they name goes before `dtype`."""
    chosen: dict[str, Any] = {"switches": switches}
    return QwenImage.load(folder, device, dtype if switches.precision == "auto" else None, **chosen)


def held_bytes(parts: Iterable[object]) -> int:
    """What the tensors of modules and models take, also those that are no parameters; shared memory counts once."""
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
    elif isinstance(thing, Mapping):
        yield from _all(thing.values(), seen)
    elif isinstance(thing, list | tuple | set):
        yield from _all(thing, seen)
    elif isinstance(thing, nn.Module) or type(thing).__module__.startswith("pawlette."):
        yield from _all(getattr(thing, "__dict__", {}).values(), seen)


def _all(things: Iterable[Any], seen: set[int]) -> Iterator[Tensor]:
    for thing in things:
        yield from _tensors(thing, seen)
