"""The sheet of a training that grows: kept-out photos, their drawings after each validation, and the goal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from animegan.images import files as photos
from animegan.images import sheets
from animegan.images.resize import Picture

if TYPE_CHECKING:
    from animegan.training.own.style_run import StyleRun

ROWS, COLUMNS = 4, 5
"""Photos on the sheet; drawings of each, besides photo and goal."""
CELL = 240, 180
"""Width and height of a picture on the sheet, in pixels."""


class Sheet:
    """A sheet in a file, with a column for each validation. If there are too many, the first and the last stay, and
    some between them.
    """

    def __init__(self, path: Path, run: StyleRun):
        self.path = path
        self._columns = path.with_suffix("")
        self._columns.mkdir(exist_ok=True)
        self._kept_out = run.kept_out[:ROWS]

    def add(self, step: int, score: float, drawings: list[Picture]) -> None:
        """Add the drawings of the kept-out photos after a step; ``score`` is their PSNR to the goal in dB."""
        column = np.vstack([_cell(drawing) for drawing in drawings[:ROWS]])
        photos.save(column, self._columns / f"{step:07d} {score:.1f} dB.png")
        rows = len(self._kept_out)
        files = sorted(self._columns.glob("*.png"))
        if len(files) > COLUMNS:
            files = [files[round(n * (len(files) - 1) / (COLUMNS - 1))] for n in range(COLUMNS)]
        columns = [(np.vstack([_cell(pair.photo) for pair in self._kept_out]), "photo")]
        for file in files:
            number, _, measured = file.stem.partition(" ")
            columns.append((photos.load(file), f"step {int(number)}: {measured}"))
        columns.append((np.vstack([_cell(pair.drawn) for pair in self._kept_out]), "goal"))
        high = CELL[1]
        pictures = [
            (column[row * high : (row + 1) * high], caption if row == rows - 1 else "")
            for row in range(rows)
            for column, caption in columns
        ]
        photos.save(sheets.gallery(pictures, columns=len(columns)), self.path)


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
