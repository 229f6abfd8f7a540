"""`pawlette profile`: where the time of a model's pictures goes. Imports the [bench] extra when it is called."""

from __future__ import annotations

from pathlib import Path

import click

from pawlette.cli_errors import needs_extra, plain_errors
from pawlette.cli_options import device_option, model_option
from pawlette.cli_workflow import jobs_of, workflow_option
from pawlette.errors import BadJob


@click.command()
@click.argument("texts", nargs=-1)
@model_option
@device_option
@workflow_option
@click.option("--jobs", type=click.IntRange(1, 200), default=4, show_default=True,
              help="How many pictures: of the TEXTS in turn, or of the study's five prompts.")  # fmt: skip
@click.option("--size", type=click.IntRange(32), help="Pixels on a side. The model's own if left out.")
@click.option("--steps", type=click.IntRange(1, 200), help="Denoising steps. The model's own if left out.")
@click.option("--guidance", type=click.FloatRange(1, 30), help="The model's own if left out; 1 is off.")
@click.option("--batch", type=click.IntRange(1, 16), help="Rows that may share a forward in the engine.")
@click.option(
    "--rung", help="Of the ladder: how the engine's model is switched. What suits the device if left out."
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder for profile.md, profile.json, lanes.png and a trace of each way.")  # fmt: skip
def profile(
    texts: tuple[str, ...], model: str, device: str, workflow: Path | None, jobs: int, size: int | None,
    steps: int | None, guidance: float | None, batch: int | None, rung: str | None, out: Path,
) -> None:  # fmt: skip
    """Take pictures apart, one after the other and through the engine: kernels, copies, launches, Python, waiting.

    By stage and by denoising step, with the longest gaps and what the host did in them; TRACES open in Perfetto.
    """
    with plain_errors(), needs_extra("bench"):
        from pawlette.bench import plots
        from pawlette.bench.profile_studio import Wish, profile_jobs, profile_model
        from pawlette.studio import Studio

        if workflow is None:
            wish = Wish(texts, jobs, size, steps, guidance, batch, rung)
            report = profile_model(model, wish, out, device=device, say=click.echo)
        else:
            if texts or size or steps or guidance:
                raise BadJob(
                    "a workflow says its own texts, size, steps and guidance; leave those out beside it"
                )
            desk = Studio(model, device=device)
            drawn = jobs_of(workflow, desk, jobs)
            report = profile_jobs(desk, drawn, out, batch=batch, rung=rung, say=click.echo)
        plots.profile(report, out)
        click.echo((out / "profile.md").read_text(encoding="utf-8"))
        click.echo(
            f"{out / 'lanes.png'}  the lanes; {out / 'trace-engine.json.gz'}  for https://ui.perfetto.dev"
        )
