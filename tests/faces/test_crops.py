"""Crops around a face."""

import numpy as np
import pytest

from animegan.errors import BadOptionError
from animegan.faces import crops
from tests.support.pictures import at


@pytest.mark.parametrize("shape", ["square", "portrait"])
@pytest.mark.parametrize("place", [(400, 300, 100), (30, 30, 50), (780, 590, 60), (400, 300, 590)])
def test_a_crop_is_inside_and_of_its_shape(shape, place):
    left, top, right, bottom = crops.crop_around(at(*place), (800, 600), shape)
    assert 0 <= left < right <= 800
    assert 0 <= top < bottom <= 600
    assert (right - left) / (bottom - top) == pytest.approx(crops.CROPS[shape], rel=0.02)
    if place == (400, 300, 100):
        assert abs((left + right) / 2 - 400) < 3
        assert (290 - top) / (bottom - top) == pytest.approx(1 / 3, abs=0.02)


def test_a_crop_of_no_shape_is_refused():
    with pytest.raises(BadOptionError):
        crops.crop_around(at(400, 300, 100), (800, 600), "round")


@pytest.mark.slow
def test_crops_are_suggested_where_there_is_a_face(finder, astronaut, coffee):
    suggested = crops.suggest_crop(astronaut, finder)
    assert set(suggested) == {"portrait", "square"}
    for left, top, right, bottom in suggested.values():
        assert len(finder.find(np.ascontiguousarray(astronaut[top:bottom, left:right]))) == 1
    assert crops.suggest_crop(coffee, finder) == {}
