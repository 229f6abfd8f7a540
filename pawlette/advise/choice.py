"""A card and a model -> the engine's settings. Knows no device: all of it is arithmetic.

Every way that fits is predicted, and of those that change no picture the quickest is taken. One that rounds more (fp8,
float16) is taken where nothing else fits or where it is twice as quick; the light decoder, where nothing else fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from pawlette.advise import constants, measured, speed
from pawlette.advise.cards import COMPILES, Card
from pawlette.advise.measured import Expected
from pawlette.advise.memory import Load, Need, need
from pawlette.advise.sizes import Sizes
from pawlette.errors import BadJob
from pawlette.model.switches import Switches

BATCHES = (1, 2, 4, 8, 16)
EXACT = ("fp32", "bf16")  # precisions that a model was made in


@dataclass(frozen=True, slots=True)
class Settings:
    """The engine's own settings, each under the name that it has in Studio and accept."""

    model: str
    size: tuple[int, int]
    steps: int
    precision: str
    in_turns: bool
    batch: int
    decoder: str
    switches: Switches  # which say the precision too

    def studio(self) -> dict[str, Any]:
        """What `Studio(...)` takes; the precision lies in the switches."""
        return {
            "model": self.model, "decoder": self.decoder, "batch": self.batch, "in_turns": self.in_turns,
            "switches": self.switches,
        }  # fmt: skip

    def job(self) -> dict[str, Any]:
        """What `Studio.accept(text, ...)` takes."""
        return {"size": self.size, "steps": self.steps}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to draw, and what it needs."""

    load: Load
    in_turns: bool
    need: Need
    bytes: int  # that PyTorch takes of the device

    @property
    def is_exact(self) -> bool:
        return self.load.switches.precision in EXACT


@dataclass(frozen=True, slots=True)
class Option:
    """A way that fits, and how quick it is expected to be."""

    way: Way
    expected: Expected

    @property
    def rate(self) -> float:
        return self.expected.seconds.per_minute


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn. `pictures`: in one go; None of the others: the model's own."""

    pictures: int = 100
    size: tuple[int, int] | None = None
    steps: int | None = None
    precision: str = "auto"
    decoder: str | None = None
    guidance: float | None = None


def ways(sizes: Sizes, card: Card, size: tuple[int, int], wish: Wish) -> Iterator[Way]:
    """Every way, whether it fits or not."""
    guidance = sizes.family.guidance if wish.guidance is None else wish.guidance
    cuda = card.kind == "cuda"
    precisions = card.precisions if wish.precision == "auto" else (wish.precision,)
    decoders = (wish.decoder,) if wish.decoder else ("full", "light") if sizes.light else ("full",)
    batches = [rows for rows in BATCHES if rows == 1 or (cuda and rows <= wish.pictures)]
    turns = (False, True) if cuda else (False,)
    for precision, decoder, in_turns, rows in product(precisions, decoders, turns, batches):
        for switches in switches_for(sizes, card, precision, in_turns, wish.pictures):
            load = Load(switches, *size, rows, guidance > 1.0, decoder, half=card.has_bfloat16)
            yield way(sizes, card, load, in_turns, wish.pictures)


def way(sizes: Sizes, card: Card, load: Load, in_turns: bool, pictures: int) -> Way:
    """With what it needs: of a list on a GPU, all stages work at once."""
    needed = need(sizes, load, workspace=card.workspace)
    if in_turns:
        return Way(load, in_turns, needed, needed.reserved_in_turns())
    together = pictures > 1 and card.kind == "cuda"
    allocated = needed.beside() if together else needed.alone(in_turns=False)
    if load.switches.graphs:  # a recording keeps what its forward needed
        allocated += needed.denoise.work
    return Way(load, in_turns, needed, needed.reserved(allocated))


