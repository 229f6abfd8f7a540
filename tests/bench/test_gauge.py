"""What stands beside a measurement, and that nothing is invented where an instrument is missing."""

import sys
import time

import pynvml
import pytest

from pawlette.bench import gauge, nvml
from pawlette.bench.gauge import Gauge, Period, Watch, weighted
from tests.bench.fake_nvml import FakeNvml

PERIODS = [Period(0, 10, 0.0), Period(10, 20, 50.0), Period(20, 30, 100.0)]


def test_samples_count_by_how_much_of_them_lies_in_the_spans():
    assert weighted(PERIODS, [(0, 30)]) == 50.0
    assert weighted(PERIODS, [(15, 25)]) == 75.0
    assert weighted(PERIODS, [(5, 10), (20, 25), (22, 24)]) == 50.0
    assert weighted(PERIODS, [(40, 50)]) is None
    assert weighted([], [(0, 1)]) is None


def test_over_all_the_time_only_whole_samples_count():
    assert Watch(5.0, 20.0, PERIODS).nvml() == 50.0
    assert Watch(12.0, 18.0, PERIODS).nvml() == 50.0  # where there is none, the one it lies in
    assert Watch(5.0, 20.0, PERIODS).nvml([(0, 30)]) == 50.0
    assert Watch(5.0, 20.0, []).nvml() is None


def test_a_cpu_has_no_card_and_says_so():
    with Gauge("cpu") as gauge:
        with gauge.watching() as watch:
            sum(range(300_000))
        assert (watch.nvml(), watch.sm_util, gauge.driver) == (None, None, None)
        assert 0 < watch.processor <= 1.5
        assert watch.end > watch.start
        assert "no NVIDIA card" in gauge.notes[0]


@pytest.fixture
def here(monkeypatch):
    def make(**settings):
        fake = FakeNvml(**settings)
        monkeypatch.setattr(nvml, "pynvml", fake)
        monkeypatch.setattr(nvml.devices, "uuid", lambda _: "GPU-1")
        return fake

    return make


def test_samples_of_the_time_are_collected(here, monkeypatch):
    fake = here(percents=[0] * 20)
    monkeypatch.setattr(gauge, "EVERY", 0.02)
    with Gauge("cuda") as one:
        with one.watching() as watch:
            fake.percents, fake.born = [80, 80], time.time() + 0.25
            time.sleep(0.3)
        assert watch.periods
        assert watch.nvml([(watch.start + 0.16, watch.end)]) == pytest.approx(80.0)
        assert watch.sm_util == 12.5
        assert one.driver == "580.1"
    assert fake.closed


def test_what_disturbs_is_said(here):
    here(percents=[60] * 30, others=1)
    notes = " ".join(Gauge("cuda").notes)
    assert "1 other processes compute on it" in notes
    assert "at work before anything was asked of it: 60 %" in notes


def test_a_loaded_machine_is_said(monkeypatch):
    monkeypatch.setattr(gauge.os, "getloadavg", lambda: (9.0, 0.0, 0.0), raising=False)
    assert "not calm: its load was 9.0" in Gauge("cpu").notes[-1]


def test_a_missing_package_is_said_and_ends_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pawlette.bench.nvml", None)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with Gauge("cuda") as one, one.watching() as watch:
        pass
    assert "nvidia-ml-py" in one.notes[0]
    assert watch.nvml() is None


def test_what_is_not_answered_is_said(here):
    here(missing={"samples": pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)})
    with Gauge("cuda") as one, one.watching() as watch:
        pass
    assert any("keeps no utilisation samples" in note for note in one.notes)
    assert watch.nvml() is None
