"""Why each setting is what it is, as sentences. Knows no device."""

from __future__ import annotations

from pawlette.advise import choice, constants
from pawlette.advise.cards import Card
from pawlette.advise.choice import Option, Way, Wish
from pawlette.advise.constants import GIB
from pawlette.advise.sizes import Sizes


def of(
    card: Card, sizes: Sizes, found: Option, fitting: list[Option], every: list[Way], wish: Wish
) -> list[str]:
    """`fitting`: what else was weighed; `every`: also what does not fit."""
    told = [_size(sizes, found.way, wish), _memory(card, found.way, every)]
    told.append(_precision(card, found, fitting))
    if card.kind == "cuda":
        if wish.pictures > 1:
            told.append(_batch(card, sizes, found.way, fitting))
        told.append(_compiling(found.way, wish))
        told.append(
            "One engine a card: a second one would hold the weights twice and share the same cores. Several cards "
            "draw with --device all."
        )
    if card.kind == "cpu":
        told.append("Rows go alone on a CPU: batches were measured to gain nothing there.")
    if card.kind == "mps":
        told.append("Apple's GPUs are planned for and untested.")
    return [*told, f"The rate is {found.expected.basis}: {found.expected.source}."]


def _size(sizes: Sizes, way: Way, wish: Wish) -> str:
    size, own = (way.load.width, way.load.height), sizes.family.default_size
    steps = f"{wish.steps or sizes.family.steps} steps"
    if wish.size is None and size != own:
        return f"{own[0]}x{own[1]}, the model's own size, does not fit; {size[0]}x{size[1]} is the next. {steps}."
    asked = "as asked" if wish.size else "the model's own size"
    return f"{size[0]}x{size[1]} is {asked}; {steps}."


def _memory(card: Card, way: Way, every: list[Way]) -> str:
    room, taken, weights = card.room / GIB, way.bytes / GIB, way.need.weights / GIB
    light = "; the light decoder, for the full one does not fit" if way.load.decoder != "full" else ""
    if way.in_turns:
        together = min(one.bytes for one in every if not one.in_turns and _alike(one, way)) / GIB
        return (
            f"The parts take turns: together they would need {together:.1f} GiB of {room:.1f}, one at a time "
            f"{taken:.1f}; {weights:.1f} GiB wait in the computer's memory{light}."
        )
    return (
        f"Everything fits together: {weights:.1f} GiB of weights and {taken - weights:.1f} for the work, of "
        f"{room:.1f} that PyTorch can have{light}."
    )


def _alike(one: Way, other: Way) -> bool:
    return one.load.switches.precision == other.load.switches.precision and one.load.rows == other.load.rows


def _precision(card: Card, found: Option, fitting: list[Option]) -> str:
    precision = found.way.load.switches.precision
    if card.kind != "cuda":
        return f"float32 is what the engine draws in on a {'CPU' if card.kind == 'cpu' else 'Mac'}."
    has = "?" if card.capability is None else ".".join(map(str, card.capability))
    if precision in choice.EXACT:
        why = (
            f"bfloat16: compute capability {has} has it."
            if precision == "bf16"
            else f"float32: compute capability {has} has no bfloat16."
        )
        others = [one for one in fitting if not one.way.is_exact and _as_compiled(one.way, found.way)]
        more = max(others, key=lambda one: one.rate, default=None)
        if more is None or more.rate < constants.GAIN * found.rate:
            return why
        name = more.way.load.switches.precision
        return f"{why} {name} would change pictures a little, for {more.rate / found.rate:.1f} times as many."
    exact = [one for one in fitting if one.way.is_exact]
    beside = (
        f"is at best {found.rate / max(one.rate for one in exact):.1f} times slower"
        if exact
        else "does not fit"
    )
    return f"{precision} changes pictures a little; what does not {beside}."


def _as_compiled(one: Way, other: Way) -> bool:
    """Are they alike but for the number format, the rows and where parts wait?"""
    mine, its = one.load.switches, other.load.switches
    return (mine.compiled, mine.graphs, one.load.decoder) == (its.compiled, its.graphs, other.load.decoder)


def _batch(card: Card, sizes: Sizes, way: Way, fitting: list[Option]) -> str:
    rows = way.load.rows
    if rows == 1:
        more = any(one.way.load.rows > 1 and _same(one.way, way) for one in fitting)
        return f"One picture a forward: {'more gain less than 3 %' if more else 'two do not fit'}."
    if choice.asked_longer(sizes, way, card):
        return (
            f"{rows} pictures a forward: asking for one picture's kernels takes longer than computing them."
        )
    return f"{rows} pictures a forward: together they read the weights once."


def _same(one: Way, other: Way) -> bool:
    mine, its = one.load, other.load
    return (one.in_turns, mine.switches, mine.decoder) == (other.in_turns, its.switches, its.decoder)


def _compiling(way: Way, wish: Wish) -> str:
    on, count = way.load.switches, f"{wish.pictures} picture{'s' if wish.pictures > 1 else ''}"
    if not on.compiled:
        turns = (
            "parts that take turns are not compiled"
            if way.in_turns
            else f"{count} would not earn its wait back"
        )
        return f"Nothing is compiled: {turns}."
    recorded = ", and recorded as CUDA graphs" if on.graphs else ""
    return (
        f"Blocks are compiled{recorded}: the first picture is expected to wait some {constants.COMPILE_SECONDS:g} s, "
        f"which {count} earn back."
    )
