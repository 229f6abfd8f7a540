"""What is said to whoever asked: settings, expectations and reasons as sentences. Knows no device."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pawlette.advise import choice, constants, models, reasons
from pawlette.advise.cards import CARDS, Card
from pawlette.advise.choice import Option, Settings, Way, Wish
from pawlette.advise.constants import GIB
from pawlette.advise.sizes import Sizes
from pawlette.errors import BadJob

INSTANCES = 1
PARTS = {"encode": "the text encoder", "denoise": "the denoiser", "decode": "the decoder"}


@dataclass(frozen=True, slots=True)
class Advice:
    """For one model on one card. `settings` is None where it fits in no way; then `reasons` say what would do."""

    card: Card
    model: str
    name: str  # of the family
    settings: Settings | None
    reasons: tuple[str, ...]
    per_minute: float = 0.0
    seconds: float = 0.0  # of one picture after the other
    basis: str = ""  # measured, scaled or estimated
    source: str = ""
    device_gib: float = 0.0  # that PyTorch is expected to take
    host_gib: float = 0.0  # that waiting parts take of the computer's memory
    parameters: int = 0  # of the denoiser
    instances: int = INSTANCES

    def to_dict(self) -> dict[str, Any]:
        told = dataclasses.asdict(self)
        told["room_gib"] = self.card.room / GIB
        return told


def advise(card: Card, model: str | Path = models.BUILTIN, wish: Wish | None = None) -> Advice:
    """The best way that fits. Raises BadJob for a size that the model cannot draw, and BadModel."""
    wish, sizes, model = wish or Wish(), models.sizes_of(model), str(model)
    first: list[Way] = []
    for size in choice.sizes_to_try(sizes, wish):
        every = list(choice.ways(sizes, card, size, wish))
        first = first or every
        fitting = [choice.weighed(model, sizes, card, way, wish) for way in every if way.bytes <= card.room]
        found = choice.best(fitting, wish.pictures)
        if found is not None:
            return _advice(card, model, sizes, found, fitting, every, wish)
    return Advice(
        card, model, sizes.family.name, None, does_not_fit(card, model, sizes, first, wish),
        parameters=sizes.denoiser.parameters,
    )  # fmt: skip


def advise_all(card: Card, wish: Wish | None = None) -> list[Advice]:
    """For every model that is known by name. A wished size that one of them cannot draw leaves that one out."""
    told = []
    for name in models.NAMES:
        try:
            told.append(advise(card, name, wish))
        except BadJob:
            continue
    return told


def chosen(every: list[Advice]) -> Advice | None:
    """The largest model for whose picture nobody waits longer than is stated."""
    quick = [one for one in every if one.settings is not None and one.seconds <= constants.PATIENCE]
    fits = quick or [one for one in every if one.settings is not None]
    return max(fits, key=lambda one: (one.parameters, one.per_minute), default=None)


def _advice(
    card: Card, model: str, sizes: Sizes, found: Option, fitting: list[Option], every: list[Way], wish: Wish
) -> Advice:  # fmt: skip
    seconds, way = found.expected.seconds, found.way
    return Advice(
        card=card,
        model=model,
        name=sizes.family.name,
        settings=choice.settings_of(model, sizes, way, wish),
        reasons=tuple(reasons.of(card, sizes, found, fitting, every, wish)),
        per_minute=seconds.per_minute,
        seconds=seconds.on_device + seconds.deliver,
        basis=found.expected.basis,
        source=found.expected.source,
        device_gib=way.bytes / GIB,
        host_gib=way.need.weights / GIB if way.in_turns else 0.0,
        parameters=sizes.denoiser.parameters,
    )


def does_not_fit(card: Card, model: str, sizes: Sizes, every: list[Way], wish: Wish) -> tuple[str, ...]:
    """What is lacking, and what would do."""
    least = min(every, key=lambda one: one.bytes)
    stage = max(PARTS, key=lambda name: least.need.allocated(name, in_turns=True))
    how = "with its parts in turns " if least.in_turns else ""
    told = [
        f"{sizes.family.name} does not fit: even {how}in {least.load.switches.precision} it needs "
        f"{least.bytes / GIB:.1f} GiB, for {PARTS[stage]}, of the {card.room / GIB:.1f} that PyTorch can have."
    ]
    if card.kind == "cuda" and not card.has_bfloat16 and stage != "denoise":
        told.append("Where there is no bfloat16, text encoder and decoder are float32, twice as large.")
    holding = [other for other in CARDS if other.kind == "cuda" and _holds(other, sizes, wish)]
    if holding:
        smallest = min(holding, key=lambda one: (one.memory, one.bandwidth))
        told.append(f"The smallest known card that holds it is {smallest.name} ({smallest.memory:g} GiB).")
    if model != models.BUILTIN:
        told.append("The built-in model (leave --model out) draws on every known card.")
    return tuple(told)


def _holds(card: Card, sizes: Sizes, wish: Wish) -> bool:
    size, alone = choice.sizes_to_try(sizes, wish)[-1], replace(wish, precision="auto", pictures=1)
    return any(way.bytes <= card.room for way in choice.ways(sizes, card, size, alone))
