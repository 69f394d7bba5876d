"""Tones are spread and brought back."""

import numpy as np
import pytest

from animegan.images.tones import AS_THEY_ARE, EDGE, Levels
from tests.support.pictures import dull


def test_what_has_contrast_stays_as_it_is(astronaut):
    levels = Levels.of(astronaut, 2, 180, 2.5)
    assert levels == AS_THEY_ARE
    assert levels.spread(astronaut) is astronaut
    assert levels.back(astronaut, 0.3) is astronaut


def test_there_and_back(astronaut):
    flat = dull(astronaut)
    levels = Levels.of(flat, 2, 180, 4)
    low, high = np.percentile(levels.spread(flat) @ [0.299, 0.587, 0.114], (2, 98))
    assert high - low == pytest.approx(180, abs=4)
    assert np.abs(levels.back(levels.spread(flat), 0.0).astype(int) - flat).max() <= 2  # the tones beyond 98 % are cut
    assert levels.back(levels.spread(flat), 0.5).std() == pytest.approx(levels.gain**0.5 * flat.std(), rel=0.05)


@pytest.mark.parametrize("tone", [0, 3, 128, 255])
def test_one_colour_stays_in_range(tone):
    plain = np.full((40, 40, 3), tone, np.uint8)
    levels = Levels.of(plain, 2, 180, 2.5)
    assert levels.gain == 2.5
    assert EDGE <= levels.spread(plain).mean() <= 255 - EDGE
    assert np.abs(levels.back(levels.spread(plain), 0.3).astype(int) - tone).max() <= 1
