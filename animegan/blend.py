"""Putting pictures together: Poisson cloning, colour, guided filtering. All are ``(H, W, 3) uint8`` RGB."""

from __future__ import annotations

import cv2
import numpy as np

SOLVE_SIDE = 256
"""Pixels: the Poisson equation is solved at most at this size; its correction is smooth and scales."""
SOFTNESS = 0.02
"""Of the longer side: details smaller than this do not take part in the Poisson equation. Two drawings of one
face lay their lines a little apart, and a line on the border would bleed into the clone."""


def feather(mask: np.ndarray, width: float) -> np.ndarray:
    """Soften a hard mask inwards: ``(H, W) float32``, 0 at its edge and outside, 1 from ``width`` px in on."""
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    ramp = np.clip((depth - 1) / max(1.0, width), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)  # smoothstep: no visible start or end


def poisson(painted: np.ndarray, scene: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Clone ``painted`` into ``scene`` where the hard ``mask`` is 255 (Pérez, Gangnet, Blake 2003).

    All have the same height and width. Only the correction, the smooth field that makes the borders
    agree, is taken from `cv2.seamlessClone`; so a large face is solved at `SOLVE_SIDE` pixels.
    """
    height, width = mask.shape
    scale = min(1.0, SOLVE_SIDE / max(height, width))
    size = max(3, round(width * scale)), max(3, round(height * scale))
    blur = SOFTNESS * max(size)
    small_painted, small_scene = (
        cv2.GaussianBlur(cv2.resize(p, size, interpolation=cv2.INTER_AREA), (0, 0), blur) for p in (painted, scene)
    )
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    # The clone wants a mask that keeps clear of the picture's border: so the picture is given a wider one.
    small_painted, small_scene = (
        cv2.copyMakeBorder(p, 2, 2, 2, 2, cv2.BORDER_REPLICATE) for p in (small_painted, small_scene)
    )
    small_mask = cv2.copyMakeBorder(small_mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    x, y, wide, high = cv2.boundingRect(small_mask)
    if wide < 3 or high < 3:
        return painted
    # The clone centres the mask's bounding rectangle on this point: exactly where it already is.
    centre = x + wide // 2, y + high // 2
    # It also writes into the mask that it is given: hence the copy.
    cloned = cv2.seamlessClone(small_painted, small_scene, small_mask.copy(), centre, cv2.NORMAL_CLONE)
    correction = cloned.astype(np.float32) - small_painted
    correction[small_mask == 0] = 0
    correction = correction[2:-2, 2:-2]
    if scale < 1:
        correction = cv2.resize(correction, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.rint(painted + correction), 0, 255).astype(np.uint8)


def mix(below: np.ndarray, above: np.ndarray, weight: np.ndarray | float) -> np.ndarray:
    """``below + weight · (above − below)``; a weight over 1 goes on beyond ``above``."""
    if isinstance(weight, np.ndarray):
        weight = weight[:, :, None]
    base = below.astype(np.float32)
    return np.clip(np.rint(base + weight * (above - base)), 0, 255).astype(np.uint8)


def vividness(picture: np.ndarray, factor: float) -> np.ndarray:
    """Scale the chroma in YCbCr, light untouched; 1.0 gives the picture itself."""
    if factor == 1.0:
        return picture
    ycc = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    chroma = (ycc[:, :, 1:].astype(np.float32) - 128) * factor + 128
    ycc[:, :, 1:] = np.clip(np.rint(chroma), 0, 255).astype(np.uint8)
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB)


def guided(picture: np.ndarray, photo: np.ndarray, radius: int = 4, eps: float = 1e-3) -> np.ndarray:
    """Smooth the picture but for the photo's edges (He, Sun, Tang 2013); ``eps`` for values in [0, 1].

    Each channel is led by its own: with a colour guide and an ``eps`` of 1e-3 or less, OpenCV 5.0.0
    is 0.04 off the paper's formula on average and smears edges; with a grey guide it is exact.
    """
    smooth = np.empty_like(picture)
    for channel in range(3):
        guide, source = (p[:, :, channel].astype(np.float32) / 255 for p in (photo, picture))
        filtered = cv2.ximgproc.guidedFilter(guide, source, radius, eps)
        smooth[:, :, channel] = np.clip(np.rint(filtered * 255), 0, 255)
    return smooth


def enlarge(
    painted: np.ndarray, small_photo: np.ndarray, photo: np.ndarray, radius: int = 2, eps: float = 4e-4
) -> np.ndarray:
    """Bring a painting of the small photo up to the size of the photo, led by the photo.

    First the fast guided filter (He, Sun 2015): per channel, local linear coefficients that turn the
    small photo into its painting are computed small and applied large, so that edges come back as
    crisp as the photo's. It knows no line that the photo does not have; so what its result, made
    small again, lacks of the painting is brought up (cubic) and added: the drawn outlines are back.
    ``eps`` is for values in [0, 1].
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
        lacking = 255 * source - cv2.resize(slope, small_size, interpolation=cv2.INTER_AREA)
        slope += cv2.resize(lacking, (width, height), interpolation=cv2.INTER_CUBIC)
        np.clip(np.rint(slope, out=slope), 0, 255, out=slope)
        result[:, :, channel] = slope
    return result
