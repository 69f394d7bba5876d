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
FADE_SHARE = 0.35
"""No cut but a fade: other brightness and contrast leave no more than this part of the picture's own contrast
unexplained."""
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
        self._small: Picture | None = None
        self.cuts = 0
        """Number of cuts so far."""

    def follow(self, picture: Picture) -> Motion | None:
        """Return the motion to the next frame, ``(H, W, 3) uint8``, from the frame given last; None: it is the first
        one, or the first after a cut.
        """
        grey = np.asarray(cv2.cvtColor(shrink(picture, FLOW_SIDE), cv2.COLOR_RGB2GRAY), np.uint8)
        before, self._before = self._before, grey
        small_before, self._small = self._small, shrink(picture, SMALL_SIDE)
        if before is None or small_before is None:
            return None
        flow = cast(Floats, self._flow.calc(grey, before, None))
        motion = Motion(flow, np.ones(grey.shape, np.float32))
        expected = _resized(flow, *self._small.shape[:2])
        left, relit, contrast = _changes(Motion(expected, expected[..., 0]).carry(small_before), self._small)
        without = float(np.abs(self._small.astype(np.float32) - small_before).mean())
        if left > CUT_LEVELS and left > CUT_SHARE * without and relit > FADE_SHARE * contrast:
            self.cuts += 1
            return None
        difference = np.asarray(cv2.absdiff(motion.carry(before), grey), np.uint8)
        # What was brighter as a whole, as in a fade, is no prediction.
        trust = _trust(difference, motion.places) * float(np.clip(1 - (left - relit - 1) / CUT_LEVELS, 0, 1))
        height, width = picture.shape[:2]
        return Motion(_resized(flow, height, width), resize(trust, width, height))


def _resized(flow: Floats, height: int, width: int) -> Floats:
    """Return the flow of the same motion in a picture of another size."""
    scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    return cast(Floats, resize(flow, width, height) * scale)


def _changes(expected: Array, picture: Picture) -> tuple[float, float, float]:
    """Return the mean difference of colours to what was expected, in levels; what is left of it with the brightness and
    contrast that fit best; and the picture's own contrast.
    """
    x, y = (each.astype(np.float32).ravel() for each in (expected, picture))
    difference = float(np.abs(y - x).mean())
    x, y = x - x.mean(), y - y.mean()
    gain = max(0.0, float(x @ y) / max(1e-6, float(x @ x)))
    return difference, float(np.abs(y - gain * x).mean()), float(np.abs(y).mean())


def _trust(difference: Picture, places: Floats) -> Floats:
    """Return trust by the difference to the prediction: noise, which is everywhere, is no reason for doubt."""
    around = cast(Floats, cv2.boxFilter(difference, cv2.CV_32F, (2 * DOUBT + 1,) * 2))
    usual = float(np.median(around[::4, ::4]))
    trust = np.clip((2.5 * usual + 8 - around) / (usual + 6), 0, 1)
    height, width = difference.shape
    x, y = places[:, :, 0], places[:, :, 1]
    trust[(x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)] = 0
    return trust.astype(np.float32)
