"""Pictures that are made strip by strip: as if at once, in little memory."""

import tracemalloc

import cv2
import numpy as np
import pytest

from animegan.images import blend, patterns, tiles


def falling(height: int, width: int) -> np.ndarray:
    """Weights that differ from row to row, in no memory of their own."""
    return np.broadcast_to(np.linspace(1, 0, height, dtype=np.float32)[:, None], (height, width))


FINISHED = {
    "mixed": lambda picture, photo: blend.mix(photo, picture, 0.7),
    "mixed by weights": lambda picture, photo: blend.mix(photo, picture, falling(*photo.shape[:2])),
    "vivid": lambda picture, photo: blend.vividness(picture, 1.6),
    "guided": blend.guided,
    "dots": lambda picture, photo: patterns.screentone(picture, 2.3),
    "paper": lambda picture, photo: patterns.paper(picture, 2.3),
}
"""What is done to finished drawings of any size."""


@pytest.fixture(params=FINISHED)
def finish(request, monkeypatch):
    monkeypatch.setattr(patterns, "KEPT", 0)
    return FINISHED[request.param]


def test_strips_are_the_rows_from_top_to_bottom(monkeypatch):
    monkeypatch.setattr(tiles, "STRIP", 70)
    seen: list[slice] = []
    rows = np.arange(100, dtype=np.uint8)[:, None, None].repeat(20, 1).repeat(3, 2)
    made = tiles.by_strips(rows.shape, lambda part: seen.append(part) or rows[part])
    np.testing.assert_array_equal(made, rows)
    assert seen == [slice(top, min(100, top + 3)) for top in range(0, 100, 3)]
    monkeypatch.setattr(tiles, "STRIP", 7)  # less than a row
    np.testing.assert_array_equal(tiles.by_strips(rows.shape, lambda part: rows[part]), rows)


def test_strips_join_exactly(finish, coffee, monkeypatch):
    picture = np.ascontiguousarray(coffee[:203, :301])
    photo = picture[:, ::-1].copy()
    whole = finish(picture, photo)
    for rows in (1, 5, 64, 202):
        monkeypatch.setattr(tiles, "STRIP", rows * 301)
        np.testing.assert_array_equal(finish(picture, photo), whole)


def test_no_floats_of_a_whole_picture_are_needed(finish, coffee, monkeypatch):
    """What is made, and less than as much again: in floats a picture has four times as many bytes."""
    monkeypatch.setattr(tiles, "STRIP", 2**15)
    picture = np.asarray(cv2.resize(coffee, (1800, 1200)), np.uint8)
    photo = picture[::-1].copy()
    tracemalloc.start()
    finish(picture, photo)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert picture.nbytes < peak < 2 * picture.nbytes


def test_the_grain_of_paper_is_that_of_cubic_interpolation():
    """Kept for the frames of a clip, or made strip by strip."""
    noise = np.random.default_rng(0).random((37, 50), np.float32)
    rows = patterns._grain([noise], 200, slice(30, 170))
    expected = 1 + cv2.resize(noise, (50, 200), interpolation=cv2.INTER_CUBIC)[30:170]
    np.testing.assert_allclose(rows, expected, atol=1e-5)
