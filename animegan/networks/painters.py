"""Loads generators from weights files and paints pictures of any size with them.

For every file format, `load` returns an object that paints ``(H, W, 3) uint8`` sRGB to the same shape.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Protocol, cast

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from animegan.errors import missing_extra
from animegan.images.resize import Picture, shrink, to_uint8
from animegan.images.tiles import OnTile, by_tiles, grid_edges, overlapping_starts
from animegan.networks.checkpoints import not_a_model, read_animegan_v2, read_compact
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.modules import AnimeGANv2Generator, CompactGenerator, thumbnail

MARGIN = 16
"""Pixels of mirrored border around the picture, so that its edge is painted like the rest: without them a flat grey is
up to 9 levels off at the edge, with them up to 4. They cost 0.04 dB of similarity to the teacher."""
QUICK_MARGIN = 8
"""The same for moving pictures, which are drawn 7 % faster with it. The four outermost pixels of a photograph are then
1 to 2 levels off on average; without a margin, 5."""
TILE = 1024
"""Pixels along a side of a tile. Our own generators paint larger pictures in tiles, so that memory stays bounded. Each
tile sees as far beyond its border as the network does, so the tiles join exactly."""
SEEN = 1024
"""Pixels: long side of the copy from which the thumbnail of the whole picture is made."""
ONNX_MULTIPLE = 32
"""Pixels: pictures for ONNX files without a fixed size are padded to a multiple of this, which suits every AnimeGAN."""


class Painter(Protocol):
    """Anything that paints a picture."""

    def paint(
        self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None, quick: bool = False
    ) -> Picture:
        """Paint a picture, ``(H, W, 3) uint8``, and return the painting at the same size.

        ``whole`` is the full picture that ``picture`` was cut from, for generators whose colours depend on all of it;
        None: ``picture`` is the whole. ``on_tile`` is called after each tile of a large picture, and may raise to stop
        the run. ``quick``: in less time, and a little less well at the edge.
        """
        ...


def load(path: str | Path, engine: Engine | None = None, part: str = "") -> Painter:
    """Read a weights file: ``.safetensors`` of ours, ``.onnx``, or an AnimeGANv2 checkpoint (``.pt``, ``.pth``).

    ``engine`` runs the PyTorch networks; None: the fastest engine of this machine. ONNX files run on the CPU. ``part``
    chooses among the networks of a style file, see `animegan.networks.checkpoints.read_compact`.

    Raises:
        NotAModelError: the file holds no known generator.
        MissingExtraError: the library that reads it is not installed.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return OnnxGenerator(path)
    network = read_animegan_v2(path) if suffix in (".pt", ".pth") else read_compact(path, part)
    return TorchGenerator(network, engine or choose_engine())


