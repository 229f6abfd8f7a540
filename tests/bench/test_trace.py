"""Reading a trace: the window, whose work it is, and what a thread did when."""

import pytest

from pawlette.bench.marks import Named, read_mark
from pawlette.bench.trace import D2H, H2D, KERNEL, LAUNCH, OPERATOR, PYTHON, WAIT, read
from tests.bench.traces import copied, event, launched, mark, op, trace


def test_marks_are_read_back():
    assert read_mark("pawlette: denoise step 3, 4 rows") == Named("denoise", 3, 4)
    assert read_mark("pawlette: encode, 1 row") == Named("encode", None, 1)
    assert read_mark("pawlette: lunch, 1 row") is None
    assert read_mark("aten::mm") is None


def test_work_belongs_to_the_mark_in_which_it_was_asked_for_however_late_it_ran():
    found = read(trace(
        mark("encode, 1 row", 0, 10), *launched("gemm", (2, 4), (5, 9), number=1),
        mark("denoise step 1, 1 row", 20, 40), *launched("attention", (21, 22), (60, 80), number=2),
        *copied("HtoD", (24, 25), (41, 45), number=3), *copied("DtoH", (26, 27), (46, 47), number=4),
        *launched("stranger", (45, 46), (90, 95), number=5), end=100,
    ))  # fmt: skip
    assert [(one.name, one.stage) for one in found.work if one.kind == KERNEL] == [
        ("gemm", "encode"), ("attention", "denoise"), ("stranger", None)
    ]  # fmt: skip
    assert {one.kind: one.stage for one in found.work if one.kind != KERNEL} == {
        H2D: "denoise",
        D2H: "denoise",
    }
    assert found.has_device
    assert found.wall == pytest.approx(100e-6)
    assert found.calls[1].named.step == 1


def test_work_whose_call_is_on_no_known_thread_is_found_by_its_operator():
    operator, kernel = op("mm", 10, 20), event("kernel", "gemm", 30, 40, tid=0, correlation=9)
    operator["args"]["External id"] = kernel["args"]["External id"] = 77
    found = read(trace(mark("decode, 1 row", 0, 25), operator, kernel, end=50))
    assert [(one.name, one.stage) for one in found.work] == [("gemm", "decode")]


def test_calls_under_a_thread_that_is_gone_belong_to_the_one_in_whose_operators_they_were_made():
    """As seen on a GPU: a graph's launch is in no operator, its thread has the handle of one that ended (9)."""
    operator, (copy, moved) = op("copy_", 10, 20, tid=2), copied("HtoD", (11, 12), (13, 14), tid=9, number=1)
    for one in (operator, copy, moved):
        one["args"]["External id"] = 77
    graph = launched("gemm", (22, 24), (30, 40), tid=9, number=2, call="cudaGraphLaunch")
    beside = mark("denoise step 1, 1 row", 0, 50, tid=3), op("mm", 5, 45, tid=3)
    made = trace(mark("encode, 1 row", 0, 25, tid=2), operator, copy, moved, *graph, *beside, end=50)
    found = read(made)
    assert [(one.kind, one.stage) for one in found.work] == [(H2D, "encode"), (KERNEL, "encode")]
    launching = [one for one in found.segments if one.kind == LAUNCH]
    assert {(one.name, one.stage, one.thread) for one in launching} == {
        ("cudaMemcpyAsync", "encode", 2),
        ("cudaGraphLaunch", "encode", 2),
    }
    # Where the operators of two threads are named, nobody can tell whose the rest is.
    other, call = op("add", 26, 28, tid=3), event("cuda_runtime", "cudaEventQuery", 26, 27, tid=9)
    other["args"]["External id"] = call["args"]["External id"] = 78
    made["traceEvents"] += [other, call]
    assert [(one.kind, one.stage) for one in read(made).work] == [(H2D, "encode"), (KERNEL, None)]


def test_a_threads_time_goes_to_the_innermost_thing_it_did():
    found = read(trace(
        mark("denoise step 1, 1 row", 10, 100), op("linear", 20, 60), op("mm", 30, 50),
        *launched("gemm", (35, 40), (36, 90), number=1),
        event("cuda_runtime", "cudaStreamSynchronize", 70, 90), end=100,
    ))  # fmt: skip
    segments = [(one.kind, one.name, round(1e6 * one.start), round(1e6 * one.end)) for one in found.segments]
    assert segments == [
        (PYTHON, "Python", 10, 20), (OPERATOR, "aten::linear", 20, 30), (OPERATOR, "aten::mm", 30, 35),
        (LAUNCH, "cudaLaunchKernel", 35, 40), (OPERATOR, "aten::mm", 40, 50), (OPERATOR, "aten::linear", 50, 60),
        (PYTHON, "Python", 60, 70), (WAIT, "cudaStreamSynchronize", 70, 90), (PYTHON, "Python", 90, 100),
    ]  # fmt: skip
    assert {one.stage for one in found.segments} == {"denoise"}


def test_threads_stand_apart_and_what_nobody_marked_is_nobodys():
    found = read(trace(
        mark("encode, 2 rows", 0, 50, 1), op("mm", 10, 20, 1), mark("decode, 1 row", 0, 50, 2), op("conv", 15, 30, 2),
        op("stray", 0, 50, 3), end=50,
    ))  # fmt: skip
    assert {(one.thread, one.stage) for one in found.segments} == {(1, "encode"), (2, "decode")}
    assert not found.has_device


def test_what_lies_outside_the_window_is_cut_off():
    found = read(trace(
        mark("denoise step 1, 1 row", 50, 250), *launched("early", (60, 61), (90, 110), number=1),
        *launched("late", (150, 151), (190, 230), number=2), *launched("after", (240, 241), (242, 243), number=3),
        start=100, end=200,
    ))  # fmt: skip
    spans = [(one.name, round(1e6 * one.start), round(1e6 * one.end)) for one in found.work]
    assert spans == [("early", 0, 10), ("late", 90, 100)]
    assert min(one.start for one in found.segments) == 0.0
    assert max(one.end for one in found.segments) == pytest.approx(100e-6)


def test_a_trace_without_a_window_is_refused():
    with pytest.raises(ValueError, match="no window"):
        read({"traceEvents": [mark("encode, 1 row", 0, 1)]})
