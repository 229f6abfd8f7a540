"""`pawlette profile`: jobs drawn one way and another, each untraced for its time and traced for where the time goes.

Knows no command and no report's form. Jobs come from whoever has them: a list of texts, a reader of workflows. On a
GPU each way first draws them until it gets no faster, so that what is made at first use (compiled code, recordings) is
not taken apart; on a CPU one picture is enough.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from torch._C._profiler import _ExperimentalConfig
from torch.profiler import ProfilerActivity, profile, record_function

from pawlette import device as devices
from pawlette.bench import lanes, trace
from pawlette.bench.busy import exported
from pawlette.bench.clocks import until_no_faster
from pawlette.bench.dissect import dissect
from pawlette.bench.marks import WINDOW, Marked, mark, marked
from pawlette.bench.profile_report import as_markdown
from pawlette.bench.rungs import Rung, told
from pawlette.bench.unread import otherwise
from pawlette.engine.pipeline import Pipeline
from pawlette.engine.stages import Deliver, Model, OnSpan, run_inline
from pawlette.files import check_folder, write_whole
from pawlette.job import Job, Picture

Spans = list[tuple[str, float, float]]  # stage, start, end


@dataclass(frozen=True, slots=True)
class Way:
    """One way to draw jobs into files in a folder, telling its stages' spans. `about` says what it is, for people."""

    name: str
    about: str
    draw: Callable[[Sequence[Job], Path, OnSpan], object]


def plain(model: Model, deliver: Deliver) -> Way:
    """One picture after the other, one stage after the other."""

    def draw(jobs: Sequence[Job], folder: Path, on_span: OnSpan) -> None:
        for number, job in enumerate(jobs):
            _save(run_inline(Marked(model), job, marked(deliver), on_span=on_span), folder, number, on_span)

    return Way("plain", "one picture after the other, one stage after the other", draw)


@contextmanager
def engine(
    model: Model, deliver: Deliver, *, device: str, batch: int | None = None, about: str = "", name: str = "engine"
) -> Iterator[Way]:  # fmt: skip
    """All jobs asked for at once, through one engine that stays: what it captures belongs to its own threads."""
    hears: list[OnSpan] = []

    def tell(stage: str, start: float, end: float) -> None:
        hears[-1](stage, start, end)

    with Pipeline(Marked(model), device=device, batch=batch, on_span=tell) as pipeline:

        def draw(jobs: Sequence[Job], folder: Path, on_span: OnSpan) -> None:
            hears.append(on_span)
            futures = [pipeline.submit(job, marked(deliver)) for job in jobs]
            for number, future in enumerate(futures):
                _save(future.result(), folder, number, on_span)

        rows = "rows as memory allows" if batch is None else f"at most {batch} rows a forward"
        yield Way(name, f"through the engine, {rows}{', ' if about else ''}{about}", draw)


def of_rung(model: Model, deliver: Deliver, rung: Rung, *, device: str) -> AbstractContextManager[Way]:
    """The engine as a rung of the ladder has it; `model` has the rung's switches already."""
    return engine(model, deliver, device=device, batch=rung.batch, about=told(rung.switches), name=rung.name)


def _save(picture: Picture, folder: Path, number: int, on_span: OnSpan) -> None:
    start = time.perf_counter()
    with mark("save"):
        picture.save(folder / f"{number}.{picture.format}")
    on_span("save", start, time.perf_counter())


