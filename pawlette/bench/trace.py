"""A profiler's trace in Chrome's format as plain records: what the device did, what the host did, and for which stage.

Pure: knows no profiler and no model. Times are seconds from the start of the window that `marks.WINDOW` opens, and
what lies outside of it is cut off. A kernel or copy belongs to the stage whose mark was open in the thread that
asked for it; the trace's correlation numbers lead from one to the other, or else the number of the operator. Kernels
of a CUDA graph carry the correlation of the call that launched it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pawlette.bench.intervals import Interval
from pawlette.bench.marks import WINDOW, Named, read_mark

KERNEL, H2D, D2H, D2D = "kernels", "copies to the device", "copies to the host", "copies on the device"
LAUNCH, WAIT, OPERATOR, PYTHON = "launching", "waiting for the device", "operators", "Python"
ON_DEVICE = {"kernel", "gpu_memcpy", "gpu_memset"}
CALLS = {"cuda_runtime", "cuda_driver", "mtia_runtime", "xpu_runtime"}


@dataclass(frozen=True, slots=True)
class Work:
    """Something that the device did."""

    kind: str  # KERNEL or a direction of copies
    name: str
    start: float
    end: float
    stage: str | None  # whose it is; None where nobody's mark was open
    call: int | None = None  # number of the mark in `Trace.calls`

    @property
    def interval(self) -> Interval:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one host thread, by the innermost thing it did. A thread's segments do not overlap."""

    kind: str  # LAUNCH, WAIT, OPERATOR, or PYTHON: all else within a mark, such as Python or a PNG encoder
    name: str
    start: float
    end: float
    thread: int
    stage: str
    call: int

    @property
    def interval(self) -> Interval:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Call:
    """A mark: one call of a stage, on the host."""

    named: Named
    start: float
    end: float
    thread: int

    @property
    def interval(self) -> Interval:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Trace:
    """A window of a trace, `wall` seconds long."""

    wall: float
    work: tuple[Work, ...]
    segments: tuple[Segment, ...]
    calls: tuple[Call, ...]

    @property
    def has_device(self) -> bool:
        """Whether kernels were seen. On a CPU PyTorch's operators are what stands for them."""
        return any(one.kind == KERNEL for one in self.work)


@dataclass(frozen=True, slots=True)
class _Event:
    """A host event, or a mark (`named`), with where it stands."""

    cat: str
    name: str
    start: float
    end: float
    thread: int
    correlation: int | None = None  # of a call, with what it asked for
    external: int | None = None  # of an operator, with what it led to
    named: Named | None = None
    call: int = -1


def read(trace: Mapping[str, Any]) -> Trace:
    """Read a trace that was exported while a window was open; raises ValueError where it holds none."""
    events = [event for event in with_own_threads(trace)["traceEvents"] if event.get("ph") == "X"]
    begin, wall = _window(events)
    host = [
        _host(event, begin) for event in events if event.get("cat") in {*CALLS, "cpu_op", "user_annotation"}
    ]
    calls = sorted((one for one in host if one.named is not None), key=lambda one: (one.start, one.end))
    numbered = [replace(one, call=number) for number, one in enumerate(calls)]
    others = [one for one in host if one.named is None and one.cat != "user_annotation"]
    segments, askers, operators, blocking = [], dict[int, int](), dict[int, int](), _blocking(events)
    for thread, own in _by_thread([*numbered, *others]).items():
        for event, call, start, end in _leaves(own):
            if call is not None:
                kind = _kind(event, blocking)
                segments.append(_segment(event, kind, calls[call], call, start, end, thread))
        for event, call in _callers(own):
            if event.correlation is not None:
                askers[event.correlation] = call
            elif event.external is not None:
                operators[event.external] = call
    found = [(one, _call(one, askers, operators)) for one in events if one.get("cat") in ON_DEVICE]
    work = [_work(event, begin, call, calls) for event, call in found]
    return Trace(
        wall,
        tuple(sorted(_cut(work, wall), key=lambda one: one.start)),
        tuple(sorted(_cut(segments, wall), key=lambda one: one.start)),
        tuple(Call(one.named, one.start, one.end, one.thread) for one in calls if one.named is not None),
    )


def with_own_threads(trace: Mapping[str, Any]) -> dict[str, Any]:
    """The same trace, with calls that stand under a thread that is gone given to the one that made them.

    The profiler knows a call's thread by its handle, and a new thread may get the handle of one that ended. Such calls
    then stand under a number that has no operator; the operators in which they were made say whose they are.
    """
    events = trace["traceEvents"]
    operators = {
        event["args"]["External id"]: event["tid"]
        for event in events if event.get("cat") == "cpu_op" and "External id" in (event.get("args") or {})
    }  # fmt: skip
    alive = {event["tid"] for event in events if event.get("cat") in ("cpu_op", "user_annotation")}
    makers = defaultdict[int, set[int]](set)
    for event in events:
        if event.get("cat") in CALLS and event["tid"] not in alive:
            maker = operators.get((event.get("args") or {}).get("External id", -1))
            if maker is not None:
                makers[event["tid"]].add(maker)
    known = {gone: own.pop() for gone, own in makers.items() if len(own) == 1}  # of two nobody can tell
    moved = [
        {**event, "tid": known[event["tid"]]}
        if event.get("cat") in CALLS and event["tid"] in known
        else event
        for event in events
    ]
    return {**trace, "traceEvents": moved}


