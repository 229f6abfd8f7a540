"""Pages in the place of noise: their shape, their variety, and that all else is the model's own."""

import numpy as np
import torch

from pawlette.bench import stand_in
from pawlette.bench.stand_in import StandIn, kept_drawings
from tests.fakes import FakeModel, make_job


def test_pages_have_the_jobs_shape_and_differ(pages):
    jobs = [make_job(seed=seed, width=96, height=32) for seed in range(8)]
    arrays = [pages.array(job) for job in jobs]
    assert arrays[0].shape == (32, 96, 3)
    assert len({array.tobytes() for array in arrays}) == 4
    assert pages.array(jobs[1]) is pages.array(jobs[5])


def test_only_pixels_are_swapped(pages):
    model, job = FakeModel(), make_job()
    shown = StandIn(model, pages)
    latents = shown.step([shown.begin(job, shown.encode([job])[0])])
    (pixels,) = shown.decode(latents)
    assert model.calls == ["encode", "step"]
    assert model.decoded == [1]
    assert pixels.job is job
    assert torch.equal(pixels.tensor[..., :3], torch.from_numpy(pages.array(job)))
    assert (pixels.tensor[..., 3] == 255).all()


def test_drawings_are_made_once(tmp_path, monkeypatch, pages):
    monkeypatch.setattr(stand_in, "Studio", lambda **_: None)
    monkeypatch.setattr(stand_in, "drawn", lambda _: pages.drawings)
    first = kept_drawings(tmp_path)
    monkeypatch.setattr(stand_in, "drawn", lambda _: 1 / 0)
    again = kept_drawings(tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
