"""Kernel-busy: reading a trace."""

import json
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch.profiler import ProfilerActivity

from pawlette.bench import busy as module
from pawlette.bench.busy import Busy, covered, read, watch
from pawlette.bench.marks import WINDOW
from tests.bench.traces import copied, launched, trace


def event(cat, name, ts, dur):
    return {"ph": "X", "cat": cat, "name": name, "ts": ts, "dur": dur}


def test_kernels_are_cut_at_the_window_and_copies_do_not_count():
    trace = {
        "traceEvents": [
            {"ph": "M", "name": "process_name"},
            event("user_annotation", WINDOW, 100, 100),
            event("gpu_user_annotation", WINDOW, 100, 100),
            event("kernel", "gemm", 90, 20),
            event("kernel", "gemm", 150, 10),
            event("kernel", "norm", 155, 10),
            event("kernel", "late", 300, 10),
            event("gpu_memcpy", "copy", 120, 20),
        ]
    }
    busy = read(trace)
    assert (busy.kernels, busy.wall) == (3, pytest.approx(1e-4))
    assert busy.covered == pytest.approx(25e-6)
    assert busy.summed == pytest.approx(30e-6)
    assert busy.share == pytest.approx(0.25)
    assert busy.heaviest == (("gemm", pytest.approx(20e-6)), ("norm", pytest.approx(10e-6)))


def test_launches_whose_kernel_is_missing_are_told():
    """Of five in the window two are lost, one of them a graph's; a copy is no launch."""
    there = [launched("gemm", (10 * n, 10 * n + 1), (10 * n + 2, 10 * n + 5), number=n) for n in (1, 2, 3)]
    gone, _ = launched("gemm", (40, 41), (42, 45), number=4)
    late, _ = launched("gemm", (140, 141), (142, 145), number=5)
    events = [event for pair in there for event in pair]
    graph, _ = launched("gemm", (60, 61), (62, 65), number=7, call="cudaGraphLaunch")
    events += [gone, late, graph, *copied("HtoD", (50, 51), (52, 55), number=6)[:1]]
    assert read(trace(*events, end=100)).lost == pytest.approx(0.4)
    assert read(trace(end=100)).lost == 0.0


class Tracer:
    """Has traced these events, whatever was done."""

    events: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, activities):
        assert activities == [ProfilerActivity.CUDA]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def export_chrome_trace(self, path):
        Path(path).write_text(json.dumps({"traceEvents": self.events}))


def test_an_acts_kernels_are_covered_once_wherever_they_ran(monkeypatch):
    monkeypatch.setattr(module, "profile", Tracer)
    monkeypatch.setattr(Tracer, "events", [
        event("kernel", "gemm", 10, 20), event("kernel", "norm", 25, 10), event("gpu_memcpy", "copy", 50, 20),
    ])  # fmt: skip
    acted = []
    assert covered(lambda: acted.append(1)) == pytest.approx(25e-6)
    assert acted == [1]
    gone, _ = launched("gemm", (5, 6), (7, 8), number=4)
    monkeypatch.setattr(Tracer, "events", [*Tracer.events, gone])
    assert covered(lambda: None) is None  # some are missing, so the rest tells nothing


def test_a_tracer_that_needs_the_operators_too_is_asked_for_both(monkeypatch):
    monkeypatch.setattr(module, "profile", Tracer)
    monkeypatch.setattr(module, "watch", lambda act: Busy(2.0, 1.5, 1.5, 3, ()))
    assert covered(lambda: None) == 1.5
    monkeypatch.setattr(module, "watch", lambda act: Busy(2.0, 1.5, 1.5, 3, (), 0.5))
    assert covered(lambda: None) is None


@pytest.mark.cuda
@pytest.mark.filterwarnings("ignore")
def test_the_device_alone_is_traced_as_well_as_with_operators():
    wide = torch.randn(4096, 4096, device="cuda")

    def act():
        for _ in range(20):
            wide @ wide
        torch.cuda.synchronize()

    act()
    assert covered(act) == pytest.approx(watch(act).covered, rel=0.2)


def test_the_tracer_is_on_until_the_work_has_ended_and_the_window_is_shorter(monkeypatch):
    class Watching(Tracer):
        def __init__(self, activities):
            pass

        def __enter__(self):
            heard.append("on")
            return self

        def __exit__(self, *error):
            heard.append("off")

    heard = []
    monkeypatch.setattr(module, "profile", Watching)
    monkeypatch.setattr(Tracer, "events", trace(end=100)["traceEvents"])
    watch(lambda: heard.append("window"), ended=lambda: heard.append("ended"))
    assert heard == ["on", "window", "ended", "off"]


@pytest.mark.filterwarnings("ignore")  # the profiler warns where there is no GPU
def test_a_machine_without_kernels_is_idle():
    busy = watch(lambda: time.sleep(0.01))
    assert busy.wall >= 0.01
    assert (busy.kernels, busy.share) == (0, 0.0)
