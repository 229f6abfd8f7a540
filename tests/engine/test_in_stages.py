"""A stage at a time: the pictures of the plain twin, three swaps for a whole list, errors in their owners' places."""

import pytest

from pawlette.engine.in_stages import AT_ONCE, run_in_stages
from pawlette.engine.stages import run_inline
from pawlette.errors import BadJob, DrawingFailed
from pawlette.job import Picture
from tests.engine.pipelines import keep
from tests.fakes import FakeModel, make_job


def jobs(count=7):
    return [make_job(seed=seed, steps=1 + seed % 3, width=32 * (1 + seed % 2)) for seed in range(count)]


@pytest.mark.parametrize("batch", [None, 3])
def test_the_list_is_drawn_as_by_the_plain_twin_with_one_swap_a_stage(batch):
    model, steps = FakeModel(), []
    drawn = list(run_in_stages(model, jobs(), keep, batch=batch, on_step=steps.append))
    assert [one.data for one in drawn] == [run_inline(FakeModel(), job, keep).data for job in jobs()]
    assert [call for call in model.calls if "bring" in call] == [
        "bring encode",
        "bring denoise",
        "bring decode",
    ]
    assert len(steps) == sum(job.steps for job in jobs())
    assert set(drawn[0].seconds) == {"encode", "denoise", "decode"}
    if batch:
        assert max(map(len, model.rows)) == 3


def test_a_long_list_is_drawn_in_several_passes():
    model = FakeModel()
    many = [make_job(seed=seed, width=32, steps=1) for seed in range(AT_ONCE + 1)]
    assert len(list(run_in_stages(model, many, keep, batch=64))) == AT_ONCE + 1
    assert model.calls.count("bring encode") == 2


def test_errors_stand_in_their_owners_places(monkeypatch):
    plain = FakeModel.begin

    def picky(self, job, conditioning):
        if job.seed == 1:
            raise BadJob("not 1")
        return plain(self, job, conditioning)

    def deliver(pixels, seconds):
        if pixels.job.seed == 5:
            raise OSError("not 5")
        return keep(pixels, seconds)

    monkeypatch.setattr(FakeModel, "begin", picky)
    drawn = list(run_in_stages(FakeModel(broken_seeds=(3,)), jobs(), deliver, batch=4))
    kinds = [Picture, BadJob, Picture, DrawingFailed, Picture, OSError, Picture]
    assert [type(one) for one in drawn] == kinds
    assert [one.job.seed for one in drawn if isinstance(one, Picture)] == [0, 2, 4, 6]
