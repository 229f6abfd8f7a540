"""How busy a GPU's kernels keep it: the union of their intervals in a window of the profiler's trace, over the wall.

Knows no engine: it watches whatever other threads do meanwhile. Throughput is measured apart, untraced.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.profiler import ProfilerActivity, profile, record_function

from pawlette.bench.intervals import merged, total
from pawlette.bench.marks import WINDOW

LAUNCHING, LAUNCHES = ("cuda_runtime", "cuda_driver"), ("LaunchKernel", "GraphLaunch")
LOST = 0.02  # of a trace's launches, from which on it tells nothing


@dataclass(frozen=True, slots=True)
class Busy:
    """What a window's trace says; seconds throughout."""

    wall: float
    covered: float  # in which at least one kernel ran
    summed: float  # of all kernels: above `covered` where they ran side by side
    kernels: int
    heaviest: tuple[tuple[str, float], ...]  # kernels by name, the costliest first
    lost: float = 0.0  # of the launches in the window, the share whose kernel the trace does not have

    @property
    def share(self) -> float:
        return self.covered / self.wall

    @property
    def is_complete(self) -> bool:
        """Whether it tells anything: a tracer whose buffers are full drops kernels, and says so nowhere."""
        return self.lost < LOST


def watch(
    during: Callable[[], object], *, device: str = "cuda", beside: AbstractContextManager[object] | None = None,
    lead: float = 0.0, ended: Callable[[], object] = lambda: None,
) -> Busy:  # fmt: skip
    """Trace all kernels of the process while `during` runs in this thread: a sleep, if others do the work.

    On a CPU the operators of this thread stand for kernels. `beside` is entered while the tracer is on, outside of the
    window. `lead`: seconds that the tracer is on before it. Kernels of graphs that were launched earlier are in no
    trace: without a lead the work that the host had asked ahead would look like idleness. `ended` waits, behind the
    window, for those who do the work: a tracer that is stopped amid kernels still writes into what it has freed.
    """
    on_gpu = device.startswith("cuda")
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with profile(activities=activities) as trace, beside or nullcontext():
        time.sleep(lead)
        try:
            with record_function(WINDOW):
                during()
        finally:
            ended()
    return read(exported(trace), category="kernel" if on_gpu else "cpu_op")


def covered(act: Callable[[], object]) -> float | None:
    """Seconds in which at least one kernel of `act` ran, which waits for its own end. None: the tracer has lost some.

    Traces nothing but the device: an eager step calls thousands of operators, and to write and read them takes longer
    than the step. A tracer that cannot do without them is asked for both.
    """
    with profile(activities=[ProfilerActivity.CUDA]) as trace:
        act()
    seen = _within(exported(trace)["traceEvents"], float("-inf"), float("inf"))
    seen = seen if seen.kernels else watch(act)
    return seen.covered if seen.is_complete else None


def exported(trace: profile) -> dict[str, Any]:
    """In Chrome's format."""
    with tempfile.TemporaryDirectory(prefix="pawlette-") as folder:
        path = Path(folder) / "trace.json"
        trace.export_chrome_trace(str(path))
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


def read(trace: Mapping[str, Any], heaviest: int = 12, category: str = "kernel") -> Busy:
    """From a trace in Chrome's format: kernels, cut at the window's ends; copies do not count as busy."""
    events = trace["traceEvents"]
    window = next(e for e in events if e.get("name") == WINDOW and e.get("cat") == "user_annotation")
    return _within(events, window["ts"], window["ts"] + window["dur"], heaviest, category)


def _within(
    events: Sequence[Mapping[str, Any]], begin: float, end: float, heaviest: int = 12, category: str = "kernel"
) -> Busy:  # fmt: skip
    """From one moment to another, both in microseconds."""
    spans, by_name = [], Counter[str]()
    for event in events:
        if event.get("cat") != category:
            continue
        start, stop = max(begin, event["ts"]), min(end, event["ts"] + event["dur"])
        if stop > start:
            spans.append((start, stop))
            by_name[event["name"]] += stop - start
    return Busy(
        wall=(end - begin) / 1e6,
        covered=total(merged(spans)) / 1e6,
        summed=sum(stop - start for start, stop in spans) / 1e6,
        kernels=len(spans),
        heaviest=tuple((name, length / 1e6) for name, length in by_name.most_common(heaviest)),
        lost=_lost(events, begin, end),
    )


def _lost(events: Sequence[Mapping[str, Any]], begin: float, end: float) -> float:
    """Calls and their kernels share a number. All of a graph's have its call's: one that lost a part is not found."""
    there = {
        event["args"].get("correlation")
        for event in events
        if event.get("cat") == "kernel" and "args" in event
    }
    asked = [
        event["args"].get("correlation") for event in events
        if event.get("cat") in LAUNCHING and any(name in event["name"] for name in LAUNCHES)
        and begin <= event["ts"] <= end
    ]  # fmt: skip
    return sum(number not in there for number in asked) / len(asked) if asked else 0.0
