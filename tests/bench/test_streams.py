"""Streams from the front desk to files."""

import pytest

from pawlette.bench.gauge import Gauge, Period, Watch
from pawlette.bench.rungs import Rung
from pawlette.bench.streams import Streamed, alone, busy, percentile, percentiles, spread, stream, told_by
from pawlette.errors import DrawingFailed
from pawlette.studio import Studio
from tests.fakes import FakeModel, make_job

JOBS = [make_job(seed=seed) for seed in range(5)]


def studio(model):
    return Studio(device="cpu", load=lambda *_: model)


@pytest.mark.parametrize("way", [{"inline": True}, {"preload": True}, {}])
def test_every_job_is_a_file_with_its_latency(tmp_path, way):
    heard = []
    with studio(FakeModel()) as desk, Gauge("cpu") as gauge:
        found = stream(desk, Rung("one", **way), JOBS, tmp_path, heard.append, gauge=gauge)
    assert found.watch.end - found.watch.start >= found.seconds
    assert len(list(tmp_path.glob("*.png"))) == len(found.latencies) == 5
    assert heard == [1, 2, 3, 4, 5]
    assert list(found.latencies) == sorted(found.latencies)
    assert found.latencies[-1] <= found.seconds


def test_an_error_ends_the_stream(tmp_path):
    with pytest.raises(DrawingFailed), studio(FakeModel(broken_seeds=(2,))) as desk:
        stream(desk, Rung("one"), JOBS, tmp_path)


@pytest.mark.filterwarnings("ignore")  # the profiler warns where there is no GPU
def test_the_trace_stands_inside_a_stream(tmp_path):
    with studio(FakeModel()) as desk:
        seen = busy(desk, Rung("one"), JOBS, tmp_path, window=0.05)
    assert (seen.kernels, seen.share) == (0, 0.0)
    assert len(list(tmp_path.glob("*.png"))) == 5


def test_percentiles_are_values_that_were_measured():
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.5, 0.95, 1.0)] == [2.0, 4.0, 4.0]
    assert percentile([7.0], 0.5) == 7.0
    assert Streamed(30.0, (1.0, 2.0)).per_minute == 4.0
    assert percentiles([1.0, 2.0, 3.0]) == {"p50": 2.0, "p95": 3.0}
    assert spread([4.0, 1.0, 3.0]) == {"median": 3.0, "lowest": 1.0, "highest": 4.0}


def test_single_requests_end_when_it_is_enough_but_one_is_always_made(tmp_path):
    with studio(FakeModel()) as desk:
        assert len(alone(desk, Rung("one"), JOBS, tmp_path, until=lambda: True)) == 1
        assert len(alone(desk, Rung("one"), JOBS, tmp_path, until=lambda: False)) == 5


def test_what_no_instrument_told_is_no_figure():
    blind = Watch(0.0, 1.0, processor=0.5)
    seeing = [
        Watch(0.0, 1.0, [Period(0.0, 1.0, percent)], sm_util=10.0, processor=0.5) for percent in (40, 60, 80)
    ]
    assert told_by([None, blind]) == {"nvml": None, "sm_util": None, "processor_share": 0.5}
    assert told_by(seeing) == {"nvml": 60.0, "sm_util": 10.0, "processor_share": 0.5}
    assert told_by([None]) == {"nvml": None, "sm_util": None, "processor_share": None}
