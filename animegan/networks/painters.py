"""Loads generators from weights files and paints pictures of any size, ``(H, W, 3) uint8`` sRGB, with them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from animegan.errors import NotAModelError, missing_extra, shown
from animegan.images.blend import keep_grey
from animegan.images.resize import Mask, Picture, shrink, to_uint8
from animegan.images.tiles import OnTile, by_tiles, grid_edges, overlapping_starts
from animegan.networks.checkpoints import not_a_model, read_animegan_v2, read_compact
from animegan.networks.engine import Engine, choose_engine, cores
from animegan.networks.modules import AnimeGANv2Generator, CompactGenerator, thumbnail

MARGIN = 8
"""Pixels of mirrored border around a picture, so that its edge is painted like the rest."""
TILE = 1024
"""Pixels along a side of a tile of a larger picture: memory stays bounded. Tiles join exactly, as each sees as far
beyond its border as the network does."""
SEEN = 1024
"""Pixels: long side of the copy from which the thumbnail of the whole picture is made."""
ONNX_MULTIPLE = 32
"""Pixels: pictures for ONNX files without a fixed size are padded to a multiple of this, which suits every AnimeGAN."""

Values = npt.NDArray[np.float32]


class Painter(Protocol):
    """Anything that paints a picture."""

    def paint(self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None) -> Picture:
        """Paint ``(H, W, 3) uint8`` and return the painting at the same size.

        ``whole`` is what ``picture`` was cut from, for generators whose colours depend on all of it; None: itself.
        ``on_tile`` is called after each tile of a large picture, and may raise to stop the run.
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
    if isinstance(network, CompactGenerator) and network.config.scale != 1:
        raise not_a_model(path)  # it enlarges, and does not paint
    return TorchGenerator(network, engine or choose_engine())


def paint_head(painter: Painter, canvas: Picture) -> tuple[Picture, Mask | None]:
    """Paint a face, ``(H, W, 3) uint8``; return the painting, and the mask of the head, ``(H, W) uint8``, by a network
    that gives one.
    """
    if isinstance(painter, GreyKeeper):
        painted, head = paint_head(painter.painter, canvas)
        return keep_grey(painted, canvas), head
    if isinstance(painter, TorchGenerator) and painter.gives_mask:
        both = painter.paint_all(canvas)
        return np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3])
    return painter.paint(canvas), None


def gives_mask(painter: Painter) -> bool:
    """Whether `paint_head` returns a mask with this painter."""
    inner = painter.painter if isinstance(painter, GreyKeeper) else painter
    return isinstance(inner, TorchGenerator) and inner.gives_mask


class GreyKeeper:
    """Paints with another painter, and leaves without colour what has none (`animegan.images.blend.keep_grey`)."""

    def __init__(self, painter: Painter):
        self.painter = painter

    def paint(self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None) -> Picture:
        """See `Painter.paint`."""
        return keep_grey(self.painter.paint(picture, whole, on_tile), picture)


class TorchGenerator:
    """Paints with a network of `animegan.networks`."""

    def __init__(self, network: CompactGenerator | AnimeGANv2Generator, engine: Engine):
        self.network = engine.ready(network)
        config = network.config if isinstance(network, CompactGenerator) else None
        self.engine = engine if config else engine.exact()
        self.margin = MARGIN if config else 0  # AnimeGANv2 mirrors its borders itself
        self.reach = config.reach if config else None
        """Pixels that a tile must see beyond its border; None: the network needs the whole picture at once."""
        self.context = config.context if config else 0
        """Pixels along a side of the thumbnail of the whole picture, a second input of the network; 0: none."""
        self.gives_mask = bool(config and config.head_mask)

    def paint(self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None) -> Picture:
        """See `Painter.paint`."""
        context = (self._thumbnail(picture if whole is None else whole),) if self.context else ()

        def work(part: Picture) -> Picture:
            return np.ascontiguousarray(self._paint(part, context, self.margin)[..., :3])

        if self.reach is None or picture.shape[0] * picture.shape[1] <= 1.5 * TILE**2:
            return work(picture)
        return by_tiles(picture, work, grid_edges(TILE), self.reach, on_tile=on_tile)

    def paint_all(self, picture: Picture) -> Picture:
        """Paint ``(H, W, 3) uint8`` in one piece; return all channels of the network, that of a mask as well."""
        return self._paint(picture, (self._thumbnail(picture),) if self.context else (), self.margin)

    def _thumbnail(self, whole: Picture) -> Tensor:
        """Shrink the whole picture to the network's second input, ``(1, 3, side, side)`` in [-1, 1]."""
        # Shrink it as uint8 first, because a float copy of a large picture takes four times the memory.
        return thumbnail(self.engine.to_tensor(shrink(whole, SEEN)).div_(127.5).sub_(1), self.context)

    def _paint(self, picture: Picture, context: tuple[Tensor, ...], edge: int) -> Picture:
        def network(levels: Tensor) -> Tensor:
            drawn: Tensor = self.network(levels.div_(127.5).sub_(1), *context)
            return drawn.float().add_(1).mul_(127.5)

        return self.engine.run(network, picture, edge, self.network.stride)


