"""Where the time of hand-made traces goes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pawlette.bench.dissect import GAPS, IDLE, Doing, dissect
from pawlette.bench.trace import D2H, H2D, KERNEL, LAUNCH, OPERATOR, PYTHON, WAIT, read
from tests.bench.traces import copied, event, launched, mark, op, trace

US = 1e-6


def taken(*events, **window):
    return dissect(read(trace(*events, **window)))


def microseconds(parts):
    return {kind: round(seconds / US) for kind, seconds in parts.items() if round(seconds / US)}


def test_every_moment_has_one_owner():
    found = taken(
        mark("denoise step 1, 1 row", 0, 70), op("linear", 10, 40), *launched("gemm", (15, 20), (30, 60), number=1),
        *launched("norm", (25, 28), (50, 65), number=2), *copied("HtoD", (5, 8), (55, 75), number=3),
        event("cuda_runtime", "cudaDeviceSynchronize", 66, 70), mark("save, 1 row", 80, 90), end=100,
    )  # fmt: skip
    assert microseconds(found.parts) == {
        KERNEL: 35, H2D: 10, LAUNCH: 3 + 5 + 3, OPERATOR: 5 + 5 + 2, PYTHON: 5 + 2 + 10, IDLE: 5 + 10,
    }  # fmt: skip
    assert sum(found.parts.values()) == pytest.approx(found.wall)
    assert found.share == pytest.approx(0.35)
    assert found.basis == "kernels"


def test_a_host_that_waits_while_the_device_works_costs_nothing():
    found = taken(
        mark("decode, 1 row", 0, 100), *launched("conv", (0, 5), (5, 90), number=1),
        event("cuda_runtime", "cudaStreamSynchronize", 5, 95), *copied("DtoH", (95, 98), (96, 97), number=2), end=100,
    )  # fmt: skip
    assert microseconds(found.parts) == {KERNEL: 85, D2H: 1, LAUNCH: 5, WAIT: 5 + 1 + 1, PYTHON: 2}
    (stage,) = found.stages
    assert (stage.stage, stage.calls, stage.kernels) == ("decode", 1, 1)
    assert microseconds(stage.device) == {KERNEL: 85, D2H: 1}
    assert microseconds(stage.host) == {LAUNCH: 5, WAIT: 90 + 3, PYTHON: 2}


def two_steps(offset=0, first=1):
    """A picture of two steps and a decode; the first step's cycle is 40 us, the second's 35 us."""
    return (
        mark("denoise step 1, 1 row", offset, offset + 20),
        *launched("a", (offset + 1, offset + 4), (offset + 10, offset + 40), number=first),
        mark("denoise step 2, 1 row", offset + 20, offset + 48),
        *launched("b", (offset + 46, offset + 47), (offset + 50, offset + 80), number=first + 1),
        mark("decode, 1 row", offset + 48, offset + 90),
        *launched("c", (offset + 80, offset + 81), (offset + 85, offset + 89), number=first + 2),
    )


def test_a_cycle_runs_to_the_next_call_of_the_same_picture():
    found = taken(*two_steps(), *two_steps(500, first=10), end=1000)
    one, two = found.steps
    assert (one.step, one.seen, two.step, two.seen) == (1, 2, 2, 2)
    assert one.cycle == pytest.approx(40 * US)
    assert microseconds(one.parts) == {KERNEL: 30, PYTHON: 9, LAUNCH: 1}
    assert two.cycle == pytest.approx(35 * US)
    assert sum(two.parts.values()) == pytest.approx(two.cycle)


def test_a_pause_between_pictures_is_no_part_of_a_step():
    found = taken(
        mark("denoise step 2, 1 row", 0, 10), *launched("a", (1, 2), (3, 20), number=1),
        mark("denoise step 1, 1 row", 500, 510), *launched("b", (501, 502), (503, 520), number=2), end=1000,
    )  # fmt: skip
    assert [step.cycle for step in found.steps] == [pytest.approx(17 * US)] * 2


def test_on_a_cpu_operators_stand_for_kernels_and_a_step_is_its_own_threads():
    found = taken(
        mark("denoise step 1, 1 row", 0, 50, 1), op("mm", 10, 30, 1), op("mm_inner", 12, 20, 1),
        mark("decode, 1 row", 20, 60, 2), op("conv", 25, 55, 2), end=100,
    )  # fmt: skip
    assert found.basis == "operators"
    assert microseconds(found.parts) == {OPERATOR: 45, PYTHON: 10 + 5, IDLE: 40}
    (step,) = found.steps
    assert microseconds(step.parts) == {OPERATOR: 20, PYTHON: 30}


def test_gaps_say_what_lay_around_them_and_what_the_host_did():
    found = taken(
        mark("denoise step 1, 1 row", 0, 20, 1), *launched("a", (1, 2), (5, 20), 1, number=1),
        mark("decode, 1 row", 20, 90, 1), op("empty", 30, 35, 1), *launched("b", (70, 80), (80, 90), 1, number=2),
        mark("deliver, 1 row", 10, 60, 2), end=100,
    )  # fmt: skip
    first, second, third = found.gaps
    assert (first.start, first.length) == (pytest.approx(20 * US), pytest.approx(60 * US))
    assert (first.after, first.before) == ("denoise", "decode")
    assert first.doings[:2] == (
        Doing("decode", "Python", pytest.approx(45 * US)), Doing("deliver", "Python", pytest.approx(40 * US)),
    )  # fmt: skip
    assert Doing("decode", "cudaLaunchKernel", pytest.approx(10 * US)) in first.doings
    assert (second.after, second.before, second.doings) == ("decode", None, ())
    assert (third.after, third.before) == (None, "denoise")


def test_only_the_longest_gaps_are_told():
    kernels = [
        launched("k", (10 * i, 10 * i + 1), (10 * i + 1, 10 * i + 9 - i % 3), number=i) for i in range(40)
    ]
    found = taken(mark("denoise step 1, 1 row", 0, 400), *(one for pair in kernels for one in pair), end=400)
    assert len(found.gaps) == GAPS
    assert found.gaps[0].length == pytest.approx(4 * US)
    assert [gap.length for gap in found.gaps] == sorted((gap.length for gap in found.gaps), reverse=True)


SPAN = st.tuples(st.integers(0, 99), st.integers(1, 40))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.lists(SPAN, max_size=12), st.lists(SPAN, max_size=12), st.lists(SPAN, max_size=8))
def test_parts_always_add_up(kernels, marks, ops):
    events = [
        one
        for n, (at, long) in enumerate(kernels)
        for one in launched("k", (at, at + 1), (at, at + long), number=n)
    ]
    events += [mark("encode, 1 row", at, at + long, tid=n) for n, (at, long) in enumerate(marks)]
    events += [op("mm", at, at + long, tid=n) for n, (at, long) in enumerate(ops)]
    found = taken(*events, end=100)
    assert sum(found.parts.values()) == pytest.approx(found.wall)
    assert all(seconds >= 0 for seconds in found.parts.values())
    covered = {point for at, long in kernels for point in range(at, min(at + long, 100))}
    assert found.parts.get(KERNEL, 0.0) == pytest.approx(len(covered) * US)
