"""A face in a photo, and the square crop in which it is painted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Mask, Picture, resize

EYES, EYES_APART, EYES_TO_MOUTH = 0.466, 0.254, 0.255
"""In parts of the crop: height of the eyes, distance between the eyes, and distance from eyes to mouth, as in the
portraits that the portrait generator was trained on."""
PROFILE = 0.6
"""A face is in profile if its eyes are closer together than this times their distance to the mouth."""
MIDDLE, HALF_AXES = (0.5, 0.53), (0.47, 0.42)
"""Centre and half axes of the ellipse that holds face and hairline, in parts of the crop."""

Points = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
"""``(2, 3)``: an affine transform."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


@dataclass(frozen=True)
class Face:
    """A face in a photo, in the photo's pixels."""

    box: Box
    """It may extend beyond the photo's border."""
    landmarks: tuple[tuple[float, float], ...]
    """(x, y) of left eye, right eye, nose, and the mouth's left and right corner; left and right as in the photo."""
    score: float
    """MTCNN's probability that this is a face."""
    number: int = 0
    """Its number in the photo, 1 for the leftmost; 0: it has none."""

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

    @property
    def in_profile(self) -> bool:
        """Whether it is seen from the side: its eyes are close together compared with their distance to the mouth."""
        points = np.array(self.landmarks)
        eyes, mouth = _middles(points)
        return bool(np.linalg.norm(points[1] - points[0]) < PROFILE * np.linalg.norm(mouth - eyes))

    def scaled(self, ratio: float) -> Face:
        """Return the same face in the pixels of a picture that is ``ratio`` times as large."""
        left, top, right, bottom = (ratio * value for value in self.box)
        return replace(self, box=(left, top, right, bottom)).with_landmarks(ratio * np.array(self.landmarks))

    def with_landmarks(self, points: Points) -> Face:
        """Return the same face with other landmarks, ``(5, 2)``."""
        return replace(self, landmarks=tuple((float(x), float(y)) for x, y in points))

    def moved(self, matrix: Matrix, half: Points | float) -> Face:
        """Return the face where an affine transform takes it; ``half`` is half the size of its box there."""
        centre = through(matrix, self.centre)
        left, top, right, bottom = map(float, (*(centre - half), *(centre + half)))
        return replace(self, box=(left, top, right, bottom)).with_landmarks(through(matrix, self.landmarks))

    def to_dict(self) -> dict[str, Any]:
        """Return the face as plain values, for JSON."""
        return {
            "box": [round(v, 1) for v in self.box],
            "landmarks": [[round(x, 1), round(y, 1)] for x, y in self.landmarks],
            "score": round(self.score, 4),
            **({"number": self.number} if self.number else {}),
        }


