"""Measures of a grey picture: sharpness, noise, detail, light, JPEG's blocks, repeated pixels."""

from __future__ import annotations

import math
from functools import partial
from typing import cast

import cv2
import numpy as np

from animegan.images.resize import Array, Picture
from animegan.images.tones import brightest, darkest
from animegan.repair.thresholds import REPAIR

BAND_SCALES = tuple(0.5 * 2 ** (n / 2) for n in range(11))
"""Pixels: the Gaussian scales between which the bands of `lost_octaves` lie."""
BAND_WEIGHTS = (-0.47, 0.38, -0.21, -0.86, -1.27, -0.99, -0.28, -0.21, 0.13)
NOISE_WEIGHT, NO_BAND = 0.18, -0.06
"""Ridge regression of `lost_octaves`. See docs/repair.md#measured."""
REPEATED = 0.15
"""Amplitude of the strongest period of the steps between pixels, over their mean, above which pixels were repeated."""
LEAST_STRUCTURE = 0.25
"""Energy of the octave at 2–4 px, in squares of grey levels, below which there is a wall, a sky or pure noise."""
BLOCK_STEPS = 0.06
"""Amplitude that the steps between JPEG's blocks of 8 px have where the blocks do not show."""


def laplacian_variance(grey: Array) -> float:
    """Variance of the Laplacian of ``(H, W) float32`` greys of 0 to 255, less what the noise adds.

    Noise is everywhere alike, so its share is read where the photo shows nothing else: the tenth of the 16 px blocks
    with the least response, and a fifth more, as that tenth lies too low on noise alone.
    """
    response = cv2.Laplacian(grey, cv2.CV_32F)
    share = 1.2 * np.quantile(_visible_block_means(response**2, grey), 0.1)
    return max(0.0, float(response.var() - share))