class TorchGenerator:
    """Paints with a network of `animegan.networks`, channels last in memory."""

    def __init__(self, network: CompactGenerator | AnimeGANv2Generator, engine: Engine):
        self.network = engine.ready(network)
        self.stride: int = network.stride
        config = network.config if isinstance(network, CompactGenerator) else None
        self.engine = engine if config else engine.exact()
        self.margin = MARGIN if config else 0  # AnimeGANv2 mirrors its borders itself
        self.reach = config.reach if config else None
        """Pixels that a tile must see beyond its border; None: the network needs the whole picture at once."""
        self.context = config.context if config else 0
        """Pixels along a side of the thumbnail of the whole picture, a second input of the network; 0: none."""

    def paint(
        self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None, quick: bool = False
    ) -> Picture:
        """Paint a picture, ``(H, W, 3) uint8``, and return the painting at the same size; see `Painter.paint`."""
        height, width = picture.shape[:2]
        context = self._thumbnail(picture if whole is None else whole) if self.context else None
        margin = min(self.margin, QUICK_MARGIN) if quick else self.margin
        if self.reach is None or height * width <= 1.5 * TILE**2:
            return self._paint(picture, context, margin)
        paint_part = partial(self._paint, context=context, edge=margin)
        return by_tiles(picture, paint_part, grid_edges(TILE), self.reach, on_tile=on_tile)

    def _thumbnail(self, whole: Picture) -> Tensor:
        """Shrink the whole picture to the network's second input, ``(1, 3, side, side)`` in [-1, 1]."""
        # Shrink it as uint8 first, because a float copy of a large picture takes four times the memory.
        return thumbnail(self._to_tensor(shrink(whole, SEEN)), self.context)

    def _to_tensor(self, picture: Picture) -> Tensor:
        """Convert ``(H, W, 3) uint8`` to ``(1, 3, H, W)`` in [-1, 1] on the engine's device."""
        x: Tensor = torch.from_numpy(picture).to(self.engine.device).permute(2, 0, 1)[None]
        return x.to(torch.float32, memory_format=torch.channels_last).div_(127.5).sub_(1)

    @torch.inference_mode()
    def _paint(self, picture: Picture, context: Tensor | None, edge: int) -> Picture:
        height, width = picture.shape[:2]
        x = self._to_tensor(_padded(picture, edge, edge + -height % self.stride, edge + -width % self.stride))
        with self.engine.autocast():
            y = self.network(x) if context is None else self.network(x, context)
        y = y.float().add_(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
        painted = y[0].permute(1, 2, 0)[edge : edge + height, edge : edge + width]
        drawn: Picture = painted.contiguous().cpu().numpy()
        return drawn


class OnnxGenerator:
    """Paints with an ONNX file, run by ONNX Runtime; the file's input gives the layout and the size.

    Loading the weights into our `AnimeGANv2Generator` instead was measured and rejected: in alternating runs, the same
    graph at 512×512 took 2.0 s here, and 2.6 s (PyTorch, channels last) or 3.8 s (eager) there. The outputs agreed to
    within 1.3e-4.

    A file with a fixed size paints larger pictures in overlapping tiles. ``threads`` is the number of threads that
    paint one picture; 0: one per core.
    """

    def __init__(self, path: Path, threads: int = 0):
        try:
            import onnxruntime
        except ImportError as error:
            raise missing_extra("onnxruntime", "hub") from error

        onnxruntime.set_default_logger_severity(3)  # its warnings are about graphs and do not help users
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            (source,) = self._session.get_inputs()
            shape = list(source.shape)
            if len(shape) != 4 or 3 not in (shape[1], shape[3]):
                raise ValueError(f"an input of shape {shape}")
        except Exception as error:  # the runtime has many exception classes for broken files
            raise not_a_model(path, error) from error
        self._name = source.name
        self.channels_last = shape[3] == 3
        sides = shape[1:3] if self.channels_last else shape[2:4]
        self.fixed: tuple[int, int] | None = tuple(sides) if all(isinstance(side, int) for side in sides) else None

    def paint(
        self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None, quick: bool = False
    ) -> Picture:
        """Paint a picture, ``(H, W, 3) uint8``, and return the painting at the same size; ``whole`` and ``quick`` have
        no effect.
        """
        height, width = picture.shape[:2]
        if self.fixed is not None:
            return self._paint_tiles(picture, *self.fixed, on_tile)
        padded = _padded(picture, 0, -height % ONNX_MULTIPLE, -width % ONNX_MULTIPLE)
        return _to_uint8(self._run(padded)[:height, :width])

    def _run(self, picture: Picture) -> npt.NDArray[np.float32]:
        """Run the model once: ``(H, W, 3) uint8`` to floats in [-1, 1]."""
        x = picture.astype(np.float32)[None] / 127.5 - 1
        if not self.channels_last:
            x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        y = np.asarray(self._session.run(None, {self._name: x})[0])
        first: npt.NDArray[np.float32] = y[0] if self.channels_last else y[0].transpose(1, 2, 0)
        return first

    def _paint_tiles(self, picture: Picture, high: int, wide: int, on_tile: OnTile | None) -> Picture:
        """Paint in tiles of the model's size; each overlaps the next by a quarter and fades into it."""
        height, width = picture.shape[:2]
        padded = _padded(picture, 0, max(0, high - height), max(0, wide - width))
        total = np.zeros(padded.shape, np.float32)
        weights = np.zeros(padded.shape[:2], np.float32)
        fade = np.minimum.outer(_ramp(high), _ramp(wide))
        corners = list(product(overlapping_starts(padded.shape[0], high), overlapping_starts(padded.shape[1], wide)))
        for number, (top, left) in enumerate(corners):
            place = slice(top, top + high), slice(left, left + wide)
            total[place] += self._run(padded[place]) * fade[:, :, None]
            weights[place] += fade
            if on_tile is not None:
                on_tile(number + 1, len(corners))
        return _to_uint8((total / weights[:, :, None])[:height, :width])


def _padded(picture: Picture, before: int, below: int, right: int) -> Picture:
    """Add mirrored borders: ``before`` pixels above and on the left, ``below`` and ``right`` on the other sides."""
    return cast(Picture, cv2.copyMakeBorder(picture, before, below, before, right, cv2.BORDER_REFLECT_101))


def _to_uint8(values: npt.NDArray[np.float32]) -> Picture:
    return to_uint8((values + 1) * 127.5)


def _ramp(tile: int) -> npt.NDArray[np.float32]:
    """Return the blending weights along a tile: they rise over the shared quarter, stay level, and fall; never 0."""
    distance = np.minimum(np.arange(1, tile + 1), np.arange(tile, 0, -1))
    return np.minimum(1.0, distance / (tile // 4 + 1)).astype(np.float32)
