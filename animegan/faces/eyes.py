"""Eyes of another size: a face's eyes grow as a drawing by landmarks makes them grow, more or less."""

from __future__ import annotations

import cv2
import numpy as np

from animegan.faces.face import Points
from animegan.images.resize import Array, Picture

WIDER, TALLER = 1.27, 1.62
"""How much wider and taller an open eye is drawn than the photo shows it."""
REACH = 0.6
"""How far around an eye the face is stretched with it, in units of the face: the larger of the distances between the
eyes and from them to the mouth."""


def eye_size(strength: float) -> tuple[float, float]:
    """How much wider and taller eyes are at a strength: 0 is the photo's, 1 a drawing's."""
    return 1 + (WIDER - 1) * strength, 1 + (TALLER - 1) * strength


def stretched(away: Array) -> Array:
    """How much of a stretch a place gets that is so far from its middle, in parts of its reach: 1 near it, 0 beyond."""
    near = np.clip(1 - away, 0, 1)
    return np.asarray(np.clip(1.6 * (near * near * (3 - 2 * near)), 0, 1))


def with_eyes(face: Picture, landmarks: Points, strength: float, drawn_at: float = 0.0) -> Picture:
    """Give the eyes of an upright face the size that they have at a ``strength``, from that at the strength
    ``drawn_at``. Nothing beyond their surroundings moves.

    Args:
        face: ``(side, side, 3) uint8``.
        landmarks: eyes, nose and corners of the mouth in its pixels, ``(5, 2)``.
    """
    if strength == drawn_at:
        return face
    wider, taller = (new / old for new, old in zip(eye_size(strength), eye_size(drawn_at), strict=True))
    left, right = landmarks[:2]
    unit = max(np.linalg.norm(right - left), np.linalg.norm(landmarks[3:].mean(0) - (left + right) / 2))
    rows, columns = np.mgrid[: face.shape[0], : face.shape[1]].astype(np.float32)
    x, y = columns.copy(), rows.copy()
    for eye_x, eye_y in (left, right):
        across, down = columns - eye_x, rows - eye_y
        share = stretched(np.hypot(across, down) / (REACH * unit))
        x += across * (1 / wider - 1) * share
        y += down * (1 / taller - 1) * share
    maps = np.asarray(x, np.float32), np.asarray(y, np.float32)
    return np.asarray(cv2.remap(face, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101), np.uint8)
