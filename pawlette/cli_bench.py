"""The commands of `pawlette bench`. Each imports the [bench] extra when it is called; knows no other command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from pawlette.cli_errors import needs_extra, plain_errors
from pawlette.cli_options import device_option, model_option
from pawlette.cli_workflow import jobs_of, workflow_option
from pawlette.errors import BadJob

SUBJECT = click.option("--model", type=click.Choice(["2.1", "1.x", "builtin"]), default="builtin", show_default=True,
                       help="True shapes of 2.1 or 1.x with random weights, or the model inside.")  # fmt: skip
SMALL = click.option("--small", is_flag=True, help="Toy sizes of the same architecture: to see that it runs.")
NO_TRACE = click.option("--no-trace", is_flag=True,
                        help="No kernel times and no busy share: a tracer may slow the rest.")  # fmt: skip


@click.group(invoke_without_command=True)
@SUBJECT
@device_option
@click.option(
    "--quick", is_flag=True, help="Two runs of each prompt and a few rungs: less than three minutes."
)
@click.option("--runs", type=click.IntRange(1, 1000), help="Of each of the five prompts: 10 if left out.")
@click.option("--size", type=click.IntRange(32), help="Pixels on a side. The model's own if left out.")
@click.option("--steps", type=click.IntRange(1, 200), default=8, show_default=True, help="Denoising steps.")
@click.option("--guidance", type=click.FloatRange(1, 30), help="The model's own if left out; 1 is off.")
@click.option(
    "--rungs", help="Of the ladder, with commas; none for no ladder. Those that suit the device if left out."
)
@click.option("--rung", help="What stands as the engine in the protocol. What suits the device if left out.")
@NO_TRACE
@click.option("--budget", type=click.FloatRange(1), help="Seconds; what does not fit is skipped and named.")
@SMALL
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("pawlette-bench"),
              show_default=True, help="The folder for bench.md, bench.json and the plots.")  # fmt: skip
@click.pass_context
def bench(
    context: click.Context, model: str, device: str, quick: bool, runs: int | None, size: int | None, steps: int,
    guidance: float | None, rungs: str | None, rung: str | None, no_trace: bool, budget: float | None, small: bool,
    out: Path,
) -> None:  # fmt: skip
    """Measure: without a command, the study's protocol (five prompts, ten runs each) and the ladder behind it.

    Latency from request to file, NVML's figure while denoising, memory, pictures a minute in continuous mode; then
    rung by rung from diffusers' plain pipeline to our fastest. What this machine cannot tell is said and left out.
    """
    given = _given(context)
    if context.invoked_subcommand is not None:
        with plain_errors():
            if given:
                raise BadJob(
                    f"{given[0]} goes behind the command: pawlette bench {context.invoked_subcommand} {given[0]}"
                )
        return
    with plain_errors(), needs_extra("bench"):
        from pawlette.bench import bench_report, whole
        from pawlette.bench.plan import Budget
        from pawlette.bench.subject import Wish, made

        names = (
            None if rungs is None else [name.strip() for name in rungs.split(",") if name.strip() != "none"]
        )
        settings = whole.Settings.small(names, rung) if quick else whole.Settings(rungs=names, rung=rung)
        settings = replace(settings, plan=replace(settings.plan, traced=not no_trace))
        settings = settings if runs is None else replace(settings, runs=runs)
        time = Budget(budget or (whole.QUICK if quick else float("inf")))
        with made(model, out, device=device, small=small) as subject:
            side = size or (64 if small else min(subject.family.default_size))
            wish = Wish(side, steps, subject.family.guidance if guidance is None else guidance)
            command = " ".join(["pawlette bench", *given])
            report = whole.run(subject, wish, settings, out, command=command, budget=time, say=click.echo)
        click.echo(bench_report.for_console(report))
        click.echo(
            f"{out / 'bench.md'}  the report; {out / 'bench.json'}  every figure; {out / 'study.png'}  a plot"
        )


def _given(context: click.Context) -> list[str]:
    """The options as they were given, without the folder, which says something of a machine."""
    from click.core import ParameterSource

    found = []
    for parameter in context.command.params:
        told = context.get_parameter_source(parameter.name or "")
        if told is ParameterSource.COMMANDLINE and parameter.name != "out":
            value = context.params[parameter.name or ""]
            found.append(parameter.opts[0] if value is True else f"{parameter.opts[0]} {value}")
    return found


@bench.command()
@model_option
@device_option
@click.option("--steps", type=click.IntRange(1, 200), help="Denoising steps. The model's own if left out.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=5, show_default=True, help="Pictures of each animal."
)
@click.option("--animals", help="Only these, with commas between them: panda,red panda.")
@click.option("--quick", is_flag=True, help="A few pictures of each part: to see that it runs.")
@click.option("--pictures", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Score a folder that this command drew, and draw nothing.")  # fmt: skip
@click.option("--reference", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Descriptions of other training pictures, made by runs/judge.py.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for pictures, art.json, art.md and art.png.")  # fmt: skip
def art(
    model: str, device: str, steps: int | None, seeds: int, animals: str | None, quick: bool,
    pictures: Path | None, reference: Path | None, out: Path,
) -> None:  # fmt: skip
    """Score a model's pictures: animals recognised, words followed, colours, variety, alpha, likeness to training."""
    with plain_errors(), needs_extra("bench"):
        from pawlette.bench.art import Benchmark, run, shipped_jury
        from pawlette.studio import Studio

        if pictures is not None and steps is not None:
            raise BadJob(
                "--steps is for drawing, and with --pictures nothing is drawn: leave one of them out"
            )
        chosen = tuple(animal.strip() for animal in animals.split(",")) if animals else ()
        wish = Benchmark(out, pictures, steps, seeds, chosen, quick, reference)
        run(wish, Studio(model, device=device), shipped_jury(reference), click.echo)
        click.echo(f"{out / 'art.json'}  every figure; {out / 'art.png'}  every picture")


