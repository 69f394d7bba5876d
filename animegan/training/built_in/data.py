"""Photographs for training and validation, and the target's drawings of them.

A folder of photographs holds ``scenes/`` and ``faces/``, and may hold photographs of other sources in ``more/``
(`SOURCES`). A fixed rule decides which ones are kept out of training: `kept_out` and `other_sources`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from animegan.images import files
from animegan.images.resize import Picture
from animegan.networks.engine import cores
from animegan.storage import written_whole
from animegan.training.crops import Box, Pair, evenly, photos_in
from animegan.training.targets import Draw, compose

SIDE = 512
"""Pixels along a side of all squares for training and validation: the input size of the teachers."""
SOURCES = {"scenes": ("scenes", "more/mixed", "more/urban"), "faces": ("faces", "more/faces")}
"""Folders that training uses where they exist, by kind."""
UNSEEN_SOURCE = "more/nature"
"""A source that training never uses."""


def kept_out(folder: Path) -> dict[str, list[Path]]:
    """Validation photographs of the sources that training uses, by kind: 24 scenes (every 43rd by name) and 24 faces
    (every 5th).
    """
    return {"scenes": photos_in(folder / "scenes")[::43][:24], "faces": photos_in(folder / "faces")[::5][:24]}


def other_sources(folder: Path) -> dict[str, list[Path]]:
    """Validation photographs that show how a network generalises, by kind: 40 scenes (every 2nd by name) of
    `UNSEEN_SOURCE`, and every 3rd face of another source than ``faces/``: other people, none in the training.
    """
    return {
        "scenes elsewhere": photos_in(folder / UNSEEN_SOURCE)[::2][:40],
        "faces elsewhere": photos_in(folder / "more/faces")[::3],
    }


def training_photos(folder: Path) -> dict[str, list[Path]]:
    """All other photographs, by kind, each once: a source may hold another's files under other names."""
    groups = [*kept_out(folder).values(), *other_sources(folder).values()]
    seen = {_content(path) for group in groups for path in group}
    found: dict[str, list[Path]] = {kind: [] for kind in SOURCES}
    for kind, sources in SOURCES.items():
        for path in (path for source in sources for path in photos_in(folder / source)):
            content = _content(path)
            if content not in seen:
                seen.add(content)
                found[kind].append(path)
    return found


