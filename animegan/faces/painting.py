"""Paints one face upright on its own canvas and blends it into the scene (face2paint)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from animegan.faces.face import EYES, EYES_APART, Frame, overlapping
from animegan.faces.restoring import LEAST_SIDE, PER_DETAIL
from animegan.images import blend
from animegan.images.resize import Picture, resize
from animegan.images.tones import AS_THEY_ARE, Levels

if TYPE_CHECKING:
    from animegan.networks.painters import Painter

FACE_SIDE = 512
"""Pixels along a side of the square canvas on which a face is painted."""
SMALL_FACE = 0.75
"""A face whose frame has a side below this times `FACE_SIDE` is enlarged by super-resolution first."""
TINY_FACE, PLAIN_FACE = 105, 220
"""Pixels: the side of a frame up to which the restorer of faces enlarges a face, and from which it does not; between
them both enlarge it, and the two are mixed. Drawings of portraits that were shrunk until their frames had 75, 90, 105,
120 and 150 pixels so come 1.7, 1.3, 0.9, 0.9 and 0.4 dB nearer to those of large ones; unmixed, those of 210 pixels
would be 1.6 dB farther away (``benchmarks/tiny_faces.py``)."""
LARGEST_RESTORED = 200
"""Pixels along a side of the square in which a tiny face is restored."""
FAINT_EYES, MORE_EYES, FAINT_SIDE = 50.0, 1.2, 160
"""Standard deviation of the greys around the weaker eye of a drawing, in levels of 255, below which its face is
restored, in a square of so many pixels, and painted again; and how many times as high it must be then, for the second
painting to be taken. Of 46 portraits that were blurred by a σ of 2 to 5 and of 5 to 8 px it is taken for 21 and 40, and
comes 2.4 and 1.8 dB nearer to the drawing of the sharp ones (the worst 0.5 dB); of 262 faces in good photos for 2."""
FULL_RANGE = 180.0
"""Levels of 255 between the darkest and the brightest part of a face that is well lit."""
MOST_GAIN = 2.5
"""By which the contrast of a dull face grows at most: more would show noise."""
KEPT_GAIN = 0.3
"""How much of the gained contrast stays in the drawing, as an exponent: at 0 eyes are faint, at 1 the face glows."""
FEATHER = 0.08
"""A face fades into the scene over this part of its frame."""


@dataclass(frozen=True)
class FaceRestorer:
    """The restorer of faces, and a photo that no restorer has processed."""

    photo: Picture
    ratio: float
    """The photo's size over the size of the picture that the faces are painted into."""
    double: Callable[[Picture], Picture]
    """``(H, W, 3)`` to ``(2 H, 2 W, 3)``."""
    lost: float = 0.0
    """Octaves of detail that the photo has lost."""

    def detail(self, frame: Frame) -> float:
        """Return the pixels along a frame that would hold as much as the photo shows of a face."""
        return frame.side * self.ratio / 2**self.lost

    def enlarged(self, frame: Frame, size: int) -> Picture:
        """Cut a face of little detail out upright, restore it at the size of that, and enlarge it: ``(size, size, 3)``.

        In multiples of 8 pixels the network sees its views alike: at 158 pixels the drawings of 24 tiny faces gained
        0.9 dB, at 152 and at 160 both 1.2.
        """
        side = 8 * round(PER_DETAIL * self.detail(frame) / 8)
        return self.restored(frame, min(LARGEST_RESTORED, max(LEAST_SIDE, side)), size)

    def restored(self, frame: Frame, side: int, size: int) -> Picture:
        """Cut a face out upright, restore it with ``side`` pixels along a side, and return it with ``size``."""
        return resize(self.double(frame.cut(self.photo, side, self.ratio)), size, size)


