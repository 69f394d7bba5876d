"""Paints each face upright on a canvas of its own, and lays it into the scene (face2paint)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from animegan.faces.eyes import with_eyes
from animegan.faces.face import EYES, EYES_APART, Face, FaceCrop, Points, face_crop, overlapping
from animegan.faces.restoring import FaceRestorer
from animegan.faces.thresholds import FACES
from animegan.images import blend
from animegan.images.resize import Mask, Picture, resize
from animegan.images.tones import Levels
from animegan.networks.painters import gives_mask, paint_head

if TYPE_CHECKING:
    from animegan.networks.painters import Painter


HEAD = 127
"""The level of a mask above which a pixel belongs to the head."""


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
    """The picture from which the painter of the scene takes its colours; None: ``painter`` knows only faces."""
    scene: Painter | None = None
    """Paints what a network that gives a mask has drawn, so that faces look like the scene; None: nobody does."""
    strength: float = 1.0
    """Of such a network: 0 leaves a face to the painter of the scene; above 1 eyes are larger than drawn."""
    shown: float = 0.0
    """How much of what such a network has drawn is seen through the paint of the scene, 0 to 1."""

    @property
    def side(self) -> int:
        """Pixels along a side of the canvas on which it paints a face of a photo."""
        return FACES.small_canvas if gives_mask(self.painter) else FACES.canvas

    def paint(self, canvas: Picture, landmarks: Points) -> tuple[Picture, Mask | None]:
        """Paint a face, ``(side, side, 3) uint8``, and return it with the mask of the head if the network gives one.
        Those that give none leave the eyes out of dull faces, so the tones of these are spread before and brought back
        after. ``landmarks`` are the canvas's, ``(5, 2)``.
        """
        if gives_mask(self.painter):
            drawn, head = paint_head(self.painter, with_eyes(canvas, landmarks, self.strength, 1.0))
            if self.strength < 1:  # eyes lie on each other, so that none is seen twice
                drawn = blend.mix(with_eyes(canvas, landmarks, self.strength), drawn, self.strength)
            if self.scene is not None:
                drawn = blend.sharpened(drawn, FACES.line_width, FACES.line_gain)
                drawn = resize(drawn, FACES.inked_canvas, FACES.inked_canvas)
                drawn = blend.mix(self.scene.paint(drawn, self.whole), drawn, self.shown * min(1.0, self.strength))
            return drawn, head
        if self.whole is not None:
            return self.painter.paint(canvas, self.whole), None
        edge = len(canvas) // 5
        levels = Levels.of(canvas[edge:-edge, edge:-edge], 2, FACES.full_range, FACES.most_gain)
        return levels.back(self.painter.paint(levels.spread(canvas)), FACES.kept_gain), None


@dataclass(frozen=True, eq=False)
class PlacedFace:
    """A face, and how much it covers."""

    face: Face
    """In the photo's pixels."""
    opacity: float = 1.0
    head: Mask | None = None
    """``(side, side) uint8`` on its upright canvas, 255 inside the head; None: an ellipse."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PaintedFace(PlacedFace):
    """A face on its canvas, and where it belongs."""

    picture: Picture
    """``(side, side, 3) uint8``: painted upright."""

    def doublings(self, ratio: float, most: int) -> int:
        """How often a scene that is ``ratio`` times as large as the photo is doubled, ``most`` times at most, before
        this face is laid into it: until its canvas has as many pixels as the scene has for it.
        """
        return min(most, max(0, round(self._octaves(ratio))))

    def enlarged(self, ratio: float, double: Callable[[Picture], Picture]) -> PaintedFace:
        """The face on a canvas of twice the side, if a scene of this ratio has much more pixels for it."""
        return replace(self, picture=double(self.picture)) if self._octaves(ratio) < -FACES.larger_by else self

    def _octaves(self, ratio: float) -> float:
        return math.log2(len(self.picture) / (ratio * face_crop(self.face).side))


def paint_face(
    source: FaceSource, face: Face, painter: FacePainter, side: int, sure: bool = False, opacity: float = 1.0
) -> PaintedFace:
    """Paint a face upright on a canvas of ``side`` pixels. For ``sure`` see `FaceSource.canvas`."""
    crop = face_crop(face)
    landmarks = crop.landmarks(face, side)
    drawn, head = painter.paint(source.canvas(crop, side, sure), landmarks)
    if sure and source.eyes and source.restorer is not None and (eye := _weaker_eye(drawn)) < FACES.faint_eyes:
        again, other = painter.paint(source.restorer.on_canvas(crop, FACES.faint_side, side), landmarks)
        if _weaker_eye(again) > FACES.more_eyes * eye:
            drawn, head = again, other
    return PaintedFace(face, opacity, head, picture=drawn)


def lay_faces(scene: Picture, faces: list[PaintedFace], ratio: float, chosen: list[bool] | None = None) -> Picture:
    """Lay painted faces into a scene that is ``ratio`` times as large as their photo; ``chosen`` says which of them,
    None: all. Each is matched to the edges of the scene without faces, so their order does not matter.
    """
    joined = scene.copy()
    for number, crop, mask, weight in _places(faces, scene.shape, ratio):
        if chosen is not None and not chosen[number]:
            continue
        where, picture = crop.region(scene.shape), faces[number].picture
        laid = crop.lay(resize(picture, crop.pixels, crop.pixels), scene.shape)
        cloned = blend.poisson(laid, scene[where], mask)
        joined[where] = blend.mix(joined[where], cloned, weight)
    return joined


def share_of_faces(faces: Sequence[PlacedFace], shape: tuple[int, ...], ratio: float) -> blend.Weights:
    """Return how much of each pixel belongs to a face, ``(H, W) float32`` from 0 to its opacity, in a picture of this
    shape that is ``ratio`` times as large as the photo.
    """
    share = np.zeros(shape[:2], np.float32)
    for _, crop, _, weight in _places(faces, shape, ratio):
        where = crop.region(shape)
        share[where] = np.maximum(share[where], weight)
    return share


def _places(
    faces: Sequence[PlacedFace], shape: tuple[int, ...], ratio: float
) -> Iterator[tuple[int, FaceCrop, Mask, blend.Weights]]:
    """Yield number, crop, hard mask and weights of each face that shows in a picture of this shape."""
    crops = [face_crop(each.face).scaled(ratio) for each in faces]
    for number, (crop, placed) in enumerate(zip(crops, faces, strict=True)):
        mask = overlapping(crops, number, shape, ellipse=placed.head is None)
        weight = blend.feather(mask, FACES.feather * crop.side) * np.float32(placed.opacity)
        if placed.head is not None:
            head = crop.lay(resize(placed.head, crop.pixels, crop.pixels), shape)
            mask[head <= HEAD] = 0
            weight *= blend.feather(mask, FACES.head_feather * crop.side)
        if mask.any():
            yield number, crop, mask, weight


def _weaker_eye(drawn: Picture) -> float:
    """The contrast of the weaker eye of a face that fills its square: the standard deviation of the greys around it."""
    grey, side = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY), len(drawn)
    apart, height = side * EYES_APART, side * EYES
    rows = slice(round(height - 0.2 * apart), round(height + 0.2 * apart))
    middles = side / 2 - apart / 2, side / 2 + apart / 2
    eyes = (grey[rows, round(middle - 0.28 * apart) : round(middle + 0.28 * apart)] for middle in middles)
    return min(float(eye.std()) for eye in eyes)
