"""Finds faces with MTCNN (Zhang et al. 2016)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np

from animegan.faces.face import Face, FaceCrop, Points, face_crop, looks_like_a_face, rotation, through
from animegan.faces.thresholds import FACES
from animegan.images.resize import Picture, shrink

if TYPE_CHECKING:
    from facenet_pytorch import MTCNN


@dataclass(frozen=True)
class _Look:
    """What one search saw."""

    found: list[Face]
    """Faces of any probability, but with possible landmarks."""
    face_like: bool
    """Whether anything came as far as MTCNN's third network. Upright or not, a face does."""


class Finder:
    """Detects faces with facenet-pytorch's MTCNN (Zhang et al. 2016), whose weights are part of that package."""

    def __init__(self) -> None:
        from facenet_pytorch import MTCNN

        self._network: MTCNN = MTCNN(keep_all=True, min_face_size=20).eval()
        self._lock = threading.Lock()
        self._asked_third = False
        self._network.onet.register_forward_hook(self._note)

    def find(self, photo: Picture) -> list[Face]:
        """Return the faces in a photo, ``(H, W, 3) uint8`` sRGB, the largest first.

        A large photo is searched at two sizes, as MTCNN misses small faces on a small copy. If no upright face is
        certain, and something looked a little like one, the photo is also searched rotated, and the pass with the most
        certain face wins. Doubtful detections that the close-up does not confirm are dropped.
        """
        height, width = photo.shape[:2]
        large = FACES.second_search * max(height, width) > FACES.search_side
        looks = [self._look(photo, side) for side in (FACES.search_side, FACES.large_search_side)[: 1 + large]]
        faces = _together(*([face for face in look.found if face.score >= FACES.min_score] for look in looks))
        face_like = any(look.face_like for look in looks)
        wide_enough = min(height, width) * min(1.0, FACES.turned_side / max(height, width)) >= 20
        if _best(faces) < FACES.certain and face_like and wide_enough:
            for turn in FACES.turns:
                faces = max(faces, self._turned(photo, turn), key=_best)
                if _best(faces) >= FACES.certain_turned:
                    break
        faces = [self._refined(photo, face) for face in self._confirmed(photo, faces)]
        return sorted(faces, key=lambda face: face.side, reverse=True)

    def glance(self, photo: Picture) -> list[Face]:
        """Return the upright faces in a frame of a clip, ``(H, W, 3) uint8`` sRGB, the largest first.

        It is searched at one size only: much faster than `find`, which also finds the smallest and those that lie.
        """
        faces = self._confirmed(photo, self._pass(photo, FACES.glance_side, FACES.min_score))
        return sorted(faces, key=lambda face: face.side, reverse=True)

    def again(self, photo: Picture, face: Face) -> Face | None:
        """Find a face of the frame before again, in an upright close-up of where it should be. None: not there."""
        crop = face_crop(face)
        found = self._pass(crop.cut(photo, FACES.close_up), FACES.close_up, FACES.min_score)
        if not found:
            return None
        middle = np.full(2, FACES.close_up / 2)
        best = max(found, key=lambda each: each.side - float(np.linalg.norm(each.centre - middle)))  # large, central
        low, high = np.reshape(best.box, (2, 2))
        return best.moved(crop.to_photo(FACES.close_up), crop.side / FACES.close_up * (high - low) / 2)

    def _confirmed(self, photo: Picture, faces: list[Face]) -> list[Face]:
        """Return the faces that are certain, or found again in a close-up."""
        return [face for face in faces if face.score >= FACES.certain or self._close_up(photo, face)]

    def _close_up(self, photo: Picture, face: Face) -> list[Face]:
        """Search for the face again in an upright crop around it, `FACES.close_up` pixels wide."""
        return self._pass(face_crop(face).cut(photo, FACES.close_up), FACES.close_up, FACES.close_score)

    def _refined(self, photo: Picture, face: Face) -> Face:
        """Return a leaning face with landmarks from its upright close-up, where they are more accurate."""
        crop = face_crop(face)
        if abs(crop.angle) <= 20 or not (upright := self._close_up(photo, face)):
            return face
        return face.with_landmarks(through(crop.to_photo(FACES.close_up), upright[0].landmarks))

    def landmarks(self, picture: Picture, face: Face) -> Points:
        """Measure a face's landmarks: ``(5, 2)``, the trimmed means of what MTCNN's last network gives for many
        random windows of 48 px and their mirror images, as a single result on a drawn face is easily wrong. The windows
        depend on ``face`` alone, so two pictures of one face are measured in the same windows.
        """
        import torch

        rng, lean = np.random.default_rng(0), face_crop(face).angle
        crops = [
            FaceCrop(
                tuple(np.array(face.centre) + rng.uniform(-0.08, 0.08, 2) * face.side),
                rng.uniform(0.9, 1.25) * face.side,
                lean if abs(lean) > 25 else 0.0,
            )
            for _ in range(FACES.windows)
        ]
        windows = np.stack([crop.cut(picture, 48) for crop in crops])
        with self._lock, torch.inference_mode():
            batch = (torch.from_numpy(windows).permute(0, 3, 1, 2).float() - 127.5) / 128
            straight, mirrored = (self._network.onet(each)[1].numpy() for each in (batch, batch.flip(3)))
        mirrored = np.concatenate([1 - mirrored[:, [1, 0, 2, 4, 3]], mirrored[:, [6, 5, 7, 9, 8]]], axis=1)
        results = []
        for points in (straight, mirrored):  # five x, then five y, in parts of the window
            for crop, at in zip(crops, points.reshape(-1, 2, 5).transpose(0, 2, 1), strict=True):
                results.append(through(crop.to_photo(48), at * 48 - 0.5))
        ordered, cut = np.sort(results, axis=0), len(results) // 5
        return np.asarray(ordered[cut : len(results) - cut].mean(axis=0))

    def _pass(self, photo: Picture, side: int, min_score: float) -> list[Face]:
        """Search once, on a copy with a long side of at most ``side`` pixels."""
        return [face for face in self._look(photo, side).found if face.score >= min_score]

    def _look(self, photo: Picture, side: int) -> _Look:
        """Search once, on a copy with a long side of at most ``side`` pixels, and report all that was seen."""
        height, width = photo.shape[:2]
        scale = min(1.0, side / max(height, width))
        size = round(width * scale), round(height * scale)
        if min(size) < 20:  # MTCNN's smallest window; it raises an error on smaller pictures
            return _Look([], False)
        small = shrink(photo, side)
        with self._lock:
            self._asked_third = False
            found_at: Any = self._network.detect(small, landmarks=True)
            face_like = self._asked_third
        boxes, scores, landmarks = found_at
        if boxes is None:
            return _Look([], face_like)
        ratio = np.array([width / size[0], height / size[1]])
        found = []
        for box, score, points in zip(boxes, scores, landmarks, strict=True):
            left, top, right, bottom = map(float, box * np.tile(ratio, 2))
            found.append(Face((left, top, right, bottom), (), float(score)).with_landmarks(points * ratio))
        return _Look([face for face in found if looks_like_a_face(face)], face_like)

    def _note(self, *_: Any) -> None:
        self._asked_third = True

    def _turned(self, photo: Picture, turn: float) -> list[Face]:
        """Search a small copy rotated clockwise by ``turn`` degrees, and map the faces back to the photo's pixels."""
        height, width = photo.shape[:2]
        scale = min(1.0, FACES.turned_side / max(height, width))
        linear = scale * rotation(turn)
        wide, high = (int(np.ceil(v)) for v in np.abs(linear) @ [width, height])
        matrix = np.column_stack([linear, np.array([wide, high]) / 2 - linear @ [width / 2, height / 2]])
        small = photo if scale == 1 else cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        step = np.column_stack([matrix[:, :2] / scale, matrix[:, 2]])
        turned = cast(Picture, cv2.warpAffine(small, step, (wide, high), flags=cv2.INTER_LINEAR))
        back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
        found = self._pass(turned, max(wide, high), FACES.turned_min_score)
        return [face.moved(back, face.side / scale / 2) for face in found]


def _together(*searches: list[Face]) -> list[Face]:
    """Merge the detections of searches; of a face that several found, keep the most certain detection."""
    if len(searches) == 1:
        return searches[0]
    merged: list[Face] = []
    for face in sorted(chain(*searches), key=lambda face: face.score, reverse=True):
        if all(shared(face.box, other.box) <= FACES.same_face for other in merged):
            merged.append(face)
    return merged


def shared(box: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the common area of two boxes over the area of the smaller one."""
    wide, high = (min(box[n + 2], other[n + 2]) - max(box[n], other[n]) for n in (0, 1))
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (box, other)]
    return max(0.0, wide) * max(0.0, high) / max(1e-6, min(areas))


def _best(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)


def worth_painting(faces: list[Face]) -> list[Face]:
    """Return the faces worth painting separately: not the tiny ones, and at most `FACES.most_painted`."""
    return [face for face in faces if face.side >= FACES.least_painted][: FACES.most_painted]
