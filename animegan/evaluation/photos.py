"""What all evaluations share: the photos of a folder, a pipeline, and landmarks that are found again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from animegan.faces.face import Face, Points
from animegan.faces.finder import Finder
from animegan.images import files
from animegan.images.resize import Picture
from animegan.options import Options
from animegan.pipeline.pipeline import Pipeline


class Evaluation:
    """One evaluation, photo by photo, so that a caller can show how far it has come. Subclasses say `measure`."""

    def __init__(self, folder: Path, style: str, pipeline: Pipeline | None = None):
        """All photos of ``folder`` and those below it are measured.

        Raises:
            PhotoNotFoundError: there is no photo in the folder.
        """
        self.paths = files.all_below(folder)
        self.style = Options(style).style
        self.pipeline = pipeline or Pipeline()
        self.finder = Finder()

    def run(self) -> Iterator[list[Picture]]:
        """Measure one photo after the other; yields the pictures of each."""
        self.pipeline.warm(self.style)
        for number, path in enumerate(self.paths):
            yield self.measure(number, files.load(path))

    def measure(self, number: int, photo: Picture) -> list[Picture]:
        """Measure a photo; returns the pictures that show it."""
        raise NotImplementedError

    def report(self) -> Any:
        """The figures over what was run, as a dataclass."""
        raise NotImplementedError

    def drifts(self, faces: list[Face], picture: Picture, other: Picture) -> list[float]:
        """How far the landmarks of faces of a picture have moved in another; NaN where a face is not found there."""
        found, look = self.finder.find(other) if faces else [], self.finder.landmarks
        return [
            drift(look(picture, face), look(other, face)) if still_found(face, found) else math.nan for face in faces
        ]


def still_found(face: Face, found: list[Face]) -> bool:
    """Whether one of the faces that were found lies where this one is: within half its side."""
    return any(np.linalg.norm(np.subtract(other.centre, face.centre)) <= face.side / 2 for other in found)


def drift(landmarks: Points, others: Points) -> float:
    """Mean distance of landmarks, ``(5, 2)``, from others, in per cent of the distance between the eyes."""
    apart = max(1.0, float(np.linalg.norm(landmarks[0] - landmarks[1])))
    return float(100 * np.linalg.norm(landmarks - others, axis=1).mean() / apart)


def mean(values: Iterable[float], digits: int) -> float:
    """The mean of at least one value, rounded."""
    return round(float(np.mean(list(values))), digits)
