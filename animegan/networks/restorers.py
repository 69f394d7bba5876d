"""×2 super-resolution: our own small restorers, and Real-ESRGAN's RRDBNet from the Hub.

All remove blur and noise as they double, without knowing what was done to the photo.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import Tensor, nn

from animegan.errors import NotAModelError, missing_extra
from animegan.images.resize import Picture
from animegan.images.tiles import Edges, OnTile, by_tiles, even_edges
from animegan.networks.checkpoints import not_a_model, read_compact
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.modules import CompactGenerator
from animegan.styles import weights
from animegan.styles.sources import BuiltIn, OnHub

LIGHT = BuiltIn("restore.safetensors")
BEST = OnHub("ai-forever/Real-ESRGAN", "RealESRGAN_x2.pth")
"""RRDBNet, 64 features, 23 blocks (Wang et al. 2021, "Real-ESRGAN"; BSD-3-Clause)."""
FACES = BuiltIn("restore-faces.safetensors")
"""For upright faces."""
SOURCES: dict[str, BuiltIn | OnHub] = {
    "light": LIGHT,
    "best": BEST,
    "coarse": BuiltIn("restore-coarse.safetensors"),  # for photos at their `animegan.repair.true_size`
    "faces": FACES,
}

TILE = 512
"""Pixels of the photo along a side that go through the network at once: memory stays bounded."""
OVERLAP, MARGIN = 40, 8
"""Pixels of photo that a tile sees around itself, so that tiles join without a seam, and of mirrored border."""
VIEWS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""Steps along the rows and columns of a photo: as it is, mirrored, upside down, and both."""
ENSEMBLE_SIDE = 1024
"""Pixels: the long side up to which a photo is restored in all `VIEWS`; more would take long."""


class Restorer(Protocol):
    """What restores a photo and doubles it."""

    def double(self, photo: Picture, on_tile: OnTile | None = None) -> Picture:
        """``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``. ``on_tile`` hears of each tile, and may stop the run."""
        ...


class TorchRestorer:
    """A ×2 network, run over a whole photo tile by tile."""

    def __init__(self, network: nn.Module, multiple: int, low: float, engine: Engine):
        """``multiple`` is what the sides of its input must be multiples of, ``low`` its black (white is 1)."""
        self._engine = engine
        self._network = engine.ready(network)
        self._multiple, self._low = multiple, low

    def double(self, photo: Picture, on_tile: OnTile | None = None) -> Picture:
        """See `Restorer.double`."""
        low, span = self._low, 1 - self._low

        def network(levels: Tensor) -> Tensor:
            restored: Tensor = self._network(levels.mul_(span / 255).add_(low))
            return restored.float().sub_(low).mul_(255 / span)

        def work(tile: Picture) -> Picture:
            return self._engine.run(network, tile, MARGIN, self._multiple, 2)

        return by_tiles(photo, work, *self._tiling(), 2, on_tile)

    def _tiling(self) -> tuple[Edges, int]:
        """Return where photos are cut, and how far a tile sees beyond its border, in pixels."""
        return even_edges(TILE), OVERLAP


class SelfEnsemble:
    """The mean of what a restorer makes of all `VIEWS` of a photo (Timofte, Rothe, Van Gool 2016, "Seven Ways to
    Improve Example-Based Single Image Super Resolution").
    """

    def __init__(self, restorer: Restorer):
        self._restorer = restorer

    def double(self, photo: Picture, on_tile: OnTile | None = None) -> Picture:
        """See `Restorer.double`. A photo of more than `ENSEMBLE_SIDE` is only looked at as it is."""
        if max(photo.shape) > ENSEMBLE_SIDE:
            return self._restorer.double(photo, on_tile)
        total = np.full((2 * photo.shape[0], 2 * photo.shape[1], 3), len(VIEWS) // 2, np.uint16)  # rounds to nearest
        for number, (down, across) in enumerate(VIEWS):
            view = np.ascontiguousarray(photo[::down, ::across])
            total += self._restorer.double(view, partial(_hear, on_tile, number))[::down, ::across]
        return (total // len(VIEWS)).astype(np.uint8)


def _hear(on_tile: OnTile | None, number: int, done: int, tiles: int) -> None:
    if on_tile is not None:
        on_tile(number * tiles + done, len(VIEWS) * tiles)


def default_restorer(engine: Engine) -> str:
    """Return ``best`` on a GPU if its weights are here already, else ``light``: the default waits for no download."""
    return "best" if engine.device.type == "cuda" and weights.is_here(BEST) else "light"


def locate(kind: str, on_progress: weights.Progress | None = None) -> Path:
    """The weights of a restorer in `SOURCES`, fetched from the Hub if they must be.

    Raises:
        WeightsUnavailableError: in its named kinds; see `animegan.errors`.
    """
    return weights.fetch(SOURCES[kind], on_progress, instead="choose the light restorer")


def read_doubling(path: Path) -> CompactGenerator:
    """Read a network of ours that doubles pictures.

    Raises:
        NotAModelError: the file holds none.
    """
    network = read_compact(path)
    if network.config.scale != 2:
        raise not_a_model(path)
    return network


def load(path: Path, engine: Engine | None = None) -> TorchRestorer:
    """A restorer from its weights: ``.safetensors`` of ours, or a ×2 checkpoint that spandrel knows. ``engine`` runs
    it; None: the fastest that the machine has.

    Raises:
        NotAModelError: the file is neither.
        MissingExtraError: the library that reads it is not installed.
    """
    engine = engine or choose_engine()
    if path.suffix == ".safetensors":
        network = read_doubling(path)
        return TorchRestorer(network, network.stride, -1.0, engine)
    try:
        from spandrel import ImageModelDescriptor, ModelLoader
    except ImportError as error:
        raise missing_extra("spandrel", "hub") from error

    try:
        model = ModelLoader(device="cpu").load_from_file(path)
    except Exception as error:  # spandrel, pickle and torch have an exception each for every way to be no model
        raise not_a_model(path, error) from error
    if not isinstance(model, ImageModelDescriptor) or (model.scale, model.input_channels) != (2, 3):
        raise NotAModelError(
            "'{name}' doubles no colour pictures: choose a ×2 model, or the light restorer.", name=path.name
        )
    return TorchRestorer(model.model.float(), 4, 0.0, engine.exact())
