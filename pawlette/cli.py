"""The commands. Each imports what it needs when it is called, so that `pawlette --help` stays quick.

The only reader of the environment: PAWLETTE_MODEL and PAWLETTE_DEVICE stand in for --model and --device.
Exit codes: 0 drawn; 1 something else; 2 bad option or job; 3 refused words; 4 unknown animal; 5 bad model;
6 bad picture; 7 drawing failed; 8 cannot save; 9 missing extra; 10 some rows of a list failed; 130 stopped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from pawlette.errors import BadJob, PawletteError, Refused

if TYPE_CHECKING:
    from pawlette.draw_list import Wish
    from pawlette.job import Job, Picture
    from pawlette.studio import Studio

SOME_FAILED = 10
STOPPED = 130


@contextmanager
def plain_errors() -> Iterator[None]:
    """Every error a user can meet becomes one sentence, a way out, and its exit code."""
    try:
        yield
    except Refused as error:
        click.echo(error.message, err=True)
        click.echo(f"→ {error.suggestion}", err=True)
        sys.exit(error.exit_code)
    except PawletteError as error:
        click.echo(f"pawlette: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nstopped; no half file was left", err=True)
        sys.exit(STOPPED)


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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pawlette")
def main() -> None:
    """Draws cute animals for children, on any machine. Try: pawlette draw "a cute panda"."""


MODEL_OPTIONS = (
    click.option("--model", default="builtin", show_default=True, envvar="PAWLETTE_MODEL",
                 help="A model folder in the diffusers layout, or the one inside."),
    click.option("--device", default="auto", show_default=True, envvar="PAWLETTE_DEVICE",
                 help="auto, cpu, cuda, cuda:1 or mps."),
    click.option("--studio", "studio_mode", is_flag=True,
                 help="For adults: open text reaches the model, behind the gate's other layers."),
)  # fmt: skip


def model_options(command: Callable[..., None]) -> Callable[..., None]:
    """--model, --device and --studio, for the commands that draw."""
    for option in reversed(MODEL_OPTIONS):
        command = option(command)
    return command


@main.command()
@click.argument("text", required=False)
@click.option(
    "--seed", type=click.IntRange(0), help="The same seed draws the same picture. Random if left out."
)
@click.option("--size", type=SizeType(), help="Pixels: 256, or 1328x928. The model's own size if left out.")
@click.option("--steps", type=click.IntRange(1, 200), help="Denoising steps.")
@click.option(
    "--guidance", type=click.FloatRange(1.0, 30.0), help="How strictly to follow the words; 1 is off."
)
@click.option("--style", help="One of `pawlette styles`.")
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True,
              help="How many pictures, with seeds one after the other.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="A file, or a folder for several.")
@click.option(
    "--format", "form", type=click.Choice(["png", "webp", "jpeg"]), help="Told by --out's name; else png."
)
@click.option("--transparent", is_flag=True, help="No background: a sticker.")
@click.option(
    "--no-words", is_flag=True, help="Leave the words out of the picture's metadata; its labels stay."
)
@click.option("--from-csv", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Draw a list: columns prompt, seed, style, name.")  # fmt: skip
@click.option("--timings", is_flag=True, help="Say what each stage took.")
@model_options
def draw(
    text: str | None, seed: int | None, size: tuple[int, int] | None, steps: int | None, guidance: float | None,
    style: str | None, count: int, out: Path | None, form: str | None, transparent: bool, no_words: bool,
    from_csv: Path | None, timings: bool, model: str, device: str, studio_mode: bool,
) -> None:  # fmt: skip
    """Draw TEXT, in English or Chinese: pawlette draw "two pandas under a rainbow"."""
    with plain_errors():
        from pawlette.draw_list import read_csv, several
        from pawlette.studio import Studio

        if (text is None) == (from_csv is None):
            raise BadJob('say what to draw, or give a list: pawlette draw "a cute panda", or --from-csv FILE')
        studio = Studio(model, device=device, studio_mode=studio_mode)
        if from_csv is not None:
            if seed is not None or count != 1:
                raise BadJob("a list has its own seeds and rows: leave --seed and --count out")
            wishes, bad_rows = read_csv(from_csv)
            for line in bad_rows:
                click.echo(line, err=True)
        else:
            wishes, bad_rows = several(str(text), seed, count), []
        options = {
            "size": size,
            "steps": steps,
            "guidance": guidance,
            "style": style,
            "transparent": transparent,
        }
        failed = _draw_all(
            studio,
            wishes,
            options,
            out,
            form,
            keep_words=not no_words,
            alone=from_csv is None,
            timings=timings,
        )
    if failed or bad_rows:
        sys.exit(SOME_FAILED)


def _draw_all(
    studio: Studio, wishes: list[Wish], options: dict, out: Path | None, form: str | None, *, keep_words: bool,
    alone: bool, timings: bool,
) -> int:  # fmt: skip
    """Draw every wish; returns how many failed. A single prompt's error passes through; a list goes on."""
    from pawlette.draw_list import Target, contact_sheet
    from pawlette.files import check_folder

    target = Target.of(out, form, several=len(wishes) > 1 or not alone)
    accepted, failed = _accept_all(studio, wishes, options, target.form, alone)
    if not accepted:
        return failed
    check_folder(target.folder)
    start = perf_counter()
    studio.load()
    loading = perf_counter() - start
    paths = []
    total = sum(one.job.steps for _, one in accepted)
    with click.progressbar(length=total, label="drawing", file=sys.stderr, show_pos=True) as bar:
        for wish, one in accepted:
            try:
                picture = studio.draw(
                    one.job, form=target.form, on_step=lambda _: bar.update(1), keep_words=keep_words
                )
                path = picture.save(target.path(wish, one))
            except PawletteError as error:
                if alone:
                    raise
                click.echo(f"\nrow {wish.row}: {error}", err=True)
                failed += 1
                continue
            paths.append(path)
            _say_saved(path, picture, {"imports and load": loading, **picture.seconds} if timings else {})
    if len(paths) > 1:
        click.echo(f"{contact_sheet(paths, target.folder, studio.labels())}  contact sheet")
    return failed


