"""Degrades good photos at random, as one bad camera does; `compound` has the heavier damage.

As in Real-ESRGAN (Wang et al. 2021), a photo passes through stages of random order and strength; here there are fewer.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from animegan.evaluation.recipes import through_jpeg, to_picture
from animegan.images.resize import Picture, like, resize

Floats = npt.NDArray[np.float32]
"""``(H, W, 3) float32`` of 0 to 255, or a kernel with a sum of 1."""
Stage = Callable[[Floats, np.random.Generator], Floats]
"""One degradation of a picture of 0 to 255."""

SHRINK = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
"""Ways to shrink a photo; the last two enlarge it here as well."""
TYPICAL_SHARE, CLEAN_SHARE = 0.6, 0.06
"""See `degrade`."""


def gaussian(photo: Floats, rng: np.random.Generator) -> Floats:
    """Gaussian blur, σ 0.5 to 3.4 px; a third of them anisotropic, with a smaller σ along the other axis."""
    long = rng.uniform(0.5, 3.4)
    short = long if rng.random() < 0.67 else rng.uniform(0.3, 1) * long
    return filtered(photo, gaussian_kernel(long, short, rng.uniform(0, np.pi)))


def motion(photo: Floats, rng: np.random.Generator) -> Floats:
    """Motion blur: a straight line of 3 to 11 px in any direction."""
    return filtered(photo, motion_kernel(rng.uniform(3, 11), rng.uniform(0, np.pi)))


def defocus(photo: Floats, rng: np.random.Generator) -> Floats:
    """Defocus blur: a uniform disc with a radius of 1 to 4 px."""
    return filtered(photo, disc_kernel(rng.uniform(1, 4)))


def rescale(photo: Floats, rng: np.random.Generator) -> Floats:
    """Downscale by 1.2 to 2.5 and upscale again, each with a random kernel."""
    small = shrunk(photo, 2.0 if rng.random() < 0.4 else rng.uniform(1.2, 2.5), int(rng.choice(SHRINK)), least=1)
    return enlarged(small, photo, int(rng.choice(SHRINK[1:])))


def noise(photo: Floats, rng: np.random.Generator) -> Floats:
    """Noise: Gaussian with σ 1 to 14, or Poisson with 15 to 400 photons at white; a quarter of it grey, and four of ten
    as coarse as the grain of scanned film (σ 0.5 to 1.4 px).
    """
    channels = 1 if rng.random() < 0.25 else 3
    if rng.random() < 0.7:
        sigma: float | npt.NDArray[np.floating] = rng.uniform(1, 14)
    else:  # a Poisson count of n has a variance of n; from a few photons on, a Gaussian is close enough
        light = np.maximum(photo.mean(2, keepdims=True) if channels == 1 else photo, 1) / 255
        sigma = 255 * np.sqrt(light / np.exp(rng.uniform(np.log(100), np.log(2500))))
    values = rng.standard_normal((*photo.shape[:2], channels), np.float32)
    if rng.random() < 0.4:
        values = coarse(values, rng.uniform(0.5, 1.4))
    return photo + (values * sigma).astype(np.float32)


def coarse(white: npt.NDArray, size: float) -> npt.NDArray:
    """Blur white noise, ``(H, W, channels)``, with σ ``size`` px, as coarse as film grain, and keep its strength."""
    kernel = gaussian_kernel(size, size, 0.0)
    return cv2.filter2D(white, -1, kernel / np.linalg.norm(kernel)).reshape(white.shape)


def jpeg(photo: npt.NDArray, rng: np.random.Generator, low: int = 40, high: int = 96) -> Floats:
    """JPEG with a quality from ``low`` to below ``high``."""
    return through_jpeg(photo, int(rng.integers(low, high))).astype(np.float32)


def shrunk(photo: npt.NDArray, factor: float, method: int, least: int = 8) -> Floats:
    """Shrink a photo by a factor, to sides of ``least`` pixels at least."""
    size = [max(least, round(length / factor)) for length in photo.shape[1::-1]]
    return np.asarray(cv2.resize(photo, size, interpolation=method), np.float32)


def enlarged(small: npt.NDArray, photo: npt.NDArray, method: int) -> Floats:
    """Bring a shrunk photo back to its size."""
    return np.asarray(cv2.resize(small, photo.shape[1::-1], interpolation=method), np.float32)


def filtered(photo: Floats, kernel: Floats) -> Floats:
    """Convolve a photo with a kernel; it is mirrored beyond its border."""
    return np.asarray(cv2.filter2D(photo, -1, kernel, borderType=cv2.BORDER_REFLECT), np.float32)


def gaussian_kernel(long: float, short: float, angle: float) -> Floats:
    """A Gaussian with a σ of ``long`` and ``short`` px along its axes, rotated by ``angle`` (radians)."""
    x, y = _coordinates(int(np.ceil(3 * long)))
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    gauss = np.exp(-0.5 * ((along / long) ** 2 + (across / short) ** 2))
    return (gauss / gauss.sum()).astype(np.float32)


def motion_kernel(length: float, angle: float) -> Floats:
    """A line of ``length`` px at ``angle`` (radians) with antialiased edges."""
    x, y = _coordinates(int(np.ceil(length / 2)) + 1)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    line = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return (line / line.sum()).astype(np.float32)


def disc_kernel(radius: float) -> Floats:
    """A uniform disc with an antialiased edge."""
    x, y = _coordinates(int(np.ceil(radius)))
    disc: Floats = np.asarray(np.clip(radius + 0.5 - np.hypot(x, y), 0, 1), np.float32)
    return disc / disc.sum()


def _coordinates(reach: int) -> tuple[Floats, Floats]:
    """x and y of the pixels of a kernel, from ``-reach`` to ``reach``."""
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    return x, y


def darken(photo: Floats, gamma: float) -> Floats:
    """Low light: ``(H, W, 3) float32`` of 0 to 255 to the power of ``gamma``."""
    return np.asarray(255 * (np.clip(photo, 0, 255) / 255) ** gamma, np.float32)


def typical(photo: Floats, rng: np.random.Generator) -> Floats:
    """The typical degradation of bad photos, in this order: blur (σ 1.2 to 3.2); for half of them, downscaling by 2
    (area) and upscaling (cubic); noise (σ 3 to 13); JPEG (50 to 88).
    """
    bad = cv2.GaussianBlur(photo, (0, 0), rng.uniform(1.2, 3.2))
    if rng.random() < 0.5:
        bad = like(resize(bad, max(1, photo.shape[1] // 2), max(1, len(photo) // 2)), photo)
    values: Floats = rng.standard_normal(photo.shape, np.float32)
    return jpeg(bad + (values * rng.uniform(3, 13)).astype(np.float32), rng, 50, 89)


def degrade(photo: Picture, rng: np.random.Generator) -> Picture:
    """Degrade a photo, ``(H, W, 3) uint8``, at random.

    `TYPICAL_SHARE` of the photos by `typical`. Of the others, 90 % are blurred (Gaussian 75 %, motion 10 %, defocus
    15 %); 50 % are downscaled and upscaled, before or after the blur; 90 % get noise; 90 % get JPEG, for 10 % of them
    in random order with the noise; and 20 % get a second JPEG at the end. `CLEAN_SHARE` of all photos come back as
    they are: the restorer must learn to leave good photos alone.
    """
    bad = photo.astype(np.float32)
    if rng.random() < CLEAN_SHARE:
        return photo
    if rng.random() < TYPICAL_SHARE:
        return to_picture(typical(bad, rng))
    blurs = [(gaussian, motion, defocus)[rng.choice(3, p=(0.75, 0.1, 0.15))]] if rng.random() < 0.9 else []
    optics: list[Stage] = [*blurs, *([rescale] if rng.random() < 0.5 else [])]
    electronics: list[Stage] = [stage for stage in (noise, jpeg) if rng.random() < 0.9]
    if rng.random() < 0.3:
        rng.shuffle(optics)
    if rng.random() < 0.1:
        rng.shuffle(electronics)
    if rng.random() < 0.2:
        electronics.append(jpeg)
    for stage in (*optics, *electronics):
        bad = stage(bad, rng)
    return to_picture(bad)
