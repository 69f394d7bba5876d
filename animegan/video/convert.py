"""Turns decoded frames into pictures: upright, square pixels, sRGB."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from av.filter import Graph
from av.video.reformatter import ColorRange, Interpolation

from animegan.images.hdr import TRANSFERS, to_srgb
from animegan.images.resize import Array, Mask, Picture, resize
from animegan.images.transparency import filled
from animegan.video.container import filtered

UNSPECIFIED, BT709, BT601 = 2, 1, 5
"""Colour matrices, as FFmpeg numbers them."""


class Converter:
    """Converts the frames of one film, whose first frame tells how."""

    def __init__(self, first: Any, aspect: Fraction | None):
        """``first`` is PyAV's frame; ``aspect`` is the width of a pixel over its height."""
        self._matrix = _turn_of(first)
        self._interlaced = first.interlaced_frame
        self.may_be_clear = any(component.is_alpha for component in first.format.components)
        """Whether its frames have an alpha."""
        aspect = aspect if aspect and 0 < aspect < 100 else Fraction(1)
        # The side on which pixels are longer grows.
        width, height = round(first.width * max(aspect, Fraction(1))), round(first.height / min(aspect, Fraction(1)))
        self._square_size = width, height
        self.size = (height, width) if self._matrix[0][0] == 0 else (width, height)
        """Width and height in pixels, as shown."""

    def progressive(self, frames: Iterator[Any]) -> Iterator[Any]:
        """Weave the two fields of interlaced frames into one (FFmpeg's bwdif); others pass."""
        if not self._interlaced:
            yield from frames
            return
        graph: Any = None
        for frame in frames:
            if graph is None:
                graph = Graph()
                source = graph.add_buffer(
                    width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
                )
                weave = graph.add("bwdif", "mode=send_frame:deint=interlaced")
                graph.link_nodes(source, weave, graph.add("buffersink")).configure()
            yield from filtered(graph, frame)
        if graph is not None:
            yield from filtered(graph, None)

    def picture(self, frame: Any, side: int | None) -> Picture:
        """Convert a frame to ``(H, W, 3) uint8`` sRGB; see `animegan.video.reading.Source.picture`."""
        return self._turned(_pixels(frame, *self._size_for(side)))

    def cut_out(self, frame: Any, side: int | None) -> tuple[Picture, Mask]:
        """Convert a frame that may be transparent; see `animegan.video.reading.Source.cut_out`."""
        alpha = alpha_of(frame)
        picture = filled(_pixels(frame, frame.width, frame.height), alpha)
        size = self._size_for(side)
        return self._turned(resize(picture, *size)), self._turned(resize(alpha, *size))

    def _size_for(self, side: int | None) -> tuple[int, int]:
        width, height = self._square_size  # a call's recording may change its size on the way
        scale = 1.0 if side is None else min(1.0, side / max(width, height))
        return max(2, round(scale * width)), max(2, round(scale * height))

    def _turned(self, pixels: Array) -> Array:
        (a, b), (c, d) = self._matrix
        return pixels[::d, ::a] if a else pixels.swapaxes(0, 1)[::b, ::c]


def alpha_of(frame: Any) -> Mask:
    """Return the alpha of PyAV's frame, ``(H, W) uint8``; 255 where it has none."""
    return np.ascontiguousarray(frame.reformat(format="rgba", threads=2).to_ndarray()[:, :, 3])


def _pixels(frame: Any, width: int, height: int) -> Picture:
    """Convert a frame to RGB at a size, as it is stored."""
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
    return frame.reformat(format="rgb24", **how).to_ndarray()


def _turn_of(frame: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the signs of the display matrix ``((a, b), (c, d))``: x' = a x + c y, y' = b x + d y."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return (1, 0), (0, 1)
    a, b, c, d = (int(v) for v in np.frombuffer(bytes(data), "<i4")[[0, 1, 3, 4]])
    if abs(a) >= abs(b):
        return (1 if a >= 0 else -1, 0), (0, 1 if d >= 0 else -1)
    return (0, 1 if b >= 0 else -1), (1 if c >= 0 else -1, 0)
