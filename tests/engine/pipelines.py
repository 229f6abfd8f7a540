"""What the tests of the pipeline share: jobs, a delivery that keeps pixels, and a gate before a stage."""

import threading

from pawlette.job import Job, Picture
from pawlette.words.prompt import Prompt
from tests.fakes import FakeModel, make_job

SECONDS = 30  # until a test that hangs is said to hang


def keep(pixels, seconds):
    return Picture(pixels.job, pixels.tensor.cpu().numpy().tobytes(), "raw", seconds)


def fail_at(monkeypatch, stage, seed, error):
    """Every FakeModel raises the error at that stage of the job with that seed."""
    plain = getattr(FakeModel, stage)

    def picky(self, given, *more):
        for one in [given] if stage == "begin" else given:
            if getattr(one, "job", one).seed == seed:
                raise error
        return plain(self, given, *more)

    monkeypatch.setattr(FakeModel, stage, picky)


class Gate:
    """Holds a model's stage up until it is opened."""

    def __init__(self, model, stage):
        self.plain, self.reached, self.opened = getattr(model, stage), threading.Event(), threading.Event()
        setattr(model, stage, self)

    def __call__(self, given):
        self.reached.set()
        assert self.opened.wait(SECONDS)
        return self.plain(given)

    def open(self):
        self.opened.set()

    def wait(self):
        assert self.reached.wait(SECONDS)


def jobs_of_many_kinds(count=12):
    return [
        make_job(
            seed=seed, steps=1 + seed % 4, width=32 * (1 + seed % 3), text=("a cat", "a red fox")[seed % 2]
        )
        for seed in range(count)
    ]


def asked(seed, text, **settings):
    prompt = Prompt(text=text, negative="blurry, sad", scene=None, style="storybook")
    return Job(prompt=prompt, seed=seed, **{"width": 96, "height": 64, "steps": 4} | settings)
