"""The list drawn in several ways: every way is timed each round, ratios are paired, differences are counted."""

import io
import json

import pytest
from PIL import Image

from pawlette.bench.stream import ENGINE, INLINE, Run, Way, furthest, result, run, ways
from pawlette.studio import Studio
from tests.fakes import FakeModel


def test_the_report_lies_in_the_folder_and_pictures_are_equal(tmp_path):
    studio = Studio(device="cpu", load=lambda folder, device: FakeModel())
    report = run(studio, tmp_path, pictures=3, rounds=2, steps=1, say=lambda line: None)
    assert json.loads((tmp_path / "stream.json").read_text())["pictures"] == 3
    assert len(report["runs"]) == 2 * len(ways(1))
    assert all(one["other_bytes"] == 0 and one["furthest"] == 0 for one in report["results"])
    assert "| engine |" in (tmp_path / "stream.md").read_text()
    order = [one["way"] for one in report["runs"]]
    assert order[: len(order) // 2] == order[len(order) // 2 :][::-1]  # nobody is always first


def page(shade):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(out, "PNG")
    return out.getvalue()


def test_ratios_are_of_one_round_and_differences_are_counted():
    runs = [
        Run(INLINE.name, 2.0, 4.0, 0.1), Run(ENGINE.name, 1.0, 2.0, 0.1),
        Run(ENGINE.name, 5.0, 2.0, 9.0), Run(INLINE.name, 15.0, 4.0, 9.0),
    ]  # fmt: skip
    drawn = {INLINE: [page(1), page(2)], ENGINE: [page(1), page(7)]}
    found = result(ENGINE, runs, drawn)
    assert found.ratios == (2.0, 3.0)
    assert (found.seconds, found.lowest, found.highest, found.ratio) == (3.0, 1.0, 5.0, 2.5)
    assert (found.other_bytes, found.furthest) == (1, 5)
    assert result(INLINE, runs, drawn).ratio == 1.0


@pytest.mark.parametrize("cores", [1, 2, 7])
def test_the_ways_differ(cores):
    assert len({way.name for way in ways(cores)}) == len(ways(cores))
    assert all(isinstance(way, Way) and way.threads != 0 for way in ways(cores))


def test_the_furthest_pixel():
    assert furthest(page(3), page(9)) == 6
