"""A generator at work: its weights read from a file, a whole picture of any size painted.

Whatever the file, what comes out of `load` paints ``(H, W, 3) uint8`` sRGB to the same shape.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from animegan.checkpoints import not_a_model, read_animegan_v2, read_compact
from animegan.engine import Engine, choose
from animegan.networks import AnimeGANv2Generator, CompactGenerator, thumbnail

MARGIN = 16
"""Pixels of mirrored picture around what is painted, so that the border is painted like the rest:
without it a flat grey is up to 9 levels off there, with it up to 4. It costs 0.04 dB to the teacher."""
TILE = 1024
"""Pixels along a side of what our own generators paint at once; larger pictures in tiles, so that memory stays
bounded. The tiles see as far beyond their border as the network does: they join exactly."""
SEEN = 1024
"""Pixels: the long side of the copy that a thumbnail of the whole picture is made from."""
ONNX_MULTIPLE = 32
"""Sides of pictures for ONNX files that leave them open: a multiple of what any AnimeGAN needs."""


class Painter(Protocol):
    """What paints a picture."""

    def paint(self, picture: np.ndarray, whole: np.ndarray | None = None) -> np.ndarray:
        """Paint a picture, ``(H, W, 3) uint8``, at the size that it has. ``whole`` is the picture that it is cut
        from, for generators whose colours depend on all of it; None: it is a whole picture.
        """


def load(path: str | Path, engine: Engine | None = None) -> Painter:
    """Read a weights file: ``.safetensors`` of ours, ``.onnx``, or an AnimeGANv2 checkpoint (``.pt``).

    ``engine`` is what PyTorch runs it on; None: the fastest that the machine has. ONNX files run on the CPU.

    Raises:
        NotAModelError: the file holds no generator that is known here.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return OnnxGenerator(path)
    network = read_animegan_v2(path) if suffix in (".pt", ".pth") else read_compact(path)
    return TorchGenerator(network, engine or choose())


