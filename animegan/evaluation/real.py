"""What the repair does to photos that are really bad, where no sharp original exists to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from animegan.faces.finder import Finder
from animegan.images import files
from animegan.images.resize import Picture, shrink
from animegan.options import Options
from animegan.pipeline.pipeline import Pipeline
from animegan.repair.quality import assess

SIDE = 1024
"""Pixels: long side of the pictures in a row."""


@dataclass
class RealReport:
    """Means over the photos; before and after the repair, or in the plain drawing and in that of the repaired photo."""

    n: int
    style: str
    repaired: int
    """Number of photos that were repaired."""
    detail: tuple[float, float]
    wear: tuple[float, float]
    lost: tuple[float, float]
    """See `animegan.repair.quality.Quality`."""
    faces: tuple[int, int]
    """Number of faces that MTCNN finds in the drawings."""
    certainty: tuple[float | None, float | None]
    """Mean of MTCNN's probabilities for these faces; None: no face."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


class RealEvaluation:
    """One evaluation, photo by photo, so that a caller can show how far it is."""

    def __init__(self, folder: Path, style: str = "anime", pipeline: Pipeline | None = None):
        """All photos of ``folder`` and those below it are drawn.

        Raises:
            PhotoNotFoundError: there is no photo in the folder.
        """
        self.paths = files.all_below(folder)
        self.style = Options(style).style
        self._pipeline = pipeline or Pipeline()
        self._finder = Finder()
        self._measured: list[tuple[float, ...]] = []
        self._scores: tuple[list[float], list[float]] = ([], [])
        self._repaired = 0

    def run(self) -> Iterator[list[Picture]]:
        """Yield per photo: the photo, the plain drawing, and the drawing of the repaired photo."""
        self._pipeline.warm(self.style)
        for path in self.paths:
            photo = shrink(files.load(path), SIDE)
            plain = self._pipeline.stylize(photo, self.style, enhance="off").image
            result = self._pipeline.stylize(photo, self.style)
            before, after = result.quality, assess(result.repaired_photo)
            self._measured.append((before.detail, after.detail, before.wear, after.wear, before.lost, after.lost))
            self._repaired += result.repaired is not None
            for scores, drawing in zip(self._scores, (plain, result.image), strict=True):
                scores += [face.score for face in self._finder.find(drawing)]
            yield [photo, plain, result.image]

    def report(self) -> RealReport:
        """Return the means over what was run."""
        means = [round(float(mean), 3) for mean in np.mean(self._measured, axis=0)]
        plain, mended = ((len(s), round(float(np.mean(s)), 4) if s else None) for s in self._scores)
        return RealReport(
            n=len(self._measured),
            style=self.style,
            repaired=self._repaired,
            detail=(means[0], means[1]),
            wear=(means[2], means[3]),
            lost=(means[4], means[5]),
            faces=(plain[0], mended[0]),
            certainty=(plain[1], mended[1]),
        )