def _content(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def source_of(path: Path) -> list[str]:
    """The folders that distinguish photographs of the same name from different sources."""
    parent = path.parent
    return [parent.parent.name, parent.name] if parent.parent.name == "more" else [parent.name]


def square(photo: Picture) -> Picture:
    """The square in the middle of a photo, resized to `SIDE`."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = round((height - side) / 2), round((width - side) / 2)
    crop = photo[top : top + side, left : left + side]
    interpolation = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=interpolation), np.uint8)


@dataclass(frozen=True)
class View:
    """One square of one photograph. The target draws it once; the drawing is cached."""

    path: Path
    index: int
    """0 is the centre square; the others have a random zoom and shift, the same in all runs."""
    turn: float = 0.0
    """Degrees: if not 0, the others are also rotated by at most this, and their brightness changes: for teachers that
    change shapes."""
    dyed: bool = False
    """Whether it is seen as vivid cloth (`dyed`)."""

    @property
    def name(self) -> str:
        """Name of its files in the cache."""
        turned = f"-{self.turn:g}" if self.turn and self.index else ""
        cloth = "-dyed" if self.dyed else ""
        return f"{'-'.join(source_of(self.path))}-{self.path.stem}-{self.index}{turned}{cloth}"

    def photo(self) -> Picture:
        """The square, ``(SIDE, SIDE, 3) uint8``. Beyond its border the photo is mirrored. A zoom below 1 keeps small
        photographs as sharp as users' photos.
        """
        photo = files.load(self.path)
        rng = np.random.default_rng([self.index, *"".join(source_of(self.path)).encode(), *self.path.stem.encode()])
        if self.dyed:
            return dyed(square(photo), rng)
        if self.index == 0:
            return square(photo)
        zooms, brightness = ((0.7, 1.2), (0.7, 1.15)) if self.turn else ((0.75, 1.5), (1.0, 1.0))
        height, width = photo.shape[:2]
        zoom = rng.uniform(*zooms)
        scale = zoom * SIDE / min(height, width)
        centre = width * 0.5, height * 0.5
        matrix = np.asarray(cv2.getRotationMatrix2D(centre, rng.uniform(-self.turn, self.turn), scale), np.float64)
        shift = 0.5 * SIDE * abs(zoom - 1)  # at most; without rotation, the square stays in the photo or contains it
        matrix[:, 2] += SIDE / 2 - np.array(centre) + rng.uniform(-shift, shift, 2)
        source = cv2.GaussianBlur(photo, (0, 0), 0.4 / scale) if scale < 1 else photo  # warping alone skips pixels
        warped = cv2.warpAffine(source, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        return np.clip(warped * rng.uniform(*brightness), 0, 255).astype(np.uint8)


def dyed(photo: Picture, rng: np.random.Generator) -> Picture:
    """The light of a photo, softened, on cloth of one vivid colour: folds of which a network sees few in photos."""
    light = (cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (0, 0), rng.uniform(1.5, 8)) / 255) ** 2.2
    low, high = np.quantile(light, (0.02, 0.98))
    folds = rng.uniform(0.15, 0.6) + np.clip((light - low) / max(high - low, 1e-3), 0, 1)
    hsv = np.array([[[rng.uniform(0, 360), rng.uniform(0.75, 1), rng.uniform(0.6, 1)]]], np.float32)
    colour = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] ** 2.2
    cloth = (folds / folds.max())[..., None] * colour
    return np.clip(255 * cloth ** (1 / 2.2) + rng.normal(0, 1.5, photo.shape), 0, 255).astype(np.uint8)


def views(
    folder: Path, scene_views: int, face_views: int, turn: float = 0.0, scenes: int = 0, cloths: int = 0
) -> list[View]:
    """All views to train on, centre squares first, so that a partly filled cache is already useful. ``scenes`` is the
    number of scenes to use, evenly spread over all sources; 0: all. ``cloths`` of them are there once more, `dyed`.
    """
    counts = {"scenes": scene_views, "faces": face_views}
    paths = training_photos(folder)
    if scenes:
        paths["scenes"] = evenly(paths["scenes"], scenes)
    seen = [
        View(path, index, turn)
        for index in range(max(counts.values()))
        for kind in counts
        for path in paths[kind]
        if index < counts[kind]
    ]
    return seen + [View(path, 0, dyed=True) for path in evenly(paths["scenes"], cloths)]


class Pairs:
    """Squares of photographs with the target's drawings, in a cache folder that several targets may share.

    The cache has a folder for each step of a target, named after that step and the steps before it, with one
    ``(SIDE, SIDE, 3) uint8`` file per view. Targets that start with the same steps share their drawings.
    """

    def __init__(self, cache: Path, target: Draw):
        """``target`` is anything that `targets.compose` accepts."""
        self.cache, self.target = cache, compose(target)
        cache.mkdir(parents=True, exist_ok=True)

    def _file(self, view: View, steps: int) -> Path:
        """File of a view after a number of steps; after 0 steps it is the photograph."""
        return self.cache / self.target.key(steps) / f"{view.name}.npy"

    def missing(self, views: Iterable[View]) -> list[View]:
        """The views without a drawing."""
        return [view for view in views if not self._file(view, len(self.target.steps)).exists()]

    def label(self, views: Iterable[View]) -> Iterator[View]:
        """Draw the missing views, one per core at a time. Yields each, so that a caller can show progress or stop."""
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            with ThreadPoolExecutor(cores()) as pool:
                yield from pool.map(self._draw, self.missing(views))
        finally:
            cv2.setNumThreads(threads)

    def _draw(self, view: View) -> View:
        for steps in range(len(self.target.steps) + 1):
            file = self._file(view, steps)
            if file.exists():
                continue
            before = self._file(view, steps - 1)
            picture = self.target.steps[steps - 1].draw(np.load(before)) if steps else view.photo()
            file.parent.mkdir(exist_ok=True)
            with written_whole(file, mode=0o666) as opened:
                np.save(opened, picture)
        return view

    def _boxes_file(self, view: View) -> Path:
        return self._file(view, 0).with_suffix(".faces.json")

    def find_faces(self, views: Iterable[View], find: Callable[[Picture], list[Box]]) -> Iterator[View]:
        """Store the boxes of the faces in each view that has none stored yet. Yields each view."""
        for view in views:
            photo = self._file(view, 0)
            if photo.exists() and not self._boxes_file(view).exists():
                self._boxes_file(view).write_text(json.dumps(find(np.load(photo))))
                yield view

    def read(self, views: Iterable[View]) -> list[Pair]:
        """The pairs that exist so far, memory-mapped, with the faces found in them."""
        pairs = []
        for view in views:
            drawing, boxes = self._file(view, len(self.target.steps)), self._boxes_file(view)
            if drawing.exists():
                faces = [tuple(box) for box in json.loads(boxes.read_text())] if boxes.exists() else []
                photo = np.load(self._file(view, 0), mmap_mode="r")
                pairs.append(Pair(photo, np.load(drawing, mmap_mode="r"), faces=faces))
        return pairs
