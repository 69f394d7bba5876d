"""How much a repair is worth: the anime of a degraded photo against the anime of the sharp one; and what it does to
photos that are bad already, where no sharp one exists.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from animegan.errors import BadOptionError, MissingExtraError, NotAModelError
from animegan.evaluation.photos import Evaluation, mean
from animegan.evaluation.recipes import RECIPES, light
from animegan.images import metrics
from animegan.images.resize import Picture, resize, shrink
from animegan.pipeline.pipeline import Pipeline
from animegan.repair.quality import assess

SIDE = 512
"""Pixels: the long side at which photos are degraded and drawn."""
REAL_SIDE = 1024
"""Pixels: the largest long side at which photos that are bad already are drawn."""
SCHEMES = {"plain": "off", "super-resolution": "super-resolution", "full": "auto"}
"""Name of a scheme → the ``enhance`` that it draws with."""
NOT_MEASURED = "not measured: no Inception weights"
Features = npt.NDArray[np.float32]
"""``(2048,)``"""


@dataclass
class Figures:
    """What one scheme reached; means over the photos."""

    seconds: float
    """From the photo to the picture, models loaded."""
    psnr: float
    """dB, to the anime of the sharp photo."""
    ssim: float
    frechet: float | str
    """Fréchet distance of Inception features between the two sets of pictures, or why there is none."""
    landmark_drift: float | None
    """Mean of `animegan.evaluation.photos.drift` from the anime of the sharp photo, over faces that are found in the
    anime of every scheme; None: there is none."""


@dataclass
class Report:
    """The figures of every scheme."""

    schemes: dict[str, Figures]
    n: int
    seed: int
    style: str
    dark: bool
    recipe: str = "light"
    worst: float = 0.0
    """dB: the least gain of the whole repair over none, on a single photo."""


class RepairEvaluation(Evaluation):
    """An evaluation of sharp photos; a row holds the photo, the degraded, plain, full, and the sharp one's anime."""

    def __init__(
        self,
        folder: Path,
        style: str = "hayao",
        n: int = 200,
        seed: int = 0,
        dark: bool = False,
        inception: Path | None = None,
        pipeline: Pipeline | None = None,
        recipe: str = "light",
    ):
        """``n`` photos are drawn from the folder and those below it; where it holds fewer, each is degraded anew as
        often as it takes. ``inception`` are weights of torch-fidelity's ``inception-v3-compat``.

        Raises:
            BadOptionError: there is no such recipe, or ``dark`` is asked of another than light.
            PhotoNotFoundError, NotAModelError: see `Evaluation` and `Inception`.
        """
        if recipe not in RECIPES or (dark and recipe != "light"):
            raise BadOptionError(
                "A recipe is {choices}, and only light can be dark: not '{recipe}'.",
                choices=", ".join(RECIPES),
                recipe=recipe,
            )
        super().__init__(folder, style, pipeline)
        random.Random(seed).shuffle(self.paths)
        self.paths = [self.paths[i % len(self.paths)] for i in range(n)]
        self.recipe, self.seed, self.dark = recipe, seed, dark
        self._inception = Inception(inception) if inception else None
        self._rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SCHEMES}
        self._drifts: dict[str, list[float]] = {name: [] for name in SCHEMES}
        self._features: dict[str, list[Features]] = {name: [] for name in [*SCHEMES, "sharp"]}

    def measure(self, number: int, photo: Picture) -> list[Picture]:
        scale = SIDE / max(photo.shape)
        photo = resize(photo, *(max(16, round(length * scale)) for length in photo.shape[1::-1]))
        degrade = partial(light, dark=True) if self.dark else RECIPES[self.recipe]
        known = self.finder.find(photo) if self.recipe == "tiny" else []
        bad = degrade(photo, np.random.default_rng([self.seed, number]), known)
        wanted = self.pipeline.stylize(photo, self.style, enhance="off").image
        faces = self.finder.find(wanted)
        drawn = {}
        for name, mode in SCHEMES.items():
            result = self.pipeline.stylize(bad, self.style, enhance=mode)
            drawn[name] = result.image
            figures = metrics.psnr(result.image, wanted), metrics.ssim(result.image, wanted)
            self._rows[name].append((result.seconds["total"], *figures))
            self._drifts[name] += self.drifts(faces, wanted, result.image)
        if self._inception is not None:
            for name, picture in {**drawn, "sharp": wanted}.items():
                self._features[name].append(self._inception.features(picture))
        return [photo, bad, drawn["plain"], drawn["full"], wanted]

    def report(self) -> Report:
        """The means over what was run."""
        schemes = {name: self._figures(name) for name in SCHEMES}
        gains = [full[1] - plain[1] for full, plain in zip(self._rows["full"], self._rows["plain"], strict=True)]
        return Report(schemes, len(gains), self.seed, self.style, self.dark, self.recipe, round(min(gains), 2))

    def _figures(self, name: str) -> Figures:
        seconds, psnr, ssim = zip(*self._rows[name], strict=True)
        found_in_all = np.isfinite(np.sum([self._drifts[each] for each in SCHEMES], axis=0))
        drifts = np.array(self._drifts[name])[found_in_all]
        frechet: float | str = NOT_MEASURED
        if self._inception is not None:
            frechet = round(frechet_distance(self._features[name], self._features["sharp"]), 2)
        moved = mean(drifts, 2) if drifts.size else None
        return Figures(mean(seconds, 3), mean(psnr, 2), mean(ssim, 4), frechet, moved)


