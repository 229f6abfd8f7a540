"""A trace taken apart: where the time of a window, of a stage and of a denoising step goes, and the longest gaps.

Pure. *Busy* is the union of kernel intervals; on a CPU, of PyTorch's operators. Every moment of a window has one
owner, in this order: a kernel, a copy (by direction), and where the device idles what the host did meanwhile:
launching, operators (PyTorch's own work around kernels), Python and other host code, waiting, or nothing that was
asked of it. So the parts of a window, or of a step, are disjoint and add up to its length.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pawlette.bench.intervals import Interval, Intervals, complement, merged, minus, total, within
from pawlette.bench.marks import STAGES
from pawlette.bench.trace import (
    D2D,
    D2H,
    H2D,
    KERNEL,
    LAUNCH,
    OPERATOR,
    PYTHON,
    WAIT,
    Call,
    Segment,
    Trace,
    Work,
)

IDLE = "nothing asked"
COPIES = (H2D, D2H, D2D)
ON_GPU = (KERNEL, *COPIES, LAUNCH, OPERATOR, PYTHON, WAIT, IDLE)
ON_CPU = (OPERATOR, PYTHON, IDLE)
GAPS = 10  # the longest
DOINGS = 4  # named for each gap


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage over a whole window, in seconds. Stages overlap, so their times do not add up to the window's."""

    stage: str
    calls: int
    device: dict[str, float]  # kernels and copies: the union of their own intervals
    kernels: int
    host: dict[str, float]  # of its threads, within its marks: launching, operators, Python, waiting


@dataclass(frozen=True, slots=True)
class Step:
    """Denoising steps of one number, a mean over the pictures (or batches) that were seen, in seconds.

    A cycle runs from the step's first kernel to the first of what the same thread asked next.
    """

    step: int
    seen: int
    cycle: float
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Doing:
    """What a stage's thread did during a gap, in seconds."""

    stage: str
    what: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nothing was busy, in seconds from the window's start."""

    start: float
    length: float
    after: str | None  # the stage whose work ended before it
    before: str | None  # and whose began behind it
    doings: tuple[Doing, ...]  # the longest first; none: no stage was at work


@dataclass(frozen=True, slots=True)
class Dissection:
    """What one window says."""

    wall: float
    busy: float  # seconds
    basis: str  # "kernels", or "operators" where no kernel was seen
    parts: dict[str, float]  # of the whole window
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    gaps: tuple[Gap, ...]

    @property
    def share(self) -> float:
        return self.busy / self.wall


def dissect(trace: Trace) -> Dissection:
    """Take a window apart."""
    busy = busy_of(trace)
    owners = _owners(trace)
    return Dissection(
        wall=trace.wall,
        busy=total(busy),
        basis=KERNEL if trace.has_device else "operators",
        parts=_parts(owners, [(0.0, trace.wall)]),
        stages=tuple(_stages(trace)),
        steps=tuple(_steps(trace, owners)),
        gaps=tuple(_gaps(trace, busy)),
    )


def busy_of(trace: Trace) -> Intervals:
    """When at least one kernel ran; on a CPU, at least one operator."""
    if trace.has_device:
        return merged(one.interval for one in trace.work if one.kind == KERNEL)
    return merged(one.interval for one in trace.segments if one.kind == OPERATOR)


# -- who owns a moment -------------------------------------------------------------------------------------------


def _owners(trace: Trace, thread: int | None = None) -> dict[str, Intervals]:
    """Disjoint unions: each moment goes to the first kind, in the order above, that covers it."""
    covered = defaultdict[str, list[Interval]](list)
    for work in trace.work:
        covered[work.kind].append(work.interval)
    for segment in trace.segments:
        if thread in (None, segment.thread):
            covered[segment.kind].append(segment.interval)
    owners, taken = dict[str, Intervals](), Intervals()
    for kind in ON_GPU if trace.has_device else ON_CPU:
        own = merged(covered[kind])
        owners[kind] = minus(own, taken)
        taken = merged([*taken, *own])
    return owners


def _parts(owners: dict[str, Intervals], bounds: Sequence[Interval]) -> dict[str, float]:
    """Seconds of the bounds by owner; what nobody owns is idle."""
    parts = {kind: total(within(own, bounds)) for kind, own in owners.items()}
    parts[IDLE] = max(0.0, total(bounds) - sum(parts.values()))
    return parts


# -- by stage, by step -------------------------------------------------------------------------------------------


