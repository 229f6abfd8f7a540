"""The clients of the overload row: what they count. The row itself is slow."""

import random
from types import SimpleNamespace

import pytest

pytest.importorskip("apsw", reason="needs the [serve] extra")
pytest.importorskip("fastapi", reason="needs the [serve] extra")
from pawlette.serve.chaos.over_http import Clients, quantile
from pawlette.serve.chaos.run import OVER_HTTP, run
from tests.serve.api.serving import serving


def test_answers_are_counted_by_their_status(tmp_path):
    with serving(tmp_path, most_queued=1) as served:
        served.desk.hold.set()
        (tmp_path / "port").write_text(str(served.port))
        trial = SimpleNamespace(folder=tmp_path, accepted={})
        clients = Clients(trial, random.Random(1), steps=2)
        assert [clients.ask() for _ in range(3)] == [202, 429, 429]
        assert [len(clients.took[status]) for status in (202, 429)] == [1, 2]
        assert list(trial.accepted) == clients.accepted
        assert served.desk.get(clients.accepted[0]).order.seed == trial.accepted[clients.accepted[0]]
        assert clients.without_a_time == 0
    assert clients.ask() == 0  # nobody is there any more
    assert len(clients.took[0]) == 1


def test_quantiles_are_of_what_was_seen():
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert quantile([1.0], 0.99) == 1.0
    assert str(quantile([], 0.5)) == "nan"


@pytest.mark.slow
def test_an_overload_over_http_loses_nothing():
    lines = []
    assert run(1, names=[OVER_HTTP], seconds=170, report=lines.append), "\n".join(lines)
    assert "at 3 times as many requests" in lines[1]
