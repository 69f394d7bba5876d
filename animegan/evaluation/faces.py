"""How well faces are painted: seams, landmarks, what is still a face, what was left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from animegan.faces.face import Face, Points, frame_around, overlapping
from animegan.faces.finder import Finder
from animegan.images import files, metrics
from animegan.images.resize import Picture, shrink
from animegan.pipeline.pipeline import Pipeline
from animegan.styles.table import DEFAULT_STYLE


@dataclass
class FaceReport:
    """The figures over all faces that were painted."""

    photos: int
    faces: int
    seam: float | None
    """Mean over the faces of `measures.seam`: 1 where there is nothing to see."""
    seam_of_scene: float | None
    """The same on the scene's painting without faces: what the ellipse happens to cross."""
    landmark_drift: float | None
    """Median over the faces of the mean distance of the landmarks in the picture from those in the photo, in
    per cent of the distance between the eyes."""
    still_found: float | None
    """Part of the faces that MTCNN finds in the picture."""
    rest_untouched: bool
    """Whether outside the faces every picture is that of the scene's pass, byte for byte."""
    psnr_to_photo: float | None
    """dB, of the faces' frames to the photo: painted faces are far from it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


class FaceEvaluation:
    """One evaluation, photo by photo, so that a caller can show how far it has come."""

    def __init__(
        self,
        folder: Path,
        style: str = DEFAULT_STYLE,
        faces_style: str = "auto",
        side: int = 1024,
        pipeline: Pipeline | None = None,
    ):
        """Photos are drawn with a long side of at most ``side`` pixels.

        Raises:
            PhotoNotFoundError: there is no photo in the folder.
        """
        self.paths = files.all_below(folder)
        self._style, self._faces_style, self._side = style, faces_style, side
        self._pipeline = pipeline or Pipeline()
        self._finder = Finder()
        self._rows: list[tuple[float, float, float | None, float]] = []
        self._rest_untouched = True

    def run(self) -> Iterator[list[Picture]]:
        """One photo after the other: the photo, the scene's painting, the picture with its faces."""
        for path in self.paths:
            photo = shrink(files.load(path), self._side)
            scene = self._pipeline.stylize(photo, self._style, enhance="off", faces=False).image
            result = self._pipeline.stylize(photo, self._style, enhance="off", faces_style=self._faces_style)
            self._measure(photo, scene, result.image, result.faces)
            yield [photo, scene, result.image]

    def _measure(self, photo: Picture, scene: Picture, image: Picture, faces: list[Face]) -> None:
        frames = [frame_around(face) for face in faces]
        outside = np.ones(photo.shape[:2], bool)
        found = self._finder.find(image) if faces else []
        for number, (face, frame) in enumerate(zip(faces, frames, strict=True)):
            moved = None
            if still_found(face, found):
                moved = drift(self._finder.landmarks(photo, face), self._finder.landmarks(image, face))
            region = frame.region(photo.shape)
            mask = overlapping(frames, number, photo.shape)
            outside[region] &= mask == 0
            self._rows.append(
                (
                    metrics.seam(image[region], mask),
                    metrics.seam(scene[region], mask),
                    moved,
                    metrics.psnr(image[region], photo[region]),
                )
            )
        self._rest_untouched &= bool(np.array_equal(image[outside], scene[outside]))

    def report(self) -> FaceReport:
        """The figures over what was run."""
        if not self._rows:
            return FaceReport(len(self.paths), 0, None, None, None, None, self._rest_untouched, None)
        seams, scene_seams, drifts, psnrs = zip(*self._rows, strict=True)
        found = [value for value in drifts if value is not None]
        return FaceReport(
            photos=len(self.paths),
            faces=len(self._rows),
            seam=round(float(np.mean(seams)), 3),
            seam_of_scene=round(float(np.mean(scene_seams)), 3),
            landmark_drift=round(float(np.median(found)), 2) if found else None,
            still_found=round(len(found) / len(drifts), 3),
            rest_untouched=self._rest_untouched,
            psnr_to_photo=round(float(np.mean(psnrs)), 2),
        )


def still_found(face: Face, found: list[Face]) -> bool:
    """Whether one of the faces that were found lies where this one is: within half its side."""
    return any(np.linalg.norm(np.subtract(other.centre, face.centre)) <= face.side / 2 for other in found)


def drift(landmarks: Points, others: Points) -> float:
    """Mean distance of landmarks, ``(5, 2)``, from others, in per cent of the distance between the eyes."""
    apart = max(1.0, float(np.linalg.norm(landmarks[0] - landmarks[1])))
    return float(100 * np.linalg.norm(landmarks - others, axis=1).mean() / apart)
