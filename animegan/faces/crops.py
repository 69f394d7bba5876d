"""Head-and-shoulders crops around a face."""

from __future__ import annotations

import numpy as np

from animegan.errors import BadOptionError
from animegan.faces.face import Face
from animegan.faces.finder import Finder
from animegan.images.resize import Picture

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""
CROPS = {"portrait": 4 / 5, "square": 1.0}
"""Width over height of the suggested crops."""
SHOULDERS = 2.6
"""Width of a head-and-shoulders crop over the side of the face's box."""


def crop_around(face: Face, photo_size: tuple[int, int], shape: str = "portrait") -> Box:
    """Return a head-and-shoulders crop around a face, in a photo of (width, height). The eyes are a third below the
    top, the face is in the middle. In a small photo the crop gets smaller but keeps its ``shape``, one of `CROPS`.

    Raises:
        BadOptionError: there is no such shape.
    """
    if shape not in CROPS:
        raise BadOptionError("A crop is {choices} or none, not '{shape}'.", choices=", ".join(CROPS), shape=shape)
    width, height = photo_size
    aspect = CROPS[shape]
    eyes = np.mean(face.landmarks[:2], axis=0)
    wide = min(SHOULDERS * face.side, width, height * aspect)
    high = wide / aspect
    left = float(np.clip(eyes[0] - wide / 2, 0, width - wide))
    top = float(np.clip(eyes[1] - high / 3, 0, height - high))
    wide, high = int(wide), int(high)
    left, top = min(round(left), width - wide), min(round(top), height - high)
    return left, top, left + wide, top + high


def suggest_crop(photo: Picture, finder: Finder | None = None) -> dict[str, Box]:
    """Suggest head-and-shoulders crops of a photo, ``(H, W, 3) uint8``, around its largest face, by their shape; empty
    if no face is found.
    """
    found = (finder or Finder()).find(photo)
    if not found:
        return {}
    return {shape: crop_around(found[0], photo.shape[1::-1], shape) for shape in CROPS}
