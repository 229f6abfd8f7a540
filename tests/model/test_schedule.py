"""Sigmas against the reference scheduler, through the same configs."""

import json
import math

import numpy as np
import pytest
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.qwenimage.pipeline_qwenimage import calculate_shift

from pawlette.errors import BadJob, BadModel
from pawlette.model.schedule import LIGHTNING, TURBO_SIGMAS, Schedule, constant_shift
from tests.model.checkpoints import SCHEDULE_1, SCHEDULE_21, SCHEDULE_OWN

LIGHTNING_CONFIG = dict(
    use_dynamic_shifting=True, base_shift=math.log(3), max_shift=math.log(3), max_image_seq_len=8192
)
CONFIGS = {
    "1.x": SCHEDULE_1,
    "lightning": LIGHTNING_CONFIG,
    "2.1": SCHEDULE_21,
    "built-in": SCHEDULE_OWN,
    "linear": dict(use_dynamic_shifting=True, time_shift_type="linear"),
}


def their_sigmas(settings, steps, tokens, grid=None):
    scheduler = FlowMatchEulerDiscreteScheduler(**settings)
    config = scheduler.config
    mu = calculate_shift(
        tokens, config.base_image_seq_len, config.max_image_seq_len, config.base_shift, config.max_shift
    )
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps) if grid is None else grid, mu=mu)
    return scheduler.sigmas.tolist(), dict(config)


@pytest.mark.parametrize("tokens", [16, 256, 4096, 6889])
@pytest.mark.parametrize("steps", [2, 8, 50])
@pytest.mark.parametrize("name", CONFIGS)
def test_equals_diffusers(name, steps, tokens):
    expected, config = their_sigmas(CONFIGS[name], steps, tokens)
    got = Schedule.from_dict(config | {"_class_name": "FlowMatchEulerDiscreteScheduler"}).sigmas(
        steps, tokens
    )
    assert all(type(sigma) is float for sigma in got)
    assert got == pytest.approx(expected, abs=1e-6)
    assert list(got) == sorted(got, reverse=True)
    assert len(set(got)) == steps + 1


@pytest.mark.parametrize("settings", [SCHEDULE_21, {}], ids=["shifted", "as they are"])
def test_turbo_grid_equals_diffusers(settings):
    expected, config = their_sigmas(settings, 8, 4096, TURBO_SIGMAS)
    schedule = Schedule.from_dict(config | {"_class_name": "FlowMatchEulerDiscreteScheduler"}, TURBO_SIGMAS)
    assert schedule.sigmas(8, 4096) == pytest.approx(expected, abs=1e-6)
    with pytest.raises(BadJob, match="8 steps; got 9"):
        schedule.sigmas(9, 4096)


def test_lightning_is_the_published_setting():
    assert LIGHTNING.sigmas(4, 6889) == pytest.approx(their_sigmas(LIGHTNING_CONFIG, 4, 6889)[0], abs=1e-6)


def test_one_step_goes_all_the_way():
    assert Schedule(**SCHEDULE_1).sigmas(1, 256) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"_class_name": "DDIMScheduler"}, "DDIMScheduler"),
        ({"use_karras_sigmas": True}, "use_karras_sigmas"),
        ({"colour": 1}, "colour"),
        ({"time_shift_type": "cubic"}, "cubic"),
        ({"shift": "three"}, "shift"),
    ],
)
def test_another_schedule_is_refused_by_name(change, word):
    with pytest.raises(BadModel, match=word):
        Schedule.from_dict({"_class_name": "FlowMatchEulerDiscreteScheduler"} | change)


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(BadModel, match=r"scheduler_config\.json is missing"):
        Schedule.from_folder(tmp_path)
    (tmp_path / "scheduler_config.json").write_text("{")
    with pytest.raises(BadModel, match=r"scheduler_config\.json cannot be read"):
        Schedule.from_folder(tmp_path)
    (tmp_path / "scheduler_config.json").write_text(json.dumps([1]))
    with pytest.raises(BadModel, match="no JSON object"):
        Schedule.from_folder(tmp_path)


def test_a_constant_shift_falls_on_thousandths():
    assert constant_shift(3, 1.0) == (1.0, 0.667, 0.334, 0.0)
    assert constant_shift(2, 3.1) == pytest.approx((1.0, 3.1 * 0.5 / (1 + 2.1 * 0.5), 0.0))
    assert constant_shift(8, 2.0) == pytest.approx(Schedule(shift=2.0).sigmas(8, 256))