def _say_saved(path: Path, picture: Picture, stages: dict[str, float]) -> None:
    """Said as soon as it is true, so that whoever stops the command knows what is there."""
    took = sum(picture.seconds.values())
    click.echo(f"{path}  seed {picture.job.seed}, {picture.job.width}x{picture.job.height}, {took:.1f} s")
    if stages:
        click.echo("  " + ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in stages.items()))


def check_form(job: Job, form: str) -> None:
    """Raise BadJob, before drawing, where the format cannot hold the picture."""
    if form == "jpeg" and job.transparent:
        raise BadJob("jpeg has no transparency; use png or webp")


def _accept_all(
    studio: Studio, wishes: list[Wish], options: dict, form: str, alone: bool
) -> tuple[list, int]:
    """Read every wish before anything is drawn; what was changed or dropped is said once."""
    accepted, failed, said = [], 0, set()
    for wish in wishes:
        given = {key: value for key, value in options.items() if value not in (None, False)}
        given |= {} if wish.style is None else {"style": wish.style}
        try:
            one = studio.accept(wish.text, seed=wish.seed, **given)
            check_form(one.job, form)
        except PawletteError as error:
            if alone:
                raise
            click.echo(f"row {wish.row}: {error}", err=True)
            failed += 1
            continue
        accepted.append((wish, one))
        for note in one.said:
            if note not in said:
                said.add(note)
                click.echo(note, err=True)
    return accepted, failed


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
@click.option(
    "--model",
    envvar="PAWLETTE_MODEL",
    default="builtin",
    show_default=True,
    help="A model folder, or the one inside.",
)
@click.option("--export", "target", type=click.Path(path_type=Path, file_okay=False),
              help="Write the model as a plain diffusers folder.")  # fmt: skip
def models(model: str, target: Path | None) -> None:
    """Show a model: its family, sizes and what it draws; or export it."""
    with plain_errors():
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


@main.command("open")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--redraw", type=click.Path(path_type=Path, dir_okay=False), help="Draw it again into this file."
)
@model_options
def open_picture(file: Path, redraw: Path | None, model: str, device: str, studio_mode: bool) -> None:
    """Show what the metadata of FILE says; with --redraw, draw it again."""
    with plain_errors():
        from pawlette.engine.deliver import read_picture
        from pawlette.files import check_folder

        record, _form = read_picture(file)
        shown = json.dumps(record, ensure_ascii=False, indent=2)
        click.echo(shown.encode("utf-8", "backslashreplace").decode())
        if redraw is None:
            return
        from pawlette.draw_list import Target
        from pawlette.studio import Studio, replay

        studio = Studio(model, device=device, studio_mode=studio_mode)
        target = Target.of(redraw, None, several=False)
        if target.file is None:
            raise BadJob(f"--redraw names a picture file, such as again.png; got {redraw}")
        accepted = studio.accept(**replay(record))
        check_form(accepted.job, target.form)
        for note in (*studio.differs_from(record), *accepted.said):
            click.echo(note, err=True)
        check_folder(target.folder)
        click.echo(f"{studio.draw(accepted.job, form=target.form).save(target.file)}  drawn again")


if __name__ == "__main__":
    main()
