"""Distillation of a decoder at toy size: both generations' latents, losses fall, the teacher stays as it is."""

import csv

import pytest
import torch

from pawlette.model.light_decoder import LightDecoder, LightDecoderConfig
from pawlette.train.course import Length
from pawlette.train.latent_bank import LatentBank
from pawlette.train.light_decoder import Plan, Trainer
from tests.train.small_models import autoencoder_1, autoencoder_21

CONFIGS = {
    "2.1": (autoencoder_21, LightDecoderConfig(6, 4, (16, 8, 8, 8, 8), (1, 0, 0, 0, 0))),
    "1.x": (autoencoder_1, LightDecoderConfig(4, 3, (16, 8, 8, 8), (1, 0, 0, 0))),
}


def make_trainer(generation: str, steps: int = 30) -> Trainer:
    make_teacher, config = CONFIGS[generation]
    teacher = make_teacher()
    latents = torch.randn(12, config.z_dim, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    bank = LatentBank(latents)
    plan = Plan(Length(steps=steps), batch=2, crop=3, learning_rate=1e-2)
    return Trainer(LightDecoder(config), teacher, bank, plan, "cpu")


@pytest.mark.parametrize("generation", CONFIGS)
def test_the_student_comes_closer_to_its_teacher(generation):
    trainer = make_trainer(generation)
    trainer.course.warm_up = 3
    before = {name: value.clone() for name, value in trainer.teacher.state_dict().items()}
    totals = [trainer.course.update(trainer.losses, 0.3)["total"].item() for _ in range(25)]
    assert sum(totals[-4:]) < 0.75 * sum(totals[:4])
    assert all(torch.equal(value, before[name]) for name, value in trainer.teacher.state_dict().items())


def test_a_run_gives_an_averaged_decoder_a_curve_and_a_state(tmp_path):
    trainer = make_trainer("2.1", steps=50)
    trainer.run(tmp_path / "curve.csv", state=tmp_path / "state.safetensors", say=lambda _: None)
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"l1", "gradient", "square", "features", "total"} <= set(rows[0])
    averaged = trainer.averaged()
    assert averaged.decode(trainer.bank.held_out()).shape == (1, 4, 64, 64)
    assert not any(parameter.requires_grad for parameter in averaged.parameters())
    again = make_trainer("2.1")
    again.course.resume(tmp_path / "state.safetensors")
    assert again.course.step == 50
    assert torch.equal(again.averaged().conv_in.weight, averaged.conv_in.weight)