@dataclass
class RealReport:
    """Means over the photos; before and after the repair, or in the plain drawing and in that of the repaired photo."""

    n: int
    style: str
    repaired: int
    """Number of photos that were repaired."""
    detail: tuple[float, float]
    lost: tuple[float, float]
    """`fine_ratio` and `lost` of `animegan.repair.quality.Quality`."""
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
        photo = shrink(photo, REAL_SIDE)
        plain = self.pipeline.stylize(photo, self.style, enhance="off").image
        result = self.pipeline.stylize(photo, self.style)
        before, after = result.quality, assess(result.repaired_photo)
        self._measured.append([(before.fine_ratio, after.fine_ratio), (before.lost, after.lost)])
        self._repaired += result.repaired is not None
        for scores, drawing in zip(self._scores, (plain, result.image), strict=True):
            scores += [face.score for face in self.finder.find(drawing)]
        return [photo, plain, result.image]

    def report(self) -> RealReport:
        """The means over what was run."""
        detail, lost = (tuple(pair) for pair in np.mean(self._measured, axis=0).round(3).tolist())
        faces, sure = zip(*((len(s), mean(s, 4) if s else None) for s in self._scores), strict=True)
        return RealReport(len(self._measured), self.style, self._repaired, detail, lost, faces, sure)


class Inception:
    """The features that the Fréchet distance is taken of: Inception v3's last pooling, by torch-fidelity."""

    def __init__(self, weights: Path) -> None:
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
        except ImportError as error:
            raise MissingExtraError("The Fréchet distance needs torch-fidelity: pip install torch-fidelity.") from error
        import torch

        try:
            torch.load(weights, map_location="cpu", weights_only=True)  # the library itself would run what is in it
            self._network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(weights))
        except Exception as error:  # a broken or foreign file raises almost anything
            raise NotAModelError(
                "'{name}' holds no Inception weights of torch-fidelity's form: give another file.", name=weights.name
            ) from error

    def features(self, picture: Picture) -> Features:
        """``(H, W, 3) uint8`` to ``(2048,)``"""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]
            return self._network(batch)[0][0].numpy()


def frechet_distance(pictures: list[Features], others: list[Features]) -> float:
    """Of two sets of features (Heusel et al. 2017), by torch-fidelity."""
    import torch
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    statistics = [fid_features_to_statistics(torch.from_numpy(np.stack(group))) for group in (pictures, others)]
    return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])
