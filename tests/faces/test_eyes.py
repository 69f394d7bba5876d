"""Eyes of another size: they grow and shrink where they are, and nothing else moves."""

import numpy as np
import pytest

from animegan.faces.eyes import REACH, TALLER, WIDER, eye_size, with_eyes

SIDE = 200
LANDMARKS = np.array([(75.0, 93.0), (125.0, 93.0), (100.0, 120.0), (85.0, 145.0), (115.0, 145.0)])


def eyes_of(half_wide=8, half_tall=5):
    """A grey face with black ellipses as eyes."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    face = np.full((SIDE, SIDE, 3), 180, np.uint8)
    for x, y in LANDMARKS[:2]:
        face[((columns - x) / half_wide) ** 2 + ((rows - y) / half_tall) ** 2 <= 1] = 0
    return face


def size(face, which):
    x, y = LANDMARKS[which].astype(int)
    part = face[y - 25 : y + 25, x - 25 : x + 25, 0] < 90
    return part.any(0).sum(), part.any(1).sum()


@pytest.mark.parametrize("strength", [0.5, 1.0, 1.5])
def test_eyes_grow_as_the_drawer_s_do_and_shrink_back(strength):
    face = eyes_of()
    drawn = with_eyes(face, LANDMARKS, strength)
    for which in (0, 1):
        wide, tall = size(face, which)
        expected = wide * (1 + (WIDER - 1) * strength), tall * (1 + (TALLER - 1) * strength)
        assert size(drawn, which) == pytest.approx(expected, abs=2.1)
        assert size(with_eyes(drawn, LANDMARKS, 0.0, strength), which) == pytest.approx((wide, tall), abs=2.1)


def test_the_size_that_it_has_is_left_alone():
    face = eyes_of()
    assert with_eyes(face, LANDMARKS, 0.7, 0.7) is face
    assert eye_size(0) == (1, 1)


def test_nothing_beyond_their_surroundings_moves():
    rng = np.random.default_rng(0)
    face = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    unit = 52.0  # from the eyes to the mouth
    far = np.min([np.hypot(columns - x, rows - y) for x, y in LANDMARKS[:2]], axis=0) > REACH * unit + 1
    drawn = with_eyes(face, LANDMARKS, 1.5)
    np.testing.assert_array_equal(drawn[far], face[far])
    assert (drawn != face).any()
