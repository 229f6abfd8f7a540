"""The visible mark: high enough for the law, in its corner, on any picture."""

import pytest
from PIL import Image, ImageChops

from pawlette.engine.mark import mark, marked

SIZES = [(256, 256), (512, 512), (1664, 928), (928, 1664), (64, 32)]


@pytest.mark.parametrize("size", SIZES)
def test_the_signs_are_five_percent_of_the_shorter_side_high(size):
    image = marked(Image.new("RGB", size, "black"))
    bright = image.convert("L").point(lambda value: 255 * (value > 200))
    left, top, right, bottom = bright.getbbox()
    assert bottom - top >= 0.05 * min(size)
    assert left > size[0] * 0.4 or size[0] < 100
    assert right <= size[0]
    assert bottom <= size[1]


def test_the_rest_of_the_picture_stays_as_it_is():
    page = Image.linear_gradient("L").convert("RGB")
    changed = ImageChops.difference(page, marked(page)).getbbox()
    assert changed[0] > 128
    assert changed[1] > 200


def test_a_clear_ground_stays_clear_but_for_the_mark():
    image = marked(Image.new("RGBA", (256, 256), (0, 0, 0, 0)))
    assert image.mode == "RGBA"
    assert image.getpixel((10, 10))[3] == 0
    assert image.getchannel("A").getextrema()[1] == 255


def test_four_signs_stand_apart():
    bright = mark(60).convert("L").point(lambda value: 255 * (value > 200))
    columns = [any(bright.getpixel((x, y)) for y in range(bright.height)) for x in range(bright.width)]
    starts = sum(now and not before for before, now in zip([False, *columns], columns, strict=False))
    assert starts == 4
