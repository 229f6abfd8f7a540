"""A model of a few lines, so that engine, studio and command are tested without weights."""

import torch

from pawlette.errors import DrawingFailed
from pawlette.job import Conditioning, Job, Latents, Pixels
from pawlette.words import compose, read


class FakeModel:
    """Paints noise of the job's seed, a little darker with each step; counts what it was asked."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.calls: list[str] = []

    def encode(self, jobs):
        self.calls.append("encode")
        return [Conditioning(torch.full((len(job.prompt.text), 4), 0.5)) for job in jobs]

    def begin(self, job, conditioning):
        noise = torch.rand(job.height, job.width, 4, generator=torch.Generator().manual_seed(job.seed))
        return Latents(job, conditioning, noise, tuple(1 - i / job.steps for i in range(job.steps + 1)))

    def step(self, latents):
        self.calls.append("step")
        return [one.advanced(one.tensor * 0.9) for one in latents]

    def decode(self, latents):
        if self.broken:
            raise DrawingFailed("the latents are not finite")
        return [Pixels(one.job, (one.tensor * 255).to(torch.uint8)) for one in latents]


def make_job(text: str = "a cute panda", **changes) -> Job:
    settings = {"seed": 7, "width": 64, "height": 32, "steps": 3, "words": text} | changes
    return Job(prompt=compose(read(text)), **settings)
