"""Shows high dynamic range on a usual screen: BT.2020 with PQ or HLG (ITU-R BT.2100) becomes sRGB."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture, to_uint8
from animegan.images.tiles import by_strips

TRANSFERS = PQ, HLG = 16, 18
"""FFmpeg's numbers of the transfer functions."""
PAPER_WHITE = 203.0
"""cd/m²: the light of a white sheet of paper in HDR (ITU-R BT.2408); it becomes nearly white."""
PEAK = 1000.0
"""cd/m²: the brightest light that is told apart."""
TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
"""Linear BT.2020 to linear BT.709 (ITU-R BT.2087)."""
KEY = 1.6
"""Brings a grey card (18 %) back to where it was before Reinhard's curve."""

Floats = npt.NDArray[np.float32]


def to_srgb(pixels: npt.NDArray[np.uint16], transfer: int) -> Picture:
    """Convert ``(H, W, 3) uint16`` BT.2020 by PQ or HLG to ``(H, W, 3) uint8`` sRGB. Light above white is compressed by
    Reinhard's curve ("Photographic Tone Reproduction", 2002, equation 4), on the strongest channel, so that hues stay.
    """
    return by_strips(pixels.shape, lambda rows: _strip_to_srgb(pixels[rows], transfer))


def _strip_to_srgb(pixels: npt.NDArray[np.uint16], transfer: int) -> Picture:
    light = np.take(_linear(transfer), pixels >> 4)  # 1 is white
    if transfer == HLG:  # the display's gamma of 1.2 on the luminance, BT.2100 table 5
        luminance = light @ np.array([0.2627, 0.6780, 0.0593], np.float32)
        light = light * np.power(np.maximum(luminance * PAPER_WHITE / PEAK, 1e-6), 0.2)[:, :, None]
    light = np.maximum(cv2.transform(light, TO_BT709), 0)
    strongest = np.maximum(light.max(axis=2, keepdims=True), 1e-6)
    peak = PEAK / PAPER_WHITE
    # Up to white the curve is nearly straight: it begins at the slope 1 and ends with the peak at 1.
    light *= (1 + strongest / peak**2) / (1 + strongest) * KEY
    picture: Picture = np.take(_srgb(), np.clip(light * 4095 + 0.5, 0, 4095).astype(np.uint16))
    return picture


@cache
def _linear(transfer: int) -> Floats:
    """Return light by 12-bit value, 1 for white: the transfer's inverse."""
    value = np.arange(4096) / 4095
    if transfer == PQ:  # BT.2100 table 4
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = value ** (1 / m2)
        nits = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    else:  # BT.2100 table 5
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        nits = PEAK * np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
    return (nits / PAPER_WHITE).astype(np.float32)


@cache
def _srgb() -> Picture:
    """Return the sRGB value by 12-bit light."""
    light = np.arange(4096) / 4095
    return to_uint8(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))
