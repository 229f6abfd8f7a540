"""Distillation on a denoiser small enough for a test: its fixed points, and that a student learns."""

import dataclasses

import pytest
import torch

from pawlette.train import denoiser as denoiser_training
from pawlette.train import distil
from pawlette.train.preview import sigma_schedule
from tests.train.test_training import DENOISER, TEXT, latents_of_one_picture

PLAN = distil.Plan(seconds=0.1, steps=2, substeps=1, guidance=1.0, batch=4, learning_rate=2e-2)


def distiller(plan: distil.Plan) -> distil.Distiller:
    torch.manual_seed(0)
    teacher = denoiser_training.Painter(TEXT, DENOISER)
    torch.nn.init.normal_(teacher.denoiser.proj_out.weight, std=0.2)  # a blank one predicts nothing
    student = denoiser_training.Painter(TEXT, DENOISER)
    student.load_state_dict(teacher.state_dict())
    return distil.Distiller(teacher, student, [9], 4, plan, "cpu")


def test_a_student_of_the_teachers_own_grid_without_guidance_has_nothing_to_learn():
    made = distiller(PLAN)
    data = latents_of_one_picture()
    made.begin(data)
    assert made.train_step(data, 0.5).item() < 1e-4


def test_the_goal_is_the_guided_euler_path():
    made = distiller(dataclasses.replace(PLAN, substeps=2, guidance=3.0))
    made.begin(latents_of_one_picture())
    embeds, mask = made.teacher.embed(made.tokens), made._mask(made.lengths)
    goal = made.taught(made.pictures, embeds, mask)
    blank, blank_mask = made.teacher.embed(made.blank[None]), made._mask(torch.tensor([1]))
    here = made.pictures
    for substep in range(2):
        now, after = (made.fine[made.at * 2 + substep + more] for more in (0, 1))
        asked = made.teacher.denoiser(here, embeds, now, (16, 16), mask)
        unasked = made.teacher.denoiser(
            here, blank.expand(4, -1, -1), now, (16, 16), blank_mask.expand(4, -1)
        )
        here = here + (after - now)[:, None, None] * (unasked + 3.0 * (asked - unasked))
    assert torch.allclose(goal, here, atol=1e-4)


def test_a_student_learns_and_the_teacher_stays(tmp_path):
    made = distiller(dataclasses.replace(PLAN, substeps=2, guidance=3.0))
    data = latents_of_one_picture()
    before = {key: value.clone() for key, value in made.teacher.state_dict().items()}
    made.begin(data)
    losses = [made.train_step(data, 0.2).item() for _ in range(24)]
    assert sum(losses[-8:]) < 0.9 * sum(losses[:8])
    assert all(torch.equal(value, before[key]) for key, value in made.teacher.state_dict().items())
    assert made.pictures.isfinite().all()
    made.run(data, tmp_path / "distil.csv")
    assert (tmp_path / "distil.csv").read_text().startswith("seconds,step,loss")


def test_finished_pictures_give_way_to_noise_at_the_first_step():
    made = distiller(PLAN)
    data = latents_of_one_picture()
    made.begin(data)
    assert made.at.tolist() == [0, 1, 0, 1]
    made.train_step(data, 0.5)
    assert made.at.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("substeps", [1, 3])
def test_the_teachers_fine_grid_holds_the_students(substeps):
    made = distiller(dataclasses.replace(PLAN, steps=8, substeps=substeps))
    assert torch.allclose(made.fine[::substeps], torch.tensor(sigma_schedule(8, 2.0)))
