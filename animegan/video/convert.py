"""Turns decoded frames into pictures: upright, square pixels, sRGB."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from animegan.images.resize import Picture
from animegan.video.hdr import TRANSFERS, to_srgb

UNSPECIFIED, BT709, BT601, BT2020 = 2, 1, 5, 9
"""Colour matrices, as FFmpeg numbers them."""


class Converter:
    """Converts the frames of one film, whose first frame tells how."""

    def __init__(self, first: Any, aspect: Fraction | None):
        """``first`` is PyAV's frame; ``aspect`` is the width of a pixel over its height."""
        self._matrix = _turn_of(first)
        self._aspect = aspect if aspect and 0 < aspect < 100 else Fraction(1)
        self._interlaced = first.interlaced_frame
        self._square_size = self._square(first.width, first.height)
        self.size = self._upright(*self._square_size)
        """Width and height in pixels, as shown."""

    def _square(self, width: int, height: int) -> tuple[int, int]:
        """Return the size with square pixels: the side on which pixels are longer grows."""
        if self._aspect >= 1:
            return max(1, round(width * self._aspect)), height
        return width, max(1, round(height / self._aspect))

    def _upright(self, width: int, height: int) -> tuple[int, int]:
        return (height, width) if self._matrix[0][0] == 0 else (width, height)

    def progressive(self, frames: Iterator[Any]) -> Iterator[Any]:
        """Weave the two fields of interlaced frames into one (FFmpeg's bwdif); others pass."""
        if not self._interlaced:
            yield from frames
            return
        graph: Any = None
        for frame in frames:
            if graph is None:
                graph = _deinterlacer(frame)
            graph.push(frame)
            yield from _ready(graph)
        if graph is not None:
            graph.push(None)
            yield from _ready(graph)

    def picture(self, frame: Any, side: int | None, even: bool) -> Picture:
        """Convert a frame to ``(H, W, 3) uint8`` sRGB; see `animegan.video.reading.Source.picture`."""
        width, height = self._square_size  # a call's recording may change its size on the way
        scale = 1.0 if side is None else min(1.0, side / max(width, height))
        width, height = (max(2, round(length * scale)) for length in (width, height))
        pixels = _upright(_pixels(frame, width, height), self._matrix)
        if even:
            height, width = (length // 2 * 2 for length in pixels.shape[:2])
            pixels = pixels[:height, :width]
        return np.ascontiguousarray(pixels)


def _pixels(frame: Any, width: int, height: int) -> Picture:
    """Convert a frame to RGB at a size, as it is stored."""
    from av.video.reformatter import ColorRange, Interpolation

    matrix = int(frame.colorspace)
    if matrix == UNSPECIFIED:  # then HDTV's matrix is usual for large frames, television's for small ones
        matrix = BT709 if frame.height >= 720 or frame.width >= 1280 else BT601
    how: dict[str, Any] = {
        "width": width,
        "height": height,
        "src_colorspace": matrix,
        "interpolation": Interpolation.AREA if width < frame.width else Interpolation.BICUBIC,
        "dst_color_range": ColorRange.JPEG,
        "threads": 2,
    }
    if int(frame.color_trc) in TRANSFERS:
        return to_srgb(frame.reformat(format="rgb48le", **how).to_ndarray(), int(frame.color_trc))
    if any(component.is_alpha for component in frame.format.components):
        rgba = frame.reformat(format="rgba", **how).to_ndarray().astype(np.uint16)
        return ((rgba[:, :, :3] * rgba[:, :, 3:] + 255 * (255 - rgba[:, :, 3:]) + 127) // 255).astype(np.uint8)
    return frame.reformat(format="rgb24", **how).to_ndarray()


def _turn_of(frame: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the signs of the display matrix ``((a, b), (c, d))``: x' = a x + c y, y' = b x + d y."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return (1, 0), (0, 1)
    values = np.frombuffer(bytes(data), "<i4")[:9].astype(np.int64)
    a, b, c, d = (int(v) for v in values[[0, 1, 3, 4]])
    if abs(a) >= abs(b):
        return (1 if a >= 0 else -1, 0), (0, 1 if d >= 0 else -1)
    return (0, 1 if b >= 0 else -1), (1 if c >= 0 else -1, 0)


def _upright(pixels: Picture, matrix: tuple[tuple[int, int], tuple[int, int]]) -> Picture:
    """Turn and mirror a picture by quarter turns."""
    (a, b), (c, d) = matrix
    if a:
        return pixels[::d, ::a]
    return pixels.transpose(1, 0, 2)[::b, ::c]


def _deinterlacer(frame: Any) -> Any:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    weave = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    sink = graph.add("buffersink")
    source.link_to(weave)
    weave.link_to(sink)
    graph.configure()
    return graph


def _ready(graph: Any) -> Iterator[Any]:
    """Yield the frames that a filter has finished."""
    import av.error

    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
