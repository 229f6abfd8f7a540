"""The command `advise`, and what `draw --advised` takes over. Imports what it needs when it is called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pawlette.cli_errors import plain_errors
from pawlette.cli_options import SizeType, device_option
from pawlette.errors import BadJob, BadModel

if TYPE_CHECKING:
    from pawlette.advise import Advice, Card, Settings, Wish


@click.command()
@click.option("--card", "name", help='A card by name: "RTX 3060 Laptop", "H200", "Apple M1", CPU.')
@click.option("--vram", type=float, help="GiB of a card that is not known by name; with --compute.")
@click.option("--compute", help="Its compute capability, such as 8.6.")
@click.option(
    "--model", help="builtin, 2.1-turbo, 2.1, lightning, 1.x, or a model folder. All of them if left out."
)
@click.option("--size", type=SizeType(), help="Pixels: 256, or 1328x928. The model's own size if left out.")
@click.option("--steps", type=click.IntRange(1, 200), help="Denoising steps. The model's own if left out.")
@click.option("--pictures", type=click.IntRange(1, 1000000), default=100, show_default=True,
              help="How many are drawn in one go.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@device_option
def advise(
    name: str | None, vram: float | None, compute: str | None, model: str | None, size: tuple[int, int] | None,
    steps: int | None, pictures: int, as_json: bool, device: str,
) -> None:  # fmt: skip
    """Say how to draw on this machine or on a card: settings, pictures a minute, and why."""
    with plain_errors():
        from pawlette.advise import Wish, advise_all, chosen
        from pawlette.advise import advise as advised

        card = card_of(name, vram, compute, device)
        wish = Wish(pictures=pictures, size=size, steps=steps)
        every = advise_all(card, wish) if model is None else [advised(card, model, wish)]
        best = chosen(every) if model is None else every[0]
        if as_json:
            told = [one.to_dict() | {"chosen": one is best} for one in every]
            click.echo(json.dumps({"card": told[0]["card"] if told else None, "models": told}, indent=1))
            return
        _show(card, every, best, pictures)


def card_of(name: str | None, vram: float | None, compute: str | None, device: str) -> Card:
    """The card that is meant; raises BadJob."""
    from pawlette.advise import custom, find
    from pawlette.advise.machine import here

    if (vram is None) != (compute is None) or (name is not None and vram is not None):
        raise BadJob('say a card by name, --card "RTX 4070", or by both --vram 12 and --compute 8.9')
    if name is not None:
        return find(name)
    return here(device) if vram is None or compute is None else custom(vram, compute)


def _show(card: Card, every: list[Advice], best: Advice | None, pictures: int) -> None:
    assumed = "; its rates are those of a like card" if card.assumed else ""
    click.echo(
        f"{card.name}: {card.memory:.1f} GiB, of which PyTorch can have {card.room / 2**30:.1f}{assumed}"
    )
    if len(every) > 1:
        click.echo(f"\n{'model':<10}  {'pictures a minute':>17}  {'basis':<9}  GiB    settings")
        for one in every:
            mark = "*" if one is best else " "
            click.echo(f"{one.model:<10}{mark} {_row(one)}")
        click.echo("* the largest that draws a picture in a minute at most; all but builtin are downloads")
    if best is None:
        raise BadJob(f"no model draws so on {card.name}; another --size may do")
    click.echo(f"\n{best.name}")
    for reason in best.reasons:
        click.echo(f"  {reason}")
    if best.settings is not None:
        click.echo(f"  → {command(best, pictures)}")


def _row(one: Advice) -> str:
    if one.settings is None:
        return f"{'does not fit':>17}"
    return f"{one.per_minute:>17.1f}  {one.basis:<9}  {one.device_gib:<5.1f}  {in_words(one.settings)}"


def in_words(settings: Settings) -> str:
    """On one line."""
    names = ("packed", "fused", "prefix", "table", "folded", "compiled", "graphs")
    on = [name for name in names if getattr(settings.switches, name)]
    size = f"{settings.size[0]}x{settings.size[1]}"
    told = [size, f"{settings.steps} steps", settings.precision, f"batch {settings.batch}"]
    told += ["in turns"] if settings.in_turns else []
    told += [f"decoder {settings.decoder}"] if settings.decoder != "full" else []
    told += [f"attention {settings.switches.attention}"] if settings.switches.attention != "auto" else []
    return ", ".join([*told, *on])


def command(advice: Advice, pictures: int) -> str:
    """What draws so."""
    from pawlette.advise.models import BUILTIN, NAMES

    assert advice.settings is not None
    folder = "FOLDER" if advice.model in NAMES else advice.model
    model = "" if advice.model == BUILTIN else f" --model {folder}"
    return f'pawlette draw "a cute panda" --advised{model}{f" --count {pictures}" if pictures > 1 else ""}'


def advised_settings(model: str, device: str, wish: Wish) -> tuple[Settings, str]:
    """For `draw --advised`: what suits this machine, and a line that says it. Raises BadModel where nothing fits."""
    from pawlette.advise import advise as advised
    from pawlette.advise.machine import here

    advice = advised(here(device), model, wish)
    if advice.settings is None:
        raise BadModel(" ".join(advice.reasons))
    return advice.settings, f"advised: {in_words(advice.settings)}"


def for_studio(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    """Studio's arguments; what was given on the command line goes before."""
    return settings.studio() | {name: value for name, value in given.items() if value}
