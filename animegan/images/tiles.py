"""Cuts large pictures into tiles, for what cannot process a whole picture at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from animegan.images.resize import Picture

Edges = Callable[[int], list[int]]
"""Where a side of so many pixels is cut, both ends included."""
OnTile = Callable[[int, int], None]
"""Called after each tile with the number of finished tiles and the total number. It may raise, to stop the run."""
STRIP = 2**20
"""Pixels of a strip of `by_strips`, at most, or one row."""


@dataclass(frozen=True)
class Tile:
    """One tile: the part of the picture that it fills, and the larger part that it sees."""

    rows: slice
    columns: slice
    """The part of the picture that the tile fills."""
    seen_rows: slice
    seen_columns: slice
    """The same part with ``reach`` more pixels on each side, cut off at the picture's border."""

    def inner(self, scale: int = 1) -> tuple[slice, slice]:
        """Return the index of the filled part in what the tile sees, ``scale`` times as large."""
        return self._index(scale, self.seen_rows.start, self.seen_columns.start)

    def place(self, scale: int = 1) -> tuple[slice, slice]:
        """Return the index of the filled part in the picture, ``scale`` times as large."""
        return self._index(scale, 0, 0)

    def _index(self, scale: int, top: int, left: int) -> tuple[slice, slice]:
        rows, columns = (
            slice(scale * (side.start - start), scale * (side.stop - start))
            for side, start in ((self.rows, top), (self.columns, left))
        )
        return rows, columns


def tiles(height: int, width: int, edges: Edges, reach: int) -> list[Tile]:
    """Cut ``height`` × ``width`` pixels at the ``edges`` of each side; a tile also sees ``reach`` pixels around it."""
    return [
        Tile(
            slice(top, bottom),
            slice(left, right),
            slice(max(0, top - reach), min(height, bottom + reach)),
            slice(max(0, left - reach), min(width, right + reach)),
        )
        for top, bottom in pairwise(edges(height))
        for left, right in pairwise(edges(width))
    ]


def by_tiles(
    picture: Picture,
    work: Callable[[Picture], Picture],
    edges: Edges,
    reach: int,
    scale: int = 1,
    on_tile: OnTile | None = None,
) -> Picture:
    """Run ``work`` over a picture tile by tile: ``(H, W, 3) uint8`` to ``(scale · H, scale · W, 3) uint8``. The tiles
    join without a seam if each output pixel of ``work`` depends on at most ``reach`` pixels around it.
    """
    height, width = picture.shape[:2]
    result = np.empty((scale * height, scale * width, 3), np.uint8)
    parts = tiles(height, width, edges, reach)
    for number, tile in enumerate(parts):
        result[tile.place(scale)] = work(picture[tile.seen_rows, tile.seen_columns])[tile.inner(scale)]
        if on_tile is not None:
            on_tile(number + 1, len(parts))
    return result


def around(rows: slice, reach: int, height: int) -> tuple[slice, slice]:
    """Return the rows that a strip of `by_strips` sees, ``reach`` more on each side, and where it lies in them."""
    above = min(rows.start, reach)
    return slice(rows.start - above, min(height, rows.stop + reach)), slice(above, above + rows.stop - rows.start)


def by_strips(shape: tuple[int, ...], work: Callable[[slice], Picture]) -> Picture:
    """Make a picture of ``shape``, ``(H, W, 3)``, strip by strip: ``work`` gets the rows of each, and returns them. So
    the floats that it computes with take little memory.
    """
    height, width = shape[:2]
    result = np.empty((height, width, 3), np.uint8)
    step = max(1, STRIP // width)
    for top in range(0, height, step):
        rows = slice(top, min(height, top + step))
        result[rows] = work(rows)
    return result


def grid_edges(tile: int) -> Edges:
    """Cut at multiples of ``tile`` pixels, for networks whose tiles must lie on the grid of the whole picture; the last
    tile is up to one and a half times as long.
    """
    return lambda length: [*range(0, max(1, length - tile // 2), tile), length]


def even_edges(tile: int) -> Edges:
    """Cut into equal lengths of at most ``tile`` pixels."""

    def edges(length: int) -> list[int]:
        count = -(-length // tile)
        return [round(length * n / count) for n in range(count + 1)]

    return edges


def overlapping_starts(length: int, tile: int) -> list[int]:
    """Return where tiles of a fixed length begin: they overlap by a quarter, and the last one ends at ``length``."""
    return [*range(0, length - tile, tile - tile // 4), length - tile]