@bench.command()
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True,
              help="How often each encoder is timed; medians are told.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for png.json and png.md.")  # fmt: skip
def png(rounds: int, out: Path) -> None:
    """Compare PNG encoders on one core: time and size of drawn pictures; of the packages that are installed."""
    with plain_errors():
        from pawlette.bench.png import run
        from pawlette.studio import Studio

        run(Studio(), out, rounds=rounds, say=click.echo)
        click.echo(f"{out / 'png.md'}  the table; {out / 'png.json'}  every figure")


@bench.command()
@model_option
@device_option
@workflow_option
@click.option("--pictures", type=click.IntRange(2, 1000), default=16, show_default=True, help="In the list.")
@click.option("--steps", type=click.IntRange(1, 200), help="Denoising steps. The model's own if left out.")
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True,
              help="How often each way is timed; medians and the spread are told.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for stream.json and stream.md.")  # fmt: skip
def stream(
    model: str, device: str, workflow: Path | None, pictures: int, steps: int | None, rounds: int, out: Path
) -> None:
    """Draw a list one picture after the other and through the engine: seconds a picture, and whether they are equal."""
    with plain_errors():
        from pawlette.bench.stream import run
        from pawlette.studio import Studio

        if workflow is not None and steps is not None:
            raise BadJob("a workflow says its own steps; leave --steps out beside it")
        desk = Studio(model, device=device)
        jobs = None if workflow is None else jobs_of(workflow, desk, pictures)
        run(desk, out, jobs=jobs, pictures=pictures, steps=steps, rounds=rounds, say=click.echo)
        click.echo(f"{out / 'stream.md'}  the table; {out / 'stream.json'}  every figure")


@bench.command()
@SUBJECT
@device_option
@click.option(
    "--sizes", default="256", show_default=True, help="Pixels on a side, with commas: 256,512,1024."
)
@click.option("--jobs", type=click.IntRange(2, 1000), default=32, show_default=True, help="Of each stream.")
@click.option("--steps", type=click.IntRange(1, 200), default=8, show_default=True, help="Denoising steps.")
@click.option("--guidance", type=click.FloatRange(1, 30), help="The model's own if left out; 1 is off.")
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True,
              help="How often baseline and rung take turns; medians and the spread are told.")  # fmt: skip
