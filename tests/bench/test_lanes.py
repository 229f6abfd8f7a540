"""Lanes: whose interval goes where, and that pauses nobody could see are closed."""

import pytest

from pawlette.bench import lanes
from pawlette.bench.trace import read
from tests.bench.traces import copied, launched, mark, op, trace

US = 1e-6


def spans(own):
    return [(round(start / US), round(end / US)) for start, end in own]


def test_on_a_gpu_lanes_are_kernels_and_copies_and_the_hosts_saving():
    found = lanes.of_trace(read(trace(
        mark("encode, 1 row", 0, 10), *launched("a", (1, 2), (100, 300), number=1),
        mark("denoise step 1, 1 row", 10, 20), *launched("b", (11, 12), (300, 700), number=2),
        mark("deliver, 1 row", 800, 900), *copied("DtoH", (810, 820), (830, 850), number=3),
        mark("save, 1 row", 950, 990), end=1000,
    )))  # fmt: skip
    assert {lane: spans(own) for lane, own in found.items()} == {
        "encode": [(100, 300)], "denoise": [(300, 700)], "decode": [], "copy": [(830, 850)],
        "save": [(800, 900), (950, 990)],
    }  # fmt: skip


def test_on_a_cpu_lanes_are_the_stages_calls():
    found = lanes.of_trace(read(trace(
        mark("encode, 1 row", 0, 100), mark("begin, 1 row", 100, 200), mark("decode, 1 row", 300, 900, 2),
        op("mm", 310, 320, 2), end=1000,
    )))  # fmt: skip
    assert spans(found["encode"]) == [(0, 200)]
    assert spans(found["decode"]) == [(300, 900)]
    assert found["copy"] == []


def test_spans_are_cut_to_the_window():
    found = lanes.of_spans(
        [("encode", 8.0, 12.0), ("deliver", 15.0, 25.0), ("denoise", 1.0, 2.0)], 10.0, 20.0
    )
    assert found["encode"] == [(0.0, pytest.approx(2.0))]
    assert found["save"] == [(5.0, pytest.approx(10.0))]
    assert found["denoise"] == []


def test_what_lies_very_close_is_one():
    assert lanes.closed([(0.0, 1.0), (1.0001, 2.0), (3.0, 3.0)], wall=4.0) == [(0.0, pytest.approx(2.0))]
