"""Follows the motion from each frame of a clip to the next, and notices cuts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Array, Picture, resize, shrink

FLOW_SIDE = 640
"""Pixels: motion is measured on copies with at most this long side."""
SMALL_SIDE = 160
"""Pixels: cuts are looked for on copies with this long side."""
CUT_LEVELS, CUT_SHARE = 14.0, 0.5
"""A cut: what the motion leaves unexplained is above the first, in levels, and above this part of what differs without
any motion. A pan differs as much as a cut, but its motion explains it."""
DOUBT = 3
"""Pixels: the difference between a frame and its prediction is averaged over this far around."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Motion:
    """Where each pixel of a frame was in the frame before."""

    flow: Floats
    """``(H, W, 2)``: the pixel at (x, y) was at (x, y) + flow."""
    trust: Floats
    """``(H, W)``, from 0 to 1: how well the frame before predicts this one there."""

    @cached_property
    def places(self) -> Floats:
        """``(H, W, 2)``: the positions in the frame before, as `cv2.remap` takes them."""
        return _grid(*self.flow.shape[:2]) + self.flow

    def carry(self, before: Array, interpolation: int = cv2.INTER_LINEAR) -> Array:
        """Move something of the frame before, ``(H, W, …)``, to where it is now; ``interpolation`` is OpenCV's."""
        nothing: Any = None
        return cv2.remap(before, self.places, nothing, interpolation, borderMode=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=4)  # every frame of a clip takes the same
def _grid(height: int, width: int) -> Floats:
    """Return ``(H, W, 2)``: x and y of each pixel."""
    return np.indices((height, width), np.float32)[::-1].transpose(1, 2, 0).copy()


class Follower:
    """Measures the motion between the frames of a clip by DIS optical flow (Kroeger et al. 2016)."""

    def __init__(self) -> None:
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: npt.NDArray[np.uint8] | None = None
        self.cuts = 0
        """Number of cuts so far."""

    def follow(self, picture: Picture) -> Motion | None:
        """Return the motion to the next frame, ``(H, W, 3) uint8``, from the frame given last; None: it is the first
        one, or the first after a cut.
        """
        grey = np.asarray(cv2.cvtColor(shrink(picture, FLOW_SIDE), cv2.COLOR_RGB2GRAY), np.uint8)
        before, self._before = self._before, grey
        if before is None:
            return None
        flow = cast(Floats, self._flow.calc(grey, before, None))
        motion = Motion(flow, np.ones(grey.shape, np.float32))
        difference = np.asarray(cv2.absdiff(motion.carry(before), grey), np.uint8)
        still = np.asarray(cv2.absdiff(before, grey), np.uint8)
        left, without = (float(shrink(each, SMALL_SIDE).mean()) for each in (difference, still))
        if left > CUT_LEVELS and left > CUT_SHARE * without:
            self.cuts += 1
            return None
        height, width = picture.shape[:2]
        scale = np.array([width / grey.shape[1], height / grey.shape[0]], np.float32)
        trust = _trust(difference, motion.places)
        return Motion(resize(flow, width, height) * scale, resize(trust, width, height))


def _trust(difference: Picture, places: Floats) -> Floats:
    """Return trust by the difference to the prediction: noise, which is everywhere, is no reason for doubt."""
    around = cast(Floats, cv2.boxFilter(difference, cv2.CV_32F, (2 * DOUBT + 1,) * 2))
    usual = float(np.median(around[::4, ::4]))
    trust = np.clip((2.5 * usual + 8 - around) / (usual + 6), 0, 1)
    height, width = difference.shape
    x, y = places[:, :, 0], places[:, :, 1]
    trust[(x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)] = 0
    return trust.astype(np.float32)