@click.option(
    "--rungs", help="Only these, with commas: inline,engine,all,fp8-16. An unknown one is told what there is."
)
@NO_TRACE
@click.option("--budget", type=click.FloatRange(1), help="Seconds; what does not fit is skipped and named.")
@SMALL
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for ladder.json, ladder.md and the pictures drawn last.")  # fmt: skip
def ladder(
    model: str, device: str, sizes: str, jobs: int, steps: int, guidance: float | None, rounds: int,
    rungs: str | None, no_trace: bool, budget: float | None, small: bool, out: Path,
) -> None:  # fmt: skip
    """Climb from diffusers' plain pipeline to our fastest, rung by rung: speed, memory and agreement of each."""
    with plain_errors(), needs_extra("bench"):
        from pawlette.bench.ladder import Budget, Plan, run
        from pawlette.bench.subject import Wish, made

        plan = Plan(jobs, rounds, traced=not no_trace, budget=budget or float("inf"))
        started = Budget(plan.budget)
        names = [name.strip() for name in rungs.split(",")] if rungs else None
        pixels = numbers(sizes)
        with made(model, out, device=device, small=small) as subject:
            scale = subject.family.guidance if guidance is None else guidance
            wishes = [Wish(size, steps, scale) for size in pixels]
            run(subject, wishes, out, plan, names=names, budget=started, say=click.echo)
        click.echo(f"{out / 'ladder.md'}  the table; {out / 'ladder.json'}  every figure")


@bench.command()
@SUBJECT
@device_option
@click.option(
    "--jobs", type=click.IntRange(2, 1000), default=64, show_default=True, help="Of each load, at most."
)
@click.option("--seconds", type=click.FloatRange(1), default=60, show_default=True,
              help="Of arrivals in each load, at most.")  # fmt: skip
@click.option("--long", type=click.IntRange(0, 10000), default=0, show_default=True,
              help="Then a stream of so many jobs, over which memory is watched: 512, say.")  # fmt: skip
@click.option("--rung", default="engine-4", show_default=True, help="Of the ladder: which engine is loaded.")
@SMALL
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for load.json and load.md.")  # fmt: skip
def load(
    model: str, device: str, jobs: int, seconds: float, long: int, rung: str, small: bool, out: Path
) -> None:  # fmt: skip
    """Jobs of mixed kinds that arrive at random at 50, 80 and 120 % of what the engine can do: how long they wait."""
    with plain_errors(), needs_extra("bench"):
        from pawlette.bench.arrivals import Bounds, run
        from pawlette.bench.rungs import choose
        from pawlette.bench.subject import made

        with made(model, out, device=device, small=small) as subject:
            (chosen,) = choose(subject.family.generation, [rung])
            run(subject, chosen, out, Bounds(jobs, seconds, long), say=click.echo)
        click.echo(f"{out / 'load.md'}  the table; {out / 'load.json'}  every figure")


@bench.command()
@SUBJECT
@device_option
@click.option("--size", type=click.IntRange(32), help="Pixels on a side. The model's own if left out.")
@click.option("--steps", type=click.IntRange(1, 200), default=8, show_default=True, help="Denoising steps.")
@click.option("--guidance", type=click.FloatRange(1, 30), help="The model's own if left out; 1 is off.")
@click.option("--pictures", type=click.IntRange(1, 1000), default=4, show_default=True, help="In each round.")
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True,
              help="How often the peers take turns; medians and the spread are told.")  # fmt: skip
@click.option("--rungs", default="inline,engine", show_default=True, help="Of our ladder, beside the peers.")
@click.option("--budget", type=click.FloatRange(1), help="Seconds, after which no further round is begun.")
@SMALL
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for peers.json and peers.md.")  # fmt: skip
def peers(
    model: str, device: str, size: int | None, steps: int, guidance: float | None, pictures: int, rounds: int,
    rungs: str, budget: float | None, small: bool, out: Path,
) -> None:  # fmt: skip
    """The same shapes through diffusers: eager, compiled, and with cache-dit where it is installed; ours beside."""
    with plain_errors(), needs_extra("bench"):
        from pawlette.bench.peers import HEAD, rows, run
        from pawlette.bench.plan import Budget
        from pawlette.bench.subject import Wish, made
        from pawlette.bench.tables import plain

        time = Budget(budget or float("inf"))
        names = [name.strip() for name in rungs.split(",")]
        with made(model, out, device=device, small=small) as subject:
            side = size or (64 if small else min(subject.family.default_size))
            wish = Wish(side, steps, subject.family.guidance if guidance is None else guidance)
            report = run(
                subject, wish, out, pictures=pictures, rounds=rounds, budget=time, rungs=names, say=click.echo
            )
        click.echo(plain(HEAD, rows(report)))
        click.echo(f"{out / 'peers.md'}  the table; {out / 'peers.json'}  every figure")


def numbers(text: str) -> list[int]:
    """From "256,512"; raises BadJob."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise BadJob(f"--sizes are whole numbers with commas between them, such as 256,512; got {text!r}")
    return [int(part) for part in parts]
