"""PNG encoders: files that are whole, figures that are counted right, and what is said of missing packages."""

import io
import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from pawlette.bench import png
from pawlette.bench.picture_like import picture_like
from pawlette.bench.png import Case, advised, built, check, longest_pause, measure
from pawlette.bench.png_encoders import ENCODERS, Encoder, pillow, with_text
from pawlette.errors import DrawingFailed

OURS = [one for one in ENCODERS if one.package in ("pillow", "numpy")]


class Clock:
    """Stands still unless it is moved."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(png, "time", SimpleNamespace(perf_counter=lambda: self.now, sleep=time.sleep))


@pytest.fixture
def page():
    image = Image.new("RGB", (64, 64), "white")
    image.paste((200, 40, 90), (10, 20, 50, 60))
    return image


@pytest.mark.parametrize("encoder", OURS, ids=lambda one: one.name)
@pytest.mark.parametrize("channels", [3, 4])
def test_every_file_opens_to_the_same_pixels_and_carries_a_label(encoder, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 24, channels), np.uint8)
    assert check(encoder, encoder.build(), pixels) > 100


def test_a_lossy_encoder_stops_the_measurement(page):
    pixels = picture_like(page, 32)
    with pytest.raises(DrawingFailed, match="lossless False"):
        check(OURS[0], lambda given: pillow(6)(given // 2), pixels)


def test_a_label_may_be_chinese():
    labelled = with_text(pillow(1)(np.zeros((4, 4, 3), np.uint8)), "pawlette", "熊猫")
    assert Image.open(io.BytesIO(labelled)).info["pawlette"] == "熊猫"


def test_grain_costs_bytes_and_is_the_same_each_time(page):
    smooth, grained = picture_like(page, 128, grain=0.0), picture_like(page, 128)
    assert grained.shape == (128, 128, 3)
    assert np.array_equal(grained, picture_like(page, 128))
    assert len(pillow(6)(grained)) > 2 * len(pillow(6)(smooth))


def test_a_package_that_is_not_installed_is_named():
    def absent():
        raise ModuleNotFoundError("no", name="absent")

    found, missing = built([OURS[0], Encoder("absent", "absent-package", absent)])
    assert [one.name for one in found] == [OURS[0].name]
    assert missing == ["absent-package"]


def test_bytes_are_means_and_times_medians(page, monkeypatch):
    clock = Clock(monkeypatch)
    naps = iter([0.0, 0.001, 0.002, 0.04, 0.0])  # a check, three rounds, one pause

    def encode(pixels):
        clock.now += next(naps)
        return pillow(1)(pixels)

    pixels = picture_like(page, 32)
    (case,) = measure({OURS[0]: encode}, [pixels], 0.5, rounds=3)
    assert case.bytes == len(pillow(1)(pixels))
    assert (case.size, case.grain) == (32, 0.5)
    assert case.milliseconds == 2.0  # neither the mean nor the worst


def test_who_holds_the_interpreter_is_noticed(monkeypatch):
    """The clock goes on only while somebody holds it, so that a busy machine makes no pause."""
    clock = Clock(monkeypatch)

    def held(seconds):
        clock.now += seconds  # one piece of work: nobody looks at the clock meanwhile

    assert longest_pause(lambda _: held(0.02), None) == pytest.approx(0.02)
    assert longest_pause(lambda _: [held(0.001), held(0.03), held(0.002)], None) >= 0.03
    assert longest_pause(lambda _: time.sleep(0.01), None) == 0.0


def a_case(name, milliseconds, size, grain=0.5):
    return Case(name, "pillow", 256, grain, milliseconds, size, 0.0)


def test_advice_is_the_fastest_among_files_that_are_small_enough_everywhere():
    cases = [
        a_case("Pillow, level 6", 100, 1000), a_case("Pillow, level 6", 90, 500, 0.0),
        a_case("quick", 10, 1100), a_case("quick", 10, 570, 0.0),
        a_case("quicker but large", 5, 1100), a_case("quicker but large", 5, 600, 0.0),
    ]  # fmt: skip
    assert advised(cases) == ["quick", "Pillow, level 6"]


def test_the_report_lies_in_the_folder(tmp_path, monkeypatch, page):
    monkeypatch.setattr(png, "drawn", lambda studio: [page])
    monkeypatch.setattr(png, "ENCODERS", OURS)
    png.run(object(), tmp_path, rounds=1, sizes=(32,), say=lambda line: None)
    report = json.loads((tmp_path / "png.json").read_text())
    assert len(report["cases"]) == 2 * len(OURS)
    assert "| Pillow, run lengths | pillow |" in (tmp_path / "png.md").read_text()
