"""What is measured: jobs, texts and the built-in model in diffusers' classes."""

import pytest
import torch

from pawlette.bench.subject import Subject, Wish
from pawlette.errors import BadJob


def test_jobs_differ_in_text_and_seed(subject):
    jobs = subject.jobs(Wish(96, 4, 2.0), 5, first=90)
    assert [job.seed for job in jobs] == [90, 91, 92, 93, 94]
    assert len({job.prompt.text for job in jobs}) == 5
    assert {(job.shape, job.steps, job.guidance) for job in jobs} == {((96, 96), 4, 2.0)}
    assert all(40 < tokens < 80 for tokens in subject.tokens(jobs))


def test_the_built_in_model_stands_in_diffusers_classes(tmp_path):
    with Subject("builtin", tmp_path, device="cpu", dtype=torch.float32) as subject:
        (job,) = subject.jobs(Wish(256, 8), 1)
        image = subject.baseline.draw(job, output_type="latent")
        assert image.shape == (256, subject.plain.latent_channels)
        assert subject.shown(subject.plain) is subject.plain


def test_an_unknown_subject_is_named(tmp_path):
    with pytest.raises(BadJob, match="got 'sdxl'"):
        Subject("sdxl", tmp_path, device="cpu", dtype=torch.float32)
