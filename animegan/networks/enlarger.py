"""Enlarges drawings by a small network that knows lines and flat colour (`animegan.training.built_in.enlarge`)."""

from __future__ import annotations

import math
from pathlib import Path

from animegan.images.resize import Picture
from animegan.images.tiles import Edges, OnTile, grid_edges
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.modules import CompactGenerator
from animegan.networks.restorers import TorchRestorer, read_doubling
from animegan.styles import weights
from animegan.styles.sources import BuiltIn

SOURCE, AGAIN = BuiltIn("enlarge.safetensors"), BuiltIn("enlarge-again.safetensors")
"""The networks of the first doubling, and of all others."""
TILE = 512
"""Pixels of the drawing along a side that go through the network at once. Tiles join exactly, as each sees as far
beyond its border as the network does."""
MOST_DOUBLINGS = 2
"""How often a drawing is doubled at most, for a picture of the photo's size; beyond that it is enlarged smoothly."""


class Enlarger:
    """Our networks for drawings, run over a whole drawing tile by tile: one for a drawing as it was painted, and a
    smaller one that doubles it again, as it has four times the pixels then, and smooth ones.
    """

    def __init__(self, first: Path | None = None, again: Path | None = None, engine: Engine | None = None):
        """``first`` and ``again`` are files of weights; None: those that are built in. ``engine`` runs them; None: the
        fastest that the machine has.

        Raises:
            NotAModelError: a file holds no network that doubles.
        """
        engine = engine or choose_engine()
        self._first = _Doubler(read_doubling(first or weights.fetch(SOURCE)), engine)
        self._again = _Doubler(read_doubling(again or weights.fetch(AGAIN)), engine)

    def double(self, drawing: Picture, on_tile: OnTile | None = None, *, again: bool = False) -> Picture:
        """``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``. ``again``: the drawing has been doubled already. ``on_tile``
        hears of each tile, and may stop the run.
        """
        return (self._again if again else self._first).double(drawing, on_tile)


class _Doubler(TorchRestorer):
    """A network of the enlarger."""

    def __init__(self, network: CompactGenerator, engine: Engine):
        super().__init__(network, network.stride, -1.0, engine)
        self._reach = network.config.reach

    def _tiling(self) -> tuple[Edges, int]:
        return grid_edges(TILE), self._reach


def doublings(ratio: float, scale: int = 1) -> int:
    """How often a drawing is doubled to become ``ratio`` times as large: until it is that large or larger, but at most
    `MOST_DOUBLINGS` times, and once more each time that ``scale`` doubles the photo.
    """
    most = MOST_DOUBLINGS + round(math.log2(scale))
    return min(most, max(0, math.ceil(math.log2(ratio) - 0.01)))
