"""×2 super-resolution: our own small restorers, and Real-ESRGAN's RRDBNet from the Hub.

All remove blur and noise as they double, without knowing what was done to the photo.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import nn

from animegan.errors import NotAModelError, missing_extra
from animegan.images.resize import Picture
from animegan.images.tiles import OnTile, by_tiles, even_edges
from animegan.networks.checkpoints import not_a_model, read_compact
from animegan.networks.engine import Engine, choose_engine
from animegan.styles import weights
from animegan.styles.sources import BuiltIn, OnHub

LIGHT = BuiltIn("restore.safetensors")
BEST = OnHub("ai-forever/Real-ESRGAN", "RealESRGAN_x2.pth")
"""RRDBNet, 64 features, 23 blocks (Wang et al. 2021, "Real-ESRGAN"; BSD-3-Clause)."""
COARSE = BuiltIn("restore-coarse.safetensors")
"""Ours for photos that have lost the detail of their size, once they are downscaled to it
(`animegan.repair.true_size`)."""
FACES = BuiltIn("restore-faces.safetensors")
"""The same for upright faces."""
SOURCES: dict[str, BuiltIn | OnHub] = {"light": LIGHT, "best": BEST, "coarse": COARSE, "faces": FACES}

TILE = 512
"""Pixels of the photo along a side that go through the network at once: memory stays bounded."""
OVERLAP = 40
"""Pixels of photo around a tile that are seen and thrown away. The networks keep no statistics over
the picture, so that tiles join without a seam."""


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
        """Restore a photo, ``(H, W, 3) uint8``, and double it: ``(2 H, 2 W, 3) uint8``."""
        return by_tiles(photo, self._pass, even_edges(TILE), OVERLAP, 2, on_tile)

    @torch.inference_mode()
    def _pass(self, tile: Picture) -> Picture:
        """One tile through the network; its borders are mirrored, so that they are restored like the rest."""
        height, width = tile.shape[:2]
        edge = 8
        below, right = (edge + -(length + 2 * edge) % self._multiple for length in (height, width))
        padded = cv2.copyMakeBorder(tile, edge, below, edge, right, cv2.BORDER_REFLECT_101)
        span = 1 - self._low
        x = torch.from_numpy(padded).to(self._engine.device).permute(2, 0, 1)[None]
        x = x.to(torch.float32, memory_format=torch.channels_last).mul_(span / 255).add_(self._low)
        with self._engine.autocast():
            y = self._network(x)
        y = y.float().sub_(self._low).mul_(255 / span).round_().clamp_(0, 255).to(torch.uint8)
        inner = y[0, :, 2 * edge : 2 * (edge + height), 2 * edge : 2 * (edge + width)]
        doubled: Picture = inner.permute(1, 2, 0).cpu().numpy()
        return doubled


class SelfEnsemble:
    """The mean of what a restorer makes of all `VIEWS` of a photo (Timofte, Rothe, Van Gool 2016, "Seven Ways to
    Improve Example-Based Single Image Super Resolution"): four times the work. Drawings come 0.05 to 0.1 dB nearer, and
    those that a restorer does most harm to up to 0.8 dB.
    """

    def __init__(self, restorer: Restorer):
        self._restorer = restorer

    def double(self, photo: Picture, on_tile: OnTile | None = None) -> Picture:
        """Restore a photo, ``(H, W, 3) uint8``, and double it: ``(2 H, 2 W, 3) uint8``. One that is larger than
        `ENSEMBLE_SIDE` is only looked at as it is.
        """
        if max(photo.shape) > ENSEMBLE_SIDE:
            return self._restorer.double(photo, on_tile)
        total = np.full((2 * photo.shape[0], 2 * photo.shape[1], 3), len(VIEWS) // 2, np.uint16)  # rounds to nearest
        for number, (down, across) in enumerate(VIEWS):
            hear = None if on_tile is None else _part(on_tile, number, len(VIEWS))
            view = np.ascontiguousarray(photo[::down, ::across])
            total += self._restorer.double(view, hear)[::down, ::across]
        return (total // len(VIEWS)).astype(np.uint8)


def _part(on_tile: OnTile, number: int, count: int) -> OnTile:
    """What hears of the tiles of one of ``count`` passes over a photo."""
    return lambda done, tiles: on_tile(number * tiles + done, count * tiles)


def default_restorer(engine: Engine) -> str:
    """Return ``best`` where networks run on a GPU and its weights are here already, else ``light``: the default must
    not wait for a download, nor fail without one.
    """
    return "best" if engine.device.type == "cuda" and weights.is_here(BEST) else "light"


def locate(level: str, on_progress: weights.Progress | None = None) -> Path:
    """The weights of a restorer in `SOURCES`, fetched from the Hub if they must be.

    Raises:
        WeightsUnavailableError: in its named kinds; see `animegan.errors`.
    """
    return weights.fetch(SOURCES[level], on_progress, instead="choose the light restorer")


def load(path: Path, engine: Engine | None = None) -> TorchRestorer:
    """A restorer from its weights: ``.safetensors`` of ours, or a ×2 checkpoint that spandrel knows.
    ``engine`` is what it runs on; None: the fastest that the machine has.

    Raises:
        NotAModelError: the file is neither.
        MissingExtraError: the library that reads it is not installed.
    """
    if path.suffix == ".safetensors":
        network = read_compact(path)
        if network.config.scale != 2:
            raise not_a_model(path)
        return TorchRestorer(network, network.stride, -1.0, engine or choose_engine())
    return TorchRestorer(_foreign(path), 4, 0.0, (engine or choose_engine()).exact())


def _foreign(path: Path) -> nn.Module:
    try:
        from spandrel import ImageModelDescriptor, ModelLoader
    except ImportError as error:
        raise missing_extra("spandrel", "hub") from error

    try:
        model = ModelLoader(device="cpu").load_from_file(path)
    except Exception as error:  # spandrel, pickle and torch have an exception each for every way to be no model
        raise not_a_model(path, error) from error
    if not isinstance(model, ImageModelDescriptor) or (model.scale, model.input_channels) != (2, 3):
        raise NotAModelError(f"'{path.name}' doubles no colour pictures: choose a ×2 model, or the light restorer.")
    network: nn.Module = model.model.float()
    return network
