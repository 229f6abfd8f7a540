"""The study's protocol: five prompts, ten runs each behind a warm-up, then the same in continuous mode.

Each prompt and way is one block of runs, so that NVML's samples, which last up to a second, are of one way alone; ways
take turns in which comes first. Latency runs from the request to the file. Blocks are written down as they end.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pawlette import device as devices
from pawlette.bench import lanes
from pawlette.bench.clocks import until_no_faster
from pawlette.bench.gauge import Gauge
from pawlette.bench.plan import Budget
from pawlette.bench.prompts import STUDY
from pawlette.bench.rungs import PLAIN
from pawlette.bench.streams import percentiles, spread
from pawlette.bench.subject import Subject, Wish
from pawlette.engine.deliver import deliver
from pawlette.engine.pipeline import Pipeline
from pawlette.engine.stages import Deliver, Model, OnSpan, run_inline
from pawlette.job import Job, Picture
from pawlette.model.switches import Switches

MIB = 2**20
Spans = list[tuple[str, float, float]]  # stage, start, end
Ask = Callable[[Sequence[Job], OnSpan], Iterator[Picture]]  # all jobs at once; pictures in their order


@dataclass(frozen=True, slots=True)
class Way:
    """One way to draw. `inline`: one stage after the other; else the engine, with `batch` rows or as memory allows."""

    name: str
    switches: Switches = PLAIN
    batch: int | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One prompt drawn one way, `runs` times; None where nothing told it."""

    prompt: str
    way: str
    latencies: tuple[float, ...]  # seconds, of single requests
    continuous: (
        float  # seconds for as many pictures asked for without a pause; of the plain way these are the runs
    )
    nvml: float | None  # percent, while denoising in the single requests
    sm_util: float | None  # percent, over the single requests
    processor: float  # of all cores, 0 to 1, over the single requests
    allocated: int | None  # bytes, the peak
    reserved: int | None

    def told(self) -> dict[str, Any]:
        """In the study's units, with mean and spread."""
        milliseconds = [1e3 * one for one in self.latencies]
        late = percentiles(milliseconds)
        deviation = statistics.stdev(milliseconds) if len(milliseconds) > 1 else None  # of the sample
        latency = {"mean": statistics.fmean(milliseconds), "deviation": deviation, **spread(milliseconds)}
        return {
            "prompt": self.prompt, "way": self.way, "runs": len(self.latencies), "latency_ms": latency,
            "p50_ms": late["p50"], "p95_ms": late["p95"], "nvml": self.nvml, "sm_util": self.sm_util,
            "processor_share": self.processor, "allocated_mib": self.allocated and self.allocated / MIB,
            "reserved_mib": self.reserved and self.reserved / MIB,
            "per_minute": 60.0 * len(self.latencies) / self.continuous,
        }  # fmt: skip


