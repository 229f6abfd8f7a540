"""Studios that nodes ask for, kept between prompts, and pictures that are drawn before they are asked for.

Knows no ComfyUI: it is told which pictures wait in the queue. Every picture goes through a Studio's engine, so what
waits is read while another is drawn, drawn beside it where the device has room, and encoded by a thread of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from pawlette.engine.stages import Model
from pawlette.job import FULL, Job, Picture
from pawlette.studio import BUILTIN, Studio

MOST_STUDIOS = 2  # kept; the one that was asked for longest ago is closed
MOST_AHEAD = 16  # pictures drawn before their prompt's turn
MOST_KEPT = 32  # finished pictures, should the same be asked for again

Load = Callable[[Path, str], Model]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which model, loaded how, behind which gate."""

    model: str = BUILTIN  # or a folder
    device: str = "auto"
    precision: str = "auto"
    decoder: str = FULL
    lora: str | None = None  # NAME:STRENGTH or PATH:STRENGTH
    studio_mode: bool = False


@dataclass(slots=True, eq=False)
class Drawing:
    """A picture under way. `wanted` counts the nodes that wait for it; none do while it is drawn ahead."""

    future: Future[Picture] = field(default_factory=Future)
    steps: int = 0  # done
    wanted: int = 0


Key = tuple[Wish, Job]


class Desk:
    """The studios and drawings of one process. `load` stands in for the loading of weights, in tests."""

    def __init__(self, load: Load | None = None) -> None:
        self._load = load
        self._studios: OrderedDict[Wish, Studio] = OrderedDict()
        self._drawings: OrderedDict[Key, Drawing] = OrderedDict()
        self._lock = threading.RLock()

    def studio(self, wish: Wish) -> Studio:
        """The Studio of a wish, its weights loaded or not; raises BadModel or BadJob."""
        with self._lock:
            if wish not in self._studios:
                self._studios[wish] = self._open(wish)
            self._studios.move_to_end(wish)
            studio = self._studios[wish]
            too_many = [
                self._studios.popitem(last=False)[1] for _ in range(len(self._studios) - MOST_STUDIOS)
            ]
        for old in too_many:
            threading.Thread(target=old.close, name="pawlette-close", daemon=True).start()
        return studio

    def _open(self, wish: Wish) -> Studio:
        twin = self._studios.get(replace(wish, studio_mode=not wish.studio_mode))
        load = self._load if twin is None else lambda folder, device: twin.load()  # the other gate's weights
        return Studio(
            wish.model, device=wish.device, studio_mode=wish.studio_mode, decoder=wish.decoder, lora=wish.lora,
            precision=wish.precision, load=load,
        )  # fmt: skip

    def opened(self, wish: Wish) -> Studio | None:
        """The Studio of a wish, where there is one already."""
        with self._lock:
            return self._studios.get(wish)

    def ask(self, wish: Wish, jobs: Sequence[Job]) -> list[Drawing]:
        """Have the jobs drawn, or join those that are drawn already; `leave` them in the end."""
        with self._lock:
            drawings = [self._drawing(wish, job) for job in jobs]
            for drawing in drawings:
                drawing.wanted += 1
            return drawings

    def _drawing(self, wish: Wish, job: Job) -> Drawing:
        key = (wish, job)
        known = self._drawings.get(key)
        if known is None or known.future.cancelled():
            drawing = Drawing()

            def on_step(done: int) -> None:
                drawing.steps = done

            drawing.future = self.studio(wish).submit(job, on_step=on_step)
            self._drawings[key] = drawing
        self._drawings.move_to_end(key)
        return self._drawings[key]

    def leave(self, drawings: Iterable[Drawing], *, stop: bool = False) -> None:
        """No longer wait for them; `stop` cancels those that nobody else waits for."""
        with self._lock:
            for drawing in drawings:
                drawing.wanted -= 1
                if stop and drawing.wanted <= 0:
                    drawing.future.cancel()
            self._forget()

    def look_ahead(self, keys: Sequence[Key]) -> None:
        """Start on pictures whose prompts wait in the queue, oldest first; stop what is no longer among them."""
        ahead = keys[:MOST_AHEAD]
        with self._lock:
            for key, drawing in self._drawings.items():
                if not drawing.wanted and not drawing.future.done() and key not in ahead:
                    drawing.future.cancel()
            for wish, job in ahead:
                # Only what is loaded already: another model would take the place of the one that draws.
                if wish in self._studios:
                    self._drawing(wish, job)
            self._forget(ahead)

    def _forget(self, ahead: Sequence[Key] = ()) -> None:
        """Drop what failed, and the oldest of what is finished; not what is ahead, whose errors are yet to be told."""
        idle = [
            key
            for key, one in self._drawings.items()
            if not one.wanted and one.future.done() and key not in ahead
        ]
        fine = [key for key in idle if not _failed(self._drawings[key])]
        for key in idle:
            if key not in fine[-MOST_KEPT:]:
                del self._drawings[key]

    def under_way(self) -> int:
        """How many pictures are drawn right now, ahead or not."""
        with self._lock:
            return sum(not one.future.done() for one in self._drawings.values())

    def ahead(self) -> int:
        """How many of those nobody waits for yet."""
        with self._lock:
            return sum(not one.wanted and not one.future.done() for one in self._drawings.values())

    def close(self) -> None:
        """Cancel what is under way and end every engine's threads."""
        with self._lock:
            studios = list(self._studios.values())
            self._studios.clear()
            self._drawings.clear()
        for studio in studios:
            studio.close(finish=False)


def _failed(drawing: Drawing) -> bool:
    return drawing.future.cancelled() or drawing.future.exception() is not None
