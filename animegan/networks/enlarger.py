"""Enlarges drawings by a small network that knows lines and flat colour (`animegan.training.built_in.enlarge`)."""

from __future__ import annotations

import math
from pathlib import Path

from animegan.images.tiles import Edges, grid_edges
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.restorers import TorchRestorer, read_doubling
from animegan.styles import weights
from animegan.styles.sources import BuiltIn

SOURCE = BuiltIn("enlarge.safetensors")
TILE = 512
"""Pixels of the drawing along a side that go through the network at once. Tiles join exactly, as each sees as far
beyond its border as the network does."""
MOST_DOUBLINGS = 2
"""How often a drawing is doubled at most, for a picture of the photo's size; beyond that it is enlarged smoothly."""


class Enlarger(TorchRestorer):
    """Our network for drawings, run over a whole drawing tile by tile."""

    def __init__(self, path: Path | None = None, engine: Engine | None = None):
        """``path`` is a file of its weights; None: those that are built in. ``engine`` runs it; None: the fastest that
        the machine has.

        Raises:
            NotAModelError: the file holds no network that doubles.
        """
        network = read_doubling(path or weights.fetch(SOURCE))
        super().__init__(network, network.stride, -1.0, engine or choose_engine())
        self._reach = network.config.reach

    def _tiling(self) -> tuple[Edges, int]:
        return grid_edges(TILE), self._reach


def doublings(ratio: float, scale: int = 1) -> int:
    """How often a drawing is doubled to become ``ratio`` times as large: until it is that large or larger, but at most
    `MOST_DOUBLINGS` times, and once more each time that ``scale`` doubles the photo.
    """
    most = MOST_DOUBLINGS + round(math.log2(scale))
    return min(most, max(0, math.ceil(math.log2(ratio) - 0.01)))
