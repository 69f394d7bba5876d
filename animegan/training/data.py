"""Photographs for training and for measuring, and what the teacher made of them.

A folder of photographs holds ``scenes/`` and ``faces/``. Which of them are kept out of training
is a rule, not a list, and always the same: `kept_out`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from animegan import photos

SIDE = 512
"""Pixels along a side of every training and validation square: what the teachers were made for."""

Draw = Callable[[np.ndarray], np.ndarray]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})


def kept_out(folder: Path) -> dict[str, list[Path]]:
    """The photographs that no training sees: 24 scenes (every 43rd by name) and 24 faces (every 5th)."""
    return {
        "scenes": _files(folder / "scenes")[::43][:24],
        "faces": _files(folder / "faces")[::5][:24],
    }


def for_training(folder: Path) -> dict[str, list[Path]]:
    """All photographs that are not `kept_out`."""
    out = kept_out(folder)
    return {kind: [path for path in _files(folder / kind) if path not in set(out[kind])] for kind in out}


def square(photo: np.ndarray, zoom: float = 1.0, across: float = 0.5, down: float = 0.5) -> np.ndarray:
    """A square of ``1 / zoom`` of the short side, brought to `SIDE`; (0.5, 0.5) is the centre."""
    height, width = photo.shape[:2]
    side = int(min(height, width) / zoom)
    top, left = round((height - side) * down), round((width - side) * across)
    crop = photo[top : top + side, left : left + side]
    shrinks = side > SIDE
    return cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


@dataclass(frozen=True)
class View:
    """One square of one photograph: what is drawn once by the teacher and cached."""

    path: Path
    index: int
    """0 is the centre square; the others are zoomed and shifted, the same way in every run."""
    turn: float = 0.0
    """Degrees: the others are also turned by at most this, and their light is changed. For a teacher
    that changes shapes, which must be learned for every pose."""

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}-{self.path.stem}-{self.index}.npy"

    def photo(self) -> np.ndarray:
        """``(SIDE, SIDE, 3) uint8``"""
        photo = photos.load(self.path)
        if self.index == 0:
            return square(photo)
        key = [self.index, *self.path.parent.name.encode(), *self.path.stem.encode()]
        rng = np.random.default_rng(key)
        if self.turn:
            return _posed(photo, rng, self.turn)
        return square(photo, rng.uniform(1.0, 1.6), rng.random(), rng.random())


def _posed(photo: np.ndarray, rng: np.random.Generator, turn: float) -> np.ndarray:
    """A square near the middle, zoomed 0.7 to 1.2 times, turned by up to ``turn`` degrees, darker or lighter;
    over the border the photo is mirrored.
    """
    height, width = photo.shape[:2]
    zoom = rng.uniform(0.7, 1.2)
    scale = zoom * SIDE / min(height, width)
    centre = width * 0.5, height * 0.5
    matrix = cv2.getRotationMatrix2D(centre, rng.uniform(-turn, turn), scale)
    room = 0.5 * SIDE * abs(zoom - 1)  # so far the square may move: unturned, it stays in the photo, or holds it
    matrix[:, 2] += SIDE / 2 - np.array(centre) + rng.uniform(-room, room, 2)
    if scale < 1:  # warping alone would skip pixels
        photo = cv2.GaussianBlur(photo, (0, 0), 0.4 / scale)
    posed = cv2.warpAffine(photo, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.clip(posed * rng.uniform(0.7, 1.15), 0, 255).astype(np.uint8)


def views(folder: Path, scene_views: int, face_views: int, turn: float = 0.0) -> list[View]:
    """Every view to train on, centre squares first, so that a half-made cache already serves."""
    counts = {"scenes": scene_views, "faces": face_views}
    paths = for_training(folder)
    return [
        View(path, index, turn)
        for index in range(max(counts.values()))
        for kind in counts
        for path in paths[kind]
        if index < counts[kind]
    ]


def face_boxes() -> Callable[[np.ndarray], list[Box]]:
    """A function that finds the boxes of the faces in a photo."""
    from animegan.faces import Finder

    finder = Finder()
    return lambda photo: [face.box for face in finder.find(photo)]


class Pairs:
    """(photo, teacher's drawing) squares in a cache folder: one ``(2, SIDE, SIDE, 3) uint8`` file each."""

    def __init__(self, cache: Path):
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def missing(self, wanted: Iterable[View]) -> list[View]:
        return [view for view in wanted if not (self.cache / view.name).exists()]

    def label(self, wanted: Iterable[View], teacher: Draw) -> Iterator[View]:
        """Draw what is missing, one at a time, so that a caller can show progress and stop between."""
        for view in self.missing(wanted):
            photo = view.photo()
            pair = np.stack([photo, teacher(photo)])
            part = self.cache / f"{view.name}.part"
            with part.open("wb") as file:
                np.save(file, pair)
            part.replace(self.cache / view.name)
            yield view

    def _boxes_file(self, view: View) -> Path:
        return (self.cache / view.name).with_suffix(".faces.json")

    def search(self, wanted: Iterable[View], find: Callable[[np.ndarray], list[Box]]) -> Iterator[View]:
        """Note where faces are in each view that is there and was not searched yet, one at a time."""
        for view in wanted:
            drawn = self.cache / view.name
            if drawn.exists() and not self._boxes_file(view).exists():
                boxes = find(np.ascontiguousarray(np.load(drawn, mmap_mode="r")[0]))
                self._boxes_file(view).write_text(json.dumps(boxes))
                yield view

    def read(self, wanted: Iterable[View]) -> list["Pair"]:
        """The pairs that are there, memory-mapped, with the faces found in them so far."""
        out = []
        for view in wanted:
            path, boxes = self.cache / view.name, self._boxes_file(view)
            if path.exists():
                faces = json.loads(boxes.read_text()) if boxes.exists() else []
                out.append(Pair(np.load(path, mmap_mode="r"), [tuple(box) for box in faces]))
        return out


@dataclass(frozen=True)
class Pair:
    """A square of a photograph and the teacher's drawing of it."""

    pictures: np.ndarray
    """``(2, SIDE, SIDE, 3) uint8``: the photograph, the drawing."""
    faces: list[Box]


def crops(
    pairs: list[Pair], rng: np.random.Generator, count: int, side: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``count`` random squares of ``side`` pixels with their drawings, ``(count, side, side, 3) uint8``,
    and 1 where a face is, ``(count, side, side) uint8``; half are mirrored.
    """
    out = np.empty((2, count, side, side, 3), np.uint8)
    faces = np.zeros((count, side, side), np.uint8)
    for n in range(count):
        pair = pairs[rng.integers(len(pairs))]
        top, left = rng.integers(0, SIDE - side + 1, 2)
        turn = slice(None, None, -1) if rng.random() < 0.5 else slice(None)
        out[:, n] = pair.pictures[:, top : top + side, left : left + side][:, :, turn]
        for x0, y0, x1, y1 in pair.faces:
            rows = slice(max(0, round(y0) - top), max(0, round(y1) - top))
            faces[n, rows, max(0, round(x0) - left) : max(0, round(x1) - left)] = 1
        faces[n] = faces[n, :, turn].copy()
    return out[0], out[1], faces
