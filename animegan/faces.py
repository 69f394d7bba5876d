"""Faces in a photo: where they are, and the square of picture that each is painted in."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from facenet_pytorch import MTCNN

SEARCH_SIDE = 640
"""Pixels: faces are searched on a copy whose long side is at most this."""
MIN_SCORE = 0.95
"""MTCNN's probability below which a find is dropped: on photographs without people, false finds
scored up to 0.93."""
MIN_FACE = 32
"""Pixels in the photo: a face with a smaller box is left to the scene's own pass."""
MAX_FACES = 20
"""The largest are painted."""


@dataclass(frozen=True)
class Face:
    """A face in a photo, in the photo's own pixels."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom; may reach over the photo's border."""
    landmarks: tuple[tuple[float, float], ...]
    """(x, y) of the left eye, right eye, nose, and the mouth's left and right corner, as seen."""
    score: float
    """MTCNN's probability that this is a face."""

    @property
    def side(self) -> float:
        """The longer side of the box, in pixels."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle of the box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    def to_dict(self) -> dict:
        """The face as plain values, for JSON."""
        return {
            "box": [round(v, 1) for v in self.box],
            "landmarks": [[round(x, 1), round(y, 1)] for x, y in self.landmarks],
            "score": round(self.score, 4),
        }


@dataclass(frozen=True)
class Square:
    """A square of the photo around a face; it may reach over the border."""

    left: int
    top: int
    side: int

    def inside(self, picture: np.ndarray) -> tuple[slice, slice, slice, slice]:
        """Rows and columns of the part that lies in the picture: in the picture, then in the square."""
        height, width = picture.shape[:2]
        top, bottom = max(0, self.top), min(height, self.top + self.side)
        left, right = max(0, self.left), min(width, self.left + self.side)
        return (
            slice(top, bottom),
            slice(left, right),
            slice(top - self.top, bottom - self.top),
            slice(left - self.left, right - self.left),
        )

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """The square out of a picture, ``(side, side, 3) uint8``; over the border the edge is repeated."""
        rows, columns, _, _ = self.inside(picture)
        height, width = picture.shape[:2]
        return cv2.copyMakeBorder(
            picture[rows, columns],
            max(0, -self.top),
            max(0, self.top + self.side - height),
            max(0, -self.left),
            max(0, self.left + self.side - width),
            cv2.BORDER_REPLICATE,
        )


class Finder:
    """MTCNN (Zhang et al. 2016) of facenet-pytorch, whose weights are inside its package."""

    def __init__(self):
        from facenet_pytorch import MTCNN

        self._network: MTCNN = MTCNN(keep_all=True, min_face_size=20).eval()
        self._lock = threading.Lock()

    def find(self, photo: np.ndarray) -> list[Face]:
        """The faces in a photo, ``(H, W, 3) uint8`` sRGB, the largest first."""
        height, width = photo.shape[:2]
        scale = min(1.0, SEARCH_SIDE / max(height, width))
        size = round(width * scale), round(height * scale)
        if min(size) < 20:  # MTCNN's smallest window; it raises on less
            return []
        small = photo if scale == 1 else cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        with self._lock:
            boxes, scores, landmarks = self._network.detect(small, landmarks=True)
        if boxes is None:
            return []
        ratio = np.array([width / size[0], height / size[1]])
        faces = [
            Face(
                box=tuple(float(v) for v in box * np.tile(ratio, 2)),
                landmarks=tuple((float(x), float(y)) for x, y in points * ratio),
                score=float(score),
            )
            for box, score, points in zip(boxes, scores, landmarks, strict=True)
            if score >= MIN_SCORE
        ]
        return sorted(faces, key=lambda face: face.side, reverse=True)


def worth_painting(faces: list[Face]) -> list[Face]:
    """The faces that gain from a pass of their own: not the tiny ones, and at most `MAX_FACES`."""
    return [face for face in faces if face.side >= MIN_FACE][:MAX_FACES]


def square_around(face: Face) -> Square:
    """The square that holds a face with its hair and chin: twice the box, a little above its middle."""
    side = max(2, round(2.0 * face.side))
    x, y = face.centre
    return Square(round(x - side / 2), round(y - 0.06 * face.side - side / 2), side)


def mask_in(square: Square, face: Face) -> tuple[tuple[float, float], tuple[float, float]]:
    """Centre and half-axes, in the square's pixels, of the ellipse that covers the face and its hair line."""
    left, top, right, bottom = face.box
    x, y = face.centre
    centre = x - square.left, y - 0.04 * (bottom - top) - square.top
    return centre, (0.68 * (right - left), 0.70 * (bottom - top))
