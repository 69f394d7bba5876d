"""Paints one face upright on its own canvas and blends it into the scene (face2paint)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from animegan import blend
from animegan.face_repair import LEAST_SIDE
from animegan.frames import Frame, overlapping
from animegan.levels import AS_THEY_ARE, Levels
from animegan.resize import Picture, resize

if TYPE_CHECKING:
    from animegan.generator import Painter

FACE_SIDE = 512
"""Pixels along a side of the square canvas on which a face is painted."""
SMALL_FACE = 0.75
"""A face whose frame has a side below this times `FACE_SIDE` is enlarged by super-resolution first."""
TINY_FACE = 90
"""Pixels: the side of a frame up to which the restorer of faces enlarges a face. So drawings of portraits that were
shrunk until their frames had 45 to 75, 90 and 105 pixels come 1.2 to 1.8, 1.0 and 0.5 dB nearer to those of large ones;
with 120 they are 0.6 dB farther away (``benchmarks/tiny_faces.py``)."""
FULL_RANGE = 180.0
"""Levels of 255 between the darkest and the brightest part of a face that is well lit."""
MOST_GAIN = 2.5
"""By which the contrast of a dull face grows at most: more would show noise."""
KEPT_GAIN = 0.3
"""How much of the gained contrast stays in the drawing, as an exponent: at 0 eyes are faint, at 1 the face glows."""
FEATHER = 0.08
"""A face fades into the scene over this part of its frame."""


@dataclass(frozen=True)
class FaceSource:
    """The photo from which faces are cut."""

    photo: Picture
    ratio: float
    """The photo's size over the size of the picture that the faces are painted into."""
    double: Callable[[Picture], Picture] | None = None
    """The restorer, ``(H, W, 3)`` to ``(2 H, 2 W, 3)``, that enlarges small faces. None: a restorer has processed the
    photo already. A second pass would take the first one's artefacts for detail and exaggerate them."""
    tiny: FaceSource | None = None
    """Where tiny faces are cut from, before any restorer, with that of faces; None: they are cut and enlarged like the
    others."""
    side: int = FACE_SIDE
    """Pixels along a side of the square canvas on which a face is painted."""

    def cut(self, frame: Frame, size: int) -> Picture:
        """Cut a face out upright, ``(size, size, 3)``."""
        return frame.cut(self.photo, size, self.ratio)

    def canvas(self, frame: Frame, sure: bool) -> Picture:
        """Return a face ready to be painted, ``(side, side, 3)``. A restorer enlarges a small one; that of faces a tiny
        one, which has no eyes in its drawing otherwise, if it is a face for ``sure``.
        """
        if sure and self.tiny is not None and frame.side * self.tiny.ratio <= TINY_FACE:
            return self.tiny._enlarged(frame, LEAST_SIDE, self.side)
        size = _pixels(frame)
        if size < SMALL_FACE * self.side and self.double is not None:
            return self._enlarged(frame, size, self.side)
        return self.cut(frame, self.side)

    def _enlarged(self, frame: Frame, size: int, side: int) -> Picture:
        assert self.double is not None
        return resize(self.double(self.cut(frame, size)), side, side)


def _pixels(frame: Frame) -> int:
    return max(16, round(frame.side))


def _levels_of(canvas: Picture) -> Levels:
    """How to spread the tones of a dull or dark face: networks that paint nothing but faces know well-lit ones, and
    leave the eyes out of others.
    """
    edge = len(canvas) // 5
    return Levels.of(canvas[edge:-edge, edge:-edge], 2, FULL_RANGE, MOST_GAIN)


def paint_face(
    painted: Picture,
    scene: Picture,
    source: FaceSource,
    frames: list[Frame],
    number: int,
    painter: Painter,
    whole: Picture | None,
    sure: bool,
    opacity: float = 1.0,
) -> None:
    """Paint the face of ``frames[number]`` and blend it into ``painted``, which changes in place. It is a face for
    ``sure`` or not, see `FaceSource.canvas`.

    ``scene`` is the painting without faces. The face is matched to its edges and not to those of ``painted``, so the
    order of the faces does not matter. ``whole`` is the picture from which the painter takes its colours, see
    `animegan.generator.Painter.paint`. With an ``opacity`` below 1 the scene's own painting shows through.
    """
    frame = frames[number]
    rows, columns = frame.region(painted.shape)
    mask = overlapping(frames, number, painted.shape)
    if not mask.any():
        return
    size = _pixels(frame)
    canvas = source.canvas(frame, sure)
    levels = _levels_of(canvas) if whole is None else AS_THEY_ARE  # who sees the whole picture knows its light
    drawn = levels.back(painter.paint(levels.spread(canvas), whole), KEPT_GAIN)
    drawn = blend.enlarge(drawn, canvas, source.cut(frame, size)) if size > source.side else resize(drawn, size, size)
    drawn = frame.lay(drawn, painted.shape)
    cloned = blend.poisson(drawn, scene[rows, columns], mask)
    weight = blend.feather(mask, FEATHER * frame.side) * np.float32(opacity)
    painted[rows, columns] = blend.mix(painted[rows, columns], cloned, weight)
