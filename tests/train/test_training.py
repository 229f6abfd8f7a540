"""Both trainers at toy size: losses fall, the encoder stays where it must, averages follow."""

import csv
import random

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLTextConfig

from pawlette.model.denoiser21 import Denoiser21Config
from pawlette.train import autoencoder as autoencoder_training
from pawlette.train import denoiser as denoiser_training
from pawlette.train.ema import Average
from pawlette.train.latents import LatentSet, PictureEncoder, latent_set
from pawlette.train.pictures import PicturePool
from pawlette.train.preview import draw, sheet, sigma_schedule
from tests.train.shards import write_shard
from tests.train.small_models import autoencoder_21

TEXT = Qwen3VLTextConfig(
    vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2,
    num_key_value_heads=1, head_dim=16, max_position_embeddings=64,
    rope_parameters={"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2], "mrope_interleaved": True},
)  # fmt: skip
DENOISER = Denoiser21Config(
    in_channels=64, out_channels=64, num_layers=2, attention_head_dim=16, num_attention_heads=2, context_in_dim=32,
    axes_dims_rope=(4, 6, 6),
)  # fmt: skip


@pytest.fixture
def tokenizer():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        ["a cute panda", "一只熊猫"], trainers.BpeTrainer(vocab_size=290, initial_alphabet=alphabet)
    )
    return made


def test_the_average_follows_and_forgets():
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(0.0)
    average = Average(layer, 0.9)
    layer.weight.data.fill_(1.0)
    for _ in range(60):
        average.update(layer)
    assert 0.9 < average.weights["weight"].item() <= 1.0


def test_the_autoencoder_learns(tmp_path):
    pool = PicturePool(write_shard(tmp_path, "0_0", 66), 66, "cpu")
    pool.refresh()
    pool.pixels = pool.pixels[:, 32:160, 32:160]  # a quarter of the page teaches as well, and sooner
    plan = autoencoder_training.Plan(seconds=1.0, batch=2, adversarial_from=0.0, learning_rate=3e-2)
    trainer = autoencoder_training.Trainer(autoencoder_21(64).requires_grad_(True), pool, plan, "cpu")
    losses = [sum(v.item() for k, v in trainer.train_step(0.3).items() if k != "kl") for _ in range(12)]
    assert sum(losses[-3:]) < 0.9 * sum(losses[:3])


@pytest.mark.slow
def test_a_whole_autoencoder_run_writes_its_curve(tmp_path):
    pool = PicturePool(write_shard(tmp_path / "art", "0_0", 70), 70, "cpu")
    plan = autoencoder_training.Plan(seconds=60.0, batch=1)
    trainer = autoencoder_training.Trainer(autoencoder_21(64).requires_grad_(True), pool, plan, "cpu")
    assert trainer.run(tmp_path / "curve.csv") > 5.0
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["step", "seconds", "pictures"]
    assert len(rows) > 1


def test_a_finer_decoder_leaves_the_encoder_alone(tmp_path):
    pool = PicturePool(write_shard(tmp_path, "0_0", 66), 66, "cpu")
    pool.refresh()
    plan = autoencoder_training.Plan(seconds=1.0, batch=1, decoder_only=True, noise=0.1, learning_rate=1e-2)
    model = autoencoder_21(64).requires_grad_(True)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    autoencoder_training.Trainer(model, pool, plan, "cpu").train_step(0.2)
    changed = {
        key.split(".")[0] for key, value in model.state_dict().items() if not torch.equal(value, before[key])
    }
    assert changed <= {"decoder", "post_quant_conv"}
    assert "decoder" in changed


def test_latents_are_normalised_and_doubled_by_mirroring(tmp_path, tokenizer):
    folder = write_shard(tmp_path, "0_0", 3)
    data = latent_set(folder, PictureEncoder(autoencoder_21(64), "cpu"), tokenizer, 12)
    assert data.latents.shape == (6, 256, 64)
    assert data.tokens.shape == (6, 2, 12)
    assert data.lengths[0].tolist() == [
        len(tokenizer.encode(c).ids[:12]) for c in ("a cute panda", "一只熊猫")
    ]
    assert data.latents.float().mean((0, 1)).abs().max() < 0.05
    assert (data.latents.float().std((0, 1)) - 1).abs().max() < 0.05


def latents_of_one_picture() -> LatentSet:
    one = torch.randn(1, 256, 64, generator=torch.Generator().manual_seed(0))
    tokens = torch.tensor([[[5, 6, 7, 0]]], dtype=torch.int32).repeat(4, 1, 1)
    return LatentSet(
        one.repeat(4, 1, 1).bfloat16(), tokens, torch.full((4, 1), 3), torch.zeros(64), torch.ones(64)
    )


def test_the_denoiser_learns_and_draws(tmp_path, tokenizer):
    torch.manual_seed(0)
    painter = denoiser_training.Painter(TEXT, DENOISER)
    plan = denoiser_training.Plan(seconds=0.1, total_seconds=0.1, batch=4, learning_rate=2e-2)
    trainer = denoiser_training.Trainer(painter, [9], 4, plan, "cpu")
    weights = {key: value.clone() for key, value in painter.state_dict().items()}
    trainer.warm_up()
    assert all(torch.equal(value, weights[key]) for key, value in painter.state_dict().items())
    data = latents_of_one_picture()
    losses = [trainer.train_step(data, 0.2).item() for _ in range(45)]
    assert sum(losses[-5:]) < 0.97 * sum(losses[:5])
    trainer.run(data, tmp_path / "curve.csv")
    pictures = draw(
        painter,
        autoencoder_21(64),
        tokenizer,
        ["a cute panda"] * 2,
        [1, 1],
        mean=data.mean,
        std=data.std,
        steps=2,
    )
    assert pictures[0].size == (256, 256)
    first, same_seed = (np.asarray(picture, int) for picture in pictures)
    assert np.abs(first - same_seed).max() <= 2  # rows of one batch may differ in the last digit
    assert sheet(pictures, 2, 32).size == (64, 32)


def test_the_learning_rate_warms_up_and_falls():
    plan = denoiser_training.Plan(seconds=1.0, total_seconds=1.0, learning_rate=1.0)
    rates = [
        denoiser_training.learning_rate(plan, step, share)
        for step, share in ((0, 0.0), (400, 0.5), (900, 1.0))
    ]
    assert rates == [1 / 200, 1.0, 0.01]


def test_sigmas_run_from_one_to_zero():
    sigmas = sigma_schedule(8, random.Random(0).uniform(1.0, 3.0))
    assert sigmas[0] == 1.0
    assert sigmas[-1] == 0.0
    assert sigmas == sorted(sigmas, reverse=True)