class TorchGenerator:
    """A network of `animegan.networks`, channels last in memory."""

    def __init__(self, network: CompactGenerator | AnimeGANv2Generator, engine: Engine):
        self.network: nn.Module = network.eval().to(engine.device, memory_format=torch.channels_last)
        self.stride = network.stride
        compact = isinstance(network, CompactGenerator)
        self.engine = engine if compact else engine.exact()
        self.margin = MARGIN if compact else 0  # AnimeGANv2 mirrors by itself
        self.reach = network.config.reach if compact else None
        """Pixels that a tile must see around itself; None: the network looks at the whole picture."""
        self.context = network.config.context if compact else 0
        """Pixels along a side of the thumbnail of the whole picture that the network is shown; 0: none."""

    def paint(self, picture: np.ndarray, whole: np.ndarray | None = None) -> np.ndarray:
        """Paint a picture, ``(H, W, 3) uint8``, at the size that it has; see `Painter.paint`."""
        height, width = picture.shape[:2]
        seen = self._thumbnail(picture if whole is None else whole) if self.context else None
        if self.reach is None or height * width <= 1.5 * TILE**2:
            return self._paint(picture, seen)
        painted = np.empty_like(picture)
        for rows, seen_rows in _parts(height, self.reach):
            for columns, seen_columns in _parts(width, self.reach):
                tile = self._paint(picture[seen_rows, seen_columns], seen)
                top, left = rows.start - seen_rows.start, columns.start - seen_columns.start
                part = painted[rows, columns]
                part[:] = tile[top : top + part.shape[0], left : left + part.shape[1]]
        return painted

    def _thumbnail(self, whole: np.ndarray) -> Tensor:
        """The whole picture as the network's context sees it, ``(1, 3, side, side)`` in [-1, 1]."""
        scale = min(1.0, SEEN / max(whole.shape[:2]))
        if scale < 1:  # by areas first, in whole numbers: a large picture is not turned into floats for this
            size = [max(1, round(length * scale)) for length in whole.shape[1::-1]]
            whole = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        return thumbnail(self._to_tensor(whole), self.context)

    def _to_tensor(self, picture: np.ndarray) -> Tensor:
        """``(H, W, 3) uint8`` to ``(1, 3, H, W)`` in [-1, 1] on the engine's device."""
        x: Tensor = torch.from_numpy(picture).to(self.engine.device).permute(2, 0, 1)[None]
        return x.to(torch.float32, memory_format=torch.channels_last).div_(127.5).sub_(1)

    @torch.inference_mode()
    def _paint(self, picture: np.ndarray, seen: Tensor | None) -> np.ndarray:
        height, width = picture.shape[:2]
        edge = self.margin
        x = self._to_tensor(_padded(picture, edge, edge + -height % self.stride, edge + -width % self.stride))
        with self.engine.autocast():
            y = self.network(x) if seen is None else self.network(x, seen)
        y = y.float().add_(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
        painted = y[0].permute(1, 2, 0)[edge : edge + height, edge : edge + width]
        return painted.contiguous().cpu().numpy()


class OnnxGenerator:
    """An ONNX file, run by ONNX Runtime; layout and size are read from its input.

    Reading the weights into our `AnimeGANv2Generator` instead was measured and left: the same graph
    at 512×512 took 2.0 s here against 2.6 s (PyTorch, channels last) and 3.8 s (eager) in turns, with
    outputs equal to 1.3e-4.

    A file that takes one size only paints larger pictures in overlapping tiles. ``threads`` is how many paint one
    picture; 0: as many as there are cores.
    """

    def __init__(self, path: Path, threads: int = 0):
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)  # its warnings are about graphs, not for people
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            (source,) = self._session.get_inputs()
            shape = list(source.shape)
            if len(shape) != 4 or 3 not in (shape[1], shape[3]):
                raise ValueError(f"an input of shape {shape}")
        except Exception as error:  # the runtime has an exception class for every way to be no model
            raise not_a_model(path, error) from error
        self._name = source.name
        self.channels_last = shape[3] == 3
        sides = shape[1:3] if self.channels_last else shape[2:4]
        self.fixed: tuple[int, int] | None = tuple(sides) if all(isinstance(side, int) for side in sides) else None

    def paint(self, picture: np.ndarray, whole: np.ndarray | None = None) -> np.ndarray:
        """Paint a picture, ``(H, W, 3) uint8``, at the size that it has; ``whole`` is not looked at."""
        height, width = picture.shape[:2]
        if self.fixed is not None:
            return self._paint_tiles(picture, *self.fixed)
        padded = _padded(picture, 0, -height % ONNX_MULTIPLE, -width % ONNX_MULTIPLE)
        return _to_uint8(self._run(padded)[:height, :width])

    def _run(self, picture: np.ndarray) -> np.ndarray:
        """One pass: ``(H, W, 3) uint8`` to floats in [-1, 1]."""
        x = picture.astype(np.float32)[None] / 127.5 - 1
        if not self.channels_last:
            x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        y = self._session.run(None, {self._name: x})[0]
        return y[0] if self.channels_last else y[0].transpose(1, 2, 0)

    def _paint_tiles(self, picture: np.ndarray, high: int, wide: int) -> np.ndarray:
        """Tiles of the model's size, a quarter of each shared with the next and faded over."""
        height, width = picture.shape[:2]
        padded = _padded(picture, 0, max(0, high - height), max(0, wide - width))
        total = np.zeros(padded.shape, np.float32)
        weights = np.zeros(padded.shape[:2], np.float32)
        fade = np.minimum.outer(_ramp(high), _ramp(wide))
        for top in _starts(padded.shape[0], high):
            for left in _starts(padded.shape[1], wide):
                place = slice(top, top + high), slice(left, left + wide)
                total[place] += self._run(padded[place]) * fade[:, :, None]
                weights[place] += fade
        return _to_uint8((total / weights[:, :, None])[:height, :width])


def _padded(picture: np.ndarray, before: int, below: int, right: int) -> np.ndarray:
    """A picture with mirrored borders, ``before`` above and on the left."""
    return cv2.copyMakeBorder(picture, before, below, before, right, cv2.BORDER_REFLECT_101)


def _to_uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)


def _parts(length: int, reach: int) -> list[tuple[slice, slice]]:
    """Parts of a side, each with what a tile sees to paint it. `TILE` and the reach are multiples of the
    network's stride, so that every tile lies on the grid of the whole.
    """
    edges = [*range(0, max(1, length - TILE // 2), TILE), length]
    return [
        (slice(start, stop), slice(max(0, start - reach), min(length, stop + reach))) for start, stop in pairwise(edges)
    ]


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles begin so that they cover ``length``, the last one flush with the end."""
    return [*range(0, length - tile, tile - tile // 4), length - tile]


def _ramp(tile: int) -> np.ndarray:
    """Weights along a tile: rising over the shared quarter, level, falling; never 0."""
    distance = np.minimum(np.arange(1, tile + 1), np.arange(tile, 0, -1))
    return np.minimum(1.0, distance / (tile // 4 + 1)).astype(np.float32)
