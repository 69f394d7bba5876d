"""Mends the light and the colours of a photo: dark, flat, faded and noisy ones."""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture
from animegan.images.tones import Levels
from animegan.repair.quality import highlights_of, mean_exposure

GOOD_EXPOSURE, GOOD_HIGHLIGHTS = 0.42, 0.7
"""Where the exposure and the highlights of a dark photo are lifted to at most."""
MOST_LIFT = 2.3
"""The strongest lift: brightness to the power of one over this."""
BLACK = 0.02
"""As a part of full light: what lies below is lifted five times at most, as there is little but the
blocks of JPEG and the steps of eight bits."""
FADED_TO = 0.486
"""The level that fading leaves as it is, as a part of full light: black gets lighter, and white darker."""
MOST_TINT, MOST_STRETCH = 1.2, 1.45
"""The strongest correction of a faded print: of 74 prints by the recipe "old" none got worse (+ 0.6 to + 5 dB)."""
FULL_RANGE, MOST_SPREAD = 231.0, 1.8
"""Levels of 255 from the darkest to the brightest 0.5 % of a photo with good contrast; and how much a flat one is
spread at most. The drawings of 33 flattened photos came 2.8 dB nearer to those of the photos than by CLAHE alone, and
none of them less than 1.1 dB."""


def lift(photo: Picture) -> Picture:
    """Brighten a dark photo; see `lift_curve`."""
    return cast(Picture, cv2.LUT(photo, lift_curve(photo)))


def lift_curve(photo: Picture) -> npt.NDArray[np.uint8]:
    """Return the levels that brighten a dark photo, ``(256,)``: each to the power of ``1 / gamma``, with the gamma that
    brings its exposure to `GOOD_EXPOSURE` or its highlights to `GOOD_HIGHLIGHTS`, whichever comes first, but at most
    `MOST_LIFT`; less so near black (`BLACK`).
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    levels = ((mean_exposure(grey), GOOD_EXPOSURE), (highlights_of(grey), GOOD_HIGHLIGHTS))
    gamma = min(math.log(min(max(level, 1e-3), good)) / math.log(good) for level, good in levels)
    curve = (np.arange(256) / 255 + BLACK) ** (1 / min(gamma, MOST_LIFT))
    curve = 255 * (curve - curve[0]) / (curve[-1] - curve[0])
    return np.rint(curve).astype(np.uint8)


def unfade(photo: Picture) -> Picture:
    """Take the veil and the tint off an old print; see `unfade_curves`."""
    return cast(Picture, cv2.LUT(photo, unfade_curves(photo)[None]))


def unfade_curves(photo: Picture) -> npt.NDArray[np.uint8]:
    """Return the levels that take veil and tint off, ``(256, 3)``: the bright ends of the channels are brought
    together, then all are stretched around `FADED_TO`, until the darkest or the brightest 0.5 % are nearly black or
    white. Both by at most `MOST_TINT` and `MOST_STRETCH`, as not every scene has a white and a black. Green gains no
    more than the mean of red and blue: prints turn yellow, and a face as the brightest place has little green.
    """
    low, high = (np.quantile(photo.reshape(-1, 3), share, axis=0) / 255 for share in (0.005, 0.995))
    channels = np.minimum(high.max() / np.maximum(high, 0.05), MOST_TINT)
    channels[1] = min(channels[1], (channels[0] + channels[2]) / 2)
    darkest, brightest = float((low * channels).mean()), float((high * channels).mean())
    room = (FADED_TO - 0.02) / max(1e-3, FADED_TO - darkest), (0.98 - FADED_TO) / max(1e-3, brightest - FADED_TO)
    stretch = max(1.0, min(MOST_STRETCH, *room))
    levels = FADED_TO + (np.arange(256)[:, None] / 255 * channels - FADED_TO) * stretch
    return np.clip(np.rint(255 * levels), 0, 255).astype(np.uint8)


def denoise(photo: Picture, strength: float) -> Picture:
    """Non-local means (Buades, Coll, Morel 2005), windows 7 and 21; ``strength`` is their h, in levels of 255."""
    return cast(Picture, cv2.fastNlMeansDenoisingColored(photo, None, strength, strength, 7, 21))


def equalize(photo: Picture, curve: npt.NDArray[np.uint8] | None = None) -> Picture:
    """Give a flat photo contrast and colour: its levels are spread by ``curve`` (None: by `spread_curve`), and L of Lab
    gets contrast-limited adaptive histogram equalisation (Zuiderveld 1994): clip 2.0, 8×8 tiles.
    """
    lab = cv2.cvtColor(cv2.LUT(photo, spread_curve(photo) if curve is None else curve), cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lab[:, :, 0])
    return cast(Picture, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def spread_curve(photo: Picture) -> npt.NDArray[np.uint8]:
    """Return the levels that spread the tones of a flat photo, ``(256,)``, from nearly black to nearly white, but to at
    most `MOST_SPREAD` times their range.
    """
    return Levels.of(photo, 0.5, FULL_RANGE, MOST_SPREAD).curve
