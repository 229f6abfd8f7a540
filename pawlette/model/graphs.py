"""Work that is recorded once a shape and replayed: a forward of a thousand kernels is asked for in one breath.

Knows no model and no CUDA: what a recording is, device.py says. Bounded in bytes; the longest unused goes first.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from itertools import zip_longest
from typing import Protocol

from torch import Tensor

from pawlette import device as devices
from pawlette.model.packing import Ragged

SHARE = 0.25  # of the memory that is free beside a loaded model, by default
MOST = 64  # recordings: each also costs memory that nobody counts
Act = Callable[..., Tensor]
Inputs = tuple[Tensor | None, ...]
Given = tuple[Tensor | Ragged | None, ...]


class Recording(Protocol):
    """What device.Recording is on a card."""

    output: Tensor  # written anew by each replay
    bytes: int  # that it keeps

    def replay(self) -> None: ...


Record = Callable[[Callable[[], Tensor]], Recording]


class Kept:
    """A recording and all memory that it reads: its inputs, and by way of `act` what that holds on to."""

    def __init__(self, act: Act, given: Given, record: Record) -> None:
        self.act, self.inputs = act, plain(given)
        self.recording = record(partial(act, *self.inputs))
        self._texts: dict[int, list[weakref.ref[Tensor]]] = {}  # by input: whose text lies in each row

    def __call__(self, given: Given) -> Tensor:
        for number, (own, new) in enumerate(zip(self.inputs, given, strict=True)):
            if isinstance(new, Ragged):
                self._fill(number, new.texts)
            elif own is not None and new is not None:
                own.copy_(new, non_blocking=True)
        self.recording.replay()
        return self.recording.output.clone()  # the next replay writes over it

    def _fill(self, number: int, texts: Sequence[Tensor]) -> None:
        """Copy the texts that do not lie there already: most rows go on from step to step.

        Zeros behind each, as `Ragged.padded` has it: what an earlier text left there need not be finite.
        """
        # Taken out meanwhile: if a copy fails, nobody knows what lies where.
        rows, there = self.inputs[number], self._texts.pop(number, [])
        assert rows is not None  # as it was when this was recorded
        for row, (text, known) in enumerate(zip_longest(texts, there)):
            if known is None or known() is not text:
                length = text.shape[-2]
                rows[row, ..., :length, :].copy_(text, non_blocking=True)
                rows[row, ..., length:, :].zero_()
        self._texts[number] = [weakref.ref(text) for text in texts]

    @property
    def bytes(self) -> int:
        return self.recording.bytes + sum(one.nbytes for one in self.inputs if one is not None)


def plain(given: Given) -> Inputs:
    """Memory of its own for each input."""
    return tuple(
        one.padded() if isinstance(one, Ragged) else None if one is None else one.clone() for one in given
    )


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

    def __call__(self, key: Hashable, make: Callable[[], Act], given: Given) -> Tensor:
        """What `make()` gives for these tensors, texts padded. It must depend on them and the key alone, and ask for no
        number."""
        key = (key, devices.lane_of(self.device), *map(_kind, given))
        with self._asking:
            kept = self._find(key, make, given)
            if kept is not None:
                return kept(given)
        return make()(*(one.padded() if isinstance(one, Ragged) else one for one in given))

    def _find(self, key: Hashable, make: Callable[[], Act], given: Given) -> Kept | None:
        if key in self._eager:
            return None
        if key not in self._kept:
            self._keep(key, make(), given)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: Hashable, act: Act, given: Given) -> None:
        """Record, unless that takes more than the cap or more than there is: then this key is never tried again."""
        kept: Kept | None = None
        try:
            kept = Kept(act, given, self._record)
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


def _kind(one: Tensor | Ragged | None) -> Hashable:
    if isinstance(one, Ragged):
        return one.shape, one.texts[0].dtype
    return None if one is None else (tuple(one.shape), one.dtype)
