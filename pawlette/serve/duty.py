"""What passes between the server and its workers beside claims. Imports nothing heavy: servers do without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pawlette.serve.shelf import AtPoint, nothing_happens
from pawlette.studio import Studio

MakeStudio = Callable[
    [], Studio
]  # a function of a module, or a functools.partial of one: it travels to processes


@dataclass(frozen=True, slots=True)
class Duty:
    """What a worker is given."""

    make_studio: MakeStudio
    pictures: Path
    beat: float = 1.0  # seconds between two signs of life
    at_once: int | None = None  # pictures under way; None: what keeps the device busy
    warm: bool = False  # draw one picture for nobody before saying "ready"
    at_point: AtPoint = nothing_happens
    nice: int = 0  # by how much it gives way to other processes


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture that is not finished."""

    step: int
    index: int  # of this job's previews, from 0
    picture: bytes
    media_type: str
