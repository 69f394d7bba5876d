"""How much a repair is worth: the anime of a degraded photo against the anime of the sharp one.

The recipes of the degradation are in `animegan.evaluation.recipes`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from animegan.errors import BadOptionError, MissingExtraError, NotAModelError
from animegan.evaluation.faces import drift, still_found
from animegan.evaluation.recipes import RECIPES, light
from animegan.faces.face import Face
from animegan.faces.finder import Finder
from animegan.images import files, metrics
from animegan.images.resize import Picture, resize
from animegan.pipeline.pipeline import Pipeline

SIDE = 512
"""Pixels: the long side at which photos are degraded and drawn."""
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
    """How far the five landmarks lie from those in the anime of the sharp photo, in per cent of the
    distance between the eyes: of the faces that are found in the anime of every scheme; None where there is none."""


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

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


class Evaluation:
    """One evaluation, photo by photo, so that a caller can show how far it has come."""

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
        """Args: ``n`` photos are drawn from the folder and those below it; where it holds fewer, each is
        degraded anew as often as it takes. ``inception`` are weights of torch-fidelity's
        ``inception-v3-compat``.

        Raises:
            PhotoNotFoundError: there is no photo in the folder.
            NotAModelError: ``inception`` holds no such weights.
            BadOptionError: there is no such recipe, or ``dark`` is asked of another than light.
        """
        if recipe not in RECIPES or (dark and recipe != "light"):
            raise BadOptionError(f"A recipe is {', '.join(RECIPES)}, and only light can be dark: not '{recipe}'.")
        self.recipe = recipe
        found = files.all_below(folder)
        random.Random(seed).shuffle(found)
        self.paths = [found[i % len(found)] for i in range(n)]
        self.style, self.seed, self.dark = style, seed, dark
        self._pipeline = pipeline or Pipeline()
        self._finder = Finder()
        self._inception = Inception(inception) if inception else None
        self._rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SCHEMES}
        self._drifts: dict[str, list[float]] = {name: [] for name in SCHEMES}
        self._features: dict[str, list[Features]] = {name: [] for name in [*SCHEMES, "sharp"]}

    def run(self) -> Iterator[list[Picture]]:
        """One photo after the other: the photo, the degraded one, plain, full, and the sharp one's anime."""
        self._pipeline.warm(self.style)
        for number, path in enumerate(self.paths):
            photo = _at_side(files.load(path))
            bad = self._degraded(photo, np.random.default_rng([self.seed, number]))
            wanted = self._pipeline.stylize(photo, self.style, enhance="off").image
            self._see("sharp", wanted)
            faces = self._finder.find(wanted)
            drawn = {}
            for name, mode in SCHEMES.items():
                result = self._pipeline.stylize(bad, self.style, enhance=mode)
                drawn[name] = result.image
                self._see(name, result.image)
                figures = metrics.psnr(result.image, wanted), metrics.ssim(result.image, wanted)
                self._rows[name].append((result.seconds["total"], *figures))
                self._drifts[name] += self._moved(faces, wanted, result.image)
            yield [photo, bad, drawn["plain"], drawn["full"], wanted]

    def _degraded(self, photo: Picture, rng: np.random.Generator) -> Picture:
        if self.dark:
            return light(photo, rng, dark=True)
        return RECIPES[self.recipe](photo, rng, self._finder.find(photo) if self.recipe == "tiny" else [])

    def _moved(self, faces: list[Face], wanted: Picture, drawn: Picture) -> list[float]:
        """How far the landmarks of each face of ``wanted`` have moved in ``drawn``; NaN where it is not found there."""
        found = self._finder.find(drawn) if faces else []
        look = self._finder.landmarks
        return [
            drift(look(wanted, face), look(drawn, face)) if still_found(face, found) else math.nan for face in faces
        ]

    def _see(self, name: str, picture: Picture) -> None:
        if self._inception is not None:
            self._features[name].append(self._inception.features(picture))

    def report(self) -> Report:
        """The means over what was run."""
        return Report(
            {name: self._figures(name) for name in SCHEMES},
            len(self._rows["plain"]),
            self.seed,
            self.style,
            self.dark,
            self.recipe,
            self._worst(),
        )

    def _worst(self) -> float:
        """The least gain in dB of the whole repair on a single photo."""
        gains = [full[1] - plain[1] for full, plain in zip(self._rows["full"], self._rows["plain"], strict=True)]
        return round(min(gains), 2)

    def _figures(self, name: str) -> Figures:
        seconds, psnr, ssim = zip(*self._rows[name], strict=True)
        found_in_all = np.isfinite(np.sum([self._drifts[each] for each in SCHEMES], axis=0))
        drifts = np.array(self._drifts[name])[found_in_all]
        frechet: float | str = NOT_MEASURED
        if self._inception is not None:
            frechet = round(frechet_distance(self._features[name], self._features["sharp"]), 2)
        return Figures(
            round(float(np.mean(seconds)), 3),
            round(float(np.mean(psnr)), 2),
            round(float(np.mean(ssim)), 4),
            frechet,
            round(float(drifts.mean()), 2) if drifts.size else None,
        )


def _at_side(photo: Picture) -> Picture:
    """A photo brought to a long side of `SIDE` pixels."""
    height, width = photo.shape[:2]
    scale = SIDE / max(height, width)
    return resize(photo, max(16, round(width * scale)), max(16, round(height * scale)))


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
            self._network = FeatureExtractorInceptionV3(
                "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(weights)
            )
        except Exception as error:  # a broken or foreign file raises almost anything
            raise NotAModelError(
                f"'{weights.name}' holds no Inception weights of torch-fidelity's form: give another file."
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
