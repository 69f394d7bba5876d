"""×2 super-resolution: our own small restorer, and Real-ESRGAN's RRDBNet from the Hub.

Both deblur and denoise as they double, blindly: nobody tells them what was done to the photo.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import nn

from animegan import weights
from animegan.checkpoints import not_a_model, read_compact
from animegan.engine import Engine, choose
from animegan.errors import NotAModelError
from animegan.styles import BuiltIn, OnHub

LIGHT = BuiltIn("restore.safetensors")
BEST = OnHub("ai-forever/Real-ESRGAN", "RealESRGAN_x2.pth")
"""RRDBNet, 64 features, 23 blocks (Wang et al. 2021, "Real-ESRGAN"; BSD-3-Clause)."""
SOURCES: dict[str, BuiltIn | OnHub] = {"light": LIGHT, "best": BEST}

TILE = 512
"""Pixels of the photo along a side that go through the network at once: memory stays bounded."""
OVERLAP = 40
"""Pixels of photo around a tile that are seen and thrown away. The networks keep no statistics over
the picture, so that tiles join without a seam."""


class Restorer(Protocol):
    """What mends a photo and doubles it."""

    def double(self, photo: np.ndarray) -> np.ndarray:
        """``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``."""


class TorchRestorer:
    """A ×2 network, run over a whole photo tile by tile."""

    def __init__(self, network: nn.Module, multiple: int, low: float, engine: Engine):
        """``multiple`` is what the sides of its input must be multiples of, ``low`` its black (white is 1)."""
        self._engine = engine
        self._network = network.eval().to(engine.device, memory_format=torch.channels_last)
        self._multiple, self._low = multiple, low

    def double(self, photo: np.ndarray) -> np.ndarray:
        """Mend a photo, ``(H, W, 3) uint8``, and double it: ``(2 H, 2 W, 3) uint8``."""
        height, width = photo.shape[:2]
        doubled = np.empty((2 * height, 2 * width, 3), np.uint8)
        for rows, seen_rows in _spans(height):
            for columns, seen_columns in _spans(width):
                tile = self._pass(photo[seen_rows, seen_columns])
                top, left = 2 * (rows.start - seen_rows.start), 2 * (columns.start - seen_columns.start)
                part = doubled[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop]
                part[:] = tile[top : top + part.shape[0], left : left + part.shape[1]]
        return doubled

    @torch.inference_mode()
    def _pass(self, tile: np.ndarray) -> np.ndarray:
        """One tile through the network; its borders are mirrored, so that they are mended like the rest."""
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
        return inner.permute(1, 2, 0).cpu().numpy()


def _spans(length: int) -> list[tuple[slice, slice]]:
    """Parts of a side that a tile gives, each with what it sees."""
    count = -(-length // TILE)
    edges = [round(length * n / count) for n in range(count + 1)]
    return [
        (slice(start, stop), slice(max(0, start - OVERLAP), min(length, stop + OVERLAP)))
        for start, stop in pairwise(edges)
    ]


def default_level() -> str:
    """``best`` where there is a GPU to run it on and its weights are here already, else ``light``: nobody who asked
    for nothing should wait for a download, or fail for want of one.
    """
    return "best" if torch.cuda.is_available() and weights.is_here(BEST) else "light"


def locate(level: str, on_progress: weights.Progress | None = None) -> Path:
    """The weights of a level, ``light`` or ``best``, fetched from the Hub if they must be.

    Raises:
        WeightsUnavailableError: in its named kinds; see `animegan.errors`.
    """
    return weights.fetch(SOURCES[level], on_progress, instead="choose the light restorer")


def load(path: Path, engine: Engine | None = None) -> TorchRestorer:
    """A restorer from its weights: ``.safetensors`` of ours, or a ×2 checkpoint that spandrel knows.
    ``engine`` is what it runs on; None: the fastest that the machine has.

    Raises:
        NotAModelError: the file is neither.
    """
    if path.suffix == ".safetensors":
        network = read_compact(path)
        if network.config.scale != 2:
            raise not_a_model(path)
        return TorchRestorer(network, network.stride, -1.0, engine or choose())
    return TorchRestorer(_foreign(path), 4, 0.0, (engine or choose()).exact())


def _foreign(path: Path) -> nn.Module:
    from spandrel import ImageModelDescriptor, ModelLoader

    try:
        model = ModelLoader(device="cpu").load_from_file(path)
    except Exception as error:  # spandrel, pickle and torch have an exception each for every way to be no model
        raise not_a_model(path, error) from error
    if not isinstance(model, ImageModelDescriptor) or (model.scale, model.input_channels) != (2, 3):
        raise NotAModelError(f"'{path.name}' doubles no colour pictures: choose a ×2 model, or the light restorer.")
    return model.model.float()
