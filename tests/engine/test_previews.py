"""Unfinished pictures: the model's own guess, shown beside the drawing, which they change in nothing."""

import threading
from concurrent.futures import wait

import pytest
import torch

from pawlette.engine.pipeline import Pipeline
from pawlette.engine.previews import Previews, foreseen
from pawlette.engine.stages import run_inline
from pawlette.errors import DrawingFailed
from pawlette.job import Conditioning, Latents
from tests.engine.pipelines import keep
from tests.fakes import FakeModel, make_job

SECONDS = 30


class Straight(FakeModel):
    """A flow on a straight way: every step foresees the same end."""

    def step(self, latents):
        return [
            one.advanced(
                one.tensor + (one.sigmas[one.at + 1] - one.sigmas[one.at]) * torch.full_like(one.tensor, 0.25)
            )
            for one in latents
        ]


class Patient(Straight):
    """Takes its second-last step only when something was shown: else a picture of a few fakes is done before."""

    def __init__(self, shown):
        super().__init__()
        self.shown = shown

    def step(self, latents):
        if any(one.at == one.job.steps - 2 for one in latents):
            assert self.shown.wait(SECONDS)
        return super().step(latents)


class Shown:
    """What was shown; each at once, or when it is let."""

    def __init__(self, *, held=False):
        self.steps, self.pixels, self.let = [], [], threading.Event()
        self.first = threading.Event()
        if not held:
            self.let.set()

    def __call__(self, step, pixels):
        self.first.set()
        assert self.let.wait(SECONDS)
        self.steps.append(step)
        self.pixels.append(pixels)


def test_they_are_spread_over_the_steps_before_the_last():
    assert Previews.spread(3, 8, print).steps == {2, 4, 6}
    assert Previews.spread(1, 50, print).steps == {25}
    assert Previews.spread(3, 2, print).steps == {1}
    assert Previews.spread(3, 1, print).steps == frozenset()
    assert Previews.spread(0, 8, print).steps == frozenset()


def test_the_end_is_foreseen_on_a_straight_way():
    """x = (1 - sigma) x0 + sigma noise, moved by noise - x0."""
    start, noise = torch.rand(5, 4), torch.rand(5, 4)
    sigmas = (1.0, 0.7, 0.2, 0.0)

    def at(index):
        x = (1 - sigmas[index]) * start + sigmas[index] * noise
        return Latents(make_job(), Conditioning(noise), x, sigmas, index)

    for index in range(3):
        torch.testing.assert_close(foreseen(at(index), at(index + 1)).tensor, start)


@pytest.mark.parametrize("batch", [None, 3])
def test_each_asked_step_is_shown_and_the_picture_stays_the_same(batch):
    shown, job = Shown(), make_job(steps=5)
    with Pipeline(Straight(), batch=batch) as pipeline:
        others = [pipeline.submit(make_job(seed=seed, steps=5), keep) for seed in range(2)]
        future = pipeline.submit(job, keep, previews=Previews(frozenset({1, 4, 5, 99}), shown))
        picture = future.result(SECONDS)
        wait(others, SECONDS)
    assert picture.data == run_inline(Straight(), job, keep).data
    assert set(shown.steps) <= {1, 4, 5}, "one that was overtaken may be left out"
    last = run_inline(Straight(), job, lambda pixels, seconds: pixels)
    assert all(torch.allclose(one.tensor.float(), last.tensor.float(), atol=1) for one in shown.pixels)


def test_a_slow_onlooker_holds_nobody_up():
    shown = Shown(held=True)
    with Pipeline(Patient(shown.first), batch=1) as pipeline:
        future = pipeline.submit(make_job(steps=9), keep, previews=Previews(frozenset(range(1, 9)), shown))
        assert shown.first.wait(SECONDS)
        assert future.result(SECONDS).data, "the picture is there while its first preview still hangs"
        shown.let.set()
    assert len(shown.steps) == 1


def test_without_anybody_who_asks_there_is_no_thread():
    with Pipeline(Straight()) as pipeline:
        pipeline.submit(make_job(), keep).result(SECONDS)
        assert not [thread for thread in threading.enumerate() if thread.name == "pawlette-previews"]


def test_an_onlooker_that_fails_is_told():
    asked = threading.Event()

    def fails(step, pixels):
        asked.set()
        raise ZeroDivisionError("onlooker")

    with Pipeline(Patient(asked), batch=1) as pipeline:
        future = pipeline.submit(make_job(steps=9), keep, previews=Previews(frozenset({1}), fails))
        with pytest.raises(ZeroDivisionError, match="onlooker"):
            future.result(SECONDS)


def test_a_preview_that_cannot_be_decoded_is_left_out():
    class Blind(Straight):
        def preview(self, latents):
            raise DrawingFailed("not finite yet")

    shown = Shown()
    with Pipeline(Blind()) as pipeline:
        assert pipeline.submit(make_job(), keep, previews=Previews(frozenset({1}), shown)).result(SECONDS)
    assert shown.steps == []
