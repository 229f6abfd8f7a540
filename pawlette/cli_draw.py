"""The commands that draw: `draw` and `open --redraw`. Each imports what it needs when it is called."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from pawlette.cli_errors import plain_errors
from pawlette.cli_options import SizeType, device_option, model_option
from pawlette.errors import BadJob, PawletteError
from pawlette.model.switches import PRECISIONS

if TYPE_CHECKING:
    from pawlette.draw_list import Wish
    from pawlette.job import Finish, Job, Picture
    from pawlette.studio import Studio

SOME_FAILED = 10


class FinishType(click.ParamType):
    """0.6, cartoon, saturation=0.4,cartoon=0.3, or off."""

    name = "FINISH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Finish:
        from pawlette.job import Finish

        if isinstance(value, Finish):
            return value
        try:
            return Finish.read(str(value))
        except BadJob as error:
            self.fail(str(error), param, ctx)


MODEL_OPTIONS = (
    model_option,
    device_option,
    click.option("--studio", "studio_mode", is_flag=True,
                 help="For adults: open text reaches the model, behind the gate's other layers."),
    click.option("--decoder", metavar="full|light|PATH",
                 help="Which decoder makes the pixels: the model's own, its light one, or a folder."),
    click.option("--lora", metavar="NAME|PATH[:STRENGTH]", help="A LoRA, merged into the model: fox:0.8."),
    click.option("--in-turns", is_flag=True,
                 help="The model's parts take turns on a device that cannot hold all of them."),
    click.option("--precision", type=click.Choice(PRECISIONS), default="auto", show_default=True,
                 help="Number format: auto is bf16 on a GPU that has it, else fp32; fp8 needs Ada or Hopper."),
)  # fmt: skip


def model_options(command: Callable[..., None]) -> Callable[..., None]:
    """--model, --device, --studio, --decoder, --lora, --in-turns and --precision, for the commands that draw."""
    for option in reversed(MODEL_OPTIONS):
        command = option(command)
    return command


@click.command()
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
@click.option("--finish", type=FinishType(), metavar="FINISH",
              help="After drawing, 0 to 1: 0.6, cartoon, or saturation=0.4,cartoon=0.3. Off if left out.")  # fmt: skip
@click.option(
    "--no-words", is_flag=True, help="Leave the words out of the picture's metadata; its labels stay."
)
@click.option("--from-csv", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Draw a list: columns prompt, seed, style, name.")  # fmt: skip
@click.option("--timings", is_flag=True, help="Say what each stage took.")
@click.option("--advised", is_flag=True,
              help="Draw as `pawlette advise` says for this machine; what is given beside it goes before.")  # fmt: skip
@model_options
def draw(
    text: str | None, seed: int | None, size: tuple[int, int] | None, steps: int | None, guidance: float | None,
    style: str | None, count: int, out: Path | None, form: str | None, transparent: bool,
    finish: Finish | None, no_words: bool, from_csv: Path | None, timings: bool, advised: bool, model: str, device: str,
    studio_mode: bool, decoder: str | None, lora: str | None, in_turns: bool, precision: str,
) -> None:  # fmt: skip
    """Draw TEXT, in English or Chinese: pawlette draw "two pandas under a rainbow"."""
    with plain_errors():
        from pawlette.draw_list import read_csv, several
        from pawlette.studio import Studio

        if (text is None) == (from_csv is None):
            raise BadJob('say what to draw, or give a list: pawlette draw "a cute panda", or --from-csv FILE')
        if from_csv is not None:
            if seed is not None or count != 1:
                raise BadJob("a list has its own seeds and rows: leave --seed and --count out")
            wishes, bad_rows = read_csv(from_csv)
            for line in bad_rows:
                click.echo(line, err=True)
        else:
            wishes, bad_rows = several(str(text), seed, count), []
        parts: dict[str, Any] = {"decoder": decoder or "full", "in_turns": in_turns, "precision": precision}
        if advised:
            from pawlette.advise import Wish as Asked
            from pawlette.cli_advise import advised_settings, for_studio

            asked = Asked(len(wishes) or 1, size, steps, precision, decoder, guidance)
            settings, line = advised_settings(model, device, asked)
            click.echo(line, err=True)
            parts = for_studio(settings, {"model": model, "in_turns": in_turns})
            size, steps = settings.size, settings.steps
        studio = Studio(**{"model": model} | parts, device=device, studio_mode=studio_mode, lora=lora)
        options = {
            "size": size, "steps": steps, "guidance": guidance, "style": style, "transparent": transparent,
            "finish": finish,
        }  # fmt: skip
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
    studio.prepare(len(accepted))
    loading = perf_counter() - start
    paths = []
    total = sum(one.job.steps for _, one in accepted)
    with studio, click.progressbar(length=total, label="drawing", file=sys.stderr, show_pos=True) as bar:
        settings = {"form": target.form, "on_step": lambda _: bar.update(1), "keep_words": keep_words}
        for (wish, one), drawn in zip(accepted, _drawn(studio, accepted, settings), strict=True):
            try:
                picture = drawn()
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


def _drawn(studio: Studio, accepted: list, settings: dict) -> Iterator[Callable[[], Picture]]:
    """For each job what gives its picture or raises its error: one alone in this thread, several in the engine."""
    if len(accepted) == 1:
        yield lambda: studio.draw(accepted[0][1].job, **settings)
        return
    for future in studio.stream((one.job for _, one in accepted), **settings):
        yield future.result


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


@click.command("open")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--redraw", type=click.Path(path_type=Path, dir_okay=False), help="Draw it again into this file."
)
@model_options
def open_picture(file: Path, redraw: Path | None, model: str, device: str, studio_mode: bool,
                 decoder: str | None, lora: str | None, in_turns: bool, precision: str) -> None:  # fmt: skip
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
        from pawlette.replay import differences, parts_of, replay
        from pawlette.studio import Studio, model_folder

        asked = {"decoder": decoder, "lora": lora}
        parts = parts_of(record, model_folder(model)) | {k: v for k, v in asked.items() if v is not None}
        studio = Studio(
            model, device=device, studio_mode=studio_mode, in_turns=in_turns, precision=precision, **parts
        )
        target = Target.of(redraw, None, several=False)
        if target.file is None:
            raise BadJob(f"--redraw names a picture file, such as again.png; got {redraw}")
        accepted = studio.accept(**replay(record, studio_mode=studio.studio_mode))
        check_form(accepted.job, target.form)
        for note in (*differences(studio, record), *accepted.said):
            click.echo(note, err=True)
        check_folder(target.folder)
        click.echo(f"{studio.draw(accepted.job, form=target.form).save(target.file)}  drawn again")
