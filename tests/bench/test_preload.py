"""The double buffer: the same pictures as inline, read ahead and no further."""

import threading
from functools import partial

import pytest

from pawlette.bench.preload import DEPTH, preloading
from pawlette.engine.deliver import deliver
from pawlette.engine.labels import Labels
from pawlette.engine.stages import run_inline
from pawlette.errors import DrawingFailed
from tests.fakes import FakeModel, make_job

FINISH = partial(deliver, labels=Labels(model="fake", version="0"))
JOBS = [make_job(seed=seed) for seed in range(5)]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_pictures_are_those_of_inline_in_their_order(count):
    model = FakeModel()
    drawn = list(preloading(model, JOBS[:count], FINISH, "cpu"))
    assert [one.data for one in drawn] == [run_inline(FakeModel(), job, FINISH).data for job in JOBS[:count]]


def test_texts_are_read_ahead_in_another_thread_and_no_further():
    threads = set[int]()

    class Watched(FakeModel):
        def encode(self, jobs):
            threads.add(threading.get_ident())
            return super().encode(jobs)

    model = Watched()
    pictures = preloading(model, JOBS, FINISH, "cpu")
    next(pictures)
    assert len(model.read) <= 1 + DEPTH
    assert len(list(pictures)) == 4
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_an_error_comes_out():
    with pytest.raises(DrawingFailed):
        list(preloading(FakeModel(broken_seeds=(1,)), JOBS, FINISH, "cpu"))