def _stages(trace: Trace) -> list[Stage]:
    calls = Counter(one.named.stage for one in trace.calls if _is_inside(one, trace))
    host = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    for segment in trace.segments:
        host[segment.stage][segment.kind] += segment.end - segment.start
    device = defaultdict[str, dict[str, list[Interval]]](lambda: defaultdict(list))
    for work in trace.work:
        device[work.stage or "other"][work.kind].append(work.interval)
    return [
        Stage(
            stage, calls[stage], {kind: total(merged(own)) for kind, own in device[stage].items()},
            len(device[stage][KERNEL]), dict(host[stage]),
        )
        for stage in sorted({*host, *device, *calls}, key=_order)
    ]  # fmt: skip


def _order(stage: str) -> tuple[int, str]:
    return (STAGES.index(stage) if stage in STAGES else len(STAGES)), stage


def _is_inside(call: Call, trace: Trace) -> bool:
    return call.start >= 0.0 and call.end <= trace.wall


def _steps(trace: Trace, owners: dict[str, Intervals]) -> list[Step]:
    cycles = defaultdict[int, list[tuple[Interval, int]]](list)
    for step, cycle, thread in _device_cycles(trace) if trace.has_device else _host_cycles(trace):
        cycles[step].append((cycle, thread))
    own = {} if trace.has_device else {one.thread: _owners(trace, one.thread) for one in trace.calls}
    found = []
    for step, seen in sorted(cycles.items()):
        parts = [_parts(own.get(thread, owners), [cycle]) for cycle, thread in seen]
        means = {kind: sum(one[kind] for one in parts) / len(parts) for kind in parts[0]}
        found.append(Step(step, len(seen), sum(means.values()), means))
    return found


Cycles = Iterable[tuple[int, Interval, int]]  # number of the step, from where to where, thread


def _device_cycles(trace: Trace) -> Cycles:
    """From a step's first kernel to the first of the same thread's next call, or to its own last one's end."""
    kernels = defaultdict[int, list[Work]](list)
    for work in trace.work:
        if work.call is not None and work.kind == KERNEL:
            kernels[work.call].append(work)
    threads = defaultdict[int, list[int]](list)
    for number, call in enumerate(trace.calls):
        if kernels[number]:
            threads[call.thread].append(number)
    for thread, numbers in threads.items():
        for number, following in pairwise([*numbers, -1]):
            step = trace.calls[number].named.step
            start = min(work.start for work in kernels[number])
            if step is None or start <= 0.0:  # one that the window's start cut
                continue
            last = max(work.end for work in kernels[number])
            end = last
            if following >= 0 and _goes_on(step, trace.calls[following]):
                end = max(last, min(work.start for work in kernels[following]))
            yield step, (start, end), thread


def _goes_on(step: int, following: Call) -> bool:
    """Whether a call belongs to the same picture: a pause between two pictures is no part of a step."""
    return following.named.stage == "decode" or (following.named.step or 0) > step


def _host_cycles(trace: Trace) -> Cycles:
    for call in trace.calls:
        if call.named.step is not None and _is_inside(call, trace):
            yield call.named.step, call.interval, call.thread


# -- gaps --------------------------------------------------------------------------------------------------------


def _gaps(trace: Trace, busy: Intervals) -> list[Gap]:
    longest = sorted(complement(busy, (0.0, trace.wall)), key=lambda gap: gap[0] - gap[1])[:GAPS]
    ran: Sequence[Work | Segment] = (
        [one for one in trace.work if one.kind == KERNEL]
        if trace.has_device
        else [one for one in trace.segments if one.kind == OPERATOR]
    )
    return [_gap(trace, gap, ran) for gap in longest]


def _gap(trace: Trace, gap: Interval, ran: Sequence[Work | Segment]) -> Gap:
    start, end = gap
    spent = defaultdict[tuple[str, str], float](float)
    for segment in trace.segments:
        if segment.start < end and segment.end > start:
            spent[segment.stage, segment.name] += min(end, segment.end) - max(start, segment.start)
    doings = tuple(
        Doing(*who, seconds) for who, seconds in sorted(spent.items(), key=lambda one: -one[1])[:DOINGS]
    )
    before = max((one for one in ran if one.end <= start), key=_end, default=None)
    behind = min((one for one in ran if one.start >= end), key=_start, default=None)
    return Gap(
        start, end - start, None if before is None else before.stage, None if behind is None else behind.stage, doings
    )  # fmt: skip


def _start(one: Work | Segment) -> float:
    return one.start


def _end(one: Work | Segment) -> float:
    return one.end
