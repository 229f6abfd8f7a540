"""Plots from figures alone: they are drawn whatever is missing, and hold what they say."""

import pytest
from PIL import Image

from pawlette.bench import plots
from tests.bench.test_bench_report import CASE, PROTOCOL, REPORT

LANES = {
    "encode": [(0.0, 0.1)],
    "denoise": [(0.1, 0.8)],
    "decode": [(0.8, 0.9)],
    "copy": [],
    "save": [(0.9, 1.0)],
}


@pytest.fixture
def drawn(monkeypatch):
    """Every figure that is saved."""
    figures, saved = [], plots.save
    monkeypatch.setattr(plots, "save", lambda figure, path: figures.append(figure) or saved(figure, path))
    return figures


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_lanes_have_a_panel_for_each_way_on_one_scale(tmp_path, drawn):
    told = {lane: own for lane, own in LANES.items() if lane != "copy"}
    path = plots.lanes([("plain", 2.0, LANES), ("engine", 1.0, told)], tmp_path / "lanes.png")
    with Image.open(path) as picture:
        assert picture.width > 800
    first, second = drawn[0].axes
    assert first.get_xlim() == second.get_xlim() == (0.0, 2.0)
    assert texts(drawn[0]) == ["none", "not told"]


def test_a_long_title_is_no_wider_than_its_panel(tmp_path, drawn):
    widths = []
    for title in ("plain", ", ".join(["packed, folded, compiled"] * 8)):
        with Image.open(plots.lanes([(title, 1.0, LANES)], tmp_path / "lanes.png")) as picture:
            widths.append(picture.width)
    assert widths[0] == pytest.approx(widths[1], abs=10)


def test_the_studys_figures_stand_beside_ours(tmp_path, drawn):
    plots.study(PROTOCOL, tmp_path / "study.png")
    latency, nvml, *_ = drawn[0].axes
    assert "9,840" in texts(drawn[0])
    assert [len(bars) for bars in latency.containers] == [5, 2, 1]
    assert [len(bars) for bars in nvml.containers] == [5, 1, 1]


def test_what_nobody_told_is_said(tmp_path, drawn):
    plots.study(PROTOCOL | {"blocks": []}, tmp_path / "study.png")
    assert texts(drawn[0]).count("not told here: plain, engine") == 4


def test_a_ladder_has_a_bar_for_each_rung_that_was_timed(tmp_path, drawn):
    plots.ladder(CASE, tmp_path / "ladder.png")
    rates, shares = drawn[0].axes
    assert [label.get_text() for label in rates.get_yticklabels()] == ["baseline", "inline"]
    assert [line.get_label() for line in shares.get_lines()] == ["kernel-busy", "NVML"]


def test_a_share_beyond_a_hundred_percent_is_in_the_picture(tmp_path, drawn):
    rungs = [rung | {"stages": {"mfu": 1.374}} for rung in CASE["rungs"]]
    plots.ladder(CASE | {"rungs": rungs}, tmp_path / "ladder.png")
    assert drawn[0].axes[1].get_xlim()[1] > 137.4


def test_a_bench_leaves_a_plot_of_each_kind(tmp_path):
    timeline = {"way": "plain", "seconds": 1.0, "lanes": LANES}
    report = REPORT | {"protocol": PROTOCOL | {"timelines": [timeline]}}
    made = plots.bench(report, tmp_path)
    assert [path.name for path in made] == ["study.png", "timeline.png", "ladder-256.png"]
    assert all(path.exists() for path in made)
    assert len(plots.bench(REPORT | {"ladder": None}, tmp_path)) == 1


def test_a_ramp_has_a_panel_for_each_kind_of_work(tmp_path, drawn):
    level = {"burner": "one", "truth": 0.5, "busy": 0.5, "nvml": 100.0, "sm_util": None, "processor": 0.1}
    report = {
        "burners": {"one": "spins", "all": "multiply"},
        "levels": [level, level | {"burner": "all", "nvml": None}],
    }
    assert plots.ramp(report, tmp_path).name == "ramp.png"
    one, every = drawn[0].axes
    assert [line.get_label() for line in one.get_lines()][1:] == ["busy, by the trace", "NVML", "processor"]
    assert [line.get_label() for line in every.get_lines()][1:] == ["busy, by the trace", "processor"]
