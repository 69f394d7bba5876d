"""Removes the noise and the grain that the restorer leaves."""

from __future__ import annotations

from typing import cast

import cv2

from animegan.images.resize import Picture
from animegan.repair.quality import Quality
from animegan.repair.thresholds import REPAIR
from animegan.words.messages import Message


def noise_left(before: Quality, after: Quality) -> tuple[Message | None, float]:
    """Return the noise or grain that a photo has kept through the restorer, and how strongly `denoise` removes it."""
    if before.noisy and after.noise > REPAIR.noise_left:
        return Message("noise-left", noise=after.noise), min(REPAIR.most_strength, 1 + 1.2 * after.noise)
    if before.grainy and before.grain > REPAIR.strong_grain and after.grain > REPAIR.grain_left:
        return Message("grain-left", grain=after.grain), REPAIR.grain_strength
    return None, 0.0


def denoise(photo: Picture, strength: float) -> Picture:
    """Non-local means (Buades, Coll, Morel 2005), windows 7 and 21; ``strength`` is their h, in levels of 255."""
    return cast(Picture, cv2.fastNlMeansDenoisingColored(photo, None, strength, strength, 7, 21))
