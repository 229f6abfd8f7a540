"""The whole benchmark with a model of a few lines and a jury that needs no network."""

import json
import shutil

import pytest

from pawlette.bench import art
from pawlette.bench.art import Benchmark, run
from pawlette.bench.art_drawing import draw
from pawlette.bench.art_prompts import wishes
from pawlette.device import choose
from pawlette.errors import BadJob, BadPicture, UnknownAnimal
from pawlette.model.fingerprint import of_model
from pawlette.studio import Studio, builtin_folder
from tests.bench.jury import jury
from tests.fakes import FakeModel

SIGHTS = [{"animal": "cat"}] * 256


@pytest.fixture
def studio():
    return Studio(load=lambda folder, device, **parts: FakeModel())


@pytest.fixture
def said(monkeypatch, tmp_path):
    (tmp_path / "reference.json").write_text('{"statistics": {"saturation": 0.125}}')
    monkeypatch.setattr(art, "shipped_reference", lambda: tmp_path / "reference.safetensors")
    return []


def few(folder, **changes):
    return Benchmark(folder, steps=1, seeds=1, quick=True, **changes)


def test_it_draws_scores_and_writes_everything(studio, said, tmp_path):
    report = run(few(tmp_path / "out"), studio, jury(SIGHTS), said.append)
    kept = json.loads((tmp_path / "out" / "art.json").read_text())
    assert kept["settings"]["drawn with"]["steps"] == 1
    assert kept["pictures"]["animals"] == report["pictures"]["animals"] == 5
    assert kept["settings"]["prompts"]["a cute bear"] == 0
    assert (tmp_path / "out" / "art.png").is_file()
    assert (tmp_path / "out" / "art.md").read_text().startswith("## Animals recognised")
    assert "Animals recognised" in said[-1]
    assert "| 0.125 |" in said[-1]


def test_another_reference_has_its_own_figures_or_none(studio, said, tmp_path):
    other = tmp_path / "other.safetensors"
    run(few(tmp_path / "out", reference=other), studio, jury(SIGHTS), said.append)
    assert "| 0.125 |" not in said[-1]
    other.with_suffix(".json").write_text('{"statistics": {"saturation": 0.0625}}')
    run(few(tmp_path / "out", reference=other), studio, jury(SIGHTS), said.append)
    assert "| 0.0625 |" in said[-1]


def test_figures_that_cannot_be_read_are_named(studio, said, tmp_path):
    other = tmp_path / "other.safetensors"
    other.with_suffix(".json").write_text("{")
    with pytest.raises(BadPicture, match=r"other\.json"):
        run(few(tmp_path / "out", reference=other), studio, jury(SIGHTS), said.append)


def test_pictures_that_are_there_are_scored_and_none_is_drawn(studio, said, tmp_path):
    run(few(tmp_path / "out"), studio, jury(SIGHTS), said.append)
    calls = list(studio.load().calls)
    again = few(tmp_path / "again", pictures=tmp_path / "out" / "pictures")
    report = run(again, studio, jury(SIGHTS), said.append)
    assert report["pictures"]["animals"] == 5
    assert studio.load().calls == calls
    with pytest.raises(BadPicture, match="no picture of the benchmark"):
        run(few(tmp_path / "again", pictures=tmp_path), studio, jury(SIGHTS), said.append)


def test_only_the_animals_asked_for(studio, said, tmp_path):
    some = Benchmark(tmp_path, animals=("cat", "red panda"), seeds=1).wishes(studio)
    assert {wish.animal for wish in some if wish.animal} == {"cat", "red panda"}
    with pytest.raises(UnknownAnimal, match="unicorm"):
        Benchmark(tmp_path, animals=("unicorm",)).wishes(studio)


def test_a_second_run_goes_on_and_other_settings_need_another_folder(studio, tmp_path):
    some = wishes(animals=("cat",), seeds=1)[:2]
    first = list(draw(studio, some[:1], tmp_path, steps=1))
    stamp = first[0].stat().st_mtime_ns
    assert len(list(draw(studio, some, tmp_path, steps=1))) == 2
    assert first[0].stat().st_mtime_ns == stamp
    with pytest.raises(BadJob, match="another --out"):
        list(draw(studio, some, tmp_path, steps=2))


def copied(tmp_path):
    """The built-in model's small files and one weight file: enough for a model that is never loaded."""
    folder = tmp_path / "copy"
    for name in ("pawlette.json", "vae/config.json", "vae/diffusion_pytorch_model.safetensors"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(builtin_folder() / name, folder / name)
    return folder


def test_pictures_of_two_models_of_one_name_never_lie_in_one_folder(tmp_path):
    some, folder = wishes(animals=("cat",), seeds=1)[:1], copied(tmp_path)
    models = [Studio(folder, load=lambda folder, device, **parts: FakeModel()) for _ in range(2)]
    list(draw(models[0], some, tmp_path / "out", steps=1))
    (weights,) = folder.rglob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00")
    with pytest.raises(BadJob, match="another --out"):
        list(draw(models[1], some, tmp_path / "out", steps=1))


def test_the_report_says_which_weights_drew_and_on_which_device(studio, said, tmp_path):
    report = run(few(tmp_path / "out"), studio, jury(SIGHTS), said.append)
    drawn_with = report["settings"]["drawn with"]
    assert drawn_with["weights"] == of_model(builtin_folder())
    assert drawn_with["device"] == choose("auto")


@pytest.mark.parametrize("content", ["{", "[1]"])
def test_settings_that_cannot_be_read_are_named(studio, tmp_path, content):
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(BadPicture, match=r"settings\.json"):
        list(draw(studio, wishes(animals=("cat",), seeds=1)[:1], tmp_path, steps=1))


def test_the_jury_that_ships_can_score():
    """Its own accuracy stands beside every figure: a judge's file without it would end a run after all the drawing."""
    shipped = art.shipped_jury()
    for judge in (shipped.taught, shipped.stranger):
        assert judge.own["families"][judge.own["held_out"]]["per_animal"]
        assert judge.own["generator"]["per_animal"]
    assert len(shipped.known.training) == len(shipped.known.fresh) > 1000
    assert json.loads(art.shipped_reference().with_suffix(".json").read_text())["statistics"]
