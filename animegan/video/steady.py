"""Keeps a drawn clip from flickering."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture
from animegan.video.motion import Motion

KEPT_OF_CLIP, KEPT_OF_CHANGE = 0.6, 0.6
"""How much of what the frame before predicts is kept, where it can be trusted: of the clip itself, and of what the
drawing added to it. On a noisy clip from a hand, drawn by `anime`, the warp error falls from 1.00 to 0.47 times that of
the clip, and 97.6 % of the sharpness stays (``python benchmarks/flicker.py --style anime --kind handheld --frames 8``).
Blending the drawings themselves costs 8 % of it or more."""

Floats = npt.NDArray[np.float32]


class Calm:
    """Averages a clip along its motion: what it yields has less noise, and is what gets drawn."""

    def __init__(self) -> None:
        self._before: Floats | None = None

    def average(self, picture: Picture, motion: Motion | None) -> Picture:
        """Return the next frame, ``(H, W, 3) uint8``, with less noise; ``motion`` None: it begins a new scene."""
        now: Floats = picture.astype(np.float32)
        if motion is not None and self._before is not None:
            # Cubic, because an average of bilinear ones gets blurred from frame to frame.
            now = _mixed(now, motion.carry(self._before, cv2.INTER_CUBIC), motion, KEPT_OF_CLIP)
        self._before = now
        return _to_picture(now)


class Steady:
    """Blends what was added to each frame, the drawing less the photo, with that of the frame before.

    Edges come from the photo, so they stay sharp, which a blend of the drawings themselves would blur.
    """

    def __init__(self) -> None:
        self._before: Floats | None = None

    def blend(self, drawn: Picture, picture: Picture, motion: Motion | None) -> Picture:
        """Return the drawing of the next frame; ``picture`` is what was drawn. Both are ``(H, W, 3) uint8``."""
        base = picture.astype(np.float32)
        change: Floats = drawn - base
        if motion is not None and self._before is not None:
            change = _mixed(change, motion.carry(self._before), motion, KEPT_OF_CHANGE)
        self._before = change
        return _to_picture(base + change)


def _mixed(now: Floats, before: Floats, motion: Motion, kept: float) -> Floats:
    """Mix this frame with the one before, where that can be trusted."""
    share = kept * motion.trust
    return cast(Floats, cv2.blendLinear(before, now, share, 1 - share))


def _to_picture(values: Floats) -> Picture:
    return cast(Picture, cv2.convertScaleAbs(np.maximum(values, 0)))  # rounds, and ends at 255
