"""Statistics of pictures so small that the answer is known."""

import numpy as np
import pytest

from pawlette.bench.art_statistics import alpha_quality, colours, edges, piece_sizes


def flat(colour, side=16):
    return np.full((side, side, 3), colour, np.uint8)


def test_grey_has_no_colour_and_red_all_of_it():
    assert colours(flat(128)) == {"saturation": 0.0, "colourfulness": 0.0}
    assert colours(flat(0))["saturation"] == 0
    red = colours(flat((255, 0, 0)))
    assert red["saturation"] == 1
    assert red["colourfulness"] == pytest.approx(0.3 * np.hypot(255, 127.5))


def test_half_red_half_cyan_is_the_formula_of_hasler_and_suesstrunk():
    picture = flat((255, 0, 0))
    picture[8:] = (0, 255, 255)
    deviation = np.hypot(255, 127.5)  # rg is +-255, yb is +-127.5, both of mean 0
    assert colours(picture)["colourfulness"] == pytest.approx(deviation)


def test_a_flat_picture_has_no_edges():
    assert edges(flat((10, 200, 30))) == {"edge_density": 0.0, "edge_strength": 0.0}


def test_black_beside_white_is_the_strongest_edge():
    picture = flat(0)
    picture[:, 8:] = 255
    found = edges(picture)
    assert found["edge_strength"] == pytest.approx(1)
    assert found["edge_density"] == pytest.approx(2 / 14)  # two columns of the fourteen inner ones


def test_a_soft_slope_is_no_edge():
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 64, 0).repeat(3, 2)
    assert edges(ramp)["edge_density"] == 0


def test_a_clean_disc_has_no_haze_and_no_crumbs():
    y, x = np.mgrid[:64, :64]
    alpha = (np.clip(20 - np.hypot(x - 32, y - 32), -0.5, 0.5) * 255 + 127.5).astype(np.uint8)
    found = alpha_quality(alpha)
    assert (found["haze"], found["core"], found["crumbs"]) == (0, 1, 0)
    assert found["covered"] == pytest.approx(np.pi * 400 / 4096, rel=0.02)


def test_haze_holes_and_crumbs_are_seen():
    alpha = np.zeros((64, 64), np.uint8)
    alpha[10:50, 10:50] = 255
    alpha[:, 60:] = 100  # a veil far from the animal
    alpha[25:30, 25:30] = 200  # a dim spot in its middle
    alpha[2:4, 2:4] = 255  # a crumb
    found = alpha_quality(alpha)
    assert found["haze"] == pytest.approx((64 * 4 + 25) / 4096)
    assert found["core"] == pytest.approx(1 - 25 / 36**2, abs=0.001)
    assert found["crumbs"] == 1


def test_an_empty_alpha_is_no_error():
    assert alpha_quality(np.zeros((8, 8), np.uint8)) == {"haze": 0, "core": 0, "crumbs": 0, "covered": 0}


def test_pieces_join_through_corners_and_bends():
    mask = np.array(
        [[1, 0, 1, 0, 0],
         [1, 0, 1, 0, 1],
         [1, 1, 1, 0, 0],
         [0, 0, 0, 1, 0],
         [1, 0, 0, 0, 0]], bool)  # fmt: skip
    assert piece_sizes(mask) == [8, 1, 1]
    assert piece_sizes(np.zeros((3, 3), bool)) == []
    assert piece_sizes(np.ones((3, 3), bool)) == [9]
