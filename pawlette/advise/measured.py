"""What our own engine was measured to take, and how a prediction is scaled by it. Reads measured.json beside it.

`runs/advise_measured.py` makes that file of the ladder's reports. Knows no choice.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from pawlette.advise import cards, models, speed
from pawlette.advise.cards import Card
from pawlette.advise.memory import Load
from pawlette.advise.sizes import Sizes
from pawlette.advise.speed import Seconds
from pawlette.model.switches import Switches

SMALL = 1024  # width of a denoiser below which the shares of large kernels are too hopeful
HOPEFUL = "; small kernels reach less, so it is a bound from above"
MEASURED, SCALED, ESTIMATED = "measured", "scaled", "estimated"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One measurement. `seconds`: of a picture in a stream; `cores`: of a CPU."""

    card: str
    model: str
    size: int  # pixels on a side
    steps: int
    guided: bool
    rows: int
    switches: Switches
    seconds: float
    source: str
    cores: int = 0
    text_tokens: int = 64

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Anchor:
        return cls(**{**entry, "switches": Switches(**entry["switches"])})

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def device(self) -> Card:
        return cards.processor(self.cores, 16) if self.cores else cards.find(self.card)

    def load(self) -> Load:
        return Load(
            self.switches, self.size, self.size, self.rows, self.guided, text_tokens=self.text_tokens,
            half=self.device().has_bfloat16,
        )  # fmt: skip


@cache
def anchors() -> tuple[Anchor, ...]:
    """All that were measured."""
    text = (resources.files("pawlette.advise") / "measured.json").read_text(encoding="utf-8")
    return tuple(Anchor.read(entry) for entry in json.loads(text))


@dataclass(frozen=True, slots=True)
class Expected:
    """A picture's seconds, and where they come from."""

    seconds: Seconds
    basis: str  # measured, scaled or estimated
    source: str  # a sentence


def expected(
    model: str, sizes: Sizes, load: Load, card: Card, steps: int, *, in_turns: bool, pictures: int,
    known: Sequence[Anchor] | None = None,
) -> Expected:  # fmt: skip
    """The prediction, scaled by the nearest measurement of a model of this architecture on a device of this kind."""
    plain = speed.predict(sizes, load, card, steps, in_turns=in_turns, pictures=pictures)
    there = [(anchor, models.sizes_of(anchor.model)) for anchor in (anchors() if known is None else known)]
    fitting = [
        (anchor, of)
        for anchor, of in there
        if anchor.device().kind == card.kind and of.family.generation == sizes.family.generation
    ]
    if not fitting:
        assumed = "; its rates are those of a like card" if card.assumed else ""
        if sizes.denoiser.width < SMALL:
            assumed += HOPEFUL
        return Expected(plain, ESTIMATED, f"operations and bytes over the card's rates{assumed}")

    def distance(one: tuple[Anchor, Sizes]) -> tuple[bool, bool, bool, bool, int]:
        anchor, _ = one
        return (
            anchor.card != card.name,
            anchor.model != model,
            anchor.switches.precision != load.switches.precision,
            anchor.switches != load.switches,
            abs(anchor.size - load.width) + abs(anchor.rows - load.rows),
        )

    anchor, of = min(fitting, key=distance)
    told = speed.predict(of, anchor.load(), anchor.device(), anchor.steps)
    ratio = anchor.seconds / max(told.on_device, told.deliver)
    scaled = dataclasses.replace(
        plain,
        encode=plain.encode * ratio,
        denoise=plain.denoise * ratio,
        decode=plain.decode * ratio,
    )
    same = (anchor.card, anchor.model, anchor.size, anchor.steps, anchor.guided, anchor.rows, anchor.switches) == (
        card.name, model, load.width, steps, load.guided, load.rows, load.switches
    )  # fmt: skip
    if same and load.width == load.height and not in_turns and card.kind == "cuda":
        return Expected(scaled, MEASURED, anchor.source)
    what = f"{ratio:.2f} times the arithmetic's time was measured with {anchor.source}"
    if sizes.denoiser.width < SMALL <= of.denoiser.width:
        what += HOPEFUL
    return Expected(scaled, SCALED, what)