@dataclass(frozen=True)
class FaceCrop:
    """A square in which a face stands upright. It may be rotated and may extend beyond the photo's border."""

    centre: tuple[float, float]
    """(x, y) in the photo's pixels."""
    side: float
    """Pixels of the photo."""
    angle: float
    """Degrees clockwise by which the face leans in the photo."""

    @property
    def pixels(self) -> int:
        """Side of a canvas that has as many pixels as the crop, at least 16."""
        return max(16, round(self.side))

    def scaled(self, ratio: float) -> FaceCrop:
        """Return the crop of the same face out of a copy of the photo that is ``ratio`` times as large."""
        x, y = (ratio * (middle + 0.5) - 0.5 for middle in self.centre)  # whole numbers are the centres of pixels
        return replace(self, centre=(x, y), side=ratio * self.side)

    def to_photo(self, size: int, ratio: float = 1.0) -> Matrix:
        """Return the 2×3 matrix that maps the pixels of a ``size``×``size`` canvas to those of the photo, or of a copy
        of it that is ``ratio`` times as large.
        """
        crop, middle = self.scaled(ratio), (size - 1) / 2
        linear = crop.side / size * rotation(crop.angle)
        return np.column_stack([linear, np.array(crop.centre) - linear @ [middle, middle]])

    def landmarks(self, face: Face, size: int) -> Points:
        """Return the landmarks of a face in the pixels of a ``size``×``size`` canvas, ``(5, 2)``."""
        return through(cast(Matrix, cv2.invertAffineTransform(self.to_photo(size))), face.landmarks)

    def cut(self, photo: Picture, size: int, ratio: float = 1.0) -> Picture:
        """Cut the face out upright, as ``(size, size, 3) uint8``, from the photo or from a copy of it that is
        ``ratio`` times as large. Beyond the border it is mirrored. A larger face is averaged over areas.
        """
        matrix = self.to_photo(size, ratio)
        shrink = max(1.0, float(np.hypot(*matrix[:, 0])))
        left, top, right, bottom = _bounds(matrix, size, margin=2 * shrink + 2)
        height, width = photo.shape[:2]
        rows, columns = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
        part = photo[rows, columns]
        if min(part.shape[:2]) < 1:
            return np.zeros((size, size, 3), np.uint8)
        matrix[:, 2] -= columns.start, rows.start
        if shrink > 1:
            small = resize(part, *(max(1, round(n / shrink)) for n in part.shape[1::-1]))
            by = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]])
            matrix = matrix * by[:, None]
            matrix[:, 2] += (by - 1) / 2
            part = small
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        return cast(Picture, cv2.warpAffine(part, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REFLECT_101))

    def region(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return the rows and columns that the crop covers in a picture of shape ``(H, W, …)``."""
        left, top, right, bottom = _bounds(self.to_photo(2), 2, margin=1)
        height, width = shape[:2]
        return slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))

    def lay(self, drawn: Picture, shape: tuple[int, ...]) -> Picture:
        """Map a painted canvas of about as many `pixels` back to the photo: the inverse of `cut`, over `region`."""
        rows, columns = self.region(shape)
        matrix = self.to_photo(len(drawn))
        matrix[:, 2] -= columns.start, rows.start
        size = columns.stop - columns.start, rows.stop - rows.start
        laid = cv2.warpAffine(drawn, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return cast(Picture, laid)

    def inside(self, shape: tuple[int, ...]) -> Mask:
        """Return which pixels of `region` lie in the crop: ``(H, W) uint8``, 0 or 255."""
        across, down = self._from_middle(shape, self)
        return np.where(np.maximum(np.abs(across), np.abs(down)) < 0.5, np.uint8(255), np.uint8(0))

    def depth(self, shape: tuple[int, ...], around: FaceCrop | None = None) -> npt.NDArray[np.float32]:
        """Return how far each pixel of `region` is from the middle of the face: ``(H, W) float32``, 0 in the middle,
        1 on the ellipse that holds face and hairline. ``around``: over the region of that crop instead.
        """
        across, down = self._from_middle(shape, around or self)
        x, y = (across + 0.5 - MIDDLE[0]) / HALF_AXES[0], (down + 0.5 - MIDDLE[1]) / HALF_AXES[1]
        return np.asarray(np.hypot(x, y), np.float32)

    def _from_middle(self, shape: tuple[int, ...], around: FaceCrop) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """How far each pixel of the region of ``around`` is from the middle of the crop, to the right and downwards, in
        parts of its side: ``(H, W) float32`` each.
        """
        rows, columns = around.region(shape)
        matrix = cv2.invertAffineTransform(self.to_photo(1)).astype(np.float32)
        y, x = np.mgrid[rows, columns].astype(np.float32)
        across, down = (row[0] * x + row[1] * y + row[2] for row in matrix)
        return across, down


def _bounds(matrix: Matrix, size: int, margin: float) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a canvas in the photo, in whole pixels, with ``margin`` pixels around it."""
    edges = np.array([[-0.5, -0.5], [size - 0.5, -0.5], [-0.5, size - 0.5], [size - 0.5, size - 0.5]])
    corners = through(matrix, edges)
    low, high = np.floor(corners.min(0) - margin), np.ceil(corners.max(0) + margin)
    return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


def overlapping(crops: list[FaceCrop], which: int, shape: tuple[int, ...], ellipse: bool = True) -> Mask:
    """Return the mask of one face in the region of its crop: ``(H, W) uint8``, 0 or 255, with hard edges. It is an
    ``ellipse``, or the whole crop.

    Overlapping faces are divided where both are equally far from their middles, so that neither covers the other.
    """
    crop = crops[which]
    depth = crop.depth(shape)
    mask = np.where(depth < 1, np.uint8(255), np.uint8(0)) if ellipse else crop.inside(shape)
    for number, other in enumerate(crops):
        apart = np.hypot(*np.subtract(crop.centre, other.centre))
        if number != which and apart < (crop.side + other.side) / 2:  # no ellipse leaves the circle in its crop
            mask[other.depth(shape, crop) < depth] = 0
    return mask


def rotation(degrees: float) -> Matrix:
    """Return the matrix, ``(2, 2)``, that turns points clockwise."""
    turn = np.deg2rad(degrees)
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def through(matrix: Matrix, points: npt.ArrayLike) -> Points:
    """Return points, ``(…, 2)``, after an affine transform."""
    moved: Points = np.asarray(points) @ matrix[:, :2].T + matrix[:, 2]
    return moved


def _middles(points: Points) -> tuple[Points, Points]:
    """Return the points between the eyes and in the middle of the mouth, of landmarks ``(5, 2)``."""
    return (points[0] + points[1]) / 2, (points[3] + points[4]) / 2


def face_crop(face: Face) -> FaceCrop:
    """Return the crop that puts a face where the portrait teacher saw faces (`EYES`, `EYES_APART`, `EYES_TO_MOUTH`).

    Its angle is that of the line through the eyes. In profile that line says little: then the angle is that of the line
    from eyes to mouth if it is above 30°, and otherwise 0.
    """
    points = np.array(face.landmarks)
    eyes, mouth = _middles(points)
    line, upright = points[1] - points[0], mouth - eyes
    apart, down = float(np.linalg.norm(line)), float(np.linalg.norm(upright))
    side = float(np.clip(max(apart / EYES_APART, down / EYES_TO_MOUTH), 1.1 * face.side, 1.8 * face.side))
    if face.in_profile:
        turn = np.degrees(np.arctan2(-upright[0], upright[1]))
        angle = float(turn) if abs(turn) > 30 else 0.0
    else:
        angle = float(np.degrees(np.arctan2(line[1], line[0])))
    middle, lean = (eyes + mouth) / 2, np.deg2rad(angle)
    rise = (EYES + EYES_TO_MOUTH / 2 - 0.5) * side  # the point between eyes and mouth lies below the crop's middle
    return FaceCrop((float(middle[0] + rise * np.sin(lean)), float(middle[1] - rise * np.cos(lean))), side, angle)


def looks_like_a_face(face: Face) -> bool:
    """Whether the landmarks can belong to a face: in its own crop, two eyes above a nose above a mouth."""
    points = np.array(face.landmarks) @ rotation(-face_crop(face).angle).T
    eyes, mouth = _middles(points)
    down = mouth[1] - eyes[1]
    return bool(
        0.15 * face.side < down < 0.8 * face.side
        and eyes[1] < points[2, 1] < mouth[1] + 0.1 * down
        and np.linalg.norm(points[1] - points[0]) > 0.08 * face.side
    )
