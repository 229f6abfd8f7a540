"""Profiles of model folders, from texts and from Jobs."""

import pytest

from pawlette.bench import profile_studio
from pawlette.bench.profile_studio import Wish, profile_jobs, profile_model
from pawlette.bench.prompts import STUDY
from pawlette.errors import BadJob, Refused
from pawlette.model.switches import Switches
from pawlette.studio import Studio


@pytest.fixture
def folder(subject):
    return subject.folder


def test_a_folder_is_profiled_by_the_studys_prompts_as_it_is(folder, tmp_path):
    """The weights are those that the subject holds, so a folder of either generation is read as a user's is."""
    report = profile_model(folder, Wish(jobs=2, size=64, steps=2), tmp_path, device="cpu", say=lambda _: None)
    assert [way["way"] for way in report["ways"]] == ["plain", "engine"]
    assert (report["width"], report["steps"], report["jobs"]) == (64, 2, 2)
    assert (tmp_path / "trace-plain.json.gz").exists()
    assert (tmp_path / "trace-engine.json.gz").exists()
    assert "no NVIDIA card" in report["notes"][0]


def test_jobs_of_anybody_are_profiled_with_a_rungs_switches(folder, tmp_path, monkeypatch):
    loaded, load = [], profile_studio.load_model

    def noted(*given, switches, **others):
        loaded.append(switches)
        return load(*given, switches=switches, **others)

    monkeypatch.setattr(profile_studio, "load_model", noted)
    desk = Studio(folder, device="cpu")
    jobs = [desk.accept(STUDY[0], seed=1, size=(64, 64), steps=1).job]
    report = profile_jobs(desk, jobs, tmp_path, rung="folded", say=lambda _: None)
    assert loaded == [Switches(), Switches(folded=True)]
    assert report["ways"][1]["about"] == "through the engine, at most 1 rows a forward, folded"


def test_bad_wishes_are_refused_before_anything_is_loaded(folder, tmp_path):
    with pytest.raises(BadJob, match="a rung of"):
        profile_model(folder, Wish(jobs=1, rung="nowhere", size=64), tmp_path, device="cpu")
    with pytest.raises(BadJob, match="multiples"):
        profile_model(folder, Wish(jobs=1, size=65), tmp_path, device="cpu")
    with pytest.raises(Refused):
        profile_model(folder, Wish(("a gun",)), tmp_path, device="cpu")
    assert not list(tmp_path.iterdir())
