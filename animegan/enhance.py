"""How good a photo is, what it needs, and the mending of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 512
"""Pixels: the long side at which every photo is measured, so that a figure means the same for all."""

BLURRY_DETAIL = 0.35
"""Fine detail below this is blurry. On 120 photographs (60 scenes, 60 faces) against their copies with
blur σ 1.5–3, noise σ 4–12 and JPEG 55–85, this ratio has an area under the ROC curve of 0.98; the bare
variance of the Laplacian reaches 0.72, as noise lifts it and smooth portraits lower it."""
CLASSIC_BLURRY = 100.0
"""The classic rule: a variance of the Laplacian under 100 is blurry. Shown to people, not used alone."""
NOISE_SIDE = 1024
"""Pixels: noise is measured at a long side of at most this, the size at which a scene is painted."""
NOISY = 4.0
"""Noise σ of the grey picture, in levels of 255: 97 % of 120 good photographs lie below, and all of their
copies with RGB noise of σ 8 (5.4 in grey) or more lie above."""
FLAT = 0.35
"""Contrast (see `Quality`) below this is flat: the least of 120 good photographs had 0.42."""
MAX_DENOISE = 10.0
"""The strongest non-local means: more of it makes faces waxy."""


@dataclass(frozen=True)
class Quality:
    """What was measured on a photo, with its long side at `SIDE` pixels where nothing else is said."""

    sharpness: float
    """Variance of the Laplacian of the grey picture, less what the noise adds to it (Pech-Pacheco 2000)."""
    noise: float
    """Standard deviation of the grey picture's noise, in levels of 255 (Immerkær 1996), with a long side
    of at most `NOISE_SIDE` pixels: shrinking a photo hides its noise."""
    contrast: float
    """The grey levels from the 2nd to the 98th percentile, as a part of all 255."""
    detail: float
    """Energy between Gaussian scales 1 and 2 px over that between 2 and 4 px, less the noise in both:
    a ratio of neighbouring octaves, which blur lowers whatever the photo shows."""

    @property
    def blurry(self) -> bool:
        """Fine structure is missing where coarse structure is there."""
        return self.detail < BLURRY_DETAIL

    @property
    def noisy(self) -> bool:
        """There is noise that a person sees."""
        return self.noise > NOISY

    @property
    def flat(self) -> bool:
        """The greys fill little of their range."""
        return self.contrast < FLAT


def assess(photo: np.ndarray) -> Quality:
    """Measure a photo, ``(H, W, 3) uint8`` sRGB."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    small = _with_long_side(grey, SIDE)
    noise = noise_sigma(small)  # what is left of the noise at this size
    low, high = np.quantile(small, [0.02, 0.98])
    return Quality(
        sharpness=round(laplacian_variance(small), 2),
        noise=round(noise_sigma(_with_long_side(grey, min(NOISE_SIDE, max(grey.shape)))), 2),
        contrast=round(float(high - low) / 255, 3),
        detail=round(octave_ratio(small, noise), 3),
    )


def _with_long_side(grey: np.ndarray, side: int) -> np.ndarray:
    """``(H, W) float32`` greys of 0 to 255, brought to a long side of ``side`` pixels."""
    height, width = grey.shape
    scale = side / max(height, width)
    if scale != 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return grey.astype(np.float32)


def laplacian_variance(grey: np.ndarray) -> float:
    """Variance of the Laplacian of ``(H, W) float32`` greys of 0 to 255, less what the noise adds.

    Noise is everywhere alike, so its share is read where the photo shows nothing else: the tenth of
    the 16 px blocks with the least response (a fifth more, as that tenth lies too low on noise
    alone). This holds for noise that scaling or JPEG has coloured, too.
    """
    response = cv2.Laplacian(grey, cv2.CV_32F)
    share = 1.2 * np.quantile(_visible_block_means(response**2, grey), 0.1)
    return max(0.0, float(response.var() - share))


