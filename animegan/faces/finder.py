"""Finds faces with MTCNN (Zhang et al. 2016)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from animegan.errors import BadOptionError
from animegan.faces.face import Box, Face, FaceCrop, Points, face_crop, looks_like_a_face, through
from animegan.faces.mtcnn import SMALLEST, Cascade, Seen
from animegan.faces.thresholds import FACES
from animegan.images.resize import Picture, shrink


@dataclass(frozen=True)
class _Look:
    """What one search saw, in the photo's pixels."""

    found: list[Face]
    """Faces of any probability, but with possible landmarks."""
    face_like: list[Box]
    """What came as far as MTCNN's third network. Upright or not, a face does."""


class Finder:
    """Detects faces by MTCNN, with the weights of the package facenet-pytorch."""

    def __init__(self) -> None:
        self._network = Cascade()
        self._lock = threading.Lock()

    def find(self, photo: Picture, least: float = SMALLEST) -> list[Face]:
        """Return the faces in a photo, ``(H, W, 3) uint8`` sRGB, the largest first; those of fewer than ``least``
        pixels may be missed, which saves time.

        Where something looked a little like a face and no certain upright one was found, the photo is searched turned
        as well. Doubtful detections, and those in a turned copy, are dropped unless a close-up confirms them.
        """
        look = self._look(photo, FACES.search_side, least)
        upright = [face for face in look.found if face.score >= FACES.min_score]
        certain = [face.box for face in upright if face.score >= FACES.certain]
        places = _apart(box for box in look.face_like if not _covered(box, certain))
        turned = self._turned(photo, places)
        faces = _together(upright, turned) if turned else upright
        faces = [self._refined(photo, face) for face in self._confirmed(photo, faces, turned)]
        return sorted(faces, key=lambda face: face.side, reverse=True)

    def glance(self, photo: Picture) -> list[Face]:
        """Return the upright faces in a frame of a clip, ``(H, W, 3) uint8`` sRGB, the largest first.

        A small copy is searched, upright: faster than `find`, which also finds the smallest and those that lie.
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

    def _confirmed(self, photo: Picture, faces: list[Face], doubted: Sequence[Face] = ()) -> list[Face]:
        """Return the faces that are certain and none of the ``doubted``, or found again in a close-up."""
        return [
            face
            for face in faces
            if (face.score >= FACES.certain and face not in doubted) or self._close_up(photo, face)
        ]

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
            straight, mirrored = (self._network.third(each)[1].numpy() for each in (batch, batch.flip(3)))
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

    def _look(self, photo: Picture, side: int, least: float = SMALLEST) -> _Look:
        """Search once, on a copy with a long side of at most ``side`` pixels, and report all that was seen."""
        small = shrink(photo, side)
        if min(small.shape[:2]) < SMALLEST:
            return _Look([], [])
        ratio = np.divide(photo.shape[1::-1], small.shape[1::-1])
        (seen,) = self._seen([small], least / float(ratio.max()))
        return _Look(list(_faces(seen, ratio)), [_box(box, ratio) for box in seen.face_like])

    def _turned(self, photo: Picture, places: list[Box]) -> list[Face]:
        """Search around each place, and over the whole photo, in small copies that are turned."""
        if not places:
            return []
        height, width = photo.shape[:2]
        whole, copy = (0.0, 0.0, float(width), float(height)), shrink(photo, 2 * FACES.turned_side)
        views = [
            (FaceCrop(((left + right) / 2, (top + bottom) / 2), scale * max(right - left, bottom - top), turn), shown)
            for scale, boxes, shown in ((FACES.turned_around, places, photo), (1.0, [whole], copy))
            for left, top, right, bottom in boxes
            for turn in FACES.turns
        ]
        side, found = FACES.turned_side, []
        for start in range(0, len(views), FACES.turned_at_once):
            part = views[start : start + FACES.turned_at_once]
            pictures = [crop.cut(shown, side, shown.shape[1] / width) for crop, shown in part]
            for (crop, _), seen in zip(part, self._seen(pictures), strict=True):
                half = crop.side / side / 2
                found += [each.moved(crop.to_photo(side), half * each.side) for each in _faces(seen)]
        return [face for face in found if face.score >= FACES.turned_min_score and _within(face, width, height)]

    def _seen(self, pictures: list[Picture], least: float = SMALLEST) -> list[Seen]:
        with self._lock:
            return self._network.detect(pictures, least)


def _faces(seen: Seen, ratio: Points | float = 1.0) -> Iterator[Face]:
    """Yield what was seen with possible landmarks, in a picture that is ``ratio`` times as large."""
    for box, score, points in zip(seen.boxes, seen.scores, seen.landmarks, strict=True):
        face = Face(_box(box, ratio), (), float(score)).with_landmarks(points * ratio)
        if looks_like_a_face(face):
            yield face


def _box(box: Points, ratio: Points | float) -> Box:
    left, top, right, bottom = map(float, (box.reshape(2, 2) * ratio).ravel())
    return left, top, right, bottom


def _within(face: Face, width: int, height: int) -> bool:
    """Whether the middle of a face is in the photo: beyond its border copies are mirrored."""
    x, y = face.centre
    return 0 <= x < width and 0 <= y < height


def _together(*searches: Iterable[Face]) -> list[Face]:
    """Merge the detections of searches; of a face that several found, keep the most certain detection."""
    merged: list[Face] = []
    for face in sorted(chain(*searches), key=lambda face: face.score, reverse=True):
        if not _covered(face.box, [other.box for other in merged]):
            merged.append(face)
    return merged


def _apart(boxes: Iterable[Box]) -> list[Box]:
    """Return boxes, without those that mostly lie in one before them."""
    kept: list[Box] = []
    for box in boxes:
        if not _covered(box, kept):
            kept.append(box)
    return kept


def _covered(box: Box, others: Iterable[Box]) -> bool:
    """Whether one of the others shares so much with a box that both are one face."""
    return any(shared(box, other) > FACES.same_face for other in others)


def shared(box: Box, other: Box) -> float:
    """Return the common area of two boxes over the area of the smaller one."""
    wide, high = (min(box[n + 2], other[n + 2]) - max(box[n], other[n]) for n in (0, 1))
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (box, other)]
    return max(0.0, wide) * max(0.0, high) / max(1e-6, min(areas))


def worth_painting(faces: list[Face]) -> list[Face]:
    """Return the faces worth painting separately: not the tiny ones."""
    return [face for face in faces if face.side >= FACES.least_painted]


def numbered(faces: list[Face]) -> list[Face]:
    """Return the same faces, in the same order, with numbers: 1 for the leftmost."""
    numbers = {id(face): n for n, face in enumerate(sorted(faces, key=lambda face: face.centre), 1)}
    return [replace(face, number=numbers[id(face)]) for face in faces]


def chosen(faces: list[Face], numbers: tuple[int, ...]) -> list[Face]:
    """Return the faces with these numbers; without numbers all of them.

    Raises:
        BadOptionError: there is no face with such a number.
    """
    for number in numbers:
        if number > len(faces):
            raise BadOptionError(
                "There is no face {number}: {count} were found, counted from the left.", number=number, count=len(faces)
            )
    return [face for face in faces if not numbers or face.number in numbers]
