"""Rolling denoise: rows join and leave between steps, and an error takes only its own row away."""

import pytest
import torch

from pawlette.engine.denoise import Rolling
from pawlette.engine.limits import BatchLimit, Memory
from pawlette.errors import DrawingFailed
from pawlette.job import Latents
from tests.fakes import FakeModel, make_job

UNCOUNTED = Memory.of("cpu")


def started(model, **changes):
    job = make_job(**changes)
    return job.seed, model.begin(job, model.encode([job])[0])


@pytest.fixture
def model():
    return FakeModel()


def rolling(model, most=4):
    return Rolling(model, BatchLimit(most, UNCOUNTED))


def test_rows_of_other_step_counts_join_and_leave_between_steps(model):
    batch = rolling(model)
    batch.join("s", [started(model, seed=1, steps=3)])
    batch.step()
    batch.join("s", [started(model, seed=2, steps=1), started(model, seed=3, steps=4)])
    done = [[owner for owner, now in batch.step() if now.done] for _ in range(5)]
    assert done == [[2], [1], [], [3], []]
    assert model.rows == [[1], [1, 2, 3], [1, 3], [3], [3]]
    assert batch.key is None


def test_each_row_comes_out_as_it_would_alone(model):
    batch, alone = rolling(model), started(model, seed=9, steps=3)[1]
    batch.join("s", [started(model, seed=1, steps=5)])
    batch.step()
    batch.join("s", [started(model, seed=9, steps=3)])
    for _ in range(3):
        stepped = dict(batch.step())
        (alone,) = model.step([alone])
    assert torch.equal(stepped[9].tensor, alone.tensor)


def test_another_shape_does_not_join(model):
    batch = rolling(model)
    batch.join("s", [started(model)])
    with pytest.raises(ValueError, match="cannot join"):
        batch.join("t", [started(model)])


def test_a_row_leaves_before_the_next_step(model):
    batch = rolling(model)
    batch.join("s", [started(model, seed=seed) for seed in (1, 2)])
    batch.drop(lambda owner: owner == 1)
    batch.step()
    assert model.rows == [[2]]
    batch.drop(lambda owner: True)
    assert (batch.key, batch.step()) == (None, [])


def test_an_error_takes_its_own_row_away():
    class Picky(FakeModel):
        def step(self, latents):
            if any(one.job.seed == 3 for one in latents):
                raise DrawingFailed("seed 3")
            return super().step(latents)

    model = Picky()
    batch = rolling(model, most=8)
    batch.join("s", [started(model, seed=seed) for seed in range(6)])
    stepped = dict(batch.step())
    assert isinstance(stepped.pop(3), DrawingFailed)
    assert [now.at for now in stepped.values()] == [1] * 5
    assert [owner for owner, _ in batch.rows] == [0, 1, 2, 4, 5]


def test_no_memory_halves_the_batch_for_good_and_goes_on():
    model = FakeModel(fits=2)
    batch = rolling(model, most=8)
    batch.join("s", [started(model, seed=seed, steps=2) for seed in range(8)])
    assert all(isinstance(now, Latents) for _, now in batch.step())
    assert (batch.room("s"), batch.limit.of("s")) == (2 - 8, 2)
    assert all(now.done for _, now in batch.step())
    assert model.calls.count("step") == 2 + 4 + 4  # 8 and 4 were tried once
    assert batch.limit.of("another") == 8


def test_one_row_that_does_not_fit_is_told_what_may_do():
    model = FakeModel(fits=0)
    batch = rolling(model)
    batch.join("s", [started(model)])
    ((_, error),) = batch.step()
    with pytest.raises(DrawingFailed, match="smaller --size"):
        raise error
    assert batch.rows == []
