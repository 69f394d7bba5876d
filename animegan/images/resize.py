"""Resizes pictures: area averaging to shrink them, cubic interpolation to enlarge them."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Picture: TypeAlias = npt.NDArray[np.uint8]
"""``(H, W, 3) uint8`` sRGB: the pictures that modules pass to each other."""
Mask: TypeAlias = npt.NDArray[np.uint8]
"""``(H, W) uint8``: 0 or 255."""
Array: TypeAlias = npt.NDArray[Any]


def to_uint8(values: Array) -> Picture:
    """Round values, and clip them to 0 to 255."""
    picture: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return picture


def resize(picture: Array, width: int, height: int) -> Array:
    """Resize ``(H, W, …)`` to the given size in pixels; a picture of that size is returned unchanged."""
    if picture.shape[:2] == (height, width):
        return picture
    method = cv2.INTER_AREA if picture.shape[0] > height or picture.shape[1] > width else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=method)


def to_long_side(picture: Array, side: int) -> Array:
    """Resize a picture so that its long side has ``side`` pixels."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    return resize(picture, max(1, round(width * scale)), max(1, round(height * scale)))


def shrink(picture: Array, side: int) -> Array:
    """Shrink a picture to a long side of at most ``side`` pixels; a smaller picture is returned unchanged."""
    return to_long_side(picture, side) if max(picture.shape[:2]) > side else picture


def like(picture: Array, other: Array) -> Array:
    """Resize a picture to the size of another."""
    return resize(picture, *other.shape[1::-1])
