"""Cuts large pictures into tiles, for everything that cannot process a whole picture at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from animegan.images.resize import Picture

OnTile = Callable[[int, int], None]
"""Called after each tile with the number of finished tiles and the total number. It may raise, to stop the run."""


@dataclass(frozen=True)
class Tile:
    """One tile: the part of the picture that it fills, and the larger part that it sees."""

    rows: slice
    columns: slice
    """The part of the picture that the tile fills."""
    seen_rows: slice
    seen_columns: slice
    """The same part with ``reach`` more pixels on each side, cut off at the picture's border."""

    @property
    def seen(self) -> tuple[slice, slice]:
        """The part that the tile sees, as an index."""
        return self.seen_rows, self.seen_columns

    def inner(self, scale: int = 1) -> tuple[slice, slice]:
        """Return the index of the part to keep within the output for the seen part, which is ``scale`` times as large
        as its input.
        """
        top, left = (
            scale * (self.rows.start - self.seen_rows.start),
            scale * (self.columns.start - self.seen_columns.start),
        )
        high, wide = scale * (self.rows.stop - self.rows.start), scale * (self.columns.stop - self.columns.start)
        return slice(top, top + high), slice(left, left + wide)

    def place(self, scale: int = 1) -> tuple[slice, slice]:
        """Return the index of the part to keep within a result that is ``scale`` times as large as the picture."""
        return (
            slice(scale * self.rows.start, scale * self.rows.stop),
            slice(scale * self.columns.start, scale * self.columns.stop),
        )


def tiles(height: int, width: int, edges: Callable[[int], list[int]], reach: int) -> list[Tile]:
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
    edges: Callable[[int], list[int]],
    reach: int,
    scale: int = 1,
    on_tile: OnTile | None = None,
) -> Picture:
    """Run ``work`` over a picture tile by tile and join the results.

    ``work`` turns ``(H, W, 3) uint8`` into ``(scale · H, scale · W, 3) uint8``. The tiles join without a seam if each
    output pixel of ``work`` depends on at most ``reach`` pixels around it.
    """
    height, width = picture.shape[:2]
    result = np.empty((scale * height, scale * width, 3), np.uint8)
    parts = tiles(height, width, edges, reach)
    for number, tile in enumerate(parts):
        result[tile.place(scale)] = work(picture[tile.seen])[tile.inner(scale)]
        if on_tile is not None:
            on_tile(number + 1, len(parts))
    return result


def grid_edges(tile: int) -> Callable[[int], list[int]]:
    """Return a function that cuts a side at multiples of ``tile`` pixels, for networks whose tiles must lie on the grid
    of the whole picture; the last tile is up to one and a half times as long.
    """
    return lambda length: [*range(0, max(1, length - tile // 2), tile), length]


def even_edges(tile: int) -> Callable[[int], list[int]]:
    """Return a function that cuts a side into equal lengths of at most ``tile`` pixels."""

    def edges(length: int) -> list[int]:
        count = -(-length // tile)
        return [round(length * n / count) for n in range(count + 1)]

    return edges


def overlapping_starts(length: int, tile: int) -> list[int]:
    """Return where tiles of a fixed length begin: they overlap by a quarter, and the last one ends at ``length``."""
    return [*range(0, length - tile, tile - tile // 4), length - tile]
