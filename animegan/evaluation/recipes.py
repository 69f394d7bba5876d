"""How photos are degraded when the repair is measured: four fixed recipes, said in full, so that anyone can run them.
The training samples other damage (`animegan.training.built_in.compound`).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from animegan.faces.face import Face
from animegan.images.resize import Picture, like, resize

Floats = npt.NDArray[np.float32]
Recipe = Callable[[Picture, np.random.Generator, list[Face]], Picture]
"""A photo of 512 px on its long side and its faces; every number in a recipe is drawn evenly."""


def light(photo: Picture, rng: np.random.Generator, faces: list[Face] | None = None, dark: bool = False) -> Picture:
    """As a bad camera would have taken it: Gaussian blur with σ 1.5 to 3.0 px; half of the photos are also halved (by
    areas) and brought back (cubic); where ``dark``, brightness to the power of 2; Gaussian noise with σ 4 to 12 levels;
    JPEG at a quality of 55 to 85.
    """
    bad = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), rng.uniform(1.5, 3.0))
    if rng.random() < 0.5:
        bad = like(resize(bad, max(1, photo.shape[1] // 2), max(1, len(photo) // 2)), bad)
    if dark:
        bad = 255 * (np.clip(bad, 0, 255) / 255) ** 2
    bad = bad.astype(np.float32) + rng.normal(0, rng.uniform(4, 12), bad.shape)
    return through_jpeg(bad, int(rng.integers(55, 86)))


def heavy(photo: Picture, rng: np.random.Generator, faces: list[Face]) -> Picture:
    """Taken from a moving hand, shrunk, sent, cropped and sent again: motion over 5 to 13 px, then Gaussian blur with σ
    0.8 to 1.6 px; shrunk 2.2 to 3.4 times (by areas) and enlarged (cubic); noise with σ 3 to 8 levels; JPEG of 40 to
    70, and of 50 to 80 on a grid that lies 3 px lower and 5 px further to the right.
    """
    bad = _moved(photo.astype(np.float32), rng.uniform(5, 13), rng.uniform(0, np.pi))
    bad = np.asarray(cv2.GaussianBlur(bad, (0, 0), rng.uniform(0.8, 1.6)), np.float32)
    factor = rng.uniform(2.2, 3.4)
    bad = like(resize(bad, *(round(length / factor) for length in bad.shape[1::-1])), bad)
    noisy = bad + rng.normal(0, rng.uniform(3, 8), bad.shape)
    once = through_jpeg(noisy, int(rng.integers(40, 71)))
    shifted = cv2.copyMakeBorder(once, 3, 0, 5, 0, cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(through_jpeg(shifted, int(rng.integers(50, 81)))[3:, 5:])


def tiny(photo: Picture, rng: np.random.Generator, faces: list[Face]) -> Picture:
    """A small picture enlarged: its largest face had 24 to 48 px, or without a face its long side 110 to 180 px. Shrunk
    by areas, JPEG of 70 to 92, enlarged to its size again (bilinear or cubic).
    """
    height, width = photo.shape[:2]
    scale = (
        rng.uniform(24, 48) / max(face.side for face in faces) if faces else rng.uniform(110, 180) / max(photo.shape)
    )
    small = resize(photo, max(16, round(width * scale)), max(16, round(height * scale)))
    small = through_jpeg(small, int(rng.integers(70, 93)))
    enlarge = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(small, (width, height), interpolation=enlarge), np.uint8)


def old(photo: Picture, rng: np.random.Generator, faces: list[Face]) -> Picture:
    """A faded print, scanned: Gaussian blur with σ 1.0 to 2.0 px; contrast of 55 to 75 %, black lifted; yellowed: blue
    at 75 to 90 %, green at 92 to 98 %; grain with σ 6 to 12 levels, as coarse as a blur of 0.8 to 1.4 px; three to
    eight soft, pale scratches; JPEG of 75 to 92.
    """
    height, width = photo.shape[:2]
    bad = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), rng.uniform(1.0, 2.0))
    contrast = rng.uniform(0.55, 0.75)
    bad = 60 * (1 - contrast) + 255 * 0.25 * (1 - contrast) + contrast * bad
    bad = bad * np.array([1.0, rng.uniform(0.92, 0.98), rng.uniform(0.75, 0.9)])
    grain = cv2.GaussianBlur(rng.standard_normal((height, width, 1)), (0, 0), rng.uniform(0.8, 1.4))
    bad = bad + rng.uniform(6, 12) * (grain / grain.std())[:, :, None]
    scratches = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(3, 9))):
        start, end = (tuple(int(v) for v in rng.integers(0, (width, height))) for _ in range(2))
        cv2.line(scratches, start, end, rng.uniform(15, 45), 1, cv2.LINE_AA)
    bad = bad + cv2.GaussianBlur(scratches, (0, 0), 0.8)[:, :, None]
    return through_jpeg(bad, int(rng.integers(75, 93)))


RECIPES: dict[str, Recipe] = {"light": light, "heavy": heavy, "tiny": tiny, "old": old}


def to_picture(photo: npt.NDArray) -> Picture:
    """``(H, W, 3)`` RGB of about 0 to 255, rounded to ``uint8``."""
    return np.clip(np.rint(photo), 0, 255).astype(np.uint8)


def through_jpeg(photo: npt.NDArray, quality: int) -> Picture:
    """What JPEG of this quality leaves of ``(H, W, 3)`` RGB of 0 to 255: the same as ``uint8``."""
    _, data = cv2.imencode(".jpg", to_picture(photo)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded a line above
    return np.ascontiguousarray(decoded[:, :, ::-1], np.uint8)


def _moved(photo: Floats, length: float, angle: float) -> Floats:
    """The mean of 25 copies along a straight line of ``length`` px at ``angle`` radians."""
    total = np.zeros(photo.shape, np.float64)
    height, width = photo.shape[:2]
    for at in np.linspace(-0.5, 0.5, 25):
        shift = np.array([[1, 0, at * length * np.cos(angle)], [0, 1, at * length * np.sin(angle)]])
        total += cv2.warpAffine(photo, shift, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return (total / 25).astype(np.float32)
