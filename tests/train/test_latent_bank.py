"""Latents to teach with: what is held out stays out, windows and noise, files and encoded pictures."""

import dataclasses

import pytest
import torch
from safetensors.torch import save_file

from pawlette.errors import BadJob, BadWeights
from pawlette.model.packing import unpack
from pawlette.model.qwen import QwenImage
from pawlette.train.latent_bank import LatentBank, drawn_latents, encode_pictures, read_latents, save_latents
from tests.fakes import make_job
from tests.model import checkpoints
from tests.train.shards import write_shard
from tests.train.small_models import autoencoder_1, autoencoder_21


def numbered(count: int, side: int = 4) -> torch.Tensor:
    """Row n is full of n."""
    return torch.arange(count).float().view(-1, 1, 1, 1).expand(count, 2, side, side)


def test_held_out_rows_are_never_trained_on():
    bank = LatentBank(numbered(40), held_out=4)
    assert bank.held_out()[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert bank.batch(500).min() == 4
    assert LatentBank(numbered(3)).kept_back == 1
    with pytest.raises(BadJob, match="at least 2"):
        LatentBank(numbered(1))


def test_windows_are_cut_from_inside():
    latents = torch.arange(36.0).view(1, 1, 6, 6).repeat(2, 1, 1, 1)
    torch.manual_seed(0)
    cuts = {tuple(LatentBank(latents).batch(1, 2).flatten().tolist()) for _ in range(60)}
    assert all(b - a == 1 and c - a == 6 for a, b, c, _ in cuts)
    assert len(cuts) > 10
    assert LatentBank(latents).batch(1, 9).shape == (1, 1, 6, 6)


def test_noise_is_a_share_of_the_deviation():
    latents = 3 * torch.randn(64, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    bank = LatentBank(latents, noise=0.1)
    torch.manual_seed(1)
    noisy = bank.batch(32)
    torch.manual_seed(1)
    clean = LatentBank(latents).batch(32)
    spread = (noisy - clean).std((1, 2, 3))
    assert 0 < spread.max() < 0.34
    assert spread.mean() == pytest.approx(0.15, abs=0.05)


def test_statistics_are_per_channel():
    mean, std = LatentBank(
        torch.cat([torch.zeros(8, 1, 2, 2), torch.full((8, 1, 2, 2), 5.0)], 1)
    ).statistics()
    assert mean.tolist() == [0, 5]
    assert (std > 0).all()


def test_files_are_read_in_order_and_what_does_not_fit_is_named(tmp_path):
    save_latents(torch.ones(2, 4, 4), tmp_path / "b.safetensors")
    save_latents(torch.zeros(3, 2, 4, 4), tmp_path / "a.safetensors")
    found = read_latents(tmp_path, 2, "cpu")
    assert found[:, 0, 0, 0].tolist() == [0, 0, 0, 1]
    with pytest.raises(BadWeights, match=r"a\.safetensors"):
        read_latents(tmp_path, 3, "cpu")
    save_file({"other": torch.ones(1)}, tmp_path / "c.safetensors")
    with pytest.raises(BadWeights, match=r"c\.safetensors holds no tensor named latents"):
        read_latents(tmp_path, 2, "cpu")
    with pytest.raises(BadJob, match="holds no"):
        read_latents(tmp_path / "nowhere", 2, "cpu")


def test_pictures_stand_beside_their_mirror_images(tmp_path):
    encoder = autoencoder_21()
    found = encode_pictures(write_shard(tmp_path, "0_0", 5), encoder, 4, "cpu", batch=3)
    assert found.shape == (10, 6, 16, 16)
    assert len(encode_pictures(tmp_path, encoder, 4, "cpu", most=2)) == 4
    rgb = encode_pictures(tmp_path, autoencoder_1(), 3, "cpu", most=1)
    assert rgb.shape == (2, 4, 32, 32)
    assert not torch.equal(rgb[0], rgb[1])
    with pytest.raises(BadJob, match="no shard"):
        encode_pictures(tmp_path / "nowhere", encoder, 4, "cpu")


def test_latents_drawn_by_a_model_decode_to_its_picture(tmp_path):
    folder = checkpoints.save(checkpoints.components_21(), tmp_path, {"_class_name": "QwenImage21Pipeline"})
    model = QwenImage.load(folder)
    job = dataclasses.replace(make_job(), width=64, height=96, steps=2)
    raw = drawn_latents(model, job)
    assert raw.shape == (8, 6, 4)
    latents = model.begin(job, model.encode([job])[0])
    for _ in range(2):
        latents = model.step([latents])[0]
    pixels = model.decode([latents])[0].tensor
    again = ((model.autoencoder.decode(raw[None])[0] + 1) * 127.5).round().clamp(0, 255)
    torch.testing.assert_close(again.permute(1, 2, 0), pixels.float(), atol=1.0, rtol=0)
    assert unpack(latents.tensor[None], (6, 4), 1).shape[1:] == raw.shape
