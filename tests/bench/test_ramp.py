"""The ramp's arithmetic with a clock of its own, and the whole ramp where it is run: no time is asserted."""

import json

import pytest

from pawlette.bench import ramp, ramp_report
from pawlette.bench.busy import Busy
from pawlette.bench.gauge import Gauge, Period, Watch
from pawlette.bench.ramp import PERIOD, Burner, Held, burners, hold, told


class Device:
    """Works by itself: bursts queue, and only whoever waits lets the clock run on. `late`: seconds lost a launch."""

    def __init__(self, late=0.0):
        self.now, self.free, self.late = 0.0, 0.0, late
        self.queued = self.most_queued = 0

    def ask(self, seconds):
        self.queued += 1
        self.most_queued = max(self.most_queued, self.queued)
        start = max(self.now + self.late, self.free)
        self.free = start + seconds
        return Asked(self, seconds, self.free)

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Asked:
    def __init__(self, device, seconds, end):
        self.device, self.seconds, self.end = device, seconds, end

    def wait(self):
        self.device.queued -= 1
        self.device.now = max(self.device.now, self.end)
        return self.seconds


def held(device, share, seconds=20 * PERIOD):
    return hold(Burner("fake", "", device.ask), share, seconds, clock=device.clock, sleep=device.sleep)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_truth_is_the_share_of_whole_periods(share):
    device = Device()
    found = held(device, share)
    assert found.periods == pytest.approx(20, abs=1)
    assert found.busy / found.wall == pytest.approx(share)
    assert device.most_queued == 1


def test_at_all_of_the_time_no_pause_is_left_between_bursts():
    device = Device(late=0.001)
    found = held(device, 1.0)
    assert device.most_queued == 2
    assert found.busy / found.wall == pytest.approx(1.0, abs=0.002)


def test_late_launches_do_not_add_up():
    found = held(Device(late=0.002), 0.5)
    assert found.wall == pytest.approx(found.periods * PERIOD)
    assert found.busy / found.wall == pytest.approx(0.5)


def test_one_period_is_always_held():
    assert held(Device(), 0.5, seconds=0.0).periods == 1


def test_a_level_sets_what_was_told_beside_the_truth():
    seen = Busy(wall=2.0, covered=1.03, summed=1.03, kernels=50, heaviest=())
    gauged = Watch(0.0, 2.0, [Period(0.5, 1.5, 100.0)], sm_util=0.4, processor=0.2)
    found = told("one multiprocessor", 0.5, Held(1.0, 2.0, 50), seen, gauged)
    assert found.error == pytest.approx(1.5)
    assert (found.nvml, found.sm_util, found.processor) == (100.0, 0.4, 0.2)


def test_the_furthest_figures_are_named():
    level = {"burner": "one", "asked": 0.1, "truth": 0.1, "error_points": -0.5, "nvml": 100.0}
    said = ramp_report.summary(
        {"levels": [level, level | {"asked": 0.2, "truth": 0.2, "error_points": 0.25}]}
    )
    assert "0.50 points from the truth (one, 10 % asked)" in said[0]
    assert "90 points" in said[1]
    assert "it told 100" in said[1]
    assert len(ramp_report.summary({"levels": [level | {"nvml": None}]})) == 1
    assert ramp_report.summary({"levels": []}) == []


def test_a_ramp_is_climbed_on_a_cpu(tmp_path):
    lines = []
    report = ramp.run("cpu", tmp_path, budget=1.0, shares=(0.5, 1.0), say=lines.append)
    levels = json.loads((tmp_path / "ramp.json").read_text())["levels"]
    assert len(levels) == len(lines) == 2 * len(burners("cpu"))
    assert all(0 < one["busy"] <= 1 and one["nvml"] is None for one in levels)
    page = (tmp_path / "ramp.md").read_text()
    assert "no NVIDIA card" in page
    assert report["seconds"] > 0


def test_bursts_on_a_cpu_last_as_long_as_was_asked():
    with Gauge("cpu") as gauge:
        one = ramp.level(burners("cpu")[0], 1.0, PERIOD, "cpu", gauge)
    assert one.periods >= 1
    assert 0 < one.truth <= 1
