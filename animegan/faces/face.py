"""A face in a photo, and the square frame in which it is painted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Mask, Picture, resize

EYES, EYES_APART, EYES_TO_MOUTH = 0.466, 0.254, 0.255
"""In parts of the frame: height of the eyes, distance between the eyes, and distance from eyes to mouth. Medians of the
96 portraits that the portrait generator was trained on, as they were cropped for it."""
PROFILE = 0.6
"""A face is in profile if its eyes are closer together than this times their distance to the mouth."""
MIDDLE, HALF_AXES = (0.5, 0.53), (0.47, 0.42)
"""Centre and half axes of the ellipse that holds face and hairline, in parts of the frame."""

Points = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
"""``(2, 3)``: an affine transform."""


@dataclass(frozen=True)
class Face:
    """A face in a photo, in the photo's pixels."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom; may extend beyond the photo's border."""
    landmarks: tuple[tuple[float, float], ...]
    """(x, y) of left eye, right eye, nose, and the mouth's left and right corner; left and right as in the photo."""
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

    @property
    def in_profile(self) -> bool:
        """Whether it is seen from the side: its eyes are close together compared with their distance to the mouth."""
        left_eye, right_eye, _, left_mouth, right_mouth = np.array(self.landmarks)
        down = np.linalg.norm((left_mouth + right_mouth) / 2 - (left_eye + right_eye) / 2)
        return bool(np.linalg.norm(right_eye - left_eye) < PROFILE * down)

    def scaled(self, ratio: float) -> Face:
        """Return the same face in the pixels of a picture that is ``ratio`` times as large."""
        left, top, right, bottom = self.box
        return Face(
            box=(left * ratio, top * ratio, right * ratio, bottom * ratio),
            landmarks=tuple((x * ratio, y * ratio) for x, y in self.landmarks),
            score=self.score,
        )

    def with_landmarks(self, points: Points) -> Face:
        """Return the same face with other landmarks, ``(5, 2)``."""
        return replace(self, landmarks=tuple((float(x), float(y)) for x, y in points))

    def to_dict(self) -> dict[str, Any]:
        """Return the face as plain values, for JSON."""
        return {
            "box": [round(v, 1) for v in self.box],
            "landmarks": [[round(x, 1), round(y, 1)] for x, y in self.landmarks],
            "score": round(self.score, 4),
        }