def open_onnx(path: Path, threads: int = 0) -> tuple[list[Any], Callable[[Values], Values]]:
    """Open an ONNX file of one input with ONNX Runtime, on the CPU; ``threads`` run it, 0: as many as torch has here,
    and at most one per core that this process may use. Return the shape of its input, and a function from that to its
    first output.

    Raises:
        NotAModelError: the file cannot be run, or not with this input.
        MissingExtraError: ONNX Runtime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise missing_extra("onnxruntime", "hub") from error

    onnxruntime.set_default_logger_severity(3)  # its warnings are about graphs and do not help users
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(cores(), torch.get_num_threads())
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        (source,) = session.get_inputs()
        result = session.get_outputs()[0]
    except Exception as error:  # the runtime has many exception classes for broken files
        raise not_a_model(path, error) from error
    for end in (source, result):
        if end.type != "tensor(float)":
            raise no_painter(path, f"its '{end.name}' is a {end.type}")

    def run(values: Values) -> Values:
        try:
            return np.asarray(session.run([result.name], {source.name: values})[0])
        except Exception as error:  # as many as for broken files
            raise not_a_model(path, error) from error

    return list(source.shape), run


def no_painter(path: Path, why: str) -> NotAModelError:
    """The error to raise for an ONNX file that does not paint one colour picture."""
    return NotAModelError(
        "'{name}' cannot be used as a style ({why}): export it so that it takes and gives one RGB picture in float32.",
        name=shown(path.name),
        why=why,
    )


class OnnxGenerator:
    """Paints with an ONNX file, whose input gives the layout and the size: a file with a fixed size paints larger
    pictures in overlapping tiles. For ``threads`` see `open_onnx`.
    """

    def __init__(self, path: Path, threads: int = 0):
        self.path = path
        shape, self._network = open_onnx(path, threads)
        if len(shape) != 4 or 3 not in (shape[1], shape[3]):
            raise no_painter(path, f"its input has the shape {shape}")
        if isinstance(shape[0], int) and shape[0] != 1:
            raise no_painter(path, f"it takes {shape[0]} pictures at a time")
        self.channels_last = shape[3] == 3
        high, wide = shape[1:3] if self.channels_last else shape[2:4]
        self.fixed: tuple[int, int] | None = (high, wide) if isinstance(high, int) and isinstance(wide, int) else None

    def paint(self, picture: Picture, whole: Picture | None = None, on_tile: OnTile | None = None) -> Picture:
        """See `Painter.paint`; ``whole`` has no effect.

        Raises:
            NotAModelError: the file gives no picture of its input's size.
        """
        height, width = picture.shape[:2]
        high, wide = self.fixed or (height + -height % ONNX_MULTIPLE, width + -width % ONNX_MULTIPLE)
        below, right = max(0, high - height), max(0, wide - width)
        padded = np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REFLECT_101), np.uint8)
        drawn = self._run(padded) if self.fixed is None else self._by_tiles(padded, high, wide, on_tile)
        return to_uint8((drawn[:height, :width] + 1) * 127.5)

    def _run(self, picture: Picture) -> Values:
        """Run the model once: ``(H, W, 3) uint8`` to floats in [-1, 1]."""
        x = picture.astype(np.float32) / 127.5 - 1
        x = (x if self.channels_last else np.ascontiguousarray(x.transpose(2, 0, 1)))[None]
        y = self._network(x)
        if y.shape != x.shape:
            raise no_painter(self.path, f"for an input of {list(x.shape)} it gives {list(y.shape)}")
        first: Values = y[0] if self.channels_last else y[0].transpose(1, 2, 0)
        if not np.isfinite(first).all():
            raise no_painter(self.path, "it gives values that are no numbers")
        return first

    def _by_tiles(self, picture: Picture, high: int, wide: int, on_tile: OnTile | None) -> Values:
        """Run the model on tiles of its size; each overlaps the next by a quarter and fades into it."""
        total: Values = np.zeros(picture.shape, np.float32)
        weights = np.zeros(picture.shape[:2], np.float32)
        ramps = (np.minimum(np.arange(1, side + 1), np.arange(side, 0, -1)) / (side // 4 + 1) for side in (high, wide))
        fade = np.minimum.outer(*(np.minimum(1.0, ramp).astype(np.float32) for ramp in ramps))
        corners = list(product(overlapping_starts(picture.shape[0], high), overlapping_starts(picture.shape[1], wide)))
        for number, (top, left) in enumerate(corners):
            place = slice(top, top + high), slice(left, left + wide)
            total[place] += self._run(picture[place]) * fade[:, :, None]
            weights[place] += fade
            if on_tile is not None:
                on_tile(number + 1, len(corners))
        return total / weights[:, :, None]
