"""The commands of the serving door: `serve` and `keys`. Each imports what it needs when it is called."""

from __future__ import annotations

import functools
from pathlib import Path

import click

from pawlette.cli_draw import model_options
from pawlette.cli_errors import needs_extra, plain_errors

HOME = Path("~/.pawlette/serve")
folder_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), default=HOME, show_default=True,
    help="Folder of jobs, pictures, keys and settings; one server at a time.",
)  # fmt: skip


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to serve at; off this machine needs a key.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8470, show_default=True, help="0: any that is free."
)
@click.option(
    "--allow-host", multiple=True, metavar="NAME", help="A name under which the server is asked for."
)
@folder_option
@click.option("--key-needed", is_flag=True, help="Ask for an API key on this machine, too.")
@click.option("--api-key", envvar="PAWLETTE_API_KEY", metavar="SECRET",
              help="A key beside those of `pawlette keys`; better in the environment than in the command.")  # fmt: skip
@click.option("--pin", envvar="PAWLETTE_PIN", metavar="DIGITS", help="A new PIN for adults.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that draw."
)
@click.option("--nice", type=click.IntRange(0, 19), default=10, show_default=True,
              help="By how much the workers give way to other processes, such as the server itself.")  # fmt: skip
@click.option(
    "--most-queued", type=click.IntRange(1), default=1000, show_default=True, help="Pictures that may wait."
)
@click.option("--per-minute", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
              help="Pictures that one key may ask for.")  # fmt: skip
@click.option("--drain", type=click.FloatRange(0), default=120.0, show_default=True,
              help="Seconds that running pictures get when the server ends.")  # fmt: skip
@click.option(
    "--proxy", metavar="ADDRESS", help="Of a reverse proxy, whose X-Forwarded headers are believed."
)
@click.option(
    "--comfyui", is_flag=True, help="Answer as a ComfyUI server, too: /prompt, /queue, /history, /view, /ws."
)
@click.option(
    "--frontend",
    metavar="FOLDER",
    help="ComfyUI's own frontend at /comfyui/: its folder, or `installed` for the package.",
)
@click.option("--no-mark", is_flag=True, help="Leave out the visible mark that says a machine made it.")
@model_options
def serve(host: str, port: int, allow_host: tuple[str, ...], data: Path, key_needed: bool, api_key: str | None,
          pin: str | None, workers: int, nice: int, most_queued: int, per_minute: float, drain: float,
          proxy: str | None, comfyui: bool, frontend: str | None, no_mark: bool, model: str, device: str,
          studio_mode: bool, decoder: str | None, lora: str | None, in_turns: bool,
          precision: str) -> None:  # fmt: skip
    """Serve the page for children, the jobs API and the OpenAI Images API, at http://127.0.0.1:8470."""
    with plain_errors():
        with needs_extra("serve"):
            from pawlette.serve.api.config import Config, Limits, host_name
            from pawlette.serve.api.keys import fixed_key
            from pawlette.serve.api.run import Plan, serve
            from pawlette.serve.supervisor import Settings

            if comfyui or frontend is not None:
                from pawlette.cli_comfyui import comfyui_door
        from pawlette.errors import BadJob
        from pawlette.files import check_folder
        from pawlette.job import FULL
        from pawlette.studio import Studio

        for name in allow_host:
            if host_name(name) != name.lower():
                raise BadJob(f"--allow-host is a name without a port, such as paws.example.org; got {name!r}")
        if in_turns:
            raise BadJob("the server draws pictures beside each other, which --in-turns cannot")
        folder = data.expanduser()
        check_folder(folder)
        folder.chmod(0o700)  # words, keys and pictures are nobody else's
        make = functools.partial(
            Studio, model, device=device, studio_mode=studio_mode, decoder=decoder or FULL, lora=lora,
            precision=precision, mark=not no_mark,
        )  # fmt: skip
        limits = Limits(pictures=per_minute / 60, pictures_burst=max(10.0, 2 * per_minute))
        more, foreign = comfyui_door(frontend) if comfyui or frontend is not None else (None, {})
        config = Config(
            host=host, port=port, hosts=frozenset(name.lower() for name in allow_host), key_needed=key_needed,
            studio_mode=studio_mode, mark=not no_mark, limits=limits, **foreign,
        )  # fmt: skip
        # What is kept, and how long, adults decide while the server runs.
        settings = Settings(folder, workers=workers, nice=nice, most_queued=most_queued, retention=None,
                            drain=drain)  # fmt: skip
        keys = () if api_key is None else (fixed_key(api_key),)
        serve(Plan(config, settings, make, keys, pin, proxy, more), click.echo)


@click.group()
def keys() -> None:
    """API keys of `pawlette serve`: make, list and drop them. A running server hears of it at once."""


@keys.command("new")
@click.argument("name")
@click.option(
    "--adult", is_flag=True, help="The key may do what the PIN allows: the queue, history, deleting."
)
@folder_option
def new_key(name: str, adult: bool, data: Path) -> None:
    """Make a key called NAME and show its secret, once."""
    with plain_errors():
        with needs_extra("serve"):
            from pawlette.serve.api.run import keys_of

        click.echo(keys_of(data.expanduser()).new(name, adult=adult))


@keys.command("list")
@folder_option
def list_keys(data: Path) -> None:
    """List the names of the keys."""
    with plain_errors():
        with needs_extra("serve"):
            from pawlette.serve.api.run import keys_of

        for key in keys_of(data.expanduser()).all():
            click.echo(f"{key.name}{'  (adult)' if key.adult else ''}")


@keys.command("drop")
@click.argument("name")
@folder_option
def drop_key(name: str, data: Path) -> None:
    """Make the key called NAME worthless."""
    with plain_errors():
        with needs_extra("serve"):
            from pawlette.serve.api.run import keys_of

        keys_of(data.expanduser()).drop(name)
