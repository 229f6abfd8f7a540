"""diffusers' own pipeline as a way to profile, marked from outside: it calls us back after every step.

Its stages follow one another without a pause: reading the prompt and drawing noise; each step with what the pipeline
and its scheduler do around the forward; decoding to a Pillow image; saving.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pawlette.bench.baseline import Baseline
from pawlette.bench.marks import mark
from pawlette.bench.profiling import Way
from pawlette.bench.unread import as_asked
from pawlette.engine.stages import OnSpan
from pawlette.job import Job


def stock(baseline: Baseline, about: str) -> Way:
    """One picture after the other through the pipeline, each saved by Pillow as it does by default."""

    def draw(jobs: Sequence[Job], folder: Path, on_span: OnSpan) -> None:
        for number, job in enumerate(map(as_asked, jobs)):
            stages = _Stages(on_span)
            hook = baseline.pipeline.transformer.register_forward_pre_hook(stages.first_forward)
            try:
                stages.open("encode")
                image = baseline.draw(job, callback_on_step_end=stages.stepped)
            finally:
                hook.remove()
                stages.close()
            page = image if baseline.page is None else baseline.page(job)
            stages.open("save")
            page.save(folder / f"{number}.png")
            stages.close()

    return Way("diffusers", about, draw)


class _Stages:
    """The mark that is open, one behind the other; each is told as a span when it closes."""

    def __init__(self, on_span: OnSpan) -> None:
        self._on_span, self._open = on_span, ExitStack()
        self._stage, self._start, self._denoising = "", 0.0, False

    def open(self, stage: str, step: int | None = None) -> None:
        self.close()
        self._stage, self._start = stage, time.perf_counter()
        self._open.enter_context(mark(stage, step=step))

    def close(self) -> None:
        self._open.close()
        if self._stage:
            self._on_span(self._stage, self._start, time.perf_counter())
        self._stage = ""

    def first_forward(self, *_: object) -> None:
        if not self._denoising:
            self._denoising = True
            self.open("denoise", 1)

    def stepped(self, pipeline: Any, step: int, _: object, tensors: dict[str, Any]) -> dict[str, Any]:
        if step + 1 < pipeline.num_timesteps:
            self.open("denoise", step + 2)
        else:
            self.open("decode")
        return {}
