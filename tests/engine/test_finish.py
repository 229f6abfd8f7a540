"""The finish: exact at strength 0, true to lightness, hue and alpha, and blind to what nobody sees."""

import numpy as np
import pytest

from pawlette.engine.finish import (
    LEVELS,
    apply_finish,
    box,
    darkening,
    gaussian,
    quantise,
    saturate,
    to_oklab,
    to_rgb,
)
from pawlette.job import Finish

ONES = np.ones((24, 24), np.float32)


def noise(height=24, width=24, channels=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def hue(lab):
    return np.arctan2(lab[..., 2], lab[..., 1])


def chroma(lab):
    return np.hypot(lab[..., 1], lab[..., 2])


def test_no_strength_is_no_finish():
    pixels = noise()
    assert apply_finish(pixels, Finish()) is pixels


def test_every_code_survives_oklab():
    codes = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), axis=-1).reshape(-1, 3).astype(np.uint8)
    assert np.array_equal(to_rgb(to_oklab(codes)), codes)


def test_oklab_is_ottossons():
    white, red = to_oklab(np.array([[255, 255, 255], [255, 0, 0]], np.uint8))
    assert white == pytest.approx([1.0, 0.0, 0.0], abs=1e-4)
    assert red == pytest.approx([0.62796, 0.22486, 0.12585], abs=1e-4)  # CSS Color 4's figure for red


def test_saturation_keeps_lightness_hue_and_grey():
    pixels = noise(channels=3) // 4 + 96  # muted, so that nothing leaves the gamut
    before, after = to_oklab(pixels), to_oklab(apply_finish(pixels, Finish(saturation=0.5)))
    assert np.abs(after[..., 0] - before[..., 0]).max() < 0.01
    colourful = chroma(before) > 0.05
    turn = np.angle(np.exp(1j * (hue(after) - hue(before))))
    assert np.abs(turn[colourful]).max() < 0.06
    assert chroma(after)[colourful] == pytest.approx(1.3 * chroma(before)[colourful], abs=0.006)
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    assert np.array_equal(apply_finish(grey, Finish(saturation=1.0)), grey)


def test_colours_that_no_screen_shows_keep_hue_and_lightness():
    vivid = np.array([[[250, 120, 20], [30, 200, 90], [60, 90, 240]]], np.uint8)
    wanted, got = saturate(to_oklab(vivid), 1.0), to_oklab(apply_finish(vivid, Finish(saturation=1.0)))
    assert np.abs(got[..., 0] - wanted[..., 0]).max() < 0.01
    assert np.abs(hue(got) - hue(wanted)).max() < 0.03
    assert (chroma(got) >= chroma(to_oklab(vivid)) - 0.003).all()


@pytest.mark.parametrize("finish", [Finish(1.0, 1.0), Finish(cartoon=0.3)])
def test_alpha_and_hidden_pixels_stay(finish):
    pixels = noise()
    pixels[:12, :, 3] = 0
    after = apply_finish(pixels, finish)
    assert np.array_equal(after[..., 3], pixels[..., 3])
    assert np.array_equal(after[:12], pixels[:12])
    assert not np.array_equal(after[12:], pixels[12:])


def test_hidden_colour_never_shows_at_an_edge():
    """A flat sticker comes out the same whatever lies hidden around it, and flat as it was."""
    results = []
    for hidden in (0, 255):
        pixels = np.full((32, 32, 4), hidden, np.uint8)
        pixels[8:24, 8:24, :3], pixels[..., 3] = (200, 120, 90), 0
        pixels[8:24, 8:24, 3] = 255
        pixels[8:24, 8, 3] = 100  # a soft edge
        results.append(apply_finish(pixels, Finish(1.0, 1.0))[8:24, 8:24])
    assert np.array_equal(*results)
    assert np.ptp(results[0][..., :3].astype(int), axis=(0, 1)).max() <= 1


def test_the_same_pixels_get_the_same_finish():
    assert np.array_equal(apply_finish(noise(), Finish(0.7, 0.7)), apply_finish(noise(), Finish(0.7, 0.7)))


def test_cartoon_flattens_texture_and_darkens_the_edge():
    left = np.where(np.arange(48) < 24, 90, 200)
    texture = np.random.default_rng(1).integers(-3, 4, (48, 48))
    pixels = np.repeat((left[None] + texture)[..., None], 3, axis=2).astype(np.uint8)
    after = apply_finish(pixels, Finish(cartoon=1.0)).astype(int)
    assert after[8:40, 30:44].std() < pixels[8:40, 30:44].std()
    assert after[24, 22:24].min() < after[24, 4:16].min()  # the dark side, at the edge
    half = apply_finish(pixels, Finish(cartoon=0.5)).astype(int)
    assert np.abs(half - pixels).mean() < np.abs(after - pixels).mean()


def test_soft_steps_are_continuous_rising_and_fixed_at_each_level():
    lightness = np.linspace(0, 1, 2001, dtype=np.float32)
    steps = np.diff(quantise(lightness))
    assert (steps >= -1e-6).all()
    assert steps.max() < 5 * steps.mean()
    levels = (np.arange(LEVELS + 1) / LEVELS).astype(np.float32)
    assert quantise(levels) == pytest.approx(levels, abs=1e-6)


def test_flat_lightness_has_no_edges():
    assert darkening(0.5 * ONES, ONES, 0.8) == pytest.approx(ONES, abs=1e-6)


def test_box_and_gaussian_against_plain_sums():
    plane = noise(9, 11, 1).astype(np.float32)
    padded = np.pad(plane[..., 0], 2)
    sums = [[padded[y : y + 5, x : x + 5].sum() for x in range(11)] for y in range(9)]
    assert box(plane, 2)[..., 0] == pytest.approx(np.array(sums), rel=1e-5)
    spike = np.zeros((15, 15, 1), np.float32)
    spike[7, 7] = 1
    blurred = gaussian(spike, 1.0)[..., 0]
    assert blurred.sum() == pytest.approx(1.0, abs=1e-5)
    assert blurred[7, 8] / blurred[7, 7] == pytest.approx(np.exp(-0.5), rel=1e-4)