def weighed(model: str, sizes: Sizes, card: Card, one: Way, wish: Wish) -> Option:
    """With what is expected of it."""
    steps = wish.steps or sizes.family.steps
    expected = measured.expected(
        model, sizes, one.load, card, steps, in_turns=one.in_turns, pictures=wish.pictures
    )
    return Option(one, expected)


def switches_for(
    sizes: Sizes, card: Card, precision: str, in_turns: bool, pictures: int
) -> Iterator[Switches]:
    """Those that change nothing but rounding and are sure to pay; then with compiling and recording."""
    newer = sizes.family.generation == "2.1"
    if card.kind != "cuda":  # folded decoders too: a pixel of one in thousands is another there, by 1 of 255
        yield Switches(precision=precision, prefix=newer, folded=True)
        return
    base = Switches.of_card(card.capability or (0, 0), precision, newer=newer)
    yield base
    if pictures > 1 and not in_turns and card.capability is not None and card.capability >= COMPILES:
        yield replace(base, compiled=True)
        yield replace(base, compiled=True, graphs=True)


def pays(option: Option, plain: Option, pictures: int) -> bool:
    """Whether compiling is done before the list is."""
    saved = plain.expected.seconds.on_device - option.expected.seconds.on_device
    return saved * pictures > constants.COMPILE_SECONDS


def best(found: list[Option], pictures: int) -> Option | None:
    """The quickest with the model's own decoder that changes no picture, unless one that does is much quicker."""
    own = [one for one in found if one.way.load.decoder == "full"] or found
    exact, other = (
        quickest([one for one in own if one.way.is_exact is yes], pictures) for yes in (True, False)
    )
    if exact is None or other is None:
        return exact or other
    return other if other.rate >= constants.LOSSY_GAIN * exact.rate else exact


def quickest(found: list[Option], pictures: int) -> Option | None:
    """Of those within a few percent of the highest rate the simplest: resident, small batch, few switches."""
    uncompiled = [one for one in found if not one.way.load.switches.compiled]
    plain = max(uncompiled, key=lambda one: one.rate, default=None)
    worth = [
        one for one in found if not one.way.load.switches.compiled or plain is None or pays(one, plain, pictures)
    ]  # fmt: skip
    if not worth:
        return None
    highest = max(one.rate for one in worth)

    def plainness(one: Option) -> tuple[bool, int, int, int]:
        on = one.way.load.switches
        return one.way.in_turns, one.way.load.rows, on.compiled + on.graphs, one.way.bytes

    return min((one for one in worth if constants.GAIN * one.rate >= highest), key=plainness)


def sizes_to_try(sizes: Sizes, wish: Wish) -> list[tuple[int, int]]:
    """The wished size, or the model's own and smaller ones of its shape. Raises BadJob."""
    family, step = sizes.family, sizes.family.multiple
    if wish.size is not None:
        if any(side % step or not step <= side <= 4096 for side in wish.size):
            raise BadJob(
                f"{family.name} draws sides that are multiples of {step}, up to 4096; got {wish.size[0]}x{wish.size[1]}"
            )
        return [wish.size]
    width, height = family.default_size
    shares = (1.0, 0.75, 0.5) if family.species is None else (1.0,)
    return [(round(width * s / step) * step, round(height * s / step) * step) for s in shares]


def settings_of(model: str, sizes: Sizes, one: Way, wish: Wish) -> Settings:
    load = one.load
    return Settings(
        model=model, size=(load.width, load.height), steps=wish.steps or sizes.family.steps,
        precision=load.switches.precision, in_turns=one.in_turns, batch=load.rows, decoder=load.decoder,
        switches=load.switches,
    )  # fmt: skip


def asked_longer(sizes: Sizes, one: Way, card: Card) -> bool:
    """Whether one row's step takes longer to ask for than to compute."""
    asked = speed.kernels(sizes.denoiser, one.load.switches.precision) * constants.LAUNCH
    bare = replace(one.load, rows=1, switches=replace(one.load.switches, compiled=False, graphs=True))
    return asked > speed.stepping(sizes, bare, card)
