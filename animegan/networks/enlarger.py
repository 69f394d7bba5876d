"""Enlarges drawings by a small network that knows lines and flat colour (`animegan.training.built_in.enlarge`)."""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor

from animegan.images.resize import Picture
from animegan.images.tiles import OnTile, by_tiles, grid_edges
from animegan.networks.checkpoints import not_a_model, read_compact
from animegan.networks.engine import Engine, choose_engine
from animegan.styles import weights
from animegan.styles.sources import BuiltIn

SOURCE = BuiltIn("enlarge.safetensors")
MARGIN = 8
"""Pixels of mirrored border around a drawing."""
TILE = 512
"""Pixels of the drawing along a side that go through the network at once. Tiles join exactly, as each sees as far
beyond its border as the network does."""
MOST_DOUBLINGS = 2
"""How often a drawing is doubled at most, for a picture of the photo's size; beyond that it is enlarged smoothly."""


class Enlarger:
    """Our network for drawings, run over a whole drawing tile by tile."""

    def __init__(self, path: Path | None = None, engine: Engine | None = None):
        """``path`` is a file of its weights; None: those that are built in. ``engine`` runs it; None: the fastest that
        the machine has.

        Raises:
            NotAModelError: the file holds no network that doubles.
        """
        path = path or weights.fetch(SOURCE)
        network = read_compact(path)
        if network.config.scale != 2:
            raise not_a_model(path)
        self._engine = engine or choose_engine()
        self._network = self._engine.ready(network)

    def double(self, drawing: Picture, on_tile: OnTile | None = None) -> Picture:
        """``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``. ``on_tile`` hears of each tile, and may stop the run."""

        def network(levels: Tensor) -> Tensor:
            enlarged: Tensor = self._network(levels.div_(127.5).sub_(1))
            return enlarged.float().add_(1).mul_(127.5)

        def work(tile: Picture) -> Picture:
            return self._engine.run(network, tile, MARGIN, self._network.stride, 2)

        return by_tiles(drawing, work, grid_edges(TILE), self._network.config.reach, 2, on_tile)


def doublings(ratio: float, scale: int = 1) -> int:
    """How often a drawing is doubled to become ``ratio`` times as large: until it is that large or larger, but at most
    `MOST_DOUBLINGS` times, and once more each time that ``scale`` doubles the photo.
    """
    most = MOST_DOUBLINGS + round(math.log2(scale))
    return min(most, max(0, math.ceil(math.log2(ratio) - 0.01)))
