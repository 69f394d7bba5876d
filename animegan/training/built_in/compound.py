"""Realistic degradation: several rounds of blur, resampling, noise and JPEG.

Second-order degradation as in Real-ESRGAN (Wang et al. 2021) and BSRGAN (Zhang et al. 2021): a photo is taken,
downscaled, sent, enlarged, sent again. Sizes in pixels are for a photo of about 512 px that is as sharp as its size
allows. A photo that was enlarged ``size`` times has artefacts that are ``size`` times as large.
"""

from __future__ import annotations

import cv2
import numpy as np

from animegan.evaluation.recipes import to_picture
from animegan.images.resize import Picture
from animegan.training.built_in import degrade
from animegan.training.built_in.degrade import SHRINK, Floats, enlarged, filtered, gaussian_kernel, jpeg, shrunk

ENLARGE = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
ROUNDS = (0.45, 0.35, 0.2)
"""Shares of the photos with one, two and three rounds."""


def compound(photo: Picture, rng: np.random.Generator, size: float = 1.0) -> Picture:
    """Degrade ``(H, W, 3) uint8`` in one to three rounds; more rounds are milder each."""
    rounds = 1 + int(rng.choice(len(ROUNDS), p=ROUNDS))
    bad = photo.astype(np.float32)
    for number in range(rounds):
        bad = _round(bad, rng, size, rounds**-0.5, first=number == 0)
    return to_picture(bad)


def tiny(photo: Picture, rng: np.random.Generator) -> Picture:
    """Degrade ``(H, W, 3) uint8`` as if it was once only an eighth to two thirds as large."""
    bad = shrunk(photo, rng.uniform(1.5, 8), int(rng.choice(SHRINK)))
    if rng.random() < 0.4:
        bad = noise(bad, rng, rng.uniform(1, 8))
    if rng.random() < 0.8:
        bad = jpeg(bad, rng, 55, 96)
    bad = enlarged(bad, photo, int(rng.choice(ENLARGE[1:])))
    if rng.random() < 0.3:
        bad = jpeg(bad, rng, 45, 92)
    return to_picture(bad)


def mild(photo: Picture, rng: np.random.Generator) -> Picture:
    """Noise, JPEG and hardly any blur: the photo keeps the detail of its size."""
    bad = photo.astype(np.float32)
    if rng.random() < 0.5:
        sigma = rng.uniform(0.3, 1.1)
        bad = filtered(bad, gaussian_kernel(sigma, sigma, 0))
    if rng.random() < 0.8:
        bad = noise(bad, rng, rng.uniform(1, 13))
    if rng.random() < 0.8:
        bad = jpeg(bad, rng, 35, 92)
    return to_picture(bad)


def _round(photo: Floats, rng: np.random.Generator, size: float, strength: float, first: bool) -> Floats:
    """Blur, resampling, noise and JPEG, each with a probability; later rounds have less blur."""
    bad = photo
    if rng.random() < (0.95 if first else 0.4):
        bad = blur(bad, rng, size, strength)
    if rng.random() < 0.65:
        bad = resample(bad, rng, size, strength)
    if rng.random() < 0.08:
        bad = bands(bad, rng)
    if rng.random() < 0.85:
        bad = noise(bad, rng, strength * rng.uniform(1, 14))
    if rng.random() < 0.85:
        bad = jpeg(bad, rng, 20, 91)
        if rng.random() < 0.25:
            bad = shifted_jpeg(bad, rng)
    if rng.random() < 0.12:
        bad = oversharpen(bad, rng, size)
    return bad


def blur(photo: Floats, rng: np.random.Generator, size: float, strength: float) -> Floats:
    """Gaussian with σ 0.8 to 3.3 px (45 %), defocus with a radius of 1.2 to 4.5 px (20 %), or motion over 3 to 14 px
    (35 %), often with a Gaussian after it; times ``size`` and ``strength``.
    """
    scale = size * strength
    kind = rng.random()
    if kind < 0.45:
        sigma = rng.uniform(0.8, 3.3) * scale
        across = sigma if rng.random() < 0.7 else rng.uniform(0.4, 1) * sigma
        return filtered(photo, gaussian_kernel(sigma, max(0.3, across), rng.uniform(0, np.pi)))
    if kind < 0.65:
        return filtered(photo, degrade.disc_kernel(rng.uniform(1.2, 4.5) * scale))
    moved = filtered(photo, degrade.motion_kernel(min(40, rng.uniform(3, 14) * scale), rng.uniform(0, np.pi)))
    if rng.random() < 0.4:
        return moved
    sigma = rng.uniform(0.5, 1.8) * scale
    return filtered(moved, gaussian_kernel(sigma, sigma, 0))


def resample(photo: Floats, rng: np.random.Generator, size: float, strength: float) -> Floats:
    """Downscale by up to 2.8 times ``size`` and enlarge again: nearest, bilinear, cubic, or Lanczos, which sharpens."""
    small = shrunk(photo, 1 + strength * (size * rng.uniform(1.4, 2.8) - 1), int(rng.choice(SHRINK)))
    if rng.random() < 0.4:  # as if sent at the small size
        small = jpeg(small, rng, 35, 92)
    return enlarged(small, photo, int(rng.choice(ENLARGE, p=(0.1, 0.3, 0.4, 0.2))))


def noise(photo: Floats, rng: np.random.Generator, sigma: float) -> Floats:
    """Noise with a mean σ of ``sigma`` levels: uniform, or stronger in bright areas (Poisson); fine, or as coarse as
    film grain; grey, in colour, or in the chroma only.
    """
    kind = rng.random()
    values = rng.standard_normal((*photo.shape[:2], 1 if kind < 0.3 else 3), np.float32)
    if kind > 0.85:
        values = values - values.mean(2, keepdims=True)
    if rng.random() < 0.35:
        values = degrade.coarse(values, rng.uniform(0.5, 1.8)).astype(np.float32)
    if rng.random() < 0.3:
        values = values * np.sqrt(np.maximum(photo, 2) / 128)
    return np.asarray(photo + sigma * values.astype(np.float32), np.float32)


def shifted_jpeg(photo: Floats, rng: np.random.Generator) -> Floats:
    """A second JPEG with shifted blocks, as after a crop."""
    down, across = (int(shift) for shift in rng.integers(1, 8, 2))
    padded = cv2.copyMakeBorder(photo, down, 0, across, 0, cv2.BORDER_REFLECT_101)
    return jpeg(np.asarray(padded, np.float32), rng, 30, 91)[down:, across:]


def oversharpen(photo: Floats, rng: np.random.Generator, size: float) -> Floats:
    """Too much unsharp masking, as by phones and old scanners."""
    soft = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.8, 2.0) * size)
    return np.asarray(photo + rng.uniform(0.3, 1.5) * (photo - soft), np.float32)


def bands(photo: Floats, rng: np.random.Generator) -> Floats:
    """Old video: few levels of brightness, and chroma at a quarter of the size."""
    levels = rng.uniform(20, 64)
    ycc = cv2.cvtColor(np.clip(photo, 0, 255) / 255, cv2.COLOR_RGB2YCrCb)
    ycc[:, :, 0] = np.rint(ycc[:, :, 0] * levels) / levels
    height, width = photo.shape[:2]
    small = cv2.resize(ycc[:, :, 1:], (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    ycc[:, :, 1:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(255 * cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB), np.float32)
