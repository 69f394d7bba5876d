"""The sheet of a training that grows: kept-out photos, their drawings after each validation, and the goal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from animegan.images import files as photos
from animegan.images import sheets
from animegan.images.resize import Picture
from animegan.training.crops import Pair, evenly

ROWS, COLUMNS = 4, 5
"""Photos on the sheet; drawings of each, besides photo and goal."""
CELL = 240, 180
"""Width and height of a picture on the sheet, in pixels."""


def add_column(path: Path, kept_out: Sequence[Pair], step: int, score: float, drawings: list[Picture]) -> None:
    """Add the drawings of the kept-out photos after a step to the sheet in a file; ``score`` is their PSNR to the goal
    in dB. If there are too many columns, the first and the last stay, and some between them.
    """
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    photos.save(_column(drawings[:ROWS]), folder / f"{step:07d} {score:.1f} dB.png")
    files = sorted(folder.glob("*.png"))
    columns = [(_column([pair.photo for pair in kept_out[:ROWS]]), "photo")]
    for file in [*evenly(files[:-1], COLUMNS - 1), files[-1]]:
        number, _, measured = file.stem.partition(" ")
        columns.append((photos.load(file), f"step {int(number)}: {measured}"))
    columns.append((_column([pair.drawing for pair in kept_out[:ROWS]]), "goal"))
    ends = range(CELL[1], len(columns[0][0]) + 1, CELL[1])
    cells = [
        (column[end - CELL[1] : end], caption if end == ends[-1] else "") for end in ends for column, caption in columns
    ]
    photos.save(sheets.gallery(cells, columns=len(columns)), path)


def _column(pictures: Sequence[Picture]) -> Picture:
    """The middles of pictures, one below the other."""
    return np.vstack([np.asarray(ImageOps.fit(Image.fromarray(np.array(each)), CELL)) for each in pictures])
