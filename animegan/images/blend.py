"""Combines pictures: Poisson cloning, colour, guided filtering. All are ``(H, W, 3) uint8`` RGB."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Mask, Picture, to_uint8

Weights = npt.NDArray[np.float32]
"""``(H, W)``, 0 to 1."""

SOLVE_SIDE = 256
"""Pixels: the Poisson equation is solved at most at this size; its correction is smooth and can be enlarged."""
SOFTNESS = 0.02
"""In parts of the longer side: smaller details are blurred before the Poisson equation is solved. Two drawings of one
face place their lines slightly apart, and a line on the border would bleed into the clone."""


def feather(mask: Mask, width: float) -> Weights:
    """Soften a hard mask inwards: ``(H, W) float32``, 0 outside and at its edge, 1 from ``width`` px inside."""
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    ramp = np.clip((depth - 1) / max(1.0, width), 0, 1)
    return cast(Weights, ramp * ramp * (3 - 2 * ramp))  # smoothstep: no visible start or end


def poisson(painted: Picture, scene: Picture, mask: Mask) -> Picture:
    """Clone ``painted`` into ``scene`` where the hard ``mask`` is 255 (Pérez, Gangnet, Blake 2003).

    All have the same height and width. Only the correction, the smooth field that makes the borders agree, comes from
    `cv2.seamlessClone`, so a large face can be solved at `SOLVE_SIDE` pixels.
    """
    height, width = mask.shape
    scale = min(1.0, SOLVE_SIDE / max(height, width))
    size = max(3, round(width * scale)), max(3, round(height * scale))
    blur = SOFTNESS * max(size)
    small_painted, small_scene = (
        cv2.GaussianBlur(cv2.resize(p, size, interpolation=cv2.INTER_AREA), (0, 0), blur) for p in (painted, scene)
    )
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    # The mask for seamlessClone must not touch the picture's border, so the picture gets a wider border.
    small_painted, small_scene = (
        cv2.copyMakeBorder(p, 2, 2, 2, 2, cv2.BORDER_REPLICATE) for p in (small_painted, small_scene)
    )
    small_mask = cv2.copyMakeBorder(small_mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    x, y, wide, high = cv2.boundingRect(small_mask)
    if wide < 3 or high < 3:
        return painted
    # seamlessClone centres the mask's bounding rectangle on this point: the place where it already is.
    centre = x + wide // 2, y + high // 2
    # seamlessClone also writes into its mask, so it gets a copy.
    cloned = cv2.seamlessClone(small_painted, small_scene, small_mask.copy(), centre, cv2.NORMAL_CLONE)
    correction: npt.NDArray[np.float32] = cloned.astype(np.float32) - small_painted
    correction[small_mask == 0] = 0
    correction = correction[2:-2, 2:-2]
    if scale < 1:
        correction = cast(Weights, cv2.resize(correction, (width, height), interpolation=cv2.INTER_LINEAR))
    return to_uint8(painted + correction)


def mix(below: Picture, above: Picture, weight: Weights | float) -> Picture:
    """Return ``below + weight · (above − below)``; a weight over 1 extrapolates beyond ``above``."""
    if isinstance(weight, np.ndarray):
        weight = weight[:, :, None]
    base = below.astype(np.float32)
    return to_uint8(base + weight * (above - base))


def vividness(picture: Picture, factor: float) -> Picture:
    """Scale the chroma in YCbCr and keep the luma; with 1.0, return the picture itself."""
    if factor == 1.0:
        return picture
    ycc = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    chroma = (ycc[:, :, 1:].astype(np.float32) - 128) * factor + 128
    ycc[:, :, 1:] = to_uint8(chroma)
    return cast(Picture, cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))


def guided(picture: Picture, photo: Picture, radius: int = 4, eps: float = 1e-3) -> Picture:
    """Smooth the picture except at the photo's edges (He, Sun, Tang 2013); ``eps`` is for values in [0, 1].

    Each channel is guided by the same channel of the photo: with a colour guide and an ``eps`` of 1e-3 or less, OpenCV
    5.0.0 is 0.04 off the paper's formula on average and smears edges; with a grey guide it is exact.
    """
    smooth = np.empty_like(picture)
    for channel in range(3):
        guide, source = (p[:, :, channel].astype(np.float32) / 255 for p in (photo, picture))
        filtered = cv2.ximgproc.guidedFilter(guide, source, radius, eps)
        smooth[:, :, channel] = to_uint8(filtered * 255)
    return smooth


def enlarge(painted: Picture, small_photo: Picture, photo: Picture, radius: int = 2, eps: float = 4e-4) -> Picture:
    """Enlarge a painting of the small photo to the size of the photo, guided by the photo.

    The first step is the fast guided filter (He, Sun 2015): per channel, it computes the local linear coefficients that
    turn the small photo into its painting, and applies them at full size, so that edges are as crisp as the photo's. It
    cannot draw a line that the photo does not have. So its result is shrunk again, and what it lacks of the painting is
    enlarged (cubic) and added, which brings back the drawn outlines. ``eps`` is for values in [0, 1].
    """
    height, width = photo.shape[:2]
    small_size = painted.shape[1::-1]
    if small_size == (width, height):
        return painted
    window = (2 * radius + 1,) * 2
    result = np.empty_like(photo)
    for channel in range(3):
        guide, source = (p[:, :, channel].astype(np.float32) / 255 for p in (small_photo, painted))
        mean_guide, mean_source = cv2.blur(guide, window), cv2.blur(source, window)
        covariance = cv2.blur(guide * source, window) - mean_guide * mean_source
        variance = cv2.blur(guide * guide, window) - mean_guide**2
        slope = covariance / (variance + eps)
        offset = mean_source - slope * mean_guide
        slope, offset = (
            cv2.resize(cv2.blur(values, window), (width, height), interpolation=cv2.INTER_LINEAR)
            for values in (slope, 255 * offset)
        )
        slope *= photo[:, :, channel]
        slope += offset
        del offset
        missing = 255 * source - cv2.resize(slope, small_size, interpolation=cv2.INTER_AREA)
        slope += cv2.resize(missing, (width, height), interpolation=cv2.INTER_CUBIC)
        np.clip(np.rint(slope, out=slope), 0, 255, out=slope)
        result[:, :, channel] = slope
    return result
