"""The same texts as ones that an engine has not read: it remembers texts, and a profile is to see them read.

Another text would have another length, for which a GPU chooses, compiles and records anew: what is met in a profile's
warm-up must be what is traced. So a sign that no prompt holds tells them apart, and nothing ever reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pawlette.job import Job

SIGN = "\N{INVISIBLE SEPARATOR}"


def otherwise(jobs: Sequence[Job], turn: int) -> list[Job]:
    """The jobs with texts that an engine takes for others than those of any other turn."""
    return [replace(job, prompt=replace(job.prompt, text=job.prompt.text + SIGN * turn)) for job in jobs]


def as_asked(job: Job) -> Job:
    """The job as it was before."""
    return replace(job, prompt=replace(job.prompt, text=job.prompt.text.rstrip(SIGN)))
