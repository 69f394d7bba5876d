"""Restores a photo at the size that its detail fills."""

from __future__ import annotations

import math
from collections.abc import Callable

from animegan.images.resize import Picture, like, to_long_side
from animegan.repair.thresholds import REPAIR

Double = Callable[[Picture], Picture]
"""A restorer: ``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``."""


def at_true_size(photo: Picture, double: Double, lost: float, repeated: float = 1.0) -> Picture:
    """Restore a photo that has lost ``lost`` octaves of detail at the size of what is left; return it at its own size.

    A network sees a few pixels at a time, so a blur over many of them is out of its sight, and the artefacts of an
    enlargement look like detail. So the photo is shrunk first; one whose pixels are ``repeated`` so many times in a row
    until each is single.
    """
    side = max(photo.shape[:2])
    if repeated > REPAIR.repeated:
        return like(double(to_long_side(photo, max(32, round(side / repeated)))), photo)
    sigma = 0.5 * math.sqrt(4**lost - 1)  # of a Gaussian blur that loses as much, in pixels
    working = round(side * min(0.5, REPAIR.restored_blur / sigma))
    return like(double(to_long_side(photo, max(32, working))), photo)