def noise_sigma(grey: np.ndarray) -> float:
    """Noise σ of ``(H, W) float32`` greys: Immerkær 1996, "Fast Noise Variance Estimation", read in
    blocks of 16 px of which the calmest tenth is believed, so that texture is not taken for noise; on
    white noise that tenth lies 10 % too low, which is made good. Blocks that are clipped to black or
    white hide their noise and do not count.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))
    blocks = _visible_block_means(response, grey)
    return float(1.1 * np.sqrt(np.pi / 2) / 6 * np.quantile(blocks, 0.1))


def octave_ratio(grey: np.ndarray, noise: float) -> float:
    """Energy of the octave at scale 1–2 px over the octave at 2–4 px; 1 where there is nothing to see.

    White noise of variance σ² leaves 0.0388 σ² and 0.0097 σ² in the two bands.
    """
    blurred = [cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1.0, 2.0, 4.0)]
    fine = float(np.mean((blurred[0] - blurred[1]) ** 2)) - 0.0388 * noise**2
    coarse = float(np.mean((blurred[1] - blurred[2]) ** 2)) - 0.0097 * noise**2
    if coarse < 0.25:  # less than half a grey level of structure: a wall, a sky, pure noise
        return 1.0
    return max(0.0, fine) / coarse


def _visible_block_means(values: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Means of ``values`` over 16 px blocks, without those where the picture is clipped to black or white."""
    side = max(1, min(16, *grey.shape))
    means, levels = _block_means(values, side), _block_means(grey, side)
    visible = (levels > 12) & (levels < 243)
    return means[visible] if visible.sum() >= 8 else means


def _block_means(values: np.ndarray, side: int) -> np.ndarray:
    height, width = (length - length % side for length in values.shape)
    blocks = values[:height, :width].reshape(height // side, side, width // side, side)
    return blocks.mean((1, 3)).ravel()


def plan(quality: Quality, mode: str) -> list[str]:
    """The stages that a photo needs, in their order, out of "denoise", "contrast" and "sharpen".

    ``mode`` is "auto", "on" or "off". "on" mends in any case: what falls short only a little is
    mended too, and a photo that lacks nothing is sharpened lightly.
    """
    if mode == "off":
        return []
    wanted = {"denoise": quality.noisy, "contrast": quality.flat, "sharpen": quality.blurry}
    if quality.flat:  # lifting the contrast lifts the noise as well
        wanted["denoise"] |= quality.noise > NOISY / 4
    if mode == "on":
        wanted["denoise"] |= quality.noise > NOISY / 2
        wanted["contrast"] |= quality.contrast < FLAT * 1.5
        wanted["sharpen"] |= quality.detail < BLURRY_DETAIL * 1.5 or not any(wanted.values())
    return [stage for stage, needed in wanted.items() if needed]


def repair(photo: np.ndarray, quality: Quality, stages: list[str]) -> np.ndarray:
    """Carry out ``stages`` on a photo, ``(H, W, 3) uint8`` sRGB; with no stages, the photo itself."""
    for stage in stages:
        if stage == "denoise":
            photo = denoise(photo, quality.noise)
        elif stage == "contrast":
            photo = equalize(photo)
        else:
            photo = sharpen(photo)
    return photo


def denoise(photo: np.ndarray, sigma: float) -> np.ndarray:
    """Non-local means (Buades, Coll, Morel 2005), windows 7 and 21, strength by the measured noise."""
    strength = min(MAX_DENOISE, 2 + 1.2 * sigma)  # JPEG hides noise from the measure: hence the 2
    return cv2.fastNlMeansDenoisingColored(photo, None, strength, strength, 7, 21)


def equalize(photo: np.ndarray) -> np.ndarray:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994): clip 2.0, 8×8 tiles, on L of Lab."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lab[:, :, 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def sharpen(photo: np.ndarray, amount: float = 0.35) -> np.ndarray:
    """Subtract ``amount`` of the Laplacian with one 3×3 kernel; 0.35 is light and leaves no halo."""
    kernel = amount * np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32)
    kernel[1, 1] += 1
    return cv2.filter2D(photo, -1, kernel)