def noise_sigma(grey: Array) -> float:
    """Noise σ of ``(H, W) float32`` greys (Immerkær 1996, "Fast Noise Variance Estimation"), read in the calmest tenth
    of the visible 16 px blocks, so that texture is not taken for noise; on white noise it lies 10 % too low.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))
    blocks = _visible_block_means(response, grey)
    return float(1.1 * np.sqrt(np.pi / 2) / 6 * np.quantile(blocks, 0.1))


def octave_ratio(grey: Array, noise: float) -> float:
    """Energy of the octave at scale 1–2 px over the octave at 2–4 px; 1 where there is nothing to see."""
    blurred = [cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1.0, 2.0, 4.0)]
    # White noise of variance σ² leaves 0.0388 σ² and 0.0097 σ² in the two bands.
    fine = float(np.mean((blurred[0] - blurred[1]) ** 2)) - 0.0388 * noise**2
    coarse = float(np.mean((blurred[1] - blurred[2]) ** 2)) - 0.0097 * noise**2
    return 1.0 if coarse < LEAST_STRUCTURE else max(0.0, fine) / coarse


def band_ratios(grey: Array) -> Array:
    """Logarithms of the ratios of the energies in neighbouring bands of ``(H, W) float32`` greys, ``(9,)``, the finest
    first.

    In each of ten bands of half an octave the calmest tenth of 32 px blocks shows the noise, and the most vivid tenth
    the edges. The ratio of two bands of the edges, less the noise, is small where a blur has cut off the finer one.
    """
    base, done, step = grey, 0.0, 1  # a picture that is blurred by σ `done`, and was downscaled `step` times
    blurred, energies = grey, []
    for sigma in BAND_SCALES:
        finer, blurred = blurred, cv2.GaussianBlur(base, (0, 0), math.sqrt(sigma**2 - done**2) / step)
        if sigma != BAND_SCALES[0]:
            side = max(1, min(32 // step, *blurred.shape))
            calm, vivid = np.quantile(_block_means((finer - blurred) ** 2, side), [0.1, 0.9])
            energies.append(max(0.0, float(vivid - calm)) + 0.1)
        if sigma >= 2.8 * step and min(blurred.shape) >= 32:
            blurred = base = np.ascontiguousarray(blurred[::2, ::2])
            done, step = sigma, 2 * step
    return -np.diff(np.log(energies))


def lost_octaves(ratios: Array, noise: float) -> float:
    """How many times the size of a photo could be halved before detail is lost, from its `band_ratios` and its
    `noise_sigma`: 0 for a sharp photo.
    """
    return float(ratios @ np.array(BAND_WEIGHTS)) + NOISE_WEIGHT * math.log(noise + 0.5) + NO_BAND


def fading(photo: Picture) -> tuple[float, float, float]:
    """Brightness of the darkest and the brightest 1 %, and the tint that both share; see `Quality`."""
    lab = cv2.cvtColor(cv2.GaussianBlur(photo, (0, 0), 2).astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    low, high = np.quantile(lab[:, 0], [0.01, 0.99])
    dark, bright = (lab[where, 1:].mean(0) for where in (lab[:, 0] <= low, lab[:, 0] >= high))
    shared = np.where(dark * bright > 0, np.sign(dark) * np.minimum(abs(dark), abs(bright)), 0)
    return float(low) / 100, float(high) / 100, float(np.hypot(*shared))


def contrast_range(grey: Array, colours: Picture, noise: float) -> float:
    """The range from the 2nd percentile of the darkest channel to the 98th of the brightest, of ``(H, W, 3) uint8``, as
    a part of 255 (robust to specks): fog takes colours as it takes light, so a blue sky over a grey roof is not flat. 1
    where there is nothing to see in the ``(H, W) float32`` greys, as a plain colour has no tones to spread.
    """
    fine, coarse = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (2.0, 4.0))
    if float(np.mean((fine - coarse) ** 2)) - 0.0097 * noise**2 < LEAST_STRUCTURE:
        return 1.0
    calm = cast(Picture, cv2.blur(colours, (3, 3)))
    return float(np.quantile(brightest(calm), 0.98) - np.quantile(darkest(calm), 0.02)) / 255


def mean_exposure(grey: Array) -> float:
    """The mean of ``(H, W)`` greys as a part of 255: what a camera's average metering brings to about 0.45."""
    return float(grey.mean()) / 255


