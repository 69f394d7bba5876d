"""CIE Lab: to it and back, and what its colours are: skin, vivid, neither."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture

Light = npt.NDArray[np.floating]
"""``(H, W)``: L of Lab, from 0 to 100."""
Lab = npt.NDArray[np.float32]
"""``(H, W, 3) float32`` CIE Lab: L from 0 to 100, a and b about ±100."""

VIVID = 45.0, 80.0
"""Chroma: below the first a colour may become lighter and stronger; from the second on it is vivid and stays as it is,
as there is no room for its folds beyond."""
PUREST, BRIGHTEST = (0.9, 0.97), (0.6, 1.0)
"""From where on `to_rgb` holds vivid colours back, and their limits: what the darkest channel lacks of luminance, over
luminance; the brightest channel, in linear light."""
FROM_LAB = np.array([[1 / 116, 1 / 116, 1 / 116], [1 / 500, 0, 0], [0, 0, -1 / 200]], np.float32)
FROM_XYZ = np.array([[3.0799, -1.5372, -0.5428], [-0.9212, 1.8760, 0.0452], [0.0529, -0.2040, 1.1512]], np.float32).T
"""The linear parts of the way from Lab to sRGB: to the cube roots of X, Y, Z over white's, and from there to light."""


def to_lab(picture: Picture) -> Lab:
    """CIE Lab of sRGB, ``(H, W, 3) float32``: L from 0 to 100, a and b about ±100."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def to_rgb(lab: Lab) -> Picture:
    """The inverse of `to_lab`. Vivid colours near the border of sRGB, and those beyond it, are brought inside, each by
    as much as it needs: clipped, the folds of a red shirt would be one red.
    """
    roots = lab.astype(np.float32) @ FROM_LAB + 16 / 116
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * (108 / 841))
    light, luminance = xyz @ FROM_XYZ, np.maximum(xyz[:, :, 1:2], 1e-6)
    purity = np.maximum(1 - light.min(axis=2, keepdims=True) / luminance, 1e-6)  # 1: a channel is at 0
    light = luminance + (light - luminance) * (_bent_below(purity, *PUREST) / purity)
    most = np.maximum(light.max(axis=2, keepdims=True), 1e-6)
    colour = np.clip(1 - light.min(axis=2, keepdims=True) / most, 0, 1) ** 2  # white stays white
    light = np.clip(light * (1 + colour * (_bent_below(most, *BRIGHTEST) / most - 1)), 0, 1)
    levels = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    return np.clip(np.rint(255 * levels), 0, 255).astype(np.uint8)


def _bent_below(values: npt.NDArray[np.float32], start: float, top: float) -> npt.NDArray[np.float32]:
    """Values as they are up to ``start``; from there on they rise ever more slowly, and stay below ``top``."""
    room = top - start
    return np.asarray(np.where(values > start, start + room * np.tanh((values - start) / room), values), np.float32)


def vivid(lab: Lab, factor: float, skin_factor: float) -> None:
    """Scale the chroma of a Lab picture in place; that of skin by ``skin_factor``, so that it does not turn orange.
    Vivid colours stay.
    """
    chroma, hue = chroma_and_hue(lab)
    factors = factor + (skin_factor - factor) * skin_of(chroma, hue)
    lab[:, :, 1:] *= (1 + (factors - 1) * (1 - vividness(chroma)))[:, :, None]


def chroma_and_hue(lab: Lab) -> tuple[Light, Light]:
    """Chroma, and hue in degrees from 0 to 360."""
    return np.hypot(lab[:, :, 1], lab[:, :, 2]), np.degrees(np.arctan2(lab[:, :, 2], lab[:, :, 1])) % 360


def skin_of(chroma: Light, hue: Light) -> Light:
    """How much each pixel has the colour of skin, 0 to 1."""
    return np.exp(-(((hue - 52) / 18) ** 2)) * np.clip((chroma - 8) / 6, 0, 1) * np.clip((52 - chroma) / 14, 0, 1)


def vividness(chroma: Light) -> Light:
    """How vivid a colour of this chroma is, 0 to 1."""
    return np.clip((chroma - VIVID[0]) / (VIVID[1] - VIVID[0]), 0, 1)
