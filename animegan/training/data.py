"""Photographs for training and for measuring, and what the target made of them.

A folder of photographs holds ``scenes/`` and ``faces/``, and may hold photographs of other sources in ``more/``
(`MORE`). Which of them are kept out of training is a rule, not a list, and always the same: `kept_out` and `elsewhere`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from animegan import photos
from animegan.engine import cores
from animegan.training.targets import Draw, compose

SIDE = 512
"""Pixels along a side of every training and validation square: what the teachers were made for."""
MORE = {"scenes": ("more/mixed", "more/urban"), "faces": ("more/faces",)}
"""Folders of other sources that training sees as well, where they are there."""
NEVER = "more/nature"
"""A source of which no training sees anything."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})


def kept_out(folder: Path) -> dict[str, list[Path]]:
    """Photographs that no training sees, of sources that it does see: 24 scenes (every 43rd by name) and 24 faces
    (every 5th).
    """
    return {
        "scenes": _files(folder / "scenes")[::43][:24],
        "faces": _files(folder / "faces")[::5][:24],
    }


def elsewhere(folder: Path) -> dict[str, list[Path]]:
    """Photographs that say what a network is worth abroad: 40 scenes (every 2nd by name) of `NEVER`, a source that no
    training sees, and 22 faces (every 3rd) of another source than ``faces/``, other people, none of them trained on.
    """
    return {
        "scenes elsewhere": _files(folder / NEVER)[::2][:40],
        "faces elsewhere": _files(folder / "more/faces")[::3],
    }


def for_training(folder: Path) -> dict[str, list[Path]]:
    """All photographs that are neither `kept_out` nor `elsewhere`, by kind."""
    out = {path for groups in (kept_out(folder), elsewhere(folder)) for group in groups.values() for path in group}
    return {
        kind: [path for part in (kind, *more) for path in _files(folder / part) if path not in out]
        for kind, more in MORE.items()
    }


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
    """One square of one photograph: what is drawn once by the target and cached."""

    path: Path
    index: int
    """0 is the centre square; the others are zoomed and shifted, the same way in every run."""
    turn: float = 0.0
    """Degrees: the others are also turned by at most this, and their light is changed. For a teacher
    that changes shapes, which must be learned for every pose."""

    @property
    def _source(self) -> list[str]:
        """Names of the folders that tell the photograph from one of the same name of another source."""
        parent = self.path.parent
        return [parent.parent.name, parent.name] if parent.parent.name == "more" else [parent.name]

    @property
    def name(self) -> str:
        turned = f"-{self.turn:g}" if self.turn and self.index else ""
        return f"{'-'.join(self._source)}-{self.path.stem}-{self.index}{turned}"

    def photo(self) -> np.ndarray:
        """``(SIDE, SIDE, 3) uint8``"""
        photo = photos.load(self.path)
        if self.index == 0:
            return square(photo)
        key = [self.index, *"".join(self._source).encode(), *self.path.stem.encode()]
        rng = np.random.default_rng(key)
        if self.turn:
            return _posed(photo, rng, self.turn)
        return _posed(photo, rng, 0.0, zoom=(0.75, 1.5), light=(1.0, 1.0))


