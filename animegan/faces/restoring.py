"""Restores faces separately, by a network that has seen nothing but faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from animegan.faces.face import Face, FaceCrop, face_crop, overlapping
from animegan.faces.thresholds import FACES
from animegan.images import blend
from animegan.images.resize import Picture, resize


def is_sure(face: Face) -> bool:
    """Whether the network for faces may restore a face: MTCNN is sure of it, and it is not in profile."""
    return face.score >= FACES.sure and not face.in_profile


@dataclass(frozen=True)
class FaceRestorer:
    """The restorer of faces, and the photo from which it cuts them."""

    photo: Picture
    """``(H, W, 3) uint8``; no restorer has processed it."""
    ratio: float
    """Its size over the size of the picture in which the faces lie."""
    double: Callable[[Picture], Picture]
    """``(H, W, 3)`` to ``(2 H, 2 W, 3)``."""
    lost: float = 0.0
    """Octaves of detail that the photo has lost."""

    def detail(self, crop: FaceCrop) -> float:
        """Return the pixels along a square that would hold as much as the photo shows of a face."""
        return crop.side * self.ratio / 2**self.lost

    def restored(self, crop: FaceCrop, side: int, size: int) -> Picture:
        """Cut a face out upright, restore it with ``side`` pixels along a side, and return it with ``size``."""
        return resize(self.double(crop.cut(self.photo, side, self.ratio)), size, size)

    def on_canvas(self, crop: FaceCrop, side: int, size: int) -> Picture:
        """The same for a canvas: with no more pixels than fill it when they are doubled."""
        return self.restored(crop, min(side, size // 2), size)

    def enlarged(self, crop: FaceCrop, size: int) -> Picture:
        """Restore a face of little detail at the size of that, in multiples of 8 pixels, as all views are alike then;
        return it with ``size`` pixels along a side.
        """
        side = 8 * round(FACES.per_detail * self.detail(crop) / 8)
        return self.on_canvas(crop, min(FACES.most_on_canvas, max(FACES.least, side)), size)


def restore_faces(photo: Picture, faces: list[Face], restorer: FaceRestorer) -> Picture:
    """Return ``photo``, ``(H, W, 3) uint8`` and repaired, with its faces restored from the restorer's photo of the same
    size. Unsure faces, faces in profile and faces of much detail stay as they are.
    """
    crops = [face_crop(face) for face in faces if is_sure(face)]
    restored = photo.copy()
    for number, crop in enumerate(crops):
        mask = overlapping(crops, number, photo.shape)
        detail = restorer.detail(crop)
        side = max(FACES.least, round(FACES.per_detail * detail))
        if not mask.any() or side > FACES.most_in_photo:
            continue
        rows, columns = crop.region(photo.shape)
        face = restorer.restored(crop, side, crop.pixels)
        share = 1.0 if detail <= FACES.tiny_in_photo else FACES.share_in_photo
        weight = blend.feather(mask, FACES.restored_feather * crop.side) * np.float32(share)
        restored[rows, columns] = blend.mix(restored[rows, columns], crop.lay(face, photo.shape), weight)
    return restored


def with_chroma_of(restored: Picture, photo: Picture) -> Picture:
    """Return ``restored`` with the chroma of ``photo``, both ``(H, W, 3) uint8``: the network for faces tints dark eyes
    green, which helps their painter, but nobody wants it in a photo.
    """
    picture = cv2.cvtColor(restored, cv2.COLOR_RGB2YCrCb)
    picture[:, :, 1:] = cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb)[:, :, 1:]
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_YCrCb2RGB), np.uint8)
