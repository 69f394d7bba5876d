"""What the repair does to photos that are really bad, where no sharp original exists to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from animegan.evaluation.photos import Evaluation, mean
from animegan.images.resize import Picture, shrink
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
    lost: tuple[float, float]
    """See `animegan.repair.quality.Quality`."""
    faces: tuple[int, int]
    """Number of faces that MTCNN finds in the drawings."""
    certainty: tuple[float | None, float | None]
    """Mean of MTCNN's probabilities for these faces; None: no face."""


class RealEvaluation(Evaluation):
    """An evaluation of bad photos; a row holds the photo, the plain drawing, and that of the repaired photo."""

    def __init__(self, folder: Path, style: str = "anime", pipeline: Pipeline | None = None):
        super().__init__(folder, style, pipeline)
        self._measured: list[list[tuple[float, float]]] = []
        self._scores: tuple[list[float], list[float]] = ([], [])
        self._repaired = 0

    def measure(self, number: int, photo: Picture) -> list[Picture]:
        photo = shrink(photo, SIDE)
        plain = self.pipeline.stylize(photo, self.style, enhance="off").image
        result = self.pipeline.stylize(photo, self.style)
        before, after = result.quality, assess(result.repaired_photo)
        self._measured.append([(before.detail, after.detail), (before.lost, after.lost)])
        self._repaired += result.repaired is not None
        for scores, drawing in zip(self._scores, (plain, result.image), strict=True):
            scores += [face.score for face in self.finder.find(drawing)]
        return [photo, plain, result.image]

    def report(self) -> RealReport:
        """The means over what was run."""
        detail, lost = (tuple(pair) for pair in np.mean(self._measured, axis=0).round(3).tolist())
        faces, sure = zip(*((len(s), mean(s, 4) if s else None) for s in self._scores), strict=True)
        return RealReport(len(self._measured), self.style, self._repaired, detail, lost, faces, sure)
