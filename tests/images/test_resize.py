"""Pictures brought to another size."""

import numpy as np
import pytest

from animegan.images.resize import like, resize, shrink, to_long_side


def test_what_has_the_size_is_returned_as_it_is(coffee):
    assert resize(coffee, 600, 400) is coffee
    assert shrink(coffee, 600) is coffee
    assert shrink(coffee, 2000) is coffee
    assert like(coffee, coffee[:, ::-1]) is coffee


def test_width_comes_before_height(coffee):
    assert resize(coffee, 300, 100).shape == (100, 300, 3)
    assert resize(coffee[:, :, 0], 300, 100).shape == (100, 300)
    assert like(coffee, np.zeros((50, 70, 3), np.uint8)).shape == (50, 70, 3)


@pytest.mark.parametrize("side", [1, 37, 600, 1201])
def test_the_long_side_is_what_was_asked_for(coffee, side):
    assert max(to_long_side(coffee, side).shape[:2]) == side
    assert to_long_side(coffee, side).shape[0] == max(1, round(side * 2 / 3))


def test_a_strip_keeps_a_row():
    assert shrink(np.zeros((2, 5000, 3), np.uint8), 512).shape == (1, 512, 3)


def test_what_becomes_smaller_is_averaged():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 200
    assert (shrink(stripes, 32) == 100).all()
