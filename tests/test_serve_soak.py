"""The script that looks at what a server holds over time: that it reads processes and reckons slopes."""

import importlib
import os
from pathlib import Path

import pytest

RUNS = Path(__file__).parent.parent / "runs"


@pytest.fixture
def soak(monkeypatch):
    monkeypatch.syspath_prepend(RUNS)
    return importlib.import_module("serve_soak")


def test_the_slope_of_a_line_is_its_own(soak):
    assert soak.slope([(0, 10.0), (1800, 12.0), (3600, 14.0)]) == pytest.approx(4.0)
    assert soak.slope([(0, 7.0), (60, 7.0), (120, 7.0)]) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_process_is_read_with_what_it_holds(soak):
    resident, descriptors, threads = soak.held(os.getpid())
    end, begin = os.pipe()
    try:
        assert soak.held(os.getpid())[1] == descriptors + 2
    finally:
        os.close(end)
        os.close(begin)
    assert resident > 10
    assert threads >= 1


def test_growth_and_restarts_are_seen_and_the_beginning_is_left_out(soak):
    series = [(0.0, {"server": (1.0, 1, 1)})]
    series += [(600.0 + 60 * at, {"server": (50.0 + at, 9, 4)}) for at in range(10)]
    said = soak.report(series, {"GET 200": 3})
    server = said["processes"]["server"]
    assert server["MiB"] == {"first": 50.0, "last": 59.0, "least": 50.0, "most": 59.0}
    assert server["descriptors"]["most"] == 9
    assert server["MiB an hour"] == pytest.approx(60.0)
    assert said["restarts"] == 0
    series.append((1200.0, {"server": (50.0, 9, 4), "worker 1": (1.0, 1, 1)}))
    assert soak.report(series, {})["restarts"] == 1
