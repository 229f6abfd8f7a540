"""`pawlette bench ladder`: a model's stream rung by rung, from diffusers' own classes to everything at once.

Each rung takes turns with the sequential baseline, round after round in one process, so that drift is shared; ratios
are of one round. What a rung cannot do is said with its reason and ends nothing else. Results are written after every
rung: a run that is cut off keeps what it has. Method: docs/benchmarks/ladder.md.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from pawlette import device as devices
from pawlette.bench import agreement, clocks
from pawlette.bench.baseline import LEVELS, Taken
from pawlette.bench.gauge import Gauge
from pawlette.bench.held_weights import PARTS, held_bytes
from pawlette.bench.ladder_report import as_markdown
from pawlette.bench.machine import machine
from pawlette.bench.plan import Budget, Plan
from pawlette.bench.rungs import BASELINE, Rung, choose
from pawlette.bench.small_tokenizer import texts
from pawlette.bench.streams import Streamed, alone, busy, percentiles, spread, stream, told_by
from pawlette.bench.subject import Subject, Wish
from pawlette.engine.groups import attempt
from pawlette.engine.limits import MOST
from pawlette.files import check_folder, write_whole
from pawlette.job import Job
from pawlette.model.qwen import QwenImage
from pawlette.studio import Studio

GIB = 2**30
TRACED = 6  # jobs of the stream in which the trace's window lies, at least
TRACED_SECONDS = 6.0  # that it lasts, at least: the window lies behind a quarter of it and a lead
PICTURES = 10  # that a rung draws at least: its stages, the agreement, warming up, a stream, a trace
SLOWER = 3  # times the baseline's picture, from which on a rung may be left out
SHORTEST = 4  # jobs of a stream, at least
SHOWN = 0.5  # seconds of a traced window, below which its stream ended too soon to tell anything


def run(
    subject: Subject, wishes: Sequence[Wish], out: Path, plan: Plan, *, names: Sequence[str] | None = None,
    fallback: Sequence[str] = (), budget: Budget | None = None, gauge: Gauge | None = None,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Climb; leaves ladder.json and ladder.md in the folder, and the pictures drawn last.

    `fallback`: rungs that are climbed too where one of the others failed. `gauge`: one that is open already.
    """
    if gauge is None:
        with Gauge(subject.device) as own:
            return run(
                subject, wishes, out, plan, names=names, fallback=fallback, budget=budget, gauge=own, say=say
            )
    check_folder(out)
    budget = budget or Budget(plan.budget)
    generation = subject.family.generation
    rungs, others = choose(generation, names), choose(generation, fallback) if fallback else []
    rate = clocks.matmul_rate(subject.device)
    report: dict[str, Any] = {
        "machine": machine(subject, gauge.driver), "notes": gauge.notes, "matmul_tflops": rate and rate / 1e12,
        "plan": asdict(plan), "cases": [],
    }  # fmt: skip
    report["plan"]["budget"] = None if plan.budget == float("inf") else plan.budget
    for number, wish in enumerate(wishes):
        case = Case(subject, wish, plan, partial(write, report, out), rate, gauge, budget)
        report["cases"].append(case.report)
        acts, spare = deque(case.acts(rungs, out)), case.acts(others, out)[1:]
        while acts:
            # What a rung leaves of its share, the others have.
            case.share = Budget(budget.left / len(acts) / (len(wishes) - number))
            name, act = acts.popleft()
            say(f"{wish.size} pixels, {name} ...")
            case.report["rungs"].append(entry := {"rung": name})
            settle(entry, act, budget, subject.device)
            write(report, out)
            say(told(entry))
            if not acts and any("failed" in one for one in case.report["rungs"]):
                acts, spare = deque(spare), []
    return report


Entry = dict[str, Any]  # a rung's figures, filled as they come


def settle(entry: Entry, act: Callable[[Entry], object], budget: Budget, device: str) -> None:
    """Fill in a rung's figures; where some are missing, why."""
    if budget.left <= 0:
        entry["skipped"] = f"the budget of {budget.seconds:.0f} seconds was used up"
        return
    start, made = time.perf_counter(), attempt(partial(act, entry))
    if isinstance(made, Exception):
        kind = "no memory" if devices.is_out_of_memory(made) else type(made).__name__
        entry["failed"] = f"{kind}: {str(made).strip().partition(chr(10))[0][:300]}"
        let_go(made)
    gc.collect()
    devices.give_back_memory(device)
    entry["took"] = round(time.perf_counter() - start, 1)


