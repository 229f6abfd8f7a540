"""Who worked when, as lanes: encode, denoise, decode, copy, save. Pure; from a trace, or from an engine's spans.

On a GPU the first three are when a stage's kernels ran and `copy` is when something was copied; on a CPU they are the
stages' calls, and nothing is copied. `save` is the host: making the file's bytes and writing them.
"""

from __future__ import annotations

from collections.abc import Iterable

from pawlette.bench.intervals import Interval, Intervals, merged
from pawlette.bench.trace import D2D, KERNEL, Trace

LANES = ("encode", "denoise", "decode", "copy", "save")
OF_STAGE = {"begin": "encode", "deliver": "save"}  # the others are lanes by their own name
FINEST = 2000  # parts of the whole: what lies closer together is drawn as one

Lanes = dict[str, Intervals]


def of_trace(trace: Trace) -> Lanes:
    """From a traced window."""
    found: dict[str, list[Interval]] = {lane: [] for lane in LANES}
    for call in trace.calls:
        lane = OF_STAGE.get(call.named.stage, call.named.stage)
        if lane == "save" or not trace.has_device:
            found[lane].append((max(0.0, call.start), min(trace.wall, call.end)))
    for work in trace.work:
        lane = OF_STAGE.get(work.stage or "", work.stage or "")
        if work.kind != KERNEL:
            lane = "" if work.kind == D2D else "copy"
        if lane in found:
            found[lane].append(work.interval)
    return {lane: closed(own, trace.wall) for lane, own in found.items()}


def of_spans(spans: Iterable[tuple[str, float, float]], start: float, end: float) -> Lanes:
    """From what `on_span` heard, untraced: host time, cut to a window. Nobody tells of copies: no such lane."""
    found: dict[str, list[Interval]] = {lane: [] for lane in LANES if lane != "copy"}
    for stage, begun, done in spans:
        if done > start and begun < end:
            found[OF_STAGE.get(stage, stage)].append((max(begun, start) - start, min(done, end) - start))
    return {lane: closed(own, end - start) for lane, own in found.items()}


def closed(intervals: Iterable[Interval], wall: float) -> Intervals:
    """The union, with pauses closed that nobody could see in a picture."""
    pause = wall / FINEST
    return [
        (start, end - pause)
        for start, end in merged((start, end + pause) for start, end in intervals if end > start)
    ]
