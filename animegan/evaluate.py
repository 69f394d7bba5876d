"""How much a repair is worth: the anime of a degraded photo against the anime of the sharp one.

The recipe of the degradation is fixed and said in full (`degrade`), so that anyone can run it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from animegan import measures, photos
from animegan.errors import BadOptionError, NotAModelError
from animegan.evaluate_faces import drift, still_found
from animegan.faces import Face, Finder
from animegan.pipeline import Pipeline

SIDE = 512
"""Pixels: the long side at which photos are degraded and drawn."""
SCHEMES = {"plain": "off", "super-resolution": "super-resolution", "full": "auto"}
"""Name of a scheme → the ``enhance`` that it draws with."""
NOT_MEASURED = "not measured: no Inception weights"


def degrade(photo: np.ndarray, rng: np.random.Generator, dark: bool = False) -> np.ndarray:
    """A photo of `SIDE` pixels, ``(H, W, 3) uint8``, as a bad camera would have taken it.

    Gaussian blur with σ 1.5 to 3.0 px; half of the photos are also halved (by areas) and brought back
    (cubic); where ``dark``, brightness to the power of 2; Gaussian noise with σ 4 to 12 levels; JPEG at
    a quality of 55 to 85. Every number is drawn evenly.
    """
    height, width = photo.shape[:2]
    bad = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), rng.uniform(1.5, 3.0))
    if rng.random() < 0.5:
        half = max(1, width // 2), max(1, height // 2)
        bad = cv2.resize(
            cv2.resize(bad, half, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_CUBIC
        )
    if dark:
        bad = 255 * (np.clip(bad, 0, 255) / 255) ** 2
    bad += rng.normal(0, rng.uniform(4, 12), bad.shape)
    return through_jpeg(bad, int(rng.integers(55, 86)))


def through_jpeg(photo: np.ndarray, quality: int) -> np.ndarray:
    """What JPEG of this quality leaves of ``(H, W, 3)`` RGB of 0 to 255: the same as ``uint8``."""
    whole = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", whole[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


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
    distance between the eyes; None where no face was found in both."""


@dataclass
class Report:
    """The figures of every scheme."""

    schemes: dict[str, Figures]
    n: int
    seed: int
    style: str
    dark: bool

    def to_dict(self) -> dict:
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
    ):
        """Args: ``n`` photos are drawn from the folder and those below it; where it holds fewer, each is
        degraded anew as often as it takes. ``inception`` are weights of torch-fidelity's
        ``inception-v3-compat``.

        Raises:
            PhotoNotFoundError: there is no photo in the folder.
            NotAModelError: ``inception`` holds no such weights.
        """
        found = photos.all_below(folder)
        random.Random(seed).shuffle(found)
        self.paths = [found[i % len(found)] for i in range(n)]
        self.style, self.seed, self.dark = style, seed, dark
        self._pipeline = pipeline or Pipeline()
        self._finder = Finder()
        self._inception = Inception(inception) if inception else None
        self._rows: dict[str, list[tuple[float, float, float, float | None]]] = {name: [] for name in SCHEMES}
        self._features: dict[str, list[np.ndarray]] = {name: [] for name in [*SCHEMES, "sharp"]}

    def run(self) -> Iterator[list[np.ndarray]]:
        """One photo after the other: the photo, the degraded one, plain, full, and the sharp one's anime."""
        self._pipeline.warm(self.style)
        for number, path in enumerate(self.paths):
            photo = _at_side(photos.load(path))
            bad = degrade(photo, np.random.default_rng([self.seed, number]), self.dark)
            wanted = self._pipeline.stylize(photo, self.style, enhance="off").image
            self._see("sharp", wanted)
            faces = self._finder.find(wanted)
            drawn = {}
            for name, mode in SCHEMES.items():
                result = self._pipeline.stylize(bad, self.style, enhance=mode)
                drawn[name] = result.image
                self._see(name, result.image)
                figures = measures.psnr(result.image, wanted), measures.ssim(result.image, wanted)
                moved = self._drift(faces, wanted, result.image)
                self._rows[name].append((result.seconds["total"], *figures, moved))
            yield [photo, bad, drawn["plain"], drawn["full"], wanted]

    def _drift(self, faces: list[Face], wanted: np.ndarray, drawn: np.ndarray) -> float | None:
        """Mean drift of the faces of ``wanted`` that are found in ``drawn`` as well."""
        found = self._finder.find(drawn) if faces else []
        look = self._finder.landmarks
        drifts = [drift(look(wanted, face), look(drawn, face)) for face in faces if still_found(face, found)]
        return float(np.mean(drifts)) if drifts else None

    def _see(self, name: str, picture: np.ndarray) -> None:
        if self._inception is not None:
            self._features[name].append(self._inception.features(picture))

    def report(self) -> Report:
        """The means over what was run."""
        return Report(
            {name: self._figures(name) for name in SCHEMES}, len(self._rows["plain"]), self.seed, self.style, self.dark
        )

    def _figures(self, name: str) -> Figures:
        seconds, psnr, ssim, drifts = zip(*self._rows[name], strict=True)
        found = [value for value in drifts if value is not None]
        frechet: float | str = NOT_MEASURED
        if self._inception is not None:
            frechet = round(frechet_distance(self._features[name], self._features["sharp"]), 2)
        return Figures(
            round(float(np.mean(seconds)), 3),
            round(float(np.mean(psnr)), 2),
            round(float(np.mean(ssim)), 4),
            frechet,
            round(float(np.mean(found)), 2) if found else None,
        )


def _at_side(photo: np.ndarray) -> np.ndarray:
    """A photo brought to a long side of `SIDE` pixels."""
    height, width = photo.shape[:2]
    scale = SIDE / max(height, width)
    size = max(16, round(width * scale)), max(16, round(height * scale))
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


class Inception:
    """The features that the Fréchet distance is taken of: Inception v3's last pooling, by torch-fidelity."""

    def __init__(self, weights: Path):
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
        except ImportError as error:
            raise BadOptionError("The Fréchet distance needs torch-fidelity: pip install torch-fidelity.") from error
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

    def features(self, picture: np.ndarray) -> np.ndarray:
        """``(H, W, 3) uint8`` to ``(2048,)``"""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]
            return self._network(batch)[0][0].numpy()


def frechet_distance(pictures: list[np.ndarray], others: list[np.ndarray]) -> float:
    """Of two sets of features (Heusel et al. 2017), by torch-fidelity."""
    import torch
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    statistics = [fid_features_to_statistics(torch.from_numpy(np.stack(group))) for group in (pictures, others)]
    return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])