def let_go(error: BaseException | None) -> None:
    """Empty the frames that an error and those behind it hold, with the models in them."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error.__traceback__, error = None, error.__cause__ or error.__context__


class Case:
    """One kind of picture, rung by rung; the baseline comes first, since all is set against it."""

    def __init__(
        self, subject: Subject, wish: Wish, plan: Plan, save: Callable[[], object], rate: float | None,
        gauge: Gauge, budget: Budget,
    ) -> None:  # fmt: skip
        self.subject, self.plan, self.save, self.rate, self.gauge = subject, plan, save, rate, gauge
        self.budget = self.share = budget  # the share: of the rung that is climbed
        self.wish, self.asked = wish, 0
        self.jobs = subject.jobs(wish, max(plan.jobs, MOST))  # for what is drawn outside the engine
        self.operations: int | None = None  # of one step of one job
        self.picture = 0.0  # seconds of the baseline's; 0 where it failed
        self.reference: agreement.Drawn | None = None  # drawn by diffusers
        self.plain: agreement.Drawn | None = None  # drawn by our plain twin
        self.unguided: agreement.Drawn | None = (
            None  # the same in forwards of a single row, where jobs are guided
        )
        tokens = subject.tokens(self.jobs)
        self.report: dict[str, Any] = asdict(wish) | {"text_tokens": [min(tokens), max(tokens)], "rungs": []}

    def acts(self, rungs: Sequence[Rung], out: Path) -> list[tuple[str, Callable[[Entry], object]]]:
        climbed = [(rung.name, partial(self.climb, rung, out)) for rung in rungs]
        return [(BASELINE, partial(self.begin, out)), *climbed]

    def _new(self, count: int) -> list[Job]:
        """Jobs whose texts come round so late that an engine which remembers texts has forgotten them."""
        self.asked += count
        return self.subject.jobs(self.wish, count, first=self.asked - count)

    def begin(self, out: Path, entry: Entry) -> None:
        """Rung 0: the sequential baseline's stages and memory, and what the others are compared with."""
        subject, job = self.subject, self.jobs[0]
        noise = subject.plain.begin(job, subject.plain.encode([job])[0]).tensor
        self.reference = subject.baseline.trajectory(job, noise)
        self.plain = agreement.trajectory(subject.plain, [job])
        if job.guidance > 1.0:
            self.unguided = agreement.trajectory(subject.plain, [replace(job, guidance=1.0)])
        with self.gauge.watching() as watch:
            taken = subject.baseline.pictures(self.jobs[: self.plan.slice], out)
        entry |= told_by([watch])
        totals = [one.total("default") for one in taken]
        self.picture = statistics.median(totals)
        entry["untraced_per_minute"] = 60.0 / statistics.fmean(totals)
        entry["alone"] = percentiles(totals)
        with self._own_peak() as peak:
            acts = subject.baseline.stages(job).items()
            ends = {n: clocks.clock(act, subject.device, traced=self.plan.traced) for n, act in acts}
        weights = held_bytes([subject.reference.part(name) for name in PARTS if subject.reference.part(name)])
        entry["memory"] = peak | {"weights_gib": weights / GIB}
        counted = attempt(partial(clocks.operations, subject.plain, job))
        self.operations = None if isinstance(counted, Exception) else counted
        self.report["step_tflop"] = self.operations and self.operations / 1e12
        entry["stages"] = self._stages(clocks.differences(ends), 1)

    def climb(self, rung: Rung, out: Path, entry: Entry) -> None:
        """The stages alone, the agreement, the streams beside the baseline's, and last what needs a trace."""
        subject, start, kept = self.subject, time.perf_counter(), self.share.left
        model = subject.ours(rung.switches)
        together = self.jobs[: rung.batch]
        entry["batch"] = rung.batch
        if why := self._too_long(model, rung):
            entry["skipped"] = why
            return
        with self._own_peak() as peak:
            took = clocks.stages(model, together, subject.device, traced=self.plan.traced)
        entry["ready_seconds"] = round(time.perf_counter() - start, 1)
        entry["stages"] = self._stages(took, len(together))
        entry["memory"] = peak | {"weights_gib": held_bytes([model]) / GIB}
        self._agree(model, together, entry)
        self.save()
        if self.plan.streams:
            with subject.studio(subject.shown(model), rung) as studio:
                if rung.switches.compiled or rung.switches.graphs:
                    self._rehearse(studio, entry, kept)
                picture = sum(entry["stages"]["wall"].values())
                entry["jobs"] = self._fitting(rung, picture)
                entry["warm_ups"] = self._warm(studio, rung, out, picture)
                self._streams(studio, rung, out, entry)
                singles = alone(
                    studio, rung, self._new(self.plan.alone), out, until=lambda: self.share.left <= 0
                )
                entry["alone"] = percentiles(singles)
                if self.subject.device.startswith("cuda"):  # a CPU has neither kernels nor a count of memory
                    with self._own_peak() as peak:
                        entry["busy"] = self._busy(studio, rung, out, entry)
                    entry["memory"] |= peak

    def _too_long(self, model: QwenImage, rung: Rung) -> str:
        """Why a rung is left out that is far slower than the baseline and would take more than its share; else ""."""
        if rung.switches.compiled or rung.switches.graphs or self.wish.steps < 2 or not self.picture:
            return ""  # what is made at first use lies in the first steps, and tells nothing of the others
        # All schedules begin alike, so a new one's table would be made in the second step.
        model.make_table((self.wish.size, self.wish.size), self.wish.steps)
        seconds = self.wish.steps * clocks.second_step(model, self.jobs[0], self.subject.device)
        left = max(0.0, self.share.left)
        if seconds < SLOWER * self.picture or PICTURES * seconds < left:
            return ""
        return (
            f"the steps of a picture take {seconds:.1f} s, the baseline's picture {self.picture:.1f}: {PICTURES} of "
            f"them, which a rung draws at least, would not fit into its share of {left:.0f} s"
        )

    def _fitting(self, rung: Rung, picture: float) -> int:
        """Jobs of a stream: the plan's, or as many as fit into half of the rung's share; enough for two batches.

        `picture`: seconds that one takes.
        """
        fit = self.share.left / 2 / picture if picture else self.plan.jobs
        return int(min(self.plan.jobs, max(SHORTEST, 2 * rung.batch, fit)))

    def _rehearse(self, studio: Studio, entry: Entry, kept: float) -> None:
        """Meet every count of rows and length of text that the streams can bring.

        The time for it, and for what was compiled before, is the run's and not the rung's, whose share is then `kept`
        again: a stream that compiles measures the compiler. Half of what is left at most; where that was too little,
        the rung is marked.
        """
        limit = Budget(self.budget.left / 2)

        def may() -> bool:
            entry["unrehearsed"] = limit.left <= 0
            return not entry["unrehearsed"]

        start = time.perf_counter()
        studio.rehearse(self.subject.jobs(self.wish, len(texts())), may=may)
        entry["rehearsed"] = round(time.perf_counter() - start, 1)
        self.share = Budget(min(kept, self.budget.left))

    def _warm(self, studio: Studio, rung: Rung, out: Path, picture: float) -> list[float]:
        """Seconds of streams before the timed ones, with every batch size; a CPU that compiles nothing needs one.

        `picture`: seconds that one takes; a long one is a stream of its own.
        """
        if not (self.subject.device.startswith("cuda") or rung.switches.compiled):
            return [stream(studio, rung, self._new(1), out).seconds]
        count = 2 * rung.batch if rung.batch > 1 else 3 if picture < clocks.LONG else 1
        return clocks.until_no_faster(
            lambda: stream(studio, rung, self._new(count), out).seconds, may=lambda: self.share.left > 0
        )

    def _agree(self, model: QwenImage, together: Sequence[Job], entry: Entry) -> None:
        drawn = agreement.trajectory(model, together)
        for name, other in (("against_baseline", self.reference), ("against_plain", self.plain)):
            entry[name] = None if other is None else agreement.compare(drawn, other)
        if self.unguided is not None and len(together) == 1:
            alone = agreement.trajectory(model, [replace(self.jobs[0], guidance=1.0)])
            entry["unguided_against_plain"] = agreement.compare(alone, self.unguided)

    def _stages(self, took: dict[str, clocks.Took], rows: int) -> dict[str, Any]:
        """Seconds a picture of each stage, and what a step of the whole batch takes.

        The baseline's stages are differences of two runs: where the machine's own noise was larger, none is told.
        """
        steps = self.report["steps"]
        walls = {name: one.wall / rows or None for name, one in took.items()}
        kernels = {name: one.kernels and one.kernels / rows for name, one in took.items()}
        step = took["denoise"].wall / steps
        found = {
            "wall": walls,
            "kernels": kernels,
            "step_ms": 1e3 * step or None,
            "image_steps": rows / step if step else None,
        }
        if self.operations and self.rate and step:
            found["mfu"] = rows * self.operations / step / self.rate
        return found

    def _streams(self, studio: Studio, rung: Rung, out: Path, entry: Entry) -> None:
        longest, rounds = 0.0, list[tuple[list[Taken], Streamed]]()
        while len(rounds) < self.plan.rounds and (not rounds or self.share.left > longest):
            start = time.perf_counter()
            own = self._new(entry["jobs"])
            rounds.append(self._round(studio, rung, out, own, flipped=len(rounds) % 2 == 1))
            longest = max(longest, time.perf_counter() - start)
            entry |= streamed(rounds, entry["stages"])
            entry["rounds"] = len(rounds)
            self.save()

    def _round(
        self, studio: Studio, rung: Rung, out: Path, jobs: Sequence[Job], *, flipped: bool
    ) -> tuple[list[Taken], Streamed]:  # fmt: skip
        """The baseline and the rung, each first in turn."""
        base = partial(self.subject.baseline.pictures, self.jobs[: self.plan.slice], out)
        own = partial(stream, studio, rung, jobs, out, gauge=self.gauge)
        if flipped:
            streamed = own()
            self.subject.settle()
            return base(), streamed
        self.subject.settle()
        taken = base()
        return taken, own()

    def _busy(self, studio: Studio, rung: Rung, out: Path, entry: Entry) -> dict[str, Any] | None:
        """From one more stream, traced."""
        few = max(TRACED, 3 * rung.batch)
        if not self.plan.traced:
            stream(studio, rung, self._new(min(entry["jobs"], few)), out)
            return None
        lasting = round(TRACED_SECONDS * entry["per_minute"]["median"] / 60)
        few = few if entry["jobs"] == self.plan.jobs else entry["jobs"]
        seen = busy(studio, rung, self._new(max(few, lasting)), out)
        telling = seen.wall > SHOWN and seen.is_complete
        return {
            "share": seen.share if telling else None, "window": seen.wall, "lost": seen.lost,
            "heaviest": seen.heaviest[:6],
        }  # fmt: skip

    @contextmanager
    def _own_peak(self) -> Iterator[dict[str, Any]]:
        """What is held at most while only this is done; what the baseline left is given back before."""
        device, found = self.subject.device, dict[str, Any]()
        devices.give_back_memory(device)
        devices.forget_peak_memory(device)
        before = devices.used_memory(device)
        yield found
        peak, reserved = devices.peak_memory(device), devices.peak_reserved_memory(device)
        working = None if peak is None or before is None else peak - before
        named = {"allocated_gib": peak, "reserved_gib": reserved, "working_gib": working}
        found |= {name: value and value / GIB for name, value in named.items()}


