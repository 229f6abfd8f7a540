"""The options that several commands share, each written once. Knows no command."""

from __future__ import annotations

import click

model_option = click.option(
    "--model",
    default="builtin",
    show_default=True,
    envvar="PAWLETTE_MODEL",
    help="A model folder in the diffusers layout, or the one inside.",
)
device_option = click.option(
    "--device",
    default="auto",
    show_default=True,
    envvar="PAWLETTE_DEVICE",
    help="auto, cpu, cuda, cuda:1 or mps; for lists also several, as cuda:0,cuda:1, or all.",
)


class SizeType(click.ParamType):
    """256, or 1328x1328."""

    name = "SIZE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        sides = str(value).lower().split("x")
        if len(sides) > 2 or not all(side.isascii() and side.isdigit() and len(side) <= 5 for side in sides):
            self.fail(f"a size is 256 or 1328x1328, got {value!r}", param, ctx)
        return int(sides[0]), int(sides[-1])
