"""How well faces are painted: seams, landmarks, what is still a face, what was left alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from animegan.evaluation.photos import Evaluation, mean
from animegan.faces.face import face_crop, overlapping
from animegan.images import metrics
from animegan.images.resize import Picture, shrink
from animegan.pipeline.pipeline import Pipeline
from animegan.styles.table import DEFAULT_STYLE


@dataclass
class FaceReport:
    """The figures over all faces that were painted; None where there is none."""

    photos: int
    faces: int
    seam: float | None = None
    """Mean over the faces of `metrics.seam`: 1 where there is nothing to see."""
    seam_of_scene: float | None = None
    """The same on the scene's painting without faces: what the ellipse happens to cross."""
    landmark_drift: float | None = None
    """Median over the faces of `animegan.evaluation.photos.drift` from photo to picture."""
    still_found: float | None = None
    """Part of the faces that MTCNN finds in the picture."""
    rest_untouched: bool = True
    """Whether outside the faces' frames every picture is that of the scene's pass, byte for byte."""
    psnr_to_photo: float | None = None
    """dB, of the faces' frames to the photo: painted faces are far from it."""


class FaceEvaluation(Evaluation):
    """An evaluation of photos with faces; a row holds the photo, the scene's painting, the picture with its faces."""

    def __init__(
        self,
        folder: Path,
        style: str = DEFAULT_STYLE,
        faces_style: str = "auto",
        side: int = 1024,
        pipeline: Pipeline | None = None,
    ):
        """Photos are drawn with a long side of at most ``side`` pixels."""
        super().__init__(folder, style, pipeline)
        self._faces_style, self._side = faces_style, side
        self._rows: list[tuple[float, float, float, float]] = []
        self._rest_untouched = True

    def measure(self, number: int, photo: Picture) -> list[Picture]:
        photo = shrink(photo, self._side)
        scene = self.pipeline.stylize(photo, self.style, enhance="off", faces=False).image
        result = self.pipeline.stylize(photo, self.style, enhance="off", faces_style=self._faces_style)
        image, frames = result.image, [face_crop(face) for face in result.faces]
        outside = np.ones(photo.shape[:2], bool)
        for which, moved in enumerate(self.drifts(result.faces, photo, image)):
            region, mask = frames[which].region(photo.shape), overlapping(frames, which, photo.shape)
            outside[region] = False
            seams = metrics.seam(image[region], mask), metrics.seam(scene[region], mask)
            self._rows.append((*seams, moved, metrics.psnr(image[region], photo[region])))
        self._rest_untouched &= bool(np.array_equal(image[outside], scene[outside]))
        return [photo, scene, image]

    def report(self) -> FaceReport:
        """The figures over what was run."""
        report = FaceReport(len(self.paths), len(self._rows), rest_untouched=self._rest_untouched)
        if self._rows:
            seams, scene_seams, drifts, psnrs = np.transpose(self._rows)
            found = drifts[np.isfinite(drifts)]
            report.seam, report.seam_of_scene = mean(seams, 3), mean(scene_seams, 3)
            report.psnr_to_photo = mean(psnrs, 2)
            report.landmark_drift = round(float(np.median(found)), 2) if found.size else None
            report.still_found = round(found.size / len(drifts), 3)
        return report
