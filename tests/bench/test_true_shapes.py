"""True sizes by count, and small ones that both libraries draw alike."""

from functools import partial

import pytest
import torch

from pawlette.bench import agreement
from pawlette.bench.random_weights import without_memory
from pawlette.bench.small_tokenizer import make_tokenizer
from pawlette.bench.subject import Wish
from pawlette.bench.true_shapes import SHAPES, _of_diffusers, _text_encoder, build
from pawlette.errors import BadJob
from pawlette.model.denoiser1 import Denoiser1Config
from pawlette.model.denoiser21 import Denoiser21Config


def billions(make):
    with without_memory():
        return sum(weight.numel() for weight in make().parameters()) / 1e9


@pytest.mark.parametrize(
    ("model", "denoiser", "autoencoder"), [("1.x", 20.430, 0.1269), ("2.1", 7.115, 0.3377)]
)
def test_sizes_are_the_published_ones(model, denoiser, autoencoder):
    shape = SHAPES[model, False]
    assert billions(partial(_of_diffusers, *shape.transformer)) == pytest.approx(denoiser, rel=1e-3)
    assert billions(partial(_of_diffusers, *shape.vae)) == pytest.approx(autoencoder, rel=1e-3)


@pytest.mark.parametrize(("model", "text"), [("1.x", 7.616), ("2.1", 8.191)])
def test_text_encoders_have_their_whole_tower_and_head(model, text):
    # Qwen2.5-7B's and Qwen3-8B's published counts; the one small block of the vision tower is next to nothing.
    count = billions(partial(_text_encoder, *SHAPES[model, False].text, make_tokenizer()))
    assert count == pytest.approx(text, rel=2e-3)


def test_our_own_sizes_are_the_same():
    one, other = SHAPES["1.x", False].transformer[1], SHAPES["2.1", False].transformer[1]
    assert Denoiser1Config(**one) == Denoiser1Config()
    assert Denoiser21Config(**other) == Denoiser21Config()


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_both_draw_the_same_picture(subject, guidance):
    (job,) = subject.jobs(Wish(64, 3, guidance), 1)
    noise = subject.plain.begin(job, subject.plain.encode([job])[0]).tensor
    found = agreement.compare(
        agreement.trajectory(subject.plain, [job]), subject.baseline.trajectory(job, noise)
    )
    assert found["finite"]
    assert found["relative_by_step"][-1] < 1e-4
    assert found["pixels_max"] <= 1


def test_an_unknown_model_is_named(tmp_path):
    with pytest.raises(BadJob, match="got '3'"):
        build("3", tmp_path, device="cpu", dtype=torch.float32)