def streamed(rounds: Sequence[tuple[Sequence[Taken], Streamed]], stages: dict[str, Any]) -> dict[str, Any]:
    """Medians over rounds; ratios are of one round, at each PNG level of the baseline."""
    own = [one.per_minute for _, one in rounds]
    base = {
        level: [60.0 / statistics.fmean(one.total(level) for one in taken) for taken, _ in rounds]
        for level in LEVELS
    }
    ratios = {level: [o / b for o, b in zip(own, base[level], strict=True)] for level in LEVELS}
    kernels = list(stages["kernels"].values())
    latencies = [late for _, one in rounds for late in one.latencies]
    rate = statistics.median(own)
    return {
        "per_minute": spread(own),
        "baseline_per_minute": {level: spread(values) for level, values in base.items()},
        "ratio": {level: spread(values) for level, values in ratios.items()},
        "of_kernel_floor": None if None in kernels else rate / 60.0 * sum(kernels),
        "latency": percentiles(latencies),
        **told_by([one.watch for _, one in rounds]),
    }


def told(rung: dict[str, Any]) -> str:
    """A line for whoever watches."""
    if why := rung.get("failed") or rung.get("skipped"):
        return f"  {rung['rung']}: {why}"
    ratio = f", {rung['ratio']['default']['median']:.2f} x the baseline" if "ratio" in rung else ""
    step = rung["stages"]["step_ms"]
    rate = "steps shorter than the noise" if step is None else f"{step:.1f} ms a step"
    return f"  {rung['rung']}: {rate}{ratio}, in {rung['took']:.0f} s"


def write(report: dict[str, Any], out: Path) -> None:
    write_whole(out / "ladder.json", (json.dumps(report, indent=1) + "\n").encode())
    write_whole(out / "ladder.md", as_markdown(report).encode())