def _posed(
    photo: np.ndarray,
    rng: np.random.Generator,
    turn: float,
    zoom: tuple[float, float] = (0.7, 1.2),
    light: tuple[float, float] = (0.7, 1.15),
) -> np.ndarray:
    """A square near the middle, zoomed, turned by up to ``turn`` degrees, darker or lighter; over the border the photo
    is mirrored. A zoom below 1 leaves a small photograph as sharp as those that people bring.
    """
    height, width = photo.shape[:2]
    zoom = rng.uniform(*zoom)
    scale = zoom * SIDE / min(height, width)
    centre = width * 0.5, height * 0.5
    matrix = cv2.getRotationMatrix2D(centre, rng.uniform(-turn, turn), scale)
    room = 0.5 * SIDE * abs(zoom - 1)  # so far the square may move: unturned, it stays in the photo, or holds it
    matrix[:, 2] += SIDE / 2 - np.array(centre) + rng.uniform(-room, room, 2)
    if scale < 1:  # warping alone would skip pixels
        photo = cv2.GaussianBlur(photo, (0, 0), 0.4 / scale)
    posed = cv2.warpAffine(photo, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.clip(posed * rng.uniform(*light), 0, 255).astype(np.uint8)


def views(folder: Path, scene_views: int, face_views: int, turn: float = 0.0, scenes: int = 0) -> list[View]:
    """Every view to train on, centre squares first, so that a half-made cache already serves. ``scenes`` takes that
    many scenes, evenly spread over all sources; 0: all.
    """
    counts = {"scenes": scene_views, "faces": face_views}
    paths = for_training(folder)
    if scenes:
        paths["scenes"] = [paths["scenes"][n] for n in _spread(len(paths["scenes"]), scenes)]
    return [
        View(path, index, turn)
        for index in range(max(counts.values()))
        for kind in counts
        for path in paths[kind]
        if index < counts[kind]
    ]


def _spread(count: int, wanted: int) -> list[int]:
    """``wanted`` of ``count`` numbers from 0 on, evenly spread; all where there are no more."""
    return sorted({n * count // wanted for n in range(wanted)}) if wanted < count else list(range(count))


def face_boxes() -> Callable[[np.ndarray], list[Box]]:
    """A function that finds the boxes of the faces in a photo."""
    from animegan.faces import Finder

    finder = Finder()
    return lambda photo: [face.box for face in finder.find(photo)]


class Pairs:
    """Squares of photographs and what a target makes of them, in a cache folder that many targets may share: a folder
    for each step of a target (its name says which steps came before it), in it one ``(SIDE, SIDE, 3) uint8`` file a
    view. Steps that two targets begin with are drawn once.
    """

    def __init__(self, cache: Path, target: Draw):
        """``target`` is what `targets.compose` takes."""
        self.cache, self.target = cache, compose(target)
        cache.mkdir(parents=True, exist_ok=True)

    def _file(self, view: View, steps: int) -> Path:
        """Where a view lies after so many steps; after none it is the photograph."""
        return self.cache / self.target.key(steps) / f"{view.name}.npy"

    def missing(self, wanted: Iterable[View]) -> list[View]:
        """The views that are still to be drawn."""
        return [view for view in wanted if not self._file(view, len(self.target.steps)).exists()]

    def label(self, wanted: Iterable[View]) -> Iterator[View]:
        """Draw what is missing, one a core at a time, so that a caller can show progress and stop between."""
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            with ThreadPoolExecutor(cores()) as pool:
                yield from pool.map(self._draw, self.missing(wanted))
        finally:
            cv2.setNumThreads(threads)

    def _draw(self, view: View) -> View:
        picture = None
        for steps in range(len(self.target.steps) + 1):
            file = self._file(view, steps)
            if file.exists():
                picture = None  # read only if the next step asks for it
                continue
            if steps and picture is None:
                picture = np.load(self._file(view, steps - 1))
            picture = self.target.steps[steps - 1].draw(picture) if steps else view.photo()
            file.parent.mkdir(exist_ok=True)
            part = file.with_suffix(".part")
            with part.open("wb") as opened:
                np.save(opened, picture)
            part.replace(file)
        return view

    def _boxes_file(self, view: View) -> Path:
        return self._file(view, 0).with_suffix(".faces.json")

    def search(self, wanted: Iterable[View], find: Callable[[np.ndarray], list[Box]]) -> Iterator[View]:
        """Note where faces are in each view that is there and was not searched yet, one at a time."""
        for view in wanted:
            photo = self._file(view, 0)
            if photo.exists() and not self._boxes_file(view).exists():
                boxes = find(np.load(photo))
                self._boxes_file(view).write_text(json.dumps(boxes))
                yield view

    def read(self, wanted: Iterable[View]) -> list["Pair"]:
        """The pairs that are there, memory-mapped, with the faces found in them so far."""
        out = []
        for view in wanted:
            drawn, boxes = self._file(view, len(self.target.steps)), self._boxes_file(view)
            if drawn.exists():
                faces = json.loads(boxes.read_text()) if boxes.exists() else []
                photo = np.load(self._file(view, 0), mmap_mode="r")
                out.append(Pair(photo, np.load(drawn, mmap_mode="r"), [tuple(box) for box in faces]))
        return out


@dataclass(frozen=True)
class Pair:
    """A square of a photograph and the target's drawing of it, ``(SIDE, SIDE, 3) uint8`` each."""

    photo: np.ndarray
    drawing: np.ndarray
    faces: list[Box]


@dataclass(frozen=True)
class Crops:
    """A batch of ``count`` squares of ``side`` pixels, half of them mirrored."""

    photos: np.ndarray
    drawings: np.ndarray
    """``(count, side, side, 3) uint8``"""
    faces: np.ndarray
    """``(count, side, side) uint8``: 1 where a face is."""
    wholes: np.ndarray | None
    """``(count, thumbnail, thumbnail, 3) uint8``: all of what each photo was cut from."""


def crops(pairs: list[Pair], rng: np.random.Generator, count: int, side: int, thumbnail: int = 0) -> Crops:
    """``count`` random squares of ``side`` pixels with their drawings, and where asked for with thumbnails of so many
    pixels.
    """
    out = np.empty((2, count, side, side, 3), np.uint8)
    faces = np.zeros((count, side, side), np.uint8)
    wholes = np.empty((count, thumbnail, thumbnail, 3), np.uint8) if thumbnail else None
    for n in range(count):
        pair = pairs[rng.integers(len(pairs))]
        top, left = rng.integers(0, SIDE - side + 1, 2)
        turn = slice(None, None, -1) if rng.random() < 0.5 else slice(None)
        for which, picture in enumerate((pair.photo, pair.drawing)):
            out[which, n] = picture[top : top + side, left : left + side][:, turn]
        for x0, y0, x1, y1 in pair.faces:
            rows = slice(max(0, round(y0) - top), max(0, round(y1) - top))
            faces[n, rows, max(0, round(x0) - left) : max(0, round(x1) - left)] = 1
        faces[n] = faces[n, :, turn].copy()
        if wholes is not None:
            small = cv2.resize(np.asarray(pair.photo), (thumbnail, thumbnail), interpolation=cv2.INTER_AREA)
            wholes[n] = small[:, turn]
    return Crops(out[0], out[1], faces, wholes)
