"""Mattes: their border, colours in front, and cut-outs."""

import numpy as np
import pytest

from animegan.images.mattes import RIM, cut_out, foreground, guided, seen, stretched


def disc(height: int, width: int, radius: float) -> np.ndarray:
    """A matte of a disc in the middle with an edge of a pixel."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    return np.clip(radius + 0.5 - away, 0, 1).astype(np.float32)


def laid(front: tuple[int, int, int], back: tuple[int, int, int], matte: np.ndarray) -> np.ndarray:
    """One colour before another, by a matte."""
    share = matte[..., None]
    return np.rint(share * np.array(front) + (1 - share) * np.array(back)).astype(np.uint8)


@pytest.mark.parametrize("back", [(20, 90, 40), (240, 240, 250)])
def test_a_small_matte_takes_the_border_of_the_picture(back):
    """Found at a fifth of the size and a pixel too small, it ends where the colour does."""
    whole = disc(200, 300, 60)
    fine = guided(disc(40, 60, 11), laid((180, 90, 60), back, whole), 4, 1e-4)
    assert fine.shape == whole.shape
    assert ((fine >= 0.5) != (whole >= 0.5)).mean() < 0.004
    assert (fine.min(), fine.max()) == pytest.approx((0, 1), abs=0.03)


def test_a_flat_picture_says_nothing_of_a_border():
    matte = disc(40, 40, 10)
    smooth = guided(matte, np.full((40, 40, 3), 128, np.uint8), 2, 1e-4)
    assert 0.01 < np.abs(smooth - matte).mean() < 0.1
    np.testing.assert_allclose(
        guided(np.ones((9, 9), np.float32), np.zeros((9, 9, 3), np.uint8), 2, 1e-4), 1, atol=1e-5
    )


def test_what_was_behind_a_soft_border_leaves_the_colours_in_front():
    matte = np.tile(np.clip(np.linspace(4, -3, 96), 0, 1), (64, 1)).astype(np.float32)
    mixed = laid((200, 60, 40), (0, 200, 0), matte)
    front = foreground(mixed, matte)
    soft = (matte > 0.5) & (matte < 0.9)
    off = np.abs(front[soft].astype(int) - (200, 60, 40)).mean()
    assert off < 0.3 * np.abs(mixed[soft].astype(int) - (200, 60, 40)).mean()


def test_a_cut_out_is_opaque_inside_and_has_a_rim_if_asked():
    matte, picture = disc(300, 500, 100), np.full((300, 500, 3), (10, 60, 200), np.uint8)
    plain, alpha = cut_out(picture, matte, None, rim=False)
    np.testing.assert_array_equal(alpha, np.rint(255 * matte))
    np.testing.assert_array_equal(plain[150, 250], (10, 60, 200))
    rimmed, wider = cut_out(picture, matte, None, rim=True)
    added = (wider == 255) & (alpha == 0)
    assert added.sum() == pytest.approx(2 * np.pi * 103 * RIM * 500, rel=0.25)
    np.testing.assert_array_equal(rimmed[added], 255)
    np.testing.assert_array_equal(rimmed[150, 250], (10, 60, 200))


def test_a_cut_out_of_what_was_transparent_stays_so():
    before = np.full((50, 50), 255, np.uint8)
    before[:25] = 0
    _, alpha = cut_out(np.zeros((50, 50, 3), np.uint8), disc(50, 50, 20), before, rim=False)
    assert alpha[:25].max() == 0
    assert alpha[30, 25] == 255


def test_a_trace_is_not_seen():
    assert seen(disc(100, 100, 10))
    assert not seen(disc(100, 100, 1))
    assert not seen(0.4 * np.ones((10, 10), np.float32))
    assert not seen(None)


def test_doubt_is_taken_for_none_beyond_two_values():
    matte = np.array([[0, 0.25, 0.5, 0.75, 1]], np.float32)
    np.testing.assert_allclose(stretched(matte, 0.25, 0.75), [[0, 0, 0.5, 1, 1]])
