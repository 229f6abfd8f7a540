"""A worker before it is ready: what its model meets for the first time is met then, and counts as nobody's picture.

Processes are tried in test_supervisor.
"""

import threading
from functools import partial

import pytest

from pawlette.engine.tally import Tally
from pawlette.errors import DrawingFailed
from pawlette.serve.duty import Duty
from pawlette.serve.worker import beat, ready_studio
from pawlette.studio import Studio
from tests.fakes import RehearsingModel


def studio_of(model):
    return Studio(load=lambda folder, device: model)


def test_a_worker_rehearses_before_it_is_ready(tmp_path):
    model, tally = RehearsingModel(), Tally()
    with ready_studio(Duty(partial(studio_of, model), tmp_path), tally) as studio:
        assert model.decoded == [1]
        assert studio.submit(studio.accept("a cat", seed=3).job).result(30).data


def test_a_rehearsal_that_fails_is_the_workers_error(tmp_path):
    model = RehearsingModel()
    model.broken = True
    with pytest.raises(DrawingFailed, match="not finite"):
        ready_studio(Duty(partial(studio_of, model), tmp_path), Tally())


@pytest.mark.parametrize("is_ready", [True, False])
def test_figures_are_told_once_it_is_ready(is_ready):
    tally, ready, said = Tally(), threading.Event(), []
    tally.stepped(3)
    if is_ready:
        ready.set()

    def say(*message):
        said.append(message[0])
        if said.count("beat") == 3:
            raise SystemExit

    with pytest.raises(SystemExit):
        beat(say, 0.0, tally, ready)
    assert said == (["beat", "figures", "beat", "beat"] if is_ready else ["beat"] * 3)
