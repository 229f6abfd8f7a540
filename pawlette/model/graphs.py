"""Work that is recorded once a shape and replayed: a forward of a thousand kernels is asked for in one breath.

Knows no model and no CUDA: what a recording is, device.py says. Bounded in bytes; the longest unused goes first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from torch import Tensor

from pawlette import device as devices

SHARE = 0.25  # of the memory that is free beside a loaded model, by default
MOST = 64  # recordings: each also costs memory that nobody counts
Act = Callable[..., Tensor]
Inputs = tuple[Tensor | None, ...]


class Recording(Protocol):
    """What device.Recording is on a card."""

    output: Tensor  # written anew by each replay
    bytes: int  # that it keeps

    def replay(self) -> None: ...


Record = Callable[[Callable[[], Tensor]], Recording]


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording and all memory that it reads: its inputs, and by way of `act` what that holds on to."""

    act: Act
    inputs: Inputs
    recording: Recording

    def __call__(self, given: Inputs) -> Tensor:
        for own, new in zip(self.inputs, given, strict=True):
            if own is not None and new is not None:
                own.copy_(new, non_blocking=True)
        self.recording.replay()
        return self.recording.output.clone()  # the next replay writes over it

    @property
    def bytes(self) -> int:
        return self.recording.bytes + sum(one.nbytes for one in self.inputs if one is not None)


class Graphs:
    """Recordings by key, shapes and lane: two lanes never share the memory of one."""

    def __init__(self, device: str, record: Record | None = None, most_bytes: int | None = None) -> None:
        self.device = device
        self.most_bytes = (
            int(SHARE * (devices.free_memory(device) or 2**34)) if most_bytes is None else most_bytes
        )
        self._record: Record = record or partial(devices.Recording, device)
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._eager = set[Hashable]()  # keys too large to keep
        self._asking = threading.Lock()

    def __call__(self, key: Hashable, make: Callable[[], Act], given: Inputs) -> Tensor:
        """What `make()` gives for these tensors. It must depend on them and the key alone, and ask for no number."""
        key = (key, devices.lane_of(self.device), *map(_kind, given))
        with self._asking:
            kept = self._find(key, make, given)
            if kept is not None:
                return kept(given)
        return make()(*given)

    def _find(self, key: Hashable, make: Callable[[], Act], given: Inputs) -> Kept | None:
        if key in self._eager:
            return None
        if key not in self._kept:
            self._keep(key, make(), tuple(None if one is None else one.clone() for one in given))
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: Hashable, act: Act, inputs: Inputs) -> None:
        """Record, unless that takes more than the cap or more than there is: then this key is never tried again."""
        kept: Kept | None = None
        try:
            kept = Kept(act, inputs, self._record(partial(act, *inputs)))
        except RuntimeError as error:
            # The end of a broken recording may hide the error that broke it.
            if not any(map(devices.is_out_of_memory, (error, error.__context__))):
                raise
            self._kept.clear()
        if kept is None or kept.bytes > self.most_bytes:
            self._eager.add(key)
            return
        self._kept[key] = kept
        while len(self._kept) > MOST or sum(one.bytes for one in self._kept.values()) > self.most_bytes:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


def _kind(one: Tensor | None) -> Hashable:
    return None if one is None else (tuple(one.shape), one.dtype)
