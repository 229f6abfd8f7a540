"""A course of training: it learns, ends when it should, and a resumed run is the run that was not stopped."""

import csv

import pytest
import torch

from pawlette.errors import BadJob, BadWeights, DrawingFailed
from pawlette.model.weights import save_plain
from pawlette.train.course import Course, Length


def line(seed: int = 0):
    """A layer that is to learn y = 2x from noisy points, and the losses of a batch of them."""
    torch.manual_seed(seed)
    layer = torch.nn.Linear(1, 1)

    def losses():
        x = torch.randn(16, 1)
        error = (layer(x) - 2 * x).square().mean()
        return {"error": error, "total": error}

    return Course(layer, learning_rate=0.1, seed=3, warm_up=2, decay=0.9), losses


def quiet(_: str) -> None:
    return None


def test_it_learns_and_writes_its_curve(tmp_path):
    course, losses = line()
    course.run(losses, Length(steps=100), tmp_path / "curve.csv", every=10, say=quiet)
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["step", "seconds", "learning_rate", "error", "total"]
    assert [int(row["step"]) for row in rows] == list(range(10, 101, 10))
    assert float(rows[-1]["error"]) < 0.1 * float(rows[0]["error"])
    assert abs(course.average.weights["weight"].item() - 2) < 0.3


def test_a_resumed_run_is_the_run_that_was_not_stopped(tmp_path):
    whole, losses = line()
    for step in range(8):
        whole.update(losses, step / 8)
    first, losses = line()
    for step in range(5):
        first.update(losses, step / 8)
    first.elapsed = 7.5
    first.save(tmp_path / "state.safetensors")
    second, losses = line(seed=9)
    second.resume(tmp_path / "state.safetensors")
    assert (second.step, second.elapsed, second.average.updates) == (5, 7.5, 5)
    for step in range(5, 8):
        second.update(losses, step / 8)
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, second.model.state_dict()[name])
        assert torch.equal(whole.average.weights[name], second.average.weights[name])


def test_a_resumed_curve_goes_on(tmp_path):
    course, losses = line()
    state, curve = tmp_path / "state.safetensors", tmp_path / "curve.csv"
    course.run(losses, Length(steps=4), curve, state=state, every=2, say=quiet)
    again, losses = line()
    again.resume(state)
    again.run(losses, Length(steps=8), curve, state=state, every=2, say=quiet)
    assert [row.split(",")[0] for row in curve.read_text().splitlines()] == ["step", "2", "4", "6", "8"]


def test_what_is_no_state_is_refused(tmp_path):
    course, losses = line()
    course.update(losses, 0.0)
    course.save(tmp_path / "state.safetensors")
    other = Course(torch.nn.Linear(3, 1), learning_rate=0.1, seed=0)
    with pytest.raises(BadWeights, match="state"):
        other.resume(tmp_path / "state.safetensors")
    (tmp_path / "state.safetensors").write_bytes(b"nothing")
    with pytest.raises(BadWeights, match="state"):
        course.resume(tmp_path / "state.safetensors")


def test_compiling_leaves_no_trace():
    course, losses = line()
    before = course.model.weight.clone()
    course.compile(losses)
    assert torch.equal(course.model.weight, before)
    assert course.model.weight.grad is None


def test_the_rate_rises_then_falls():
    course, _ = line()
    course.step = 1
    assert course.rate(0.0) == pytest.approx(0.1)
    assert course.rate(1.0) == pytest.approx(0.002)
    course.step = 0
    assert course.rate(0.0) == pytest.approx(0.05)


def test_a_run_ends_by_whichever_comes_first():
    assert Length(seconds=10.0, steps=100).share(50, 8.0) == 0.8
    assert Length(steps=100).share(250, 8.0) == 1.0
    for wrong in ({}, {"steps": 0}, {"seconds": -1.0}):
        with pytest.raises(BadJob, match="above 0"):
            Length(**wrong)


class Killed(Exception):
    pass


def killed_at(losses, step, course):
    def stopping():
        if course.step == step:
            raise Killed
        return losses()

    return stopping


def test_a_curve_repeats_no_row_where_the_state_is_older_than_it(tmp_path):
    """As a run is killed: its last rows are written, the state behind them is not."""
    state, curve = tmp_path / "state.safetensors", tmp_path / "curve.csv"
    first, losses = line()
    first.run(losses, Length(steps=4), curve, state=state, every=2, say=quiet)
    kept = state.read_bytes()
    first.run(losses, Length(steps=9), curve, state=state, every=2, say=quiet)
    with curve.open("ab") as file:
        file.write(b"10,0.1,")  # half a row
    state.write_bytes(kept)
    second, losses = line()
    second.resume(state)
    second.run(losses, Length(steps=12), curve, state=state, every=2, say=quiet)
    steps = [row.split(",")[0] for row in curve.read_text().splitlines()]
    assert steps == ["step", "2", "4", "6", "8", "10", "12"]


def test_a_killed_run_goes_on_to_the_very_bit(tmp_path, monkeypatch):
    monkeypatch.setattr("pawlette.train.course.SAVED_EVERY", -1.0)
    state, length = tmp_path / "state.safetensors", Length(steps=12)
    whole, losses = line()
    whole.run(losses, length, tmp_path / "whole.csv", say=quiet)
    first, losses = line()
    first.identity = {"seed": 3}
    with pytest.raises(Killed):
        first.run(killed_at(losses, 7, first), length, tmp_path / "curve.csv", state=state, say=quiet)
    second, losses = line(seed=9)
    second.identity = {"seed": 3}
    second.resume(state)
    assert second.step == 7
    second.run(losses, length, tmp_path / "curve.csv", state=state, say=quiet)
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, second.model.state_dict()[name])
        assert torch.equal(whole.average.weights[name], second.average.weights[name])


def test_a_loss_that_is_no_number_ends_the_run(tmp_path):
    course, _ = line()

    def broken():
        return {"total": course.model(torch.full((1, 1), torch.inf)).sum() * 0}

    with pytest.raises(DrawingFailed, match="no number at step 2"):
        course.run(broken, Length(steps=9), tmp_path / "curve.csv", every=2, say=quiet)


def test_a_state_of_another_run_is_refused(tmp_path):
    course, losses = line()
    course.identity = {"seed": 3, "grid": (2, 2)}
    course.update(losses, 0.0)
    course.save(tmp_path / "state.safetensors")
    course.resume(tmp_path / "state.safetensors")
    course.identity["seed"] = 4
    with pytest.raises(BadJob, match=r"state\.safetensors was made with seed = 3, now it is 4"):
        course.resume(tmp_path / "state.safetensors")
    course.identity = {}
    with pytest.raises(BadJob, match="grid"):
        course.resume(tmp_path / "state.safetensors")
    save_plain({"model.weight": torch.zeros(1)}, tmp_path / "old.safetensors")
    with pytest.raises(BadJob, match="does not say which run"):
        course.resume(tmp_path / "old.safetensors")
