"""Making good photos bad: what a restorer learns to undo, without being told what was done (*blind*).

As Real-ESRGAN does (Wang et al. 2021), from stages in random order and of random strength; here for
photos of today's phones and of yesterday's albums rather than for thumbnails, so with fewer stages.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from animegan.evaluate import through_jpeg

Stage = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""``(H, W, 3) float32`` of 0 to 255 to the same."""

KERNELS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
WORN = 0.6
"""Part of the samples that have gone through `worn`."""
SPOTLESS = 0.06
"""Part of the samples that stay as they are: a restorer has to know when to keep its hands off."""


def gaussian(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian blur, σ 0.5 to 3.4 px along one axis; a third of them less along the other, turned."""
    long = rng.uniform(0.5, 3.4)
    short = long if rng.random() < 0.67 else rng.uniform(0.3, 1) * long
    return cv2.filter2D(photo, -1, gaussian_kernel(long, short, rng.uniform(0, np.pi)), borderType=cv2.BORDER_REFLECT)


def motion(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A shaken hand: a straight line of 3 to 11 px in any direction."""
    return cv2.filter2D(
        photo, -1, motion_kernel(rng.uniform(3, 11), rng.uniform(0, np.pi)), borderType=cv2.BORDER_REFLECT
    )


def defocus(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Out of focus: an even disc with a radius of 1 to 4 px."""
    return cv2.filter2D(photo, -1, disc_kernel(rng.uniform(1, 4)), borderType=cv2.BORDER_REFLECT)


def rescale(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Made 1.2 to 2.5 times smaller and brought back, each by a random kernel."""
    height, width = photo.shape[:2]
    by = 2.0 if rng.random() < 0.4 else rng.uniform(1.2, 2.5)
    size = max(1, round(width / by)), max(1, round(height / by))
    small = cv2.resize(photo, size, interpolation=int(rng.choice(KERNELS)))
    return cv2.resize(small, (width, height), interpolation=int(rng.choice(KERNELS[1:])))


def grain(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise: Gaussian with σ 1 to 14, or Poisson as of 15 to 400 photons at white; a quarter of it grey, and
    four of ten as coarse as the grain of scanned film: blurred with σ 0.5 to 1.4 px, and as strong.
    """
    channels = 1 if rng.random() < 0.25 else 3
    shape = (*photo.shape[:2], channels)
    if rng.random() < 0.7:
        spread: float | np.ndarray = rng.uniform(1, 14)
    else:  # a Poisson count of n has a variance of n; its bell is near enough from a few photons on
        light = np.maximum(photo.mean(2, keepdims=True) if channels == 1 else photo, 1) / 255
        spread = 255 * np.sqrt(light / np.exp(rng.uniform(np.log(100), np.log(2500))))
    noise = rng.standard_normal(shape, np.float32)
    if rng.random() < 0.4:
        noise = coarse(noise, rng.uniform(0.5, 1.4))
    return photo + (noise * spread).astype(np.float32)


def coarse(noise: np.ndarray, size: float) -> np.ndarray:
    """White noise, ``(H, W, channels)``, as coarse as a film's grain: blurred with σ ``size`` px, and as strong."""
    kernel = gaussian_kernel(size, size, 0.0)
    return cv2.filter2D(noise, -1, kernel / np.linalg.norm(kernel)).reshape(noise.shape)


def jpeg(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """JPEG at a quality of 40 to 95."""
    return through_jpeg(photo, int(rng.integers(40, 96))).astype(np.float32)


def gaussian_kernel(long: float, short: float, angle: float) -> np.ndarray:
    """A bell with these two σ, turned by ``angle`` (radians)."""
    reach = int(np.ceil(3 * long))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    bell = np.exp(-0.5 * ((along / long) ** 2 + (across / short) ** 2))
    return (bell / bell.sum()).astype(np.float32)


def motion_kernel(length: float, angle: float) -> np.ndarray:
    """A line of ``length`` px at ``angle`` (radians), softened by a pixel."""
    reach = int(np.ceil(length / 2)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    line = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return (line / line.sum()).astype(np.float32)


def disc_kernel(radius: float) -> np.ndarray:
    """An even disc, its edge softened by a pixel."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return disc / disc.sum()


def darken(photo: np.ndarray, gamma: float) -> np.ndarray:
    """Low light: ``(H, W, 3) float32`` of 0 to 255 to the power of ``gamma``."""
    return 255 * (np.clip(photo, 0, 255) / 255) ** gamma


def worn(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What most bad photos have gone through, in this order: blurred (σ 1.2 to 3.2), in half of them made half
    as large (by areas) and brought back (cubic), noise (σ 3 to 13), JPEG (50 to 88).
    """
    height, width = photo.shape[:2]
    bad = cv2.GaussianBlur(photo, (0, 0), rng.uniform(1.2, 3.2))
    if rng.random() < 0.5:
        bad = cv2.resize(bad, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
        bad = cv2.resize(bad, (width, height), interpolation=cv2.INTER_CUBIC)
    bad = bad + (rng.standard_normal(bad.shape, np.float32) * rng.uniform(3, 13)).astype(np.float32)
    return through_jpeg(bad, int(rng.integers(50, 89))).astype(np.float32)


def degrade(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photo, ``(H, W, 3) uint8``, as a bad camera would have brought it home.

    `WORN` of them by `worn`. The others by one blur (Gaussian 75 %, motion 10 %, defocus 15 %) in nine of
    ten; scaled down and back in half of them, before or after the blur; noise in nine of ten; JPEG in nine
    of ten, in one of ten before the noise and not after it; and a second, JPEG after all, in one of five.
    `SPOTLESS` of all photos stay as they are.
    """
    bad = photo.astype(np.float32)
    if rng.random() < SPOTLESS:
        return photo
    if rng.random() < WORN:
        stages: list[Stage] = [worn]
    else:
        blurs = [(gaussian, motion, defocus)[rng.choice(3, p=(0.75, 0.1, 0.15))]] if rng.random() < 0.9 else []
        optics: list[Stage] = [*blurs, *([rescale] if rng.random() < 0.5 else [])]
        electronics: list[Stage] = [stage for stage in (grain, jpeg) if rng.random() < 0.9]
        if rng.random() < 0.3:
            rng.shuffle(optics)
        if rng.random() < 0.1:
            rng.shuffle(electronics)
        if rng.random() < 0.2:
            electronics.append(jpeg)
        stages = [*optics, *electronics]
    for stage in stages:
        bad = stage(bad, rng)
    return np.clip(np.rint(bad), 0, 255).astype(np.uint8)