def run(
    ways: Sequence[Way], jobs: Sequence[Job], out: Path, *, device: str, machine: Mapping[str, Any],
    notes: Sequence[str] = (), report: dict[str, Any] | None = None, say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Profile each way; leaves profile.json, profile.md, a trace of each and the pictures drawn last in the folder.

    `report`: one that this function returned, whose ways stand before these.
    """
    check_folder(out)
    first = jobs[0]
    report = report or {
        "machine": dict(machine), "notes": list(notes), "jobs": len(jobs), "width": first.width,
        "height": first.height, "steps": first.steps, "guidance": first.guidance, "ways": [],
    }  # fmt: skip
    for way in ways:
        say(f"{way.name}: {way.about} ...")
        report["ways"].append(profiled(way, jobs, out, device=device))
        write(report, out)
    return report


def write(report: Mapping[str, Any], out: Path) -> None:
    write_whole(out / "profile.json", (json.dumps(report, indent=1) + "\n").encode())
    write_whole(out / "profile.md", as_markdown(report).encode())


def profiled(way: Way, jobs: Sequence[Job], out: Path, *, device: str) -> dict[str, Any]:
    """One way's figures; its trace lies in the folder afterwards."""
    folder = out / f"pictures-{way.name}"
    check_folder(folder)
    draw = partial(_draw, way, folder, device)
    took = _warm(draw, jobs, device)
    seconds, spans, start = draw(otherwise(jobs, 1))
    raw = _traced(lambda: draw(jobs), device)
    read = trace.read(raw)
    name = f"trace-{way.name}.json.gz"
    write_whole(out / name, gzip.compress(json.dumps(tidied(raw, read)).encode(), compresslevel=4))
    return {
        "way": way.name, "about": way.about, "seconds": seconds, "per_minute": 60.0 * len(jobs) / seconds,
        "warm_ups": took, "trace": name, "traced_seconds": read.wall, "dissection": asdict(dissect(read)),
        "lanes": lanes.of_trace(read), "untraced_lanes": lanes.of_spans(spans, start, start + seconds),
    }  # fmt: skip


def _warm(
    draw: Callable[[Sequence[Job]], tuple[float, Spans, float]], jobs: Sequence[Job], device: str
) -> list[float]:
    if not device.startswith("cuda"):
        return [draw(otherwise(jobs[:1], 2))[0]]
    turns = count(2)
    return until_no_faster(lambda: draw(otherwise(jobs, next(turns)))[0])


def _draw(way: Way, folder: Path, device: str, jobs: Sequence[Job]) -> tuple[float, Spans, float]:
    """Seconds until all files are there, what the stages told, and when it began."""
    spans: Spans = []
    start = time.perf_counter()
    way.draw(jobs, folder, lambda *span: spans.append(span))
    devices.finish_work(device)
    return time.perf_counter() - start, spans, start


def _traced(act: Callable[[], object], device: str) -> dict[str, Any]:
    """A trace of all threads while `act` runs, in Chrome's format."""
    on_gpu = [ProfilerActivity.CUDA] if device.startswith("cuda") else []
    # Without this only the thread that profiles has its operators in the trace; PyTorch keeps it behind an underscore.
    everywhere = _ExperimentalConfig(profile_all_threads=True)
    activities = [ProfilerActivity.CPU, *on_gpu]
    with profile(activities=activities, experimental_config=everywhere) as profiler, record_function(WINDOW):
        act()
    return exported(profiler)


def tidied(raw: Mapping[str, Any], read: trace.Trace) -> dict[str, Any]:
    """The trace as it is kept, for Perfetto: threads named by their stages, nothing of the machine's own name."""
    stages: dict[int, set[str]] = {}
    for call in read.calls:
        stages.setdefault(call.thread, set()).add(call.named.stage)
    raw = trace.with_own_threads(raw)
    kept = {key: value for key, value in raw.items() if key not in ("host_name", "traceName")}
    named = {tid: f"pawlette {', '.join(sorted(own))}" for tid, own in stages.items()}
    # The profiler names some threads and not others: each of ours gets a name here.
    owners = {event["tid"]: event.get("pid") for event in raw["traceEvents"] if event.get("tid") in named}
    events = [
        event
        for event in raw["traceEvents"]
        if event.get("name") != "thread_name" or event.get("tid") not in named
    ]
    events += [
        {"ph": "M", "name": "thread_name", "pid": owners.get(tid, 0), "tid": tid, "args": {"name": name}}
        for tid, name in named.items()
    ]
    return {**kept, "traceEvents": events}
