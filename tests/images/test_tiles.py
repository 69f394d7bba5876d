"""A large picture cut into tiles, and put together again."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from animegan.images import tiles
from animegan.images.resize import resize

LENGTHS = [1, 16, 79, 80, 159, 160, 161, 240, 241, 400, 450, 513, 2000]


def lengths_between(edges: list[int]) -> list[int]:
    return [stop - start for start, stop in pairwise(edges)]


@pytest.mark.parametrize("length", LENGTHS)
def test_edges_of_a_grid_lie_on_it_and_the_last_tile_may_be_longer(length):
    edges = tiles.grid_edges(160)(length)
    assert (edges[0], edges[-1]) == (0, length)
    assert all(edge % 160 == 0 for edge in edges[:-1])
    assert set(lengths_between(edges)[:-1]) <= {160}
    assert 0 < lengths_between(edges)[-1] <= 240
    if length > 240:
        assert lengths_between(edges)[-1] >= 80  # no tile is a narrow rest


@pytest.mark.parametrize(("length", "count"), [(160, 1), (240, 1), (241, 2), (400, 2), (401, 3), (450, 3)])
def test_as_many_tiles_as_are_needed(length, count):
    assert len(lengths_between(tiles.grid_edges(160)(length))) == count


@pytest.mark.parametrize("length", LENGTHS)
def test_even_edges_part_a_side_equally(length):
    edges = tiles.even_edges(128)(length)
    assert (edges[0], edges[-1]) == (0, length)
    assert len(edges) - 1 == -(-length // 128)
    assert max(lengths_between(edges)) <= 128
    assert max(lengths_between(edges)) - min(lengths_between(edges)) <= 1


@pytest.mark.parametrize("length", [128, 129, 200, 224, 225, 300, 420, 1000])
def test_tiles_of_one_length_share_a_quarter_and_cover_all(length):
    starts = tiles.overlapping_starts(length, 128)
    assert starts[0] == 0
    assert starts[-1] == length - 128
    steps = lengths_between(starts)
    assert all(0 < step <= 96 for step in steps)
    assert set(steps[:-1]) <= {96}


@pytest.mark.parametrize("size", [(1, 1), (16, 450), (450, 16), (160, 160), (333, 471)])
@pytest.mark.parametrize("edges", [tiles.grid_edges(160), tiles.even_edges(160)])
def test_every_pixel_is_filled_once_and_sees_what_is_around_it(size, edges):
    filled = np.zeros(size, int)
    height, width = size
    for tile in tiles.tiles(height, width, edges, reach=24):
        filled[tile.place()] += 1
        assert tile.seen_rows == slice(max(0, tile.rows.start - 24), min(height, tile.rows.stop + 24))
        assert tile.seen_columns == slice(max(0, tile.columns.start - 24), min(width, tile.columns.stop + 24))
    assert (filled == 1).all()


@pytest.mark.parametrize("edges", [tiles.grid_edges(64), tiles.even_edges(64)])
def test_tiles_that_see_as_far_as_the_work_join_without_a_seam(edges, coffee):
    """A box of 9 pixels looks 4 pixels far: with as much around each tile the result is that of the whole."""
    picture = np.ascontiguousarray(coffee[:150, :215])

    def work(part: np.ndarray) -> np.ndarray:
        return cv2.blur(part, (9, 9), borderType=cv2.BORDER_REFLECT_101)

    np.testing.assert_array_equal(tiles.by_tiles(picture, work, edges, 4), work(picture))
    assert (tiles.by_tiles(picture, work, edges, 3) != work(picture)).any()


def test_the_result_may_be_larger(coffee):
    picture = np.ascontiguousarray(coffee[:150, :215])

    def doubled(part: np.ndarray) -> np.ndarray:
        return part.repeat(2, 0).repeat(2, 1)

    np.testing.assert_array_equal(tiles.by_tiles(picture, doubled, tiles.even_edges(64), 8, scale=2), doubled(picture))


def test_each_tile_is_reported_and_may_be_the_last(coffee):
    heard = []

    def on_tile(done: int, count: int) -> None:
        heard.append((done, count))
        if done == 5:
            raise KeyboardInterrupt

    picture = resize(coffee, 150, 100)
    with pytest.raises(KeyboardInterrupt):
        tiles.by_tiles(picture, lambda part: part, tiles.even_edges(50), 8, on_tile=on_tile)
    assert heard == [(n, 6) for n in range(1, 6)]
