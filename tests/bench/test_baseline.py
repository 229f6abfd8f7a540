"""The sequential twin: what it saves, and what it reads."""

import numpy as np
from PIL import Image

from pawlette.bench.baseline import LEVELS, Taken, save
from pawlette.bench.subject import Wish


def test_a_total_is_drawing_and_one_way_of_saving():
    taken = Taken(2.0, {"default": 0.5, "none": 0.0})
    assert (taken.total("default"), taken.total("none")) == (2.5, 2.0)


def test_no_level_is_no_file(tmp_path):
    image = Image.new("RGB", (8, 8))
    assert save(image, tmp_path, None) == 0.0
    assert not list(tmp_path.iterdir())
    assert save(image, tmp_path, 6) > 0
    with Image.open(tmp_path / "baseline.png") as saved:
        assert saved.size == (8, 8)


def test_a_picture_is_saved_at_every_level_with_the_pixels_that_stand_in(subject, tmp_path):
    (job,) = subject.jobs(Wish(64, 2), 1, first=1)
    assert set(subject.baseline.picture(job, tmp_path).save) == set(LEVELS)
    with Image.open(tmp_path / "baseline.png") as saved:
        assert np.array_equal(np.asarray(saved), subject.pages.array(job))


def test_only_guided_jobs_read_a_negative_text(subject):
    plain, guided = subject.jobs(Wish(64, 2), 1) + subject.jobs(Wish(64, 2, 3.0), 1)
    assert subject.baseline.negative(plain) is None
    assert subject.baseline.negative(guided) == guided.prompt.negative
