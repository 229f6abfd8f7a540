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
