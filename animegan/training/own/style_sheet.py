"""The sheet of a training that grows: kept-out photos, their drawings after each validation, and the goal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from animegan.images import files as photos
from animegan.images import sheets
from animegan.images.resize import Picture
from animegan.training.crops import Pair, evenly

ROWS, COLUMNS = 4, 5
"""Photos on the sheet; drawings of each, besides photo and goal."""
CELL = 240, 180
"""Width and height of a picture on the sheet, in pixels."""


class Sheet:
    """A sheet in a file, with a column for each validation. If there are too many, the first and the last stay, and
    some between them.
    """

    def __init__(self, path: Path, kept_out: Sequence[Pair]):
        self.path = path
        self._columns = path.with_suffix("")
        self._columns.mkdir(exist_ok=True)
        self._kept_out = kept_out[:ROWS]

    def add(self, step: int, score: float, drawings: list[Picture]) -> None:
        """Add the drawings of the kept-out photos after a step; ``score`` is their PSNR to the goal in dB."""
        photos.save(_column(drawings[:ROWS]), self._columns / f"{step:07d} {score:.1f} dB.png")
        columns = [(_column([pair.photo for pair in self._kept_out]), "photo")]
        files = sorted(self._columns.glob("*.png"))
        shown = [*evenly(files[:-1], COLUMNS - 1), files[-1]]
        for file in shown:
            number, _, measured = file.stem.partition(" ")
            columns.append((photos.load(file), f"step {int(number)}: {measured}"))
        columns.append((_column([pair.drawing for pair in self._kept_out]), "goal"))
        rows = len(self._kept_out)
        pictures = [
            (column[row * CELL[1] : (row + 1) * CELL[1]], caption if row == rows - 1 else "")
            for row in range(rows)
            for column, caption in columns
        ]
        photos.save(sheets.gallery(pictures, columns=len(columns)), self.path)


def _column(pictures: Sequence[Picture]) -> Picture:
    return np.vstack([_cell(picture) for picture in pictures])


def _cell(picture: Picture) -> Picture:
    """The middle of a picture in the shape of a cell."""
    wide, high = CELL
    height, width = picture.shape[:2]
    scale = max(wide / width, high / height)
    size = max(wide, round(width * scale)), max(high, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(np.asarray(picture), size, interpolation=method)
    top, left = (size[1] - high) // 2, (size[0] - wide) // 2
    return np.ascontiguousarray(resized[top : top + high, left : left + wide], np.uint8)
