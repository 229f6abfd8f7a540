"""Training of the upscaler at toy size: pairs, a falling loss, scores beside bicubic."""

import json

import numpy as np
import pytest
import torch

from pawlette.model.upscaler import Upscaler, UpscalerConfig, premultiply
from pawlette.train import upscaler as training
from pawlette.train.course import Length
from pawlette.train.pictures import flatten
from tests.train.small_models import autoencoder_21


@pytest.fixture
def pool(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "HELD_OUT", 2)
    rng = np.random.default_rng(0)
    pixels = np.zeros((6, 64, 64, 4), np.uint8)
    for picture in pixels:  # a coloured disc on a see-through page
        y, x = np.mgrid[:64, :64] - rng.integers(24, 40, 2)[:, None, None]
        picture[np.hypot(x, y) < 20] = (*rng.integers(0, 255, 3), 255)
    np.save(tmp_path / "pictures_0_0.npy", pixels)
    (tmp_path / "captions_0_0.json").write_text(json.dumps([{}] * 6))
    made = training.LargePictures(tmp_path, 6, "cpu", size=64)
    assert made.refresh() == 6
    return made


def make_trainer(pool, **settings) -> training.Trainer:
    torch.manual_seed(0)
    model = Upscaler(UpscalerConfig(width=8, blocks=1, fine_width=8, fine_blocks=1))
    plan = training.Plan(Length(steps=20), batch=3, **settings)
    return training.Trainer(model, autoencoder_21(), pool, plan, "cpu")


def test_a_page_shows_what_flattening_shows():
    rgba = torch.rand(2, 4, 5, 5) * 2 - 1
    behind = torch.tensor([0.3, -0.2, 0.9]).view(1, 3, 1, 1)
    torch.testing.assert_close(training.page(premultiply(rgba), behind), flatten(rgba, behind))


def test_pairs_are_halves_of_the_pictures_most_of_them_decoded(pool):
    trainer = make_trainer(pool, decoded=0.7)
    large = pool.held_out(3)
    given, target = trainer.pair(large)
    assert given.shape == (3, 4, 32, 32)
    torch.testing.assert_close(target, premultiply(large))
    halves = torch.nn.functional.avg_pool2d(target, 2)
    error = (given - halves).abs().mean((1, 2, 3))
    assert error[:2].min() > 3 * error[2]  # the toy autoencoder knows nothing yet; the last was only blurred
    assert given.min() >= 0
    assert given.max() <= 1.01


def test_the_upscaler_learns(pool):
    trainer = make_trainer(pool, decoded=0.0, learning_rate=1e-2)
    trainer.course.warm_up = 3
    totals = [trainer.course.update(trainer.losses, 0.3)["total"].item() for _ in range(25)]
    assert sum(totals[-5:]) < 0.9 * sum(totals[:5])


def test_a_run_writes_its_curve_and_scores_stand_beside_bicubic(pool, tmp_path):
    trainer = make_trainer(pool)
    trainer.run(tmp_path / "curve.csv", say=lambda _: None)
    assert (
        (tmp_path / "curve.csv")
        .read_text()
        .startswith("step,seconds,learning_rate,l1,gradient,square,features,total")
    )
    untrained = Upscaler(trainer.model.config)
    scores, shown = training.evaluate(untrained, trainer.autoencoder, pool.held_out(2))
    assert scores["clean_upscaler_psnr_db"] == pytest.approx(scores["clean_bicubic_psnr_db"], abs=0.5)
    assert scores["clean_bicubic_psnr_db"] > scores["decoded_bicubic_psnr_db"]
    assert [one.shape for one in shown] == [(2, 3, 64, 64)] * 3
    assert isinstance(trainer.averaged(), Upscaler)
