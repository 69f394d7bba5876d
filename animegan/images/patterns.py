"""Patterns added to a finished drawing: screentone dots and paper grain. Networks would blur them, and tiles and frames
would not match.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture, to_uint8
from animegan.images.sizes import PAINT_SIDE
from animegan.images.tiles import around, by_strips

Floats = npt.NDArray[np.float32]
Finish = Callable[[Picture, float], Picture]
"""Takes a drawing and its scale: its size over the size at which it was drawn. The pattern grows with it."""

PERIOD = 3.2
"""Pixels between the dots of a screentone, at a scale of 1."""
DARKEST_DOTS, LIGHTEST_DOTS = 0.30, 0.92
"""Darker and lighter tones, of values in [0, 1], have no dots."""
LINES = 1.2
"""Pixels: σ of a blur at a scale of 1. What differs from it is a line or an edge, and is drawn in ink."""
LEAST_LINE, SURE_LINE = 0.02, 0.06
"""So far from the blur, of values in [0, 1], ink begins to take the place of dots, and has taken it."""
CONTRAST = 10.0
"""How many times as far ink is from grey."""
GRAINS, GRAIN = (2.2, 5.0), 0.018
"""Pixels: the two sizes of paper grain, at a scale of 1; and its standard deviation, relative to the brightness."""
KEPT = PAINT_SIDE**2
"""Pixels: the grain of pictures up to this size is kept, as the frames of a clip share it."""


def screentone(picture: Picture, scale: float = 1.0) -> Picture:
    """Turn greys into dots at 45°: the darker, the larger. Black and white stay, and lines become ink: no dot goes
    through an eye. See `Finish`.
    """
    sigma = LINES * scale
    reach = math.ceil(4 * sigma) + 1  # pixels that the blur sees
    step = np.float32(np.pi * np.sqrt(2) / (PERIOD * scale))
    down, across = (np.cos(step * np.arange(length, dtype=np.float32)) for length in picture.shape[:2])

    def dotted(rows: slice) -> Picture:
        seen, inner = around(rows, reach, len(picture))
        grey = cv2.cvtColor(picture[seen], cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        tone, line = grey[inner], (grey - cv2.GaussianBlur(grey, (0, 0), sigma))[inner]
        ink = np.clip(CONTRAST * line + tone, 0, 1)
        is_line = np.clip((np.abs(line) - LEAST_LINE) / (SURE_LINE - LEAST_LINE), 0, 1)
        # cos(x + y) + cos(x − y) = 2 cos x cos y: a wave along each diagonal from one along each axis.
        wave = 0.5 + 0.5 * np.multiply.outer(down[rows], across)
        light = np.clip((tone - DARKEST_DOTS) / (LIGHTEST_DOTS - DARKEST_DOTS), 0, 1)
        wave += light * 0.98 - 0.98
        dots = np.clip(0.5 + wave * (4 * scale), 0, 1, out=wave)
        is_grey = np.clip((tone - DARKEST_DOTS) / 0.1, 0, 1) * np.clip((LIGHTEST_DOTS - tone) / 0.08, 0, 1)
        tone[tone >= LIGHTEST_DOTS - 0.04] = 1
        tone += is_grey * (dots - tone)
        tone += is_line * (ink - tone)
        return np.asarray(cv2.cvtColor(np.rint(255 * tone).astype(np.uint8), cv2.COLOR_GRAY2RGB), np.uint8)

    return by_strips(picture.shape, dotted)


def paper(picture: Picture, scale: float = 1.0) -> Picture:
    """Add the grain of watercolour paper, the same in every picture. See `Finish`."""
    height, width = picture.shape[:2]
    if height * width <= KEPT:
        return to_uint8(picture * _kept_grain(height, width, scale)[:, :, None])
    layers = _layers(height, width, scale)
    return by_strips(picture.shape, lambda rows: to_uint8(picture[rows] * _grain(layers, height, rows)[:, :, None]))


def _layers(height: int, width: int, scale: float) -> list[Floats]:
    """Return what each size of grain adds to the brightness, ``(n, W)``: of the picture's width, but not yet enlarged
    to its height.
    """
    layers = []
    for seed, size in enumerate(GRAINS):
        cell = size * scale
        noise = _noise(int(height / cell) + 2, int(width / cell) + 2, seed)
        soft = cv2.GaussianBlur(noise, (0, 0), 0.8)
        small = soft - np.roll(soft, (1, 1), (0, 1))  # bumps in a light from the top left
        small *= GRAIN / np.sqrt(len(GRAINS)) / small.std()
        layers.append(np.asarray(cv2.resize(small, (width, len(small)), interpolation=cv2.INTER_CUBIC), np.float32))
    return layers


def _grain(layers: list[Floats], height: int, rows: slice) -> Floats:
    """Return the factors by which paper changes the brightness of some rows of a picture of ``height`` pixels: the
    layers enlarged as by `cv2.INTER_CUBIC`, which only enlarges whole pictures.
    """
    grain: Floats = np.ones((rows.stop - rows.start, layers[0].shape[1]), np.float32)
    for layer in layers:
        place = (np.arange(rows.start, rows.stop) + 0.5) * len(layer) / height - 0.5
        first = np.floor(place).astype(int)
        for step in (-1, 0, 1, 2):
            weight = _cubic(place - first - step).astype(np.float32)
            grain += weight[:, None] * layer[np.clip(first + step, 0, len(layer) - 1)]
    return grain


@lru_cache(maxsize=4)
def _kept_grain(height: int, width: int, scale: float) -> Floats:
    return _grain(_layers(height, width, scale), height, slice(0, height))


def _cubic(away: npt.NDArray[np.float64], a: float = -0.75) -> npt.NDArray[np.float64]:
    """Return the weights of cubic interpolation (Keys 1981) for samples so far away, ``a`` as in OpenCV."""
    x = np.abs(away)
    return np.where(x < 1, ((a + 2) * x - (a + 3)) * x**2 + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a)


def _noise(rows: int, columns: int, layer: int) -> Floats:
    """Return even noise of -1 to 1: a hash of each place, as the embedded page has it. The last steps are the finaliser
    of MurmurHash3 (Appleby 2011).
    """
    place = np.arange(max(rows, columns), dtype=np.uint32)
    seed = np.uint32((layer + 1) * 0xC2B2AE3D % 2**32)
    down, across = place[:rows, None] * np.uint32(0x85EBCA77), place[:columns] * np.uint32(0x9E3779B1)
    value = across ^ down ^ seed
    value = (value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    value = (value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    value ^= value >> np.uint32(16)
    return value.astype(np.float32) / np.float32(2**31) - 1


FINISHES: dict[str, Finish] = {"screentone": screentone, "paper": paper}
"""Finishes by the name that a style gives."""
