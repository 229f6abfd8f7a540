"""Memory over a stream: a line through samples."""

from pawlette.bench.flat import Sample, grown, watched
from pawlette.studio import Studio
from tests.fakes import FakeModel, make_job


def line(slope, start=1000.0):
    return [Sample(done, start + slope * done, None) for done in range(100, 200, 10)]


def test_growth_is_a_slope_and_flatness_has_a_limit():
    leaking = grown(line(1.0), lambda one: one.device)
    assert round(leaking["per_100_jobs_mib"]) == 100
    assert round(leaking["rise_mib"]) == 90
    assert not leaking["flat"]
    assert grown(line(-1.0), lambda one: one.device)["flat"]
    assert grown(line(0.01), lambda one: one.device)["flat"]


def test_what_nobody_counts_is_not_invented():
    assert grown(line(1.0), lambda one: one.host) is None
    assert grown(line(1.0)[:1], lambda one: one.device) is None


def test_a_stream_is_watched():
    with Studio(device="cpu", load=lambda *_: FakeModel()) as studio:
        found = watched(studio, [make_job(seed=seed) for seed in range(6)], "cpu")
    assert found["jobs"] == 6
    assert found["device"] is None
