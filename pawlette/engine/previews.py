"""Unfinished pictures, for whoever wants to see one being drawn. Knows no model, format or listener.

What is shown is the model's own guess at the finished picture, decoded beside the denoising in a thread that is started
for the first who asks. It holds nobody up: where it is slow, what was overtaken is never decoded.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pawlette.device import Lane, Mark
from pawlette.engine.groups import attempt
from pawlette.engine.stages import Model
from pawlette.job import Latents, Pixels


@dataclass(frozen=True, slots=True)
class Previews:
    """After which steps (of those not the last) somebody wants to see the picture, and how it is shown."""

    steps: frozenset[int]
    show: Callable[[int, Pixels], None]  # how many steps are done; from a thread of the engine's

    @classmethod
    def spread(cls, count: int, steps: int, show: Callable[[int, Pixels], None]) -> Previews:
        """`count` of them at equal distances over the steps, as many as lie before the last."""
        at = {round(index * steps / (count + 1)) for index in range(1, count + 1)}
        return cls(frozenset(step for step in at if 0 < step < steps), show)


class Watched(Protocol):
    """A picture on its way that may be watched."""

    previews: Previews | None

    @property
    def unwanted(self) -> bool: ...


def foreseen(before: Latents, after: Latents) -> Latents:
    """The finished latents as the step from `before` to `after` foresees them.

    On the straight way of a rectified flow, x = (1 - sigma) x0 + sigma noise, a step moves by the velocity noise - x0;
    from any x the end is x0 = x - sigma velocity (Liu et al. 2022, arXiv 2209.03003).
    """
    start, end = before.sigmas[before.at], after.sigmas[after.at]
    ahead = end / (end - start)  # floats: nothing is asked of the device
    return dataclasses.replace(after, tensor=after.tensor - ahead * (after.tensor - before.tensor))


class Sketcher:
    """Decodes and shows in a thread of its own, on a lane of `device`. `failed` is told where `show` raised."""

    def __init__(self, model: Model, device: str, failed: Callable[[Any, Exception], None]) -> None:
        self._decode = getattr(model, "preview", model.decode)
        self._device, self._failed = device, failed
        self._waiting: dict[Any, tuple[Latents, Latents, Mark]] = {}  # the newest of each
        self._desk = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def put(self, watched: Watched, before: Latents, after: Latents, mark: Mark) -> None:
        """Show this, unless a later step overtakes it. Returns at once."""
        with self._desk:
            if self._closing:
                return
            self._waiting[watched] = (before, after, mark)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pawlette-previews", daemon=True)
                self._thread.start()
            self._desk.notify_all()

    def close(self) -> None:
        """What was not shown is not shown any more."""
        with self._desk:
            self._closing = True
            self._waiting.clear()
            self._desk.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with Lane(self._device) as lane:
            while (item := self._next()) is not None:
                watched, before, after, mark = item
                if not watched.unwanted:
                    lane.follow(mark, [before.tensor, after.tensor])
                    self._show(watched, before, after)
                del item, watched, before, after  # no picture is held while nobody asks

    def _next(self) -> tuple[Any, Latents, Latents, Mark] | None:
        with self._desk:
            while not self._waiting and not self._closing:
                self._desk.wait()
            if self._closing:
                return None
            watched = next(iter(self._waiting))
            return (watched, *self._waiting.pop(watched))

    def _show(self, watched: Any, before: Latents, after: Latents) -> None:
        made = attempt(lambda: self._decode([foreseen(before, after)])[0])
        # One that cannot be decoded is left out: if its picture cannot either, its owner hears of that.
        if isinstance(made, Pixels) and not watched.unwanted:
            told = attempt(partial(watched.previews.show, after.at, made))
            if isinstance(told, Exception):
                self._failed(watched, told)