def _window(events: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    for event in events:
        if event.get("name") == WINDOW and event.get("cat") == "user_annotation":
            return event["ts"], event["dur"] / 1e6
    raise ValueError(f"this trace has no window {WINDOW!r}: it was not made by `pawlette profile`")


def _host(event: Mapping[str, Any], begin: float) -> _Event:
    start, told, cat = (event["ts"] - begin) / 1e6, event.get("args") or {}, event["cat"]
    return _Event(
        cat, event["name"], start, start + event.get("dur", 0.0) / 1e6, event["tid"],
        told.get("correlation") if cat in CALLS else None,
        told.get("External id") if cat == "cpu_op" else None,
        read_mark(event["name"]) if cat == "user_annotation" else None,
    )  # fmt: skip


def _call(event: Mapping[str, Any], askers: Mapping[int, int], operators: Mapping[int, int]) -> int | None:
    """The number of the mark in which a kernel or copy was asked for."""
    told = event.get("args") or {}
    call = askers.get(told.get("correlation", -1))
    return operators.get(told.get("External id", -1)) if call is None else call


def _by_thread(events: Iterable[_Event]) -> dict[int, list[_Event]]:
    found = defaultdict[int, list[_Event]](list)
    for event in events:
        found[event.thread].append(event)
    for own in found.values():
        own.sort(key=lambda one: (one.start, -one.end))
    return found


def _leaves(events: Iterable[_Event]) -> Iterator[tuple[_Event, int | None, float, float]]:
    """A thread's nested events as stretches of the innermost one, each with the mark that is open."""
    stack: list[tuple[_Event, int | None]] = []
    reached = float("-inf")
    for event in [*events, None]:
        start = float("inf") if event is None else event.start
        while stack and stack[-1][0].end <= start:
            inner, call = stack.pop()
            if inner.end > reached:
                yield inner, call, max(reached, inner.start), inner.end
                reached = inner.end
        if event is None:
            return
        if stack and start > reached:
            yield stack[-1][0], stack[-1][1], max(reached, stack[-1][0].start), start
        reached = max(reached, start)
        stack.append((event, event.call if event.named is not None else stack[-1][1] if stack else None))


def _callers(events: Iterable[_Event]) -> Iterator[tuple[_Event, int]]:
    """Each event that stands in a mark, with that mark."""
    stack: list[_Event] = []
    for event in events:
        while stack and stack[-1].end < event.start:
            stack.pop()
        if event.named is not None:
            stack.append(event)
        elif stack:
            yield event, stack[-1].call


def _segment(
    event: _Event, kind: str, mark: _Event, call: int, start: float, end: float, thread: int
) -> Segment:  # fmt: skip
    assert mark.named is not None
    name = "Python" if event.named is not None else event.name
    return Segment(kind, name, start, end, thread, mark.named.stage, call)


def _blocking(events: Iterable[Mapping[str, Any]]) -> set[int]:
    """Correlations of copies into memory that is not pinned: whoever asks is held up until they are done."""
    copies = (one for one in events if "DtoH" in one["name"] and "Pageable" in one["name"])
    return {one["args"]["correlation"] for one in copies if "correlation" in (one.get("args") or {})}


def _kind(event: _Event, blocking: set[int]) -> str:
    if event.named is not None:
        return PYTHON
    if event.cat not in CALLS:
        return OPERATOR
    # A plain copy returns when it is done; an event query or a stream's waiting for an event does not block.
    waits = "Synchronize" in event.name or event.name in ("cudaMemcpy", "cuMemcpy")
    return WAIT if waits or event.correlation in blocking else LAUNCH


def _work(event: Mapping[str, Any], begin: float, call: int | None, calls: list[_Event]) -> Work:
    start = (event["ts"] - begin) / 1e6
    named = None if call is None else calls[call].named
    end = start + event["dur"] / 1e6
    return Work(_kind_of_work(event), event["name"], start, end, named and named.stage, call)


def _kind_of_work(event: Mapping[str, Any]) -> str:
    if event["cat"] == "kernel":
        return KERNEL
    name = event["name"]
    return H2D if "HtoD" in name else D2H if "DtoH" in name else D2D


def _cut(records: Iterable[Any], wall: float) -> Iterator[Any]:
    for one in records:
        start, end = max(0.0, one.start), min(wall, one.end)
        if end > start:
            yield one if (start, end) == (one.start, one.end) else replace(one, start=start, end=end)
