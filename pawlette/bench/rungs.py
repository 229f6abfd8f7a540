"""The rungs of the ladder: from our plain twin up to everything at once. A table; knows no model and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from pawlette.errors import BadJob
from pawlette.model.switches import Switches

BASELINE = "baseline"  # rung 0: bench/baseline.py
PLAIN = Switches()


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to draw a stream: through the engine, or one picture after the other (`inline`, `preload`)."""

    name: str
    switches: Switches = PLAIN
    batch: int = 1
    inline: bool = False
    preload: bool = False  # inline, but the next picture's text is read meanwhile: bench/preload.py


def rungs(generation: str) -> dict[str, Rung]:
    """All rungs that a generation has, in their order: each switch alone, then all of them together."""
    own = "prefix" if generation == "2.1" else "table"  # the one that the other generation does not have
    alone: dict[str, Any] = {
        "packed": {"packed": True}, "fused": {"packed": True, "fused": True},
        "efficient": {"attention": "efficient"}, "flash": {"attention": "flash"},
        "cudnn": {"attention": "cudnn"}, own: {own: True}, "folded": {"folded": True},
        "compiled": {"compiled": True}, "graphs": {"graphs": True}, "fp8-alone": {"precision": "fp8"},
    }  # fmt: skip
    both: dict[str, Any] = {
        own: True, "packed": True, "fused": True, "folded": True, "attention": "cudnn", "unmasked": True
    }  # fmt: skip
    graphless = both | {"compiled": True}
    quick, lossy = graphless | {"graphs": True}, {"precision": "fp8"}
    every = [Rung("fp32", Switches(precision="fp32"), inline=True), Rung("inline", inline=True)]
    every += [Rung("preload", preload=True), *_batches("engine", {})]
    every += [Rung(name, Switches(**given)) for name, given in alone.items()]
    every.append(Rung("masked", Switches(**graphless | {"unmasked": False, "fused": False})))
    every.append(Rung("unfused", Switches(**graphless | {"fused": False})))
    wholes = {"uncompiled": both, "recorded": both | {"graphs": True}, "graphless": graphless, "all": quick}
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


STEPWISE = (
    "fp32",
    "inline",
    "preload",
    "engine",
    "engine-4",
    "uncompiled-4",
    "graphless-4",
    "all-4",
    "fp8-4",
)
ON_CPU = ("inline", "preload", "engine", "engine-4", "uncompiled")
QUICK = ("inline", "engine")


def stepwise(device: str, *, quick: bool = False) -> tuple[str, ...]:
    """The study's own steps and ours behind them, each on top of the last: what a kind of device can climb.

    Half precision, preloading, decode and save overlapped, batching; then 2.1's prefix or 1.x's table with packed
    projections and folded decoders, compiled regions, CUDA graphs, FP8. A CPU has no faster half precision.
    """
    if quick:
        return ("inline", "preload", "engine", "uncompiled-4") if device.startswith("cuda") else QUICK
    return STEPWISE if device.startswith("cuda") else ON_CPU


def told(switches: Switches) -> str:
    """What is not as in the plain twin, for people."""
    changed = {
        field.name: value
        for field in fields(Switches)
        if (value := getattr(switches, field.name)) != field.default
    }
    return (
        ", ".join(name if value is True else f"{name} {value}" for name, value in changed.items())
        or "no switch on"
    )
