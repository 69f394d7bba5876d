"""At which size a photo is painted."""

import pytest

from animegan.images.sizes import paint_size


@pytest.mark.parametrize(
    ("photo", "painted"),
    [
        ((3000, 2000), (640, 427)),
        ((2000, 3000), (427, 640)),
        ((4000, 3000), (640, 480)),
        ((3000, 3000), (640, 640)),
        ((12800, 1600), (3413, 427)),  # as wide strokes as in a part of it
        ((6000, 400), (6000, 400)),
        ((640, 480), (640, 480)),
        ((300, 200), (300, 200)),
        ((16, 17), (16, 17)),
        ((1, 4000), (1, 4000)),
    ],
)
def test_the_long_side_is_the_paint_side_unless_the_photo_is_narrow(photo: tuple[int, int], painted):
    assert paint_size(*photo, 640) == painted


def test_no_side_is_longer_than_that_of_the_photo():
    for side in (256, 640, 8192):
        for width, height in ((500, 400), (700, 20), (9000, 6000), (640, 640)):
            wide, high = paint_size(width, height, side)
            assert wide <= width
            assert high <= height
