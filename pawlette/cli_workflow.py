"""A ComfyUI workflow file as Jobs, for commands that measure: read here, since doors do not know each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pawlette.job import Job
    from pawlette.studio import Studio

workflow_option = click.option(
    "--workflow", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A ComfyUI workflow in place of texts, in either format: its pictures, then again with other seeds.",
)  # fmt: skip


def jobs_of(path: Path, studio: Studio, count: int) -> list[Job]:
    """The workflow's pictures, `count` of them: where it has fewer, all of them again with the next seeds.

    Raises BadWorkflow and what the gate raises; what was left aside is said.
    """
    from pawlette.comfyui.reader import read_workflow
    from pawlette.job import MAX_SEED

    found = read_workflow(path.read_bytes(), studio)
    for note in found.notes:
        click.echo(note, err=True)
    drawings = {id(one.drawing): one.drawing for one in found.deliveries}.values()
    jobs = [accepted.job for drawing in drawings for accepted in drawing.accepted]
    own, seed = len(jobs), max(job.seed for job in jobs)
    while len(jobs) < count:
        seed = (seed + 1) % MAX_SEED
        jobs.append(replace(jobs[len(jobs) - own], seed=seed))
    return jobs[:count]