@dataclass(frozen=True)
class Frame:
    """A square in which a face stands upright. It may be rotated and may extend beyond the photo's border."""

    centre: tuple[float, float]
    """(x, y) in the photo's pixels."""
    side: float
    """Pixels of the photo."""
    angle: float
    """Degrees clockwise by which the face leans in the photo."""

    def to_photo(self, size: int, ratio: float = 1.0) -> Matrix:
        """Return the 2×3 matrix that maps the pixels of a ``size``×``size`` canvas to those of the photo, or of a copy
        of it that is ``ratio`` times as large.
        """
        scale, turn = ratio * self.side / size, np.deg2rad(self.angle)
        linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = (size - 1) / 2
        centre = ratio * (np.array(self.centre) + 0.5) - 0.5  # whole numbers are the centres of pixels
        return np.column_stack([linear, centre - linear @ [middle, middle]])

    def cut(self, photo: Picture, size: int, ratio: float = 1.0) -> Picture:
        """Cut the face out upright, as ``(size, size, 3) uint8``, from the photo or from a copy of it that is
        ``ratio`` times as large. Beyond the border the picture is mirrored. A larger face is shrunk by area averaging,
        so that nothing aliases.
        """
        matrix = self.to_photo(size, ratio)
        shrink = max(1.0, float(np.hypot(*matrix[:, 0])))
        left, top, right, bottom = _bounds(matrix, size, margin=2 * shrink + 2)
        height, width = photo.shape[:2]
        rows, columns = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
        part = photo[rows, columns]
        if min(part.shape[:2]) < 1:
            return np.zeros((size, size, 3), np.uint8)
        matrix = matrix.copy()
        matrix[:, 2] -= columns.start, rows.start
        if shrink > 1:
            small = resize(part, *(max(1, round(n / shrink)) for n in part.shape[1::-1]))
            by = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]])
            matrix = matrix * by[:, None]
            matrix[:, 2] += (by - 1) / 2
            part = small
        return cast(
            Picture,
            cv2.warpAffine(
                part,
                matrix,
                (size, size),
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT_101,
            ),
        )

    def region(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return the rows and columns that the frame covers in a picture of shape ``(H, W, …)``."""
        left, top, right, bottom = _bounds(self.to_photo(2), 2, margin=1)
        height, width = shape[:2]
        return slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))

    def lay(self, drawn: Picture, shape: tuple[int, ...]) -> Picture:
        """Map a painted canvas back to the photo and return the pixels of `region`: the inverse of `cut`. The canvas
        should have about as many pixels as the frame (see `side`).
        """
        rows, columns = self.region(shape)
        matrix = self.to_photo(len(drawn))
        matrix[:, 2] -= columns.start, rows.start
        size = columns.stop - columns.start, rows.stop - rows.start
        return cast(
            Picture, cv2.warpAffine(drawn, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        )

    def depth(self, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
        """Return how far each pixel of `region` is from the middle of the face: ``(H, W) float32``, 0 in the middle,
        1 on the ellipse that holds face and hairline.
        """
        rows, columns = self.region(shape)
        matrix = cv2.invertAffineTransform(self.to_photo(1))
        y, x = np.mgrid[rows, columns].astype(np.float32)
        across, down = (row[0] * x + row[1] * y + row[2] for row in matrix.astype(np.float32))
        x, y = (across + 0.5 - MIDDLE[0]) / HALF_AXES[0], (down + 0.5 - MIDDLE[1]) / HALF_AXES[1]
        return np.asarray(np.hypot(x, y), np.float32)


def _bounds(matrix: Matrix, size: int, margin: float) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a canvas in the photo, in whole pixels, with ``margin`` pixels around it."""
    edges = np.array([[-0.5, -0.5], [size - 0.5, -0.5], [-0.5, size - 0.5], [size - 0.5, size - 0.5]])
    corners = edges @ matrix[:, :2].T + matrix[:, 2]
    low, high = np.floor(corners.min(0) - margin), np.ceil(corners.max(0) + margin)
    return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


def overlapping(frames: list[Frame], which: int, shape: tuple[int, ...]) -> Mask:
    """Return the mask of one face in the region of its frame: ``(H, W) uint8``, 0 or 255, with hard edges.

    Overlapping faces are divided where both are equally far from their middles, so that neither covers the other.
    """
    rows, columns = frames[which].region(shape)
    depth = frames[which].depth(shape)
    mask = np.where(depth < 1, np.uint8(255), np.uint8(0))
    for number, other in enumerate(frames):
        if number == which:
            continue
        their_rows, their_columns = other.region(shape)
        top, bottom = max(rows.start, their_rows.start), min(rows.stop, their_rows.stop)
        left, right = max(columns.start, their_columns.start), min(columns.stop, their_columns.stop)
        if top >= bottom or left >= right:
            continue
        ours = slice(top - rows.start, bottom - rows.start), slice(left - columns.start, right - columns.start)
        theirs = (
            slice(top - their_rows.start, bottom - their_rows.start),
            slice(left - their_columns.start, right - their_columns.start),
        )
        mask[ours][other.depth(shape)[theirs] < depth[ours]] = 0
    return mask


def frame_around(face: Face) -> Frame:
    """Return the frame that puts a face where the portrait teacher saw faces (`EYES`, `EYES_APART`, `EYES_TO_MOUTH`).

    Its angle is that of the line through the eyes. In profile that line says little: then the angle is that of the line
    from eyes to mouth if it is above 30°, and otherwise 0.
    """
    left_eye, right_eye, _, left_mouth, right_mouth = np.array(face.landmarks)
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    apart, down = float(np.linalg.norm(right_eye - left_eye)), float(np.linalg.norm(mouth - eyes))
    side = float(np.clip(max(apart / EYES_APART, down / EYES_TO_MOUTH), 1.1 * face.side, 1.8 * face.side))
    line, upright = right_eye - left_eye, mouth - eyes
    if face.in_profile:
        turn = np.degrees(np.arctan2(-upright[0], upright[1]))
        angle = float(turn) if abs(turn) > 30 else 0.0
    else:
        angle = float(np.degrees(np.arctan2(line[1], line[0])))
    middle = (eyes + mouth) / 2
    lean = np.deg2rad(angle)
    rise = (EYES + EYES_TO_MOUTH / 2 - 0.5) * side  # the point between eyes and mouth lies below the frame's middle
    return Frame((float(middle[0] + rise * np.sin(lean)), float(middle[1] - rise * np.cos(lean))), side, angle)


def looks_like_a_face(face: Face) -> bool:
    """Whether the landmarks can belong to a face: in its own frame, two eyes above a nose above a mouth."""
    points = np.array(face.landmarks)
    lean = np.deg2rad(-frame_around(face).angle)
    turned = points @ np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]]).T
    left_eye, right_eye, nose, left_mouth, right_mouth = turned
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    down = mouth[1] - eyes[1]
    return bool(
        0.15 * face.side < down < 0.8 * face.side
        and eyes[1] < nose[1] < mouth[1] + 0.1 * down
        and np.linalg.norm(right_eye - left_eye) > 0.08 * face.side
    )
