"""Keeps a drawn clip from flickering. See docs/video.md#measured."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np

from animegan.images.mattes import Matte
from animegan.images.resize import Picture, to_uint8
from animegan.video.motion import Floats, Motion

KEPT = 0.6
"""How much of what the frame before predicts is kept, where it can be trusted."""


class Calm:
    """Averages a clip along its motion: what it yields has less noise, and is what gets drawn."""

    def __init__(self) -> None:
        self._before: Floats | None = None

    def average(self, picture: Picture, motion: Motion | None) -> Picture:
        """Return the next frame, ``(H, W, 3) uint8``, with less noise; ``motion`` None: it begins a new scene."""
        # Cubic, because an average of bilinear ones gets blurred from frame to frame.
        self._before = _mixed(picture.astype(np.float32), self._before, motion, cv2.INTER_CUBIC)
        return to_uint8(self._before)


class SteadyMatte:
    """Averages the mattes of a clip's people along its motion."""

    def __init__(self) -> None:
        self._before: Floats | None = None

    def average(self, matte: Matte, motion: Motion | None) -> Matte:
        """Return the matte of the next frame, ``(H, W)``; ``motion`` None: it begins a new scene."""
        self._before = _mixed(matte, self._before, motion, cv2.INTER_LINEAR)
        return cast(Matte, self._before)


class Steady:
    """Blends what was added to each frame, the drawing less the photo, with that of the frame before: edges come from
    the photo, so they stay sharp.
    """

    def __init__(self) -> None:
        self._before: Floats | None = None

    def blend(self, drawn: Picture, picture: Picture, motion: Motion | None) -> Picture:
        """Return the drawing of the next frame; ``picture`` is what was drawn. Both are ``(H, W, 3) uint8``."""
        base = picture.astype(np.float32)
        self._before = _mixed(drawn - base, self._before, motion, cv2.INTER_LINEAR)
        return to_uint8(base + self._before)


def _mixed(now: Floats, before: Floats | None, motion: Motion | None, interpolation: int) -> Floats:
    """Mix this frame with the one before, where that can be trusted."""
    if before is None or motion is None:
        return now
    share = KEPT * motion.trust
    mixed: Any = cv2.blendLinear(motion.carry(before, interpolation), now, share, 1 - share)
    return mixed