def highlights_of(light: Array) -> float:
    """How bright the brightest places are, specks aside: the 95th percentile of ``(H, W)`` levels, averaged over a
    sixteenth of the long side, as a part of 255.
    """
    reach = max(1, max(light.shape) // 16)
    return float(np.quantile(cv2.blur(light, (reach, reach)), 0.95)) / 255


def specks_of(light: Array) -> float:
    """How many times as bright as the brightest places (`highlights_of`) the brightest hundredth of ``(H, W)`` levels
    is: much where all light is in specks, as in a sky full of stars.
    """
    return float(np.quantile(light, 0.99)) / 255 / max(0.01, highlights_of(light))


def blockiness(grey: Array, most: int = 1024) -> float:
    """How much larger the steps of ``(H, W) uint8`` greys are across the borders of JPEG's 8 px blocks than within the
    blocks: the less visible of both directions; 1 where there is no such grid. After Wang, Sheikh and Bovik 2002, read
    in the middle of the photo, ``most`` pixels wide and high, on the grid that begins at its corner.
    """
    ratios = []
    for means in _mean_steps(grey, most, 8):
        if len(means) < 16:
            return 1.0
        at_border = np.arange(len(means)) % 8 == 7
        ratios.append((means[at_border].mean() + 0.1) / (means[~at_border].mean() + 0.1))
    return float(min(ratios))


def repetition(grey: Array, most: int = 1024) -> float:
    """How many times the pixels of ``(H, W) uint8`` greys are repeated in a row: 1 unless the picture was enlarged by
    nearest neighbour, with a factor of 2 or more.

    Then there are steps between few of the columns only; after JPEG there are small ones between the rest, but the
    large ones still come at equal distances. Read in the middle, ``most`` pixels wide and high, in both directions.
    """
    steps = _mean_steps(grey, most, 1)
    blocky = blockiness(grey) > REPAIR.blocky
    for distance in (_spacing, partial(_period, blocky=blocky)):
        across, down = (distance(means) for means in steps)
        if across > 1 and abs(across - down) < 0.05 * across:
            return min(across, down)
    return 1.0


def _mean_steps(grey: Array, most: int, grid: int) -> list[Array]:
    """The mean step between neighbouring columns of ``(H, W) uint8`` greys, ``(W - 1,)``, and between rows, in the
    middle, cut out on a ``grid`` of pixels. Edges weigh much, so steps count up to 16 levels only.
    """
    top, left = (max(0, length - most) // (2 * grid) * grid for length in grey.shape)
    middle = grey[top : top + most, left : left + most]
    across, down = cv2.absdiff(middle[:, 1:], middle[:, :-1]), cv2.absdiff(middle[1:], middle[:-1])
    return [np.minimum(across, 16).mean(0), np.minimum(down, 16).mean(1)]


def _spacing(steps: Array) -> float:
    """The mean distance in pixels between steps, ``(W,)`` means, if there are none next to each other; otherwise 1."""
    gaps = np.diff(np.flatnonzero(steps > 0.05 * steps.mean()))
    if len(gaps) < 8 or (gaps < 2).any():
        return 1.0
    return float(gaps[gaps <= 1.5 * np.median(gaps)].mean())  # a longer one is a plain area


def _period(steps: Array, blocky: bool) -> float:
    """The distance in pixels, from 2 to 16, at which large steps come again in ``(W,)`` means; 1 if at none.

    It is the strongest frequency of the steps over their surroundings. The blocks of JPEG are a comb of 8 pixels: where
    a multiple of its frequency stands out, it must be stronger than the others; in a photo that is not ``blocky``,
    stronger than such blocks can be.
    """
    count = len(steps)
    if count < 64:
        return 1.0
    surroundings = cv2.blur(steps[None].astype(np.float32), (33, 1), borderType=cv2.BORDER_REFLECT)[0]
    relative = np.clip(steps / np.maximum(surroundings, 0.05) - 1, -1, 3) * np.hanning(count)
    amplitude = np.abs(np.fft.rfft(relative, 4 * count)) * 2 / count
    frequency = np.arange(len(amplitude)) / (4 * count)
    of_blocks = max(amplitude[count // 2], amplitude[3 * count // 2])  # at 1/8 and 3/8
    of_blocks = of_blocks if blocky else min(of_blocks, BLOCK_STEPS)
    for multiple in range(1, 5):
        amplitude[np.abs(frequency - multiple / 8) < 2 / count] -= of_blocks
    amplitude[(frequency < 1 / 16.5) | (frequency < 6 / count)] = 0
    strongest = int(np.argmax(amplitude))
    if amplitude[strongest] < REPEATED:
        return 1.0
    for divisor in (3, 2):  # the steps of an uneven comb can be stronger at twice or three times its frequency
        around = slice(max(0, strongest // divisor - 4), strongest // divisor + 5)
        if amplitude[around].max() > 0.5 * amplitude[strongest]:
            strongest = around.start + int(np.argmax(amplitude[around]))
            break
    return float(1 / frequency[strongest])


def _visible_block_means(values: Array, grey: Array) -> Array:
    """Means of ``values`` over 16 px blocks, without those where the picture is clipped to black or white."""
    side = max(1, min(16, *grey.shape))
    means, levels = _block_means(values, side), _block_means(grey, side)
    visible = (levels > 12) & (levels < 243)
    return means[visible] if visible.sum() >= 8 else means


def _block_means(values: Array, side: int) -> Array:
    height, width = (length - length % side for length in values.shape)
    blocks = values[:height, :width].reshape(height // side, side, width // side, side)
    return np.asarray(blocks.mean((1, 3))).ravel()
