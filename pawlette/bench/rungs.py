"""The rungs of the ladder: from our plain twin up to everything at once. A table; knows no model and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pawlette.errors import BadJob
from pawlette.model.switches import Switches

BASELINE = "baseline"  # rung 0: bench/baseline.py
PLAIN = Switches()


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to draw a stream. `inline`: one picture after the other, else through the engine."""

    name: str
    switches: Switches = PLAIN
    batch: int = 1
    inline: bool = False


def rungs(generation: str) -> dict[str, Rung]:
    """All rungs that a generation has, in their order: each switch alone, then all of them together."""
    own = "prefix" if generation == "2.1" else "table"  # the one that the other generation does not have
    alone: dict[str, Any] = {
        "packed": {"packed": True}, "efficient": {"attention": "efficient"}, "flash": {"attention": "flash"},
        "cudnn": {"attention": "cudnn"}, own: {own: True}, "folded": {"folded": True},
        "compiled": {"compiled": True}, "graphs": {"graphs": True}, "fp8-alone": {"precision": "fp8"},
    }  # fmt: skip
    both: dict[str, Any] = {own: True, "packed": True, "folded": True, "attention": "cudnn", "unmasked": True}
    graphless = both | {"compiled": True}
    quick, lossy = graphless | {"graphs": True}, {"precision": "fp8"}
    every = [Rung("inline", inline=True), *_batches("engine", {})]
    every += [Rung(name, Switches(**given)) for name, given in alone.items()]
    every.append(Rung("masked", Switches(**graphless | {"unmasked": False})))
    wholes = {"uncompiled": both, "graphless": graphless, "all": quick}
    for name, given in (*wholes.items(), ("fp8-graphless", graphless | lossy), ("fp8", quick | lossy)):
        every += _batches(name, given)
    return {rung.name: rung for rung in every}


def _batches(name: str, given: dict[str, Any]) -> list[Rung]:
    return [Rung(name if rows == 1 else f"{name}-{rows}", Switches(**given), rows) for rows in (1, 4, 16)]


def choose(generation: str, names: Sequence[str] | None = None) -> list[Rung]:
    """The rungs named, in the order given; None: all of them. Raises BadJob naming what there is."""
    known = rungs(generation)
    for name in names or ():
        if name not in known:
            raise BadJob(f"a rung of {generation} is one of {', '.join(known)}; got {name!r}")
    return [known[name] for name in names] if names else list(known.values())