@dataclass(frozen=True)
class FaceSource:
    """The photo from which faces are cut."""

    photo: Picture
    ratio: float
    """The photo's size over the size of the picture that the faces are painted into."""
    double: Callable[[Picture], Picture] | None = None
    """The restorer, ``(H, W, 3)`` to ``(2 H, 2 W, 3)``, that enlarges small faces. None: a restorer has processed the
    photo already. A second pass would take the first one's artefacts for detail and exaggerate them."""
    restorer: FaceRestorer | None = None
    """Enlarges tiny faces; None: they are cut and enlarged like the others."""
    eyes: bool = False
    """Whether ``restorer`` also restores the faces whose drawing has faint eyes."""
    side: int = FACE_SIDE
    """Pixels along a side of the square canvas on which a face is painted."""

    def cut(self, frame: Frame, size: int) -> Picture:
        """Cut a face out upright, ``(size, size, 3)``."""
        return frame.cut(self.photo, size, self.ratio)

    def canvas(self, frame: Frame, sure: bool) -> Picture:
        """Return a face ready to be painted, ``(side, side, 3)``. Restorers enlarge a small one: that of faces a tiny
        one, which has no eyes in its drawing otherwise, if it is a face for ``sure``.
        """
        if not sure or self.restorer is None or self.restorer.detail(frame) >= PLAIN_FACE:
            return self._plain(frame)
        enlarged, detail = self.restorer.enlarged(frame, self.side), self.restorer.detail(frame)
        if detail <= TINY_FACE:
            return enlarged
        return blend.mix(enlarged, self._plain(frame), (detail - TINY_FACE) / (PLAIN_FACE - TINY_FACE))

    def _plain(self, frame: Frame) -> Picture:
        size = _pixels(frame)
        if size < SMALL_FACE * self.side and self.double is not None:
            return resize(self.double(self.cut(frame, size)), self.side, self.side)
        return self.cut(frame, self.side)


def _pixels(frame: Frame) -> int:
    return max(16, round(frame.side))


def _levels_of(canvas: Picture) -> Levels:
    """How to spread the tones of a dull or dark face: networks that paint nothing but faces know well-lit ones, and
    leave the eyes out of others.
    """
    edge = len(canvas) // 5
    return Levels.of(canvas[edge:-edge, edge:-edge], 2, FULL_RANGE, MOST_GAIN)


def _drawn(canvas: Picture, painter: Painter, whole: Picture | None) -> Picture:
    """Paint a face, ``(side, side, 3)``, with its tones spread."""
    levels = _levels_of(canvas) if whole is None else AS_THEY_ARE  # who sees the whole picture knows its light
    return levels.back(painter.paint(levels.spread(canvas), whole), KEPT_GAIN)


def _weaker_eye(drawn: Picture) -> float:
    """The contrast of the weaker eye of a face that fills its frame: the standard deviation of the greys around it."""
    grey, side = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY), len(drawn)
    apart, height = side * EYES_APART, side * EYES
    rows = slice(round(height - 0.2 * apart), round(height + 0.2 * apart))
    middles = side / 2 - apart / 2, side / 2 + apart / 2
    eyes = (grey[rows, round(middle - 0.28 * apart) : round(middle + 0.28 * apart)] for middle in middles)
    return min(float(eye.std()) for eye in eyes)


def paint_face(
    painted: Picture,
    scene: Picture,
    source: FaceSource,
    frames: list[Frame],
    number: int,
    painter: Painter,
    whole: Picture | None,
    sure: bool = False,
    opacity: float = 1.0,
) -> None:
    """Paint the face of ``frames[number]`` and blend it into ``painted``, which changes in place. It is a face for
    ``sure`` or not, see `FaceSource.canvas`.

    ``scene`` is the painting without faces. The face is matched to its edges and not to those of ``painted``, so the
    order of the faces does not matter. ``whole`` is the picture from which the painter takes its colours, see
    `animegan.networks.painters.Painter.paint`. With an ``opacity`` below 1 the scene's own painting shows through.
    """
    frame = frames[number]
    rows, columns = frame.region(painted.shape)
    mask = overlapping(frames, number, painted.shape)
    if not mask.any():
        return
    size = _pixels(frame)
    canvas = source.canvas(frame, sure)
    drawn = _drawn(canvas, painter, whole)
    if sure and source.eyes and source.restorer is not None and (eye := _weaker_eye(drawn)) < FAINT_EYES:
        restored = source.restorer.restored(frame, FAINT_SIDE, source.side)
        again = _drawn(restored, painter, whole)
        if _weaker_eye(again) > MORE_EYES * eye:
            canvas, drawn = restored, again
    drawn = blend.enlarge(drawn, canvas, source.cut(frame, size)) if size > source.side else resize(drawn, size, size)
    drawn = frame.lay(drawn, painted.shape)
    cloned = blend.poisson(drawn, scene[rows, columns], mask)
    weight = blend.feather(mask, FEATHER * frame.side) * np.float32(opacity)
    painted[rows, columns] = blend.mix(painted[rows, columns], cloned, weight)
