"""Pairs of a photo and its drawing, and the random squares of them that a network is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.files import PHOTO_SUFFIXES
from animegan.images.resize import Picture

Item = TypeVar("Item")
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""
Stack = npt.NDArray[np.uint8]
"""Several pictures, ``(N, H, W, 3) uint8``."""


@dataclass(frozen=True)
class Pair:
    """A photo and a drawing of it, ``(H, W, 3) uint8`` each, of the same size; often mapped from a file."""

    photo: Picture
    drawing: Picture
    _: KW_ONLY
    faces: Sequence[Box] = ()
    name: str = ""
    file: Path | None = None
    """Where both are stored."""


@dataclass(frozen=True)
class Crops:
    """A batch of ``count`` random squares of ``side`` pixels; half of them are mirrored."""

    photos: Stack
    drawings: Stack
    """``(count, side, side, 3) uint8``"""
    faces: npt.NDArray[np.uint8]
    """``(count, side, side) uint8``: 1 inside a face."""
    thumbnails: Stack | None
    """``(count, thumbnail, thumbnail, 3) uint8``: the whole photos."""


def random_crops(pairs: Sequence[Pair], rng: np.random.Generator, count: int, side: int, thumbnail: int = 0) -> Crops:
    """Cut ``count`` random squares of ``side`` pixels out of photos and drawings, mirrored beyond their border; with
    ``thumbnail`` pixels, if that is not 0, of the whole photos.
    """
    pictures = np.empty((2, count, side, side, 3), np.uint8)
    faces = np.zeros((count, side, side), np.uint8)
    thumbnails = np.empty((count, thumbnail, thumbnail, 3), np.uint8) if thumbnail else None
    for n in range(count):
        pair = pairs[int(rng.integers(len(pairs)))]
        height, width = pair.photo.shape[:2]
        below, right = max(0, side - height), max(0, side - width)
        top, left = (int(rng.integers(0, max(1, length - side + 1))) for length in (height, width))
        columns = slice(None, None, -1) if rng.random() < 0.5 else slice(None)  # mirrored or not
        for which, picture in enumerate((pair.photo, pair.drawing)):
            crop = np.ascontiguousarray(picture[top : top + side, left : left + side])
            square = cv2.copyMakeBorder(crop, 0, below, 0, right, cv2.BORDER_REFLECT) if below or right else crop
            pictures[which, n] = square[:, columns]
        for x0, y0, x1, y1 in pair.faces:
            rows = slice(max(0, round(y0) - top), max(0, round(y1) - top))
            faces[n, rows, max(0, round(x0) - left) : max(0, round(x1) - left)] = 1
        faces[n] = faces[n, :, columns].copy()
        if thumbnails is not None:
            small = cv2.resize(np.asarray(pair.photo), (thumbnail, thumbnail), interpolation=cv2.INTER_AREA)
            thumbnails[n] = small[:, columns]
    return Crops(pictures[0], pictures[1], faces, thumbnails)


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder by name, without those below it; none if there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES and not p.name.startswith("."))


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """``count`` items, evenly spread, or all of them if there are fewer."""
    return [items[n * len(items) // count] for n in range(count)] if count < len(items) else list(items)
