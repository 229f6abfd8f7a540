"""The commands, joined. Each imports what it needs when it is called, so that `pawlette --help` stays quick.

Of the environment, only these are read: PAWLETTE_MODEL and PAWLETTE_DEVICE stand in for --model and --device,
PAWLETTE_API_KEY and PAWLETTE_PIN for the options of `serve`.
Exit codes: 0 drawn; 1 something else; 2 bad option or job; 3 refused words; 4 unknown animal; 5 bad model;
6 bad picture; 7 drawing failed; 8 cannot save; 9 missing extra; 10 some rows of a list failed; 11 to 17 the job store;
18 a promise that chaos found broken; 130 stopped.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pawlette.cli_advise import advise
from pawlette.cli_bench import bench
from pawlette.cli_chaos import chaos
from pawlette.cli_draw import draw, open_picture
from pawlette.cli_errors import plain_errors
from pawlette.cli_options import model_option
from pawlette.cli_profile import profile
from pawlette.cli_serve import keys, serve
from pawlette.cli_train import train
from pawlette.errors import BadJob, Refused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pawlette")
def main() -> None:
    """Draws cute animals for children, on any machine. Try: pawlette draw "a cute panda"."""


main.add_command(draw)
main.add_command(open_picture)
main.add_command(train)
main.add_command(bench)
main.add_command(advise)
main.add_command(profile)
main.add_command(serve)
main.add_command(keys)
main.add_command(chaos)


@main.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--from-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="One prompt a line."
)
@click.option("--style", help="One of `pawlette styles`.")
@click.option("--studio", "studio_mode", is_flag=True, help="Read as for adults.")
def words(
    text: str | None, as_json: bool, from_file: Path | None, style: str | None, studio_mode: bool
) -> None:
    """Show what is understood, dropped and changed in TEXT, and the prompt that a model would read."""
    with plain_errors():
        from pawlette.studio import check_style
        from pawlette.words import understand

        check_style(style)
        if (text is None) == (from_file is None):
            raise BadJob('say what to read: pawlette words "a cute panda", or --from-file FILE')
        lines = [str(text)] if from_file is None else _lines_of(from_file)
        refused = 0
        for line in lines:
            reading = understand(line, studio=studio_mode, style=style)
            refused += reading.status == "refused"
            if as_json:
                click.echo(json.dumps(reading.to_dict(), ensure_ascii=False))
            else:
                _show_reading(reading)
    if refused and from_file is None:
        sys.exit(Refused.exit_code)


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadJob(f"{path} cannot be read as UTF-8 text: {error}") from error


def _show_reading(reading) -> None:  # type: ignore[no-untyped-def]
    click.echo(f"{reading.status}: {reading.text}")
    if reading.scene is not None:
        for slot, value in reading.to_dict()["scene"].items():
            if value not in (None, False, [], ()):
                click.echo(f"  {slot}: {json.dumps(value, ensure_ascii=False)}")
    for word in reading.dropped:
        click.echo(f"  dropped: {word}")
    for change in reading.changed:
        click.echo(f"  changed: {change}")
    if reading.message:
        click.echo(f"  {reading.message}" + (f" [{reading.code}]" if reading.code else ""))
    if reading.suggestion:
        click.echo(f"  → {reading.suggestion}")
    if reading.prompt is not None:
        click.echo(f"  prompt: {reading.prompt.text}")


@main.command()
def styles() -> None:
    """List the styles, with a word on what each is."""
    from pawlette.words import STYLES

    for name, style in STYLES.items():
        click.echo(f"{name:12} {style.english}  {style.chinese}")


@main.command()
@model_option
@click.option("--export", "target", type=click.Path(path_type=Path, file_okay=False),
              help="Write the model as a plain diffusers folder.")  # fmt: skip
def models(model: str, target: Path | None) -> None:
    """Show a model: its family, sizes and what it draws; or export it."""
    with plain_errors():
        from pawlette.model.parts import LIGHT_FOLDER, known_loras
        from pawlette.studio import Studio

        studio = Studio(model)
        if target is not None:
            from pawlette.model.weights import export

            export(studio.folder, target)
            click.echo(f"{target}  a plain diffusers folder")
            return
        family = studio.family
        click.echo(f"{family.name}: {family.licence}")
        click.echo(f"  folder: {studio.folder}")
        click.echo(
            f"  sizes: {', '.join(f'{w}x{h}' for w, h in family.sizes)}; "
            f"steps {family.steps}, guidance {family.guidance:g}"
        )
        known = (
            "any animal"
            if family.species is None
            else f"{len(family.species)} animals: {', '.join(family.species)}"
        )
        click.echo(f"  draws: {known}")
        light = (studio.folder / LIGHT_FOLDER).is_dir()
        click.echo(f"  decoders: full{', light' if light else ''}")
        click.echo(f"  LoRAs by name: {', '.join(sorted(known_loras(studio.folder))) or 'none yet'}")


if __name__ == "__main__":
    main()
