"""A workflow file as a list of Jobs, for `profile` and `bench stream`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pawlette.cli import main
from pawlette.cli_workflow import jobs_of
from pawlette.errors import BadWorkflow
from pawlette.studio import Studio
from tests.fakes import FakeModel

WORKFLOWS = Path(__file__).parent.parent / "workflows"


@pytest.mark.parametrize("name", ["cute_animal_for_kids_pawlette", "cute_animal_for_kids_pawlette_api"])
def test_a_workflows_pictures_come_again_with_other_seeds(name):
    jobs = jobs_of(WORKFLOWS / f"{name}.json", Studio(device="cpu", studio_mode=False), 5)
    assert len(jobs) == len({job.seed for job in jobs}) == 5
    assert len({job.prompt for job in jobs}) == 1


def test_fewer_than_it_has_are_drawn_where_fewer_are_wanted():
    assert len(jobs_of(WORKFLOWS / "cute_animal_for_kids_pawlette.json", Studio(device="cpu"), 1)) == 1


def test_what_is_no_workflow_is_named(tmp_path):
    (tmp_path / "no.json").write_text('{"1": {"class_type": "Unknown", "inputs": {}}}')
    with pytest.raises(BadWorkflow):
        jobs_of(tmp_path / "no.json", Studio(device="cpu"), 2)


def test_a_workflow_is_profiled(tmp_path, monkeypatch):
    from pawlette.bench import profile_studio

    monkeypatch.setattr(profile_studio, "load_model", lambda *_, **__: FakeModel())
    given = [
        "profile",
        "--workflow",
        str(WORKFLOWS / "cute_animal_for_kids_pawlette.json"),
        "--device",
        "cpu",
    ]
    shown = CliRunner().invoke(main, [*given, "--jobs", "2", "--out", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert "A denoising step" in shown.output
    shown = CliRunner().invoke(main, [*given, "--steps", "2", "--out", str(tmp_path)])
    assert "leave those out" in shown.output
