"""Paints each face upright on a canvas of its own, and lays it into the scene (face2paint)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from animegan.faces.face import EYES, EYES_APART, Face, FaceCrop, face_crop, overlapping
from animegan.faces.restoring import FaceRestorer
from animegan.faces.thresholds import FACES
from animegan.images import blend
from animegan.images.resize import Mask, Picture, resize
from animegan.images.tones import AS_THEY_ARE, Levels

if TYPE_CHECKING:
    from animegan.networks.painters import Painter


@dataclass(frozen=True)
class FaceSource:
    """The photo from which faces are cut."""

    photo: Picture
    ratio: float
    """The photo's size over the size of the picture that the faces are painted into."""
    double: Callable[[Picture], Picture] | None = None
    """The restorer, ``(H, W, 3)`` to ``(2 H, 2 W, 3)``, that enlarges small faces. None: the photo is restored."""
    restorer: FaceRestorer | None = None
    """Enlarges tiny faces; None: they are cut and enlarged like the others."""
    eyes: bool = False
    """Whether ``restorer`` also restores the faces whose drawing has faint eyes."""

    def canvas(self, crop: FaceCrop, side: int, sure: bool) -> Picture:
        """Return a face ready to be painted, ``(side, side, 3)``. Restorers enlarge a small one: that of faces a tiny
        one, if it is a face for ``sure``.
        """
        if not sure or self.restorer is None or (detail := self.restorer.detail(crop)) >= FACES.plain:
            return self._plain(crop, side)
        enlarged = self.restorer.enlarged(crop, side)
        if detail <= FACES.tiny:
            return enlarged
        return blend.mix(enlarged, self._plain(crop, side), (detail - FACES.tiny) / (FACES.plain - FACES.tiny))

    def _plain(self, crop: FaceCrop, side: int) -> Picture:
        if crop.pixels < FACES.small * side and self.double is not None:
            return resize(self.double(crop.cut(self.photo, crop.pixels, self.ratio)), side, side)
        return crop.cut(self.photo, side, self.ratio)


@dataclass(frozen=True)
class FacePainter:
    """A network, and how it sees faces."""

    painter: Painter
    whole: Picture | None = None
    """The picture from which the painter takes its colours; None: it knows only faces, and gets well-lit ones."""

    def paint(self, canvas: Picture) -> Picture:
        """Paint a face, ``(side, side, 3) uint8``, to the same. Networks for faces leave the eyes out of dull ones,
        so the tones of those are spread before and brought back after.
        """
        edge = len(canvas) // 5
        inner = canvas[edge:-edge, edge:-edge]
        levels = AS_THEY_ARE if self.whole is not None else Levels.of(inner, 2, FACES.full_range, FACES.most_gain)
        return levels.back(self.painter.paint(levels.spread(canvas), self.whole), FACES.kept_gain)


@dataclass(frozen=True, eq=False)
class PaintedFace:
    """A face on its canvas, and where it belongs."""

    face: Face
    """In the photo's pixels."""
    picture: Picture
    """``(side, side, 3) uint8``: painted upright."""
    opacity: float = 1.0

    def doublings(self, ratio: float, most: int) -> int:
        """How often a scene that is ``ratio`` times as large as the photo is doubled, ``most`` times at most, before
        this face is laid into it: until its canvas has as many pixels as the scene has for it.
        """
        needed = math.log2(len(self.picture) / (ratio * face_crop(self.face).side))
        return min(most, max(0, round(needed)))


def paint_face(
    source: FaceSource, crop: FaceCrop, painter: FacePainter, side: int = FACES.canvas, sure: bool = False
) -> Picture:
    """Paint a face upright on a canvas, ``(side, side, 3) uint8``. For ``sure`` see `FaceSource.canvas`."""
    drawn = painter.paint(source.canvas(crop, side, sure))
    if sure and source.eyes and source.restorer is not None and (eye := _weaker_eye(drawn)) < FACES.faint_eyes:
        again = painter.paint(source.restorer.restored(crop, FACES.faint_side, side))
        if _weaker_eye(again) > FACES.more_eyes * eye:
            return again
    return drawn


def lay_faces(scene: Picture, faces: list[PaintedFace], ratio: float, chosen: list[bool] | None = None) -> Picture:
    """Lay painted faces into a scene that is ``ratio`` times as large as their photo; ``chosen`` says which of them,
    None: all. Each is matched to the edges of the scene without faces, so their order does not matter.
    """
    joined = scene.copy()
    for number, crop, mask in _places([each.face for each in faces], scene.shape, ratio):
        if chosen is not None and not chosen[number]:
            continue
        where, picture = crop.region(scene.shape), faces[number].picture
        laid = crop.lay(resize(picture, crop.pixels, crop.pixels), scene.shape)
        cloned = blend.poisson(laid, scene[where], mask)
        weight = _weight(crop, mask, faces[number].opacity)
        joined[where] = blend.mix(joined[where], cloned, weight)
    return joined


def share_of_faces(faces: list[Face], shape: tuple[int, ...], ratio: float, opacities: list[float]) -> blend.Weights:
    """Return how much of each pixel belongs to a face, ``(H, W) float32`` from 0 to its opacity, in a picture of this
    shape that is ``ratio`` times as large as the photo.
    """
    share = np.zeros(shape[:2], np.float32)
    for number, crop, mask in _places(faces, shape, ratio):
        where = crop.region(shape)
        share[where] = np.maximum(share[where], _weight(crop, mask, opacities[number]))
    return share


def _weight(crop: FaceCrop, mask: Mask, opacity: float) -> blend.Weights:
    """How much of each pixel in the region of a crop is the face's, ``(H, W) float32``."""
    return blend.feather(mask, FACES.feather * crop.side) * np.float32(opacity)


def _places(faces: list[Face], shape: tuple[int, ...], ratio: float) -> Iterator[tuple[int, FaceCrop, Mask]]:
    """Yield number, crop and mask of each face that shows in a picture of this shape."""
    crops = [face_crop(face).scaled(ratio) for face in faces]
    for number, crop in enumerate(crops):
        mask = overlapping(crops, number, shape)
        if mask.any():
            yield number, crop, mask


def _weaker_eye(drawn: Picture) -> float:
    """The contrast of the weaker eye of a face that fills its square: the standard deviation of the greys around it."""
    grey, side = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY), len(drawn)
    apart, height = side * EYES_APART, side * EYES
    rows = slice(round(height - 0.2 * apart), round(height + 0.2 * apart))
    middles = side / 2 - apart / 2, side / 2 + apart / 2
    eyes = (grey[rows, round(middle - 0.28 * apart) : round(middle + 0.28 * apart)] for middle in middles)
    return min(float(eye.std()) for eye in eyes)
