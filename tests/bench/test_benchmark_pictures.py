"""The benchmark's pictures, drawn by a model that paints one colour: no weights are loaded."""

from types import SimpleNamespace

import torch
from PIL import Image

from pawlette.bench.benchmark_pictures import ANIMALS, PICTURES, PROMPT, draw_with_model, seeds
from pawlette.job import Finish, Pixels


class PaintsTheSeed:
    """A Studio and its model in one: three steps, then a page whose red is the seed modulo 256."""

    def __init__(self):
        self.words, self.batches = [], []

    def load(self):
        return self

    def accept(self, text, *, seed):
        self.words.append((text, seed))
        return SimpleNamespace(job=SimpleNamespace(seed=seed, transparent=False, finish=Finish()))

    def encode(self, jobs):
        return jobs

    def begin(self, job, conditioning):
        return SimpleNamespace(job=job, at=0, done=False)

    def step(self, latents):
        self.batches.append(len(latents))
        return [SimpleNamespace(job=row.job, at=row.at + 1, done=row.at == 2) for row in latents]

    def decode(self, latents):
        return [
            Pixels(row.job, torch.full((4, 4, 3), row.job.seed % 256, dtype=torch.uint8)) for row in latents
        ]


def test_twenty_animals_and_no_seed_is_drawn_twice():
    every = [seed for animal in ANIMALS for seed in seeds(animal)]
    assert (len(ANIMALS), len(set(every))) == (20, 20 * PICTURES)


def test_every_picture_is_drawn_from_its_own_words_and_seed(tmp_path):
    studio = PaintsTheSeed()
    drawn = list(draw_with_model(studio, tmp_path, together=5))
    assert len(drawn) == 200
    assert set(studio.words) == {(PROMPT.format(animal=a), seed) for a in ANIMALS for seed in seeds(a)}
    assert set(studio.batches) == {5}
    with Image.open(tmp_path / "dolphin" / "1003.png") as picture:
        assert picture.getpixel((0, 0)) == (1003 % 256,) * 3


def test_a_second_run_draws_only_what_is_missing(tmp_path):
    list(draw_with_model(PaintsTheSeed(), tmp_path))
    (tmp_path / "owl" / "17004.png").unlink()
    studio = PaintsTheSeed()
    assert list(draw_with_model(studio, tmp_path)) == [tmp_path / "owl" / "17004.png"]
    assert studio.words == [("a cute owl", 17004)]
