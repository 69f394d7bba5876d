"""Patterns that lie on a finished drawing: dots of a screentone, the grain of paper. ``(H, W, 3) uint8`` RGB.

A pattern is no drawing: a network that learned one would blur it, and no two tiles or frames would agree on it.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Finish = Callable[[np.ndarray, float], np.ndarray]

PERIOD = 5.0
"""Pixels between the dots of a screentone, at the size at which a scene is painted."""
BLACK, WHITE = 0.30, 0.92
"""Tones beyond which there is no dot, of values in [0, 1]."""
GRAINS = (1.2, 3.0)
"""Pixels: the sizes of the paper's grain, as `PERIOD` counts them."""
GRAIN = 0.02
"""How far the paper's grain lightens and darkens: its standard deviation, as a part of the light."""


def screentone(picture: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Every grey between black and white in dots at 45° whose size says how dark it is.

    ``scale`` is the size of the picture over that at which it was drawn: the dots grow with it.
    """
    tone = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    height, width = tone.shape
    step = np.float32(np.pi * np.sqrt(2) / (PERIOD * scale))
    down, across = (np.cos(step * np.arange(length, dtype=np.float32)) for length in (height, width))
    # cos(x + y) + cos(x − y) = 2 cos x cos y: a wave along each diagonal, from one along each side.
    wave = 0.5 + 0.5 * np.multiply.outer(down, across)
    light = np.clip((tone - BLACK) / (WHITE - BLACK), 0, 1)
    wave += light * 0.98 - 0.98
    dots = np.clip(0.5 + wave * (4 * scale), 0, 1, out=wave)
    between = np.clip((tone - BLACK) / 0.1, 0, 1) * np.clip((WHITE - tone) / 0.08, 0, 1)
    tone[tone >= WHITE - 0.04] = 1
    tone += between * (dots - tone)
    return cv2.cvtColor(np.rint(255 * tone).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def paper(picture: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """The grain of watercolour paper at two sizes; the same for every picture of the same size. For ``scale`` see
    `screentone`.
    """
    height, width = picture.shape[:2]
    rng = np.random.default_rng(0)
    grain = np.zeros((height, width), np.float32)
    for size in GRAINS:
        cell = size * scale
        small = rng.standard_normal((int(height / cell) + 2, int(width / cell) + 2), np.float32)
        small = cv2.GaussianBlur(small, (0, 0), 0.8)
        grain += cv2.resize(small / small.std(), (width, height), interpolation=cv2.INTER_CUBIC)
    grain *= GRAIN / np.sqrt(len(GRAINS))
    grain += 1
    return np.clip(np.rint(picture * grain[:, :, None]), 0, 255).astype(np.uint8)


FINISHES: dict[str, Finish] = {"screentone": screentone, "paper": paper}
"""By the name that a style says."""
