"""The nouns of a picture's journey. Knows no model, no thread, no file.

Job -> Conditioning -> Latents -> Pixels -> Picture. Frozen: a stage makes the next one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pawlette.errors import BadJob
from pawlette.files import write_whole
from pawlette.words.prompt import Prompt

if TYPE_CHECKING:
    from torch import Tensor

MAX_SEED = 2**63 - 1
FULL = "full"  # the decoder that every model has


@dataclass(frozen=True, slots=True)
class Finish:
    """What is done to a decoded picture, each from 0.0 (nothing) to 1.0. Raises BadJob beyond."""

    saturation: float = 0.0
    cartoon: float = 0.0

    def __post_init__(self) -> None:
        for part, strength in self.parts.items():
            if not isinstance(strength, int | float) or not 0.0 <= strength <= 1.0:
                raise BadJob(f"a finish has strengths from 0 to 1; got {part} {strength!r}")

    @classmethod
    def read(cls, text: str) -> Finish:
        """From "0.6" (every part), "cartoon" (that part, whole), "saturation=0.4,cartoon=0.3" or "off"."""
        if text.strip() == "off":
            return cls()
        strength = _number(text)
        if strength is not None:
            return cls(strength, strength)
        given: dict[str, float] = {}
        for part in text.split(","):
            name, equals, value = (piece.strip() for piece in part.partition("="))
            strength = _number(value) if equals else 1.0
            if name not in PARTS or name in given or strength is None:
                raise BadJob(
                    f"a finish is off, a strength from 0 to 1, or parts such as saturation=0.4,cartoon=0.3; "
                    f"got {text[:60]!r}"
                )
            given[name] = strength
        return cls(**given)

    @property
    def parts(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in PARTS}

    def __bool__(self) -> bool:
        return any(self.parts.values())


PARTS = tuple(field.name for field in dataclasses.fields(Finish))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a Job is stepped where not by its model's own rules. Raises BadJob.

    `shift` puts a constant shift of the sigmas in the place of the model's schedule; `rescaled` says whether a guided
    velocity is brought back to its unguided length. Foreign workflows ask for both.
    """

    shift: float | None = None
    rescaled: bool | None = None

    def __post_init__(self) -> None:
        if self.shift is not None and not 0.01 <= self.shift <= 100.0:
            raise BadJob(f"a shift of the sigmas is from 0.01 to 100; got {self.shift!r}")

    def __bool__(self) -> bool:
        return self.shift is not None or self.rescaled is not None


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to draw. The same Job draws the same picture, alone or in a batch, inline or pipelined.

    Raises BadJob when a number cannot be drawn by any model.
    """

    prompt: Prompt
    seed: int
    width: int = 256  # pixels
    height: int = 256
    steps: int = 8
    guidance: float = 1.0  # 1.0: one forward a step, no guidance
    lora: str | None = None  # "name:strength" of the one that is merged into the model
    decoder: str = FULL  # or "light", or the name of another light decoder's folder
    transparent: bool = False  # keep the alpha channel; else the picture is laid on white
    finish: Finish = Finish()
    sampling: Sampling = Sampling()
    words: str = ""  # what the person asked for, so that the picture's metadata can draw it again

    def __post_init__(self) -> None:
        # 16 is the coarsest that every family can draw; a model may ask for multiples of 32.
        if self.width < 32 or self.height < 32 or self.width % 16 or self.height % 16:
            raise BadJob(f"width and height are multiples of 16, at least 32; got {self.width}x{self.height}")
        if self.width * self.height > 4096 * 4096:
            raise BadJob(f"at most 4096x4096 pixels can be drawn; got {self.width}x{self.height}")
        if not 0 <= self.seed <= MAX_SEED:
            raise BadJob(f"a seed is a whole number from 0 to {MAX_SEED}; got {self.seed}")
        if not 1 <= self.steps <= 200:
            raise BadJob(f"steps are 1 to 200; got {self.steps}")
        if not 1.0 <= self.guidance <= 30.0:
            raise BadJob(f"guidance is 1.0 (off) to 30.0; got {self.guidance}")

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels: jobs of one shape may share a batch."""
        return self.height, self.width


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the text encoder read. `embeds` has no padding: its length is the prompt's own.

    A prefix is what the denoiser's attention keeps of a text, where it is kept at all while a picture is denoised.
    """

    embeds: Tensor  # (tokens, width)
    negative: Tensor | None = None  # (tokens, width), where guidance is above 1
    prefix: Tensor | None = None  # (layers, 2, heads, tokens, head_dim): keys and values
    negative_prefix: Tensor | None = None

    def read_by_denoiser(self, *, negative: bool) -> Tensor:
        """The text as a step takes it: its prefix, or else its embeddings."""
        read, bare = (self.negative_prefix, self.negative) if negative else (self.prefix, self.embeds)
        chosen = bare if read is None else read
        assert chosen is not None  # a guided job was encoded with its negative text
        return chosen


@dataclass(frozen=True, slots=True)
class Latents:
    """One picture on its way through the denoising loop."""

    job: Job
    conditioning: Conditioning
    tensor: Tensor  # (image tokens, channels), packed as the denoiser reads them
    sigmas: tuple[float, ...]  # steps + 1 of them, the last 0.0
    at: int = 0  # how many steps are done

    @property
    def done(self) -> bool:
        return self.at == len(self.sigmas) - 1

    def advanced(self, tensor: Tensor) -> Latents:
        """The same picture, one step on."""
        return dataclasses.replace(self, tensor=tensor, at=self.at + 1)


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture, still on the device."""

    job: Job
    tensor: Tensor  # (height, width, 3 or 4) uint8


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture with its labels, ready for disk or wire."""

    job: Job
    data: bytes
    format: str  # "png", "webp" or "jpeg"
    seconds: Mapping[str, float]  # stage -> seconds it took

    def save(self, path: str | Path) -> Path:
        """Write the file whole or not at all; raises CannotSave."""
        return write_whole(Path(path), self.data)
