"""Faces in a photo: where they are, and the square of picture that each is painted in."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from animegan.errors import BadOptionError

if TYPE_CHECKING:
    from facenet_pytorch import MTCNN

SEARCH_SIDE = 640
"""Pixels: faces are searched on a copy whose long side is at most this."""
LARGE_SEARCH_SIDE = 1280
"""Pixels: a photo whose copy would be less than `WORTH_A_SECOND_LOOK` of it is searched at this size as well. MTCNN
misses faces of 70 px on a copy of 640 that it finds on one of 1,280, and a crowd's are too small there."""
WORTH_A_SECOND_LOOK = 0.75
CLOSE_UP = 160
"""Pixels along a side of a face cut out to be looked at again: where it leans, for its landmarks; where it is doubted,
for itself. Of the finds in 60 photographs of nature and buildings, both false ones go then, and the one face stays."""
SAME_FACE = 0.4
"""Two finds that share more than this part of the smaller one are one face."""
MIN_SCORE = 0.9
"""MTCNN's probability below which a find is dropped; one below `SURE` has to be a face from close by, too."""
CLOSE_SCORE = 0.95
"""What it has to score from close by: of the false finds on 160 photographs, which scored up to 0.98, none did."""
MIN_FACE = 32
"""Pixels in the photo: a face with a smaller box is left to the scene's own pass."""
MAX_FACES = 20
"""The largest are painted."""
TURNED_SIDE = 400
"""Pixels: the long side of the copy that is searched turned, where no face stands upright."""
SURE, SURE_TURNED = 0.99, 0.9995
"""A find with less is doubted, and looked for turned; a turned find with as much ends the search."""
TURNED_MIN_SCORE = 0.985
"""The least probability of a find on a turned photo: there are more such passes, and so more false finds."""
TURNS = (90, -90, 45, -45, 180)
"""Degrees, clockwise, by which the photo is turned until a face is found. MTCNN finds faces that lean by up
to about 40°."""

EYES, EYES_APART, EYES_TO_MOUTH = 0.466, 0.254, 0.255
"""Height of the eyes, their distance, and that from them to the mouth, in parts of the frame: medians of the 96
portraits that the portrait generator was trained on, as they were cut for it."""
PROFILE = 0.6
"""A face whose eyes are less than this times as far apart as they are from its mouth is seen from the side."""
MIDDLE, HALF_AXES = (0.5, 0.53), (0.47, 0.42)
"""The ellipse of face and hair line, in parts of the frame."""
LOOKS = 96
"""At a face whose landmarks are measured."""
CROPS = {"portrait": 4 / 5, "square": 1.0}
"""Width over height of the crops that are suggested."""
SHOULDERS = 2.6
"""Width of a head-and-shoulders crop over the side of the face's box."""


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

    @property
    def in_profile(self) -> bool:
        """Whether it is seen from the side: its eyes are close together for how far they are from the mouth."""
        left_eye, right_eye, _, left_mouth, right_mouth = np.array(self.landmarks)
        down = np.linalg.norm((left_mouth + right_mouth) / 2 - (left_eye + right_eye) / 2)
        return bool(np.linalg.norm(right_eye - left_eye) < PROFILE * down)

    def with_landmarks(self, points: np.ndarray) -> Face:
        """The same face with other landmarks, ``(5, 2)``."""
        return replace(self, landmarks=tuple((float(x), float(y)) for x, y in points))

    def to_dict(self) -> dict:
        """The face as plain values, for JSON."""
        return {
            "box": [round(v, 1) for v in self.box],
            "landmarks": [[round(x, 1), round(y, 1)] for x, y in self.landmarks],
            "score": round(self.score, 4),
        }