def run(
    subject: Subject, ways: Sequence[Way], wish: Wish, out: Path, *, runs: int, gauge: Gauge, budget: Budget,
    save: Callable[[dict[str, Any]], object] = lambda _: None, say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Measure; `save` hears the report after every block. What does not fit the budget is named in `skipped`."""
    report: dict[str, Any] = {"size": wish.size, "steps": wish.steps, "guidance": wish.guidance, "asked_runs": runs,
                              "blocks": [], "skipped": [], "timelines": []}  # fmt: skip
    finish = partial(deliver, labels=subject.desk.labels())
    with ExitStack() as open_ways:
        asks = {
            way.name: open_ways.enter_context(opened(subject, way, finish)) for way in ways
        }  # fmt: skip
        measured = {
            way.name: Measured(way.name, asks[way.name], subject.device, out, gauge, apart=not way.inline)
            for way in ways
        }
        for one in measured.values():
            one.warm(jobs_of(subject, wish, STUDY[0], runs))
        left = len(STUDY) * sum(one.costs for one in measured.values())
        for number, prompt in enumerate(STUDY):
            turn = list(measured.values()) if number % 2 == 0 else list(reversed(measured.values()))
            for one in turn:
                if budget.left <= 0:
                    report["skipped"].append(f"{prompt}, {one.name}: the time for the protocol was used up")
                    continue
                # What a block leaves of its share, the others have.
                own = Budget(budget.left * one.costs / left)
                block = one.block(prompt, jobs_of(subject, wish, prompt, runs), own)
                left -= one.costs
                report["blocks"].append(block.told())
                save(report)
                say(f"{prompt}, {one.name}: {1e3 * statistics.fmean(block.latencies):.0f} ms alone, "
                    f"{60 * len(block.latencies) / block.continuous:.1f} pictures a minute")  # fmt: skip
        report["timelines"] = [one.timeline for one in measured.values() if one.timeline]
    save(report)
    return report


def jobs_of(subject: Subject, wish: Wish, prompt: str, runs: int) -> list[Job]:
    """One prompt with other seeds."""
    size = wish.size, wish.size
    given: dict[str, Any] = {"size": size, "steps": wish.steps, "guidance": wish.guidance}
    return [subject.desk.accept(prompt, seed=seed, **given).job for seed in range(runs)]


@contextmanager
def opened(subject: Subject, way: Way, finish: Deliver) -> Iterator[Ask]:
    """A way to ask for pictures: the plain twin, or an engine that stays open."""
    model = subject.shown(subject.plain if way.switches == PLAIN else subject.ours(way.switches))
    if way.inline:
        yield partial(_one_by_one, model, finish)
        return
    hears: list[OnSpan] = []
    with Pipeline(
        model, device=subject.device, batch=way.batch, on_span=lambda *span: hears[-1](*span)
    ) as engine:

        def ask(jobs: Sequence[Job], on_span: OnSpan) -> Iterator[Picture]:
            hears.append(on_span)
            for future in [engine.submit(job, finish) for job in jobs]:
                yield future.result()

        yield ask


def _one_by_one(model: Model, finish: Deliver, jobs: Sequence[Job], on_span: OnSpan) -> Iterator[Picture]:
    for job in jobs:
        yield run_inline(model, job, finish, on_span=on_span)


class Measured:
    """One way, and how it is measured. `apart`: without a pause it is another thing than one request at a time."""

    def __init__(self, name: str, ask: Ask, device: str, folder: Path, gauge: Gauge, *, apart: bool) -> None:
        self.name, self.ask, self.device, self.folder, self.gauge = name, ask, device, folder, gauge
        self.apart, self.costs = apart, 1 + apart  # pictures a run
        self.timeline: dict[str, Any] | None = None  # of the last prompt's continuous pictures

    def warm(self, jobs: Sequence[Job]) -> None:
        """What is made at first use, of one picture and of several, is not measured."""
        self._draw(jobs[:1], [])
        if self.device.startswith("cuda"):
            until_no_faster(lambda: self._draw(jobs, []))

    def block(self, prompt: str, jobs: Sequence[Job], budget: Budget) -> Block:
        """Single requests, as many as the budget allows but one at least; then so many in continuous mode."""
        devices.give_back_memory(self.device)
        devices.forget_peak_memory(self.device)
        spans, took, start = Spans(), list[float](), time.perf_counter()
        with self.gauge.watching() as watch:
            for job in jobs:
                # Behind these may come as many pictures without a pause.
                if took and budget.left < took[-1] * (1 + self.apart * (len(took) + 1)):
                    break
                took.append(self._draw([job], spans))
        denoising = [(begun, done) for stage, begun, done in spans if stage == "denoise"]
        seconds = sum(took)
        if self.apart:
            spans, start = Spans(), time.perf_counter()
            seconds = self._draw(jobs[: len(took)], spans)
        self.timeline = {
            "way": self.name, "seconds": seconds, "lanes": lanes.of_spans(spans, start, start + seconds)
        }  # fmt: skip
        return Block(
            prompt, self.name, tuple(took), seconds, watch.nvml(denoising), watch.sm_util, watch.processor,
            devices.peak_memory(self.device), devices.peak_reserved_memory(self.device),
        )  # fmt: skip

    def _draw(self, jobs: Sequence[Job], spans: Spans) -> float:
        """Seconds until all files are there."""
        start = time.perf_counter()
        for number, picture in enumerate(self.ask(jobs, lambda *span: spans.append(span))):
            saving = time.perf_counter()
            picture.save(self.folder / f"{self.name}-{number}.png")
            spans.append(("save", saving, time.perf_counter()))
        return time.perf_counter() - start
