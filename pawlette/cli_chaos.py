"""`pawlette chaos`: the fault table against real processes. Knows no row."""

from __future__ import annotations

import sys

import click

from pawlette.cli_errors import needs_extra, plain_errors
from pawlette.errors import BadJob

PROMISE_BROKEN = 18


@click.command()
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="What is struck, and when."
)
@click.option("--minutes", type=click.FloatRange(0.1, 600), default=10.0, show_default=True,
              help="No row begins after this; what is left out counts as broken.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(10, 100_000), default=200, show_default=True,
              help="Pictures in the storm.")  # fmt: skip
@click.option("--kills", type=click.IntRange(4, 10_000), default=30, show_default=True,
              help="Workers killed in the storm.")  # fmt: skip
@click.option("--row", "rows", multiple=True, metavar="NAME",
              help="Only this row; may be given again. `soak` goes on for the minutes given.")  # fmt: skip
@click.option(
    "--builtin", is_flag=True, help="Draw with the built-in model, not with a quick stand-in; fewer rows."
)
def chaos(seed: int, minutes: float, jobs: int, kills: int, rows: tuple[str, ...], builtin: bool) -> None:
    """Kill, stop, starve and flood a server of its own, and count what is lost. Ends with 18 where anything is."""
    with plain_errors():
        if sys.platform == "win32":
            raise BadJob("chaos stops and kills processes by POSIX signals; run it on Linux or macOS")
        with needs_extra("serve"):
            from pawlette.serve.chaos.run import NAMES, SOAK, WITH_A_MODEL, run
        if unknown := [row for row in rows if row not in (*NAMES, SOAK)]:
            raise BadJob(f"a row is one of {', '.join((*NAMES, SOAK))}; got {unknown[0]!r}")
        held = run(
            seed, names=rows or (WITH_A_MODEL if builtin else NAMES), jobs=jobs, kills=kills,
            kind="builtin" if builtin else "quick", seconds=60 * minutes, report=click.echo,
        )  # fmt: skip
    if not held:
        sys.exit(PROMISE_BROKEN)