@dataclass(frozen=True)
class Frame:
    """A square, perhaps turned and perhaps reaching over the border, in which a face stands upright."""

    centre: tuple[float, float]
    """(x, y) in the photo's pixels."""
    side: float
    """Pixels of the photo."""
    angle: float
    """Degrees by which the face leans in the photo, clockwise."""

    def to_photo(self, size: int, ratio: float = 1.0) -> np.ndarray:
        """The 2×3 matrix from the pixels of a ``size``×``size`` canvas to those of the photo, or of a copy of
        it that is ``ratio`` times as large.
        """
        scale, turn = ratio * self.side / size, np.deg2rad(self.angle)
        linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = (size - 1) / 2
        centre = ratio * (np.array(self.centre) + 0.5) - 0.5  # pixels have their centres at whole numbers
        return np.column_stack([linear, centre - linear @ [middle, middle]])

    def cut(self, photo: np.ndarray, size: int, ratio: float = 1.0) -> np.ndarray:
        """The face upright on a canvas, ``(size, size, 3) uint8``, out of the photo or of a copy of it that is
        ``ratio`` times as large; over the border the picture is mirrored. What is made smaller is made so
        by areas, so that nothing aliases.
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
            small = cv2.resize(
                part, [max(1, round(n / shrink)) for n in part.shape[1::-1]], interpolation=cv2.INTER_AREA
            )
            by = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]])
            matrix = matrix * by[:, None]
            matrix[:, 2] += (by - 1) / 2
            part = small
        return cv2.warpAffine(
            part, matrix, (size, size), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101
        )

    def region(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Rows and columns of a picture of this ``(H, W, …)`` that the frame touches."""
        left, top, right, bottom = _bounds(self.to_photo(2), 2, margin=1)
        height, width = shape[:2]
        return slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))

    def lay(self, drawn: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """What was drawn on a canvas, brought back into the photo: the picture of `region`, the inverse of
        `cut`. The canvas should have about as many pixels as the frame (see `side`).
        """
        rows, columns = self.region(shape)
        matrix = self.to_photo(len(drawn))
        matrix[:, 2] -= columns.start, rows.start
        size = columns.stop - columns.start, rows.stop - rows.start
        return cv2.warpAffine(drawn, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def depth(self, shape: tuple[int, ...]) -> np.ndarray:
        """How far each pixel of `region` is from the middle of the face: ``(H, W) float32``, 0 in the middle,
        1 on the ellipse that holds face and hair line.
        """
        rows, columns = self.region(shape)
        matrix = cv2.invertAffineTransform(self.to_photo(1))
        y, x = np.mgrid[rows, columns].astype(np.float32)
        across, down = (row[0] * x + row[1] * y + row[2] for row in matrix.astype(np.float32))
        return np.hypot((across + 0.5 - MIDDLE[0]) / HALF_AXES[0], (down + 0.5 - MIDDLE[1]) / HALF_AXES[1])


def _bounds(matrix: np.ndarray, size: int, margin: float) -> tuple[int, int, int, int]:
    """Left, top, right, bottom, in whole pixels, of a canvas in the photo."""
    edges = np.array([[-0.5, -0.5], [size - 0.5, -0.5], [-0.5, size - 0.5], [size - 0.5, size - 0.5]])
    corners = edges @ matrix[:, :2].T + matrix[:, 2]
    low, high = np.floor(corners.min(0) - margin), np.ceil(corners.max(0) + margin)
    return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


class Finder:
    """MTCNN (Zhang et al. 2016) of facenet-pytorch, whose weights are inside its package."""

    def __init__(self):
        from facenet_pytorch import MTCNN

        self._network: MTCNN = MTCNN(keep_all=True, min_face_size=20).eval()
        self._lock = threading.Lock()

    def find(self, photo: np.ndarray) -> list[Face]:
        """The faces in a photo, ``(H, W, 3) uint8`` sRGB, the largest first.

        Large photos are searched at two sizes (`LARGE_SEARCH_SIDE`), and the finds put together.
        Where none stands upright for certain the photo is searched turned, too (`TURNS`), and the pass with
        the surest find is believed. Finds whose landmarks make no face are dropped, and doubted ones that are no face
        from close by.
        """
        faces = self._pass(photo, SEARCH_SIDE, MIN_SCORE)
        height, width = photo.shape[:2]
        if WORTH_A_SECOND_LOOK * max(height, width) > SEARCH_SIDE:
            faces = _together(faces, self._pass(photo, LARGE_SEARCH_SIDE, MIN_SCORE))
        if _best(faces) < SURE and min(height, width) * min(1.0, TURNED_SIDE / max(height, width)) >= 20:
            for turn in TURNS:
                faces = max(faces, self._turned(photo, turn), key=_best)
                if _best(faces) >= SURE_TURNED:
                    break
        faces = [face for face in faces if face.score >= SURE or self._close_up(photo, face)]
        faces = [self._looked_at_again(photo, face) if abs(frame_around(face).angle) > 20 else face for face in faces]
        return sorted(faces, key=lambda face: face.side, reverse=True)

    def _close_up(self, photo: np.ndarray, face: Face) -> list[Face]:
        """What is found where a face should be, cut out upright on `CLOSE_UP` pixels."""
        return self._pass(frame_around(face).cut(photo, CLOSE_UP), CLOSE_UP, CLOSE_SCORE)

    def _looked_at_again(self, photo: np.ndarray, face: Face) -> Face:
        """A leaning face with the landmarks that are seen once it is turned upright; they are surer."""
        seen = self._close_up(photo, face)
        if not seen:
            return face
        matrix = frame_around(face).to_photo(CLOSE_UP)
        return face.with_landmarks(np.array(seen[0].landmarks) @ matrix[:, :2].T + matrix[:, 2])

    def landmarks(self, picture: np.ndarray, face: Face) -> np.ndarray:
        """A face's landmarks, fit to be measured: ``(5, 2)``, the trimmed means over `LOOKS` looks by MTCNN's last
        network, each of them mirrored, too.

        It sees 48 px, and one look at a drawn face is easily a fifth of the eyes' distance off. The windows depend on
        ``face`` alone, so that two pictures of it are seen through the same ones.
        """
        import torch

        rng, lean = np.random.default_rng(0), frame_around(face).angle
        frames = [
            Frame(
                tuple(np.array(face.centre) + rng.uniform(-0.08, 0.08, 2) * face.side),
                rng.uniform(0.9, 1.25) * face.side,
                lean if abs(lean) > 25 else 0.0,
            )
            for _ in range(LOOKS)
        ]
        windows = np.stack([frame.cut(picture, 48) for frame in frames])
        with self._lock, torch.inference_mode():
            batch = (torch.from_numpy(windows).permute(0, 3, 1, 2).float() - 127.5) / 128
            straight, mirrored = (self._network.onet(each)[1].numpy() for each in (batch, batch.flip(3)))
        mirrored = np.concatenate([1 - mirrored[:, [1, 0, 2, 4, 3]], mirrored[:, [6, 5, 7, 9, 8]]], axis=1)
        looks = []
        for points in (straight, mirrored):  # five x, then five y, in parts of the window
            for frame, at in zip(frames, points.reshape(-1, 2, 5).transpose(0, 2, 1), strict=True):
                matrix = frame.to_photo(48)
                looks.append((at * 48 - 0.5) @ matrix[:, :2].T + matrix[:, 2])
        ordered, cut = np.sort(looks, axis=0), len(looks) // 5
        return ordered[cut : len(looks) - cut].mean(axis=0)

    def _pass(self, photo: np.ndarray, side: int, min_score: float) -> list[Face]:
        """One search, on a copy with a long side of at most ``side`` pixels."""
        height, width = photo.shape[:2]
        scale = min(1.0, side / max(height, width))
        size = round(width * scale), round(height * scale)
        if min(size) < 20:  # MTCNN's smallest window; it raises on less
            return []
        small = photo if scale == 1 else cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        with self._lock:
            boxes, scores, landmarks = self._network.detect(small, landmarks=True)
        if boxes is None:
            return []
        ratio = np.array([width / size[0], height / size[1]])
        found = [
            Face(
                box=tuple(float(v) for v in box * np.tile(ratio, 2)),
                landmarks=tuple((float(x), float(y)) for x, y in points * ratio),
                score=float(score),
            )
            for box, score, points in zip(boxes, scores, landmarks, strict=True)
            if score >= min_score
        ]
        return [face for face in found if looks_like_a_face(face)]

    def _turned(self, photo: np.ndarray, turn: float) -> list[Face]:
        """Search a small copy that is turned clockwise; the finds are turned back into the photo's pixels."""
        height, width = photo.shape[:2]
        scale = min(1.0, TURNED_SIDE / max(height, width))
        lean = np.deg2rad(turn)
        linear = scale * np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
        wide, high = (int(np.ceil(v)) for v in np.abs(linear) @ [width, height])
        matrix = np.column_stack([linear, np.array([wide, high]) / 2 - linear @ [width / 2, height / 2]])
        small = photo if scale == 1 else cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        step = np.column_stack([matrix[:, :2] / scale, matrix[:, 2]])
        turned = cv2.warpAffine(small, step, (wide, high), flags=cv2.INTER_LINEAR)
        back = cv2.invertAffineTransform(matrix)

        def to_photo(points: np.ndarray) -> np.ndarray:
            return points @ back[:, :2].T + back[:, 2]

        faces = []
        for face in self._pass(turned, max(wide, high), TURNED_MIN_SCORE):
            (x, y), half = to_photo(np.array(face.centre)), face.side / scale / 2
            points = to_photo(np.array(face.landmarks))
            faces.append(
                Face(
                    box=(float(x - half), float(y - half), float(x + half), float(y + half)),
                    landmarks=tuple((float(px), float(py)) for px, py in points),
                    score=face.score,
                )
            )
        return faces


def _together(faces: list[Face], others: list[Face]) -> list[Face]:
    """The finds of two searches; of a face that both found the surer find."""
    kept: list[Face] = []
    for face in sorted([*faces, *others], key=lambda face: face.score, reverse=True):
        if all(_shared(face.box, other.box) <= SAME_FACE for other in kept):
            kept.append(face)
    return kept


def _shared(box: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The area that two boxes have in common, over that of the smaller one."""
    wide, high = (min(box[n + 2], other[n + 2]) - max(box[n], other[n]) for n in (0, 1))
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (box, other)]
    return max(0.0, wide) * max(0.0, high) / max(1e-6, min(areas))


def _best(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)


def worth_painting(faces: list[Face]) -> list[Face]:
    """The faces that gain from a pass of their own: not the tiny ones, and at most `MAX_FACES`."""
    return [face for face in faces if face.side >= MIN_FACE][:MAX_FACES]


def overlapping(frames: list[Frame], which: int, shape: tuple[int, ...]) -> np.ndarray:
    """Where, in the region of one frame, its face lies: ``(H, W) uint8`` of 0 and 255, hard. Faces that
    overlap are parted where they are equally far from their middles, so that neither is cut by the other.
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
        here = slice(top - rows.start, bottom - rows.start), slice(left - columns.start, right - columns.start)
        there = (
            slice(top - their_rows.start, bottom - their_rows.start),
            slice(left - their_columns.start, right - their_columns.start),
        )
        mask[here][other.depth(shape)[there] < depth[here]] = 0
    return mask


def frame_around(face: Face) -> Frame:
    """The frame that puts a face where the portrait teacher saw faces (`EYES`, `EYES_APART`, `EYES_TO_MOUTH`).

    It is turned by the line through the eyes, unless the face is seen from the side: then that line says
    little, and the frame stays as upright as the eyes above the mouth are.
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
    rise = (EYES + EYES_TO_MOUTH / 2 - 0.5) * side  # the point between eyes and mouth lies below the middle
    return Frame((float(middle[0] + rise * np.sin(lean)), float(middle[1] - rise * np.cos(lean))), side, angle)


def looks_like_a_face(face: Face) -> bool:
    """Whether the landmarks can be those of a face: two eyes, above a nose, above a mouth, in its own frame."""
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


def crop_around(face: Face, photo_size: tuple[int, int], shape: str = "portrait") -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a head-and-shoulders crop around a face, in whole pixels inside the photo.

    ``photo_size`` is (width, height); ``shape`` is ``square`` or ``portrait`` (4:5). The eyes come to a third
    from above, the face to the middle; where the photo is too small the crop becomes so, never its shape.

    Raises:
        BadOptionError: there is no such shape.
    """
    if shape not in CROPS:
        raise BadOptionError(f"A crop is {', '.join(CROPS)} or none, not '{shape}'.")
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


def suggest_crop(photo: np.ndarray, finder: Finder | None = None) -> dict[str, tuple[int, int, int, int]]:
    """Head-and-shoulders crops of a photo, ``(H, W, 3) uint8``, around its largest face: shape → left, top,
    right, bottom, in pixels; nothing where no face is found. See `crop_around`.
    """
    found = (finder or Finder()).find(photo)
    if not found:
        return {}
    return {shape: crop_around(found[0], photo.shape[1::-1], shape) for shape in CROPS}
