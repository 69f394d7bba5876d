"""Combines pictures: Poisson cloning, colour, guided filtering."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Mask, Picture, to_uint8
from animegan.images.tiles import around, by_strips

Weights = npt.NDArray[np.float32]
"""``(H, W)``, 0 to 1."""

SOLVE_SIDE = 256
"""Pixels: the Poisson equation is solved at most at this size; its correction is smooth and can be enlarged."""
SOFTNESS = 0.02
"""σ of a blur before the Poisson equation is solved, in parts of the longer side: a line on the border would bleed into
the clone."""


def feather(mask: Mask, width: float) -> Weights:
    """Soften a hard mask inwards: ``(H, W) float32``, 0 outside and at its edge, 1 from ``width`` px inside."""
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    ramp = np.clip((depth - 1) / max(1.0, width), 0, 1)
    return cast(Weights, ramp * ramp * (3 - 2 * ramp))  # smoothstep: no visible start or end


def poisson(painted: Picture, scene: Picture, mask: Mask) -> Picture:
    """Clone ``painted`` into ``scene`` where the hard ``mask`` is 255 (Pérez, Gangnet, Blake 2003); all have one size.

    Only the correction, the smooth field that makes the borders agree, is solved at `SOLVE_SIDE` pixels and enlarged.
    """
    height, width = mask.shape
    scale = min(1.0, SOLVE_SIDE / max(height, width))
    size = max(3, round(width * scale)), max(3, round(height * scale))
    blur = SOFTNESS * max(size)

    def small(picture: Picture) -> Picture:
        shrunk = cv2.GaussianBlur(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), (0, 0), blur)
        return cast(Picture, cv2.copyMakeBorder(shrunk, 2, 2, 2, 2, cv2.BORDER_REPLICATE))

    # The mask for seamlessClone must not touch the picture's border, so everything gets a wider border.
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    small_mask = cv2.copyMakeBorder(small_mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    x, y, wide, high = cv2.boundingRect(small_mask)
    if wide < 3 or high < 3:
        return painted
    source, centre = small(painted), (x + wide // 2, y + high // 2)  # where the mask's rectangle already is
    # seamlessClone writes into its mask, so it gets a copy.
    cloned = cv2.seamlessClone(source, small(scene), small_mask.copy(), centre, cv2.NORMAL_CLONE)
    correction: npt.NDArray[np.float32] = cloned.astype(np.float32) - source
    correction[small_mask == 0] = 0
    correction = correction[2:-2, 2:-2]
    if scale < 1:
        correction = cast(Weights, cv2.resize(correction, (width, height), interpolation=cv2.INTER_LINEAR))
    return to_uint8(painted + correction)


def mix(below: Picture, above: Picture, weight: Weights | float) -> Picture:
    """Return ``below + weight · (above − below)``; a weight over 1 extrapolates beyond ``above``."""

    def mixed(rows: slice) -> Picture:
        share = weight[rows, :, None] if isinstance(weight, np.ndarray) else weight
        base = below[rows].astype(np.float32)
        return to_uint8(base + share * (above[rows] - base))

    return by_strips(below.shape, mixed)


def vividness(picture: Picture, factor: float) -> Picture:
    """Scale the chroma in YCbCr and keep the luma; with 1.0, return the picture itself."""
    if factor == 1.0:
        return picture

    def scaled(rows: slice) -> Picture:
        ycc = cv2.cvtColor(picture[rows], cv2.COLOR_RGB2YCrCb)
        ycc[:, :, 1:] = to_uint8((ycc[:, :, 1:].astype(np.float32) - 128) * factor + 128)
        return cast(Picture, cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))

    return by_strips(picture.shape, scaled)


def guided(picture: Picture, photo: Picture, radius: int = 4, eps: float = 1e-3) -> Picture:
    """Smooth the picture except at the photo's edges (He, Sun, Tang 2013); ``eps`` is for values in [0, 1]. Each
    channel is guided by the same one of the photo, as OpenCV smears edges with a colour guide.
    """

    def smooth(rows: slice) -> Picture:
        seen, inner = around(rows, 2 * radius, len(picture))  # the mean of means sees twice the radius
        channels = []
        for channel in range(3):
            guide, source = (each[seen, :, channel].astype(np.float32) / 255 for each in (photo, picture))
            channels.append(to_uint8(cv2.ximgproc.guidedFilter(guide, source, radius, eps) * 255))
        return np.dstack(channels)[inner]

    return by_strips(picture.shape, smooth)
