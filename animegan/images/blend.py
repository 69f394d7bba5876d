"""Combines pictures: Poisson cloning, colour, guided filtering."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Mask, Picture, to_uint8
from animegan.images.tiles import around, by_strips
from animegan.images.tones import brightest, darkest

Weights = npt.NDArray[np.float32]
"""``(H, W)``, 0 to 1."""

SOLVE_SIDE = 256
"""Pixels: the Poisson equation is solved at most at this size; its correction is smooth and can be enlarged."""
LUMA: npt.NDArray[np.float32] = np.array([0.299, 0.587, 0.114], np.float32)
"""Shares of red, green and blue in light (BT.601)."""
LIKENESS, LIGHT = 7.0, 0.35
"""What counts as one colour: a σ in levels of Cr and Cb, and what a level of light is worth there."""
FEW, PLACES = 3.0, 48
"""So many places on a border, of as many as are compared, must have a colour for it to be trusted by half."""
GREY, COLOURED, AROUND = 4.0, 12.0, 5
"""Levels between the channels of a pixel that is grey, as after a JPEG, and of one that has a colour; pixels around."""
SOFTNESS = 0.02
"""σ of a blur before the Poisson equation is solved, in parts of the longer side: a line on the border would bleed into
the clone."""


def feather(mask: Mask, width: float) -> Weights:
    """Soften a hard mask inwards: ``(H, W) float32``, 0 outside and at its edge, 1 from ``width`` px inside."""
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    ramp = np.clip((depth - 1) / max(1.0, width), 0, 1)
    return cast(Weights, ramp * ramp * (3 - 2 * ramp))  # smoothstep: no visible start or end


def poisson(painted: Picture, scene: Picture, mask: Mask) -> Picture:
    """Clone ``painted`` into ``scene`` where the hard ``mask`` is 255; all have one size. Colours become those of the
    scene where the border has them (`_recoloured`); then only the light is cloned (Pérez, Gangnet, Blake 2003), or a
    wall would dye the face before it.

    Only the correction, which is smooth, is made at `SOLVE_SIDE` pixels and enlarged.
    """
    height, width = mask.shape
    scale = min(1.0, SOLVE_SIDE / max(height, width))
    size = max(3, round(width * scale)), max(3, round(height * scale))

    def small(picture: Picture, blur: float = SOFTNESS * max(size)) -> Picture:
        shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        shrunk = cv2.GaussianBlur(shrunk, (0, 0), blur) if blur else shrunk
        return cast(Picture, cv2.copyMakeBorder(shrunk, 2, 2, 2, 2, cv2.BORDER_REPLICATE))

    # The mask for seamlessClone must not touch the picture's border, so everything gets a wider border.
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    small_mask = cast(Mask, cv2.copyMakeBorder(small_mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0))
    x, y, wide, high = cv2.boundingRect(small_mask)
    if wide < 3 or high < 3:
        return painted
    source, target = small(painted), small(scene)
    recoloured = _recoloured(source, target, small(scene, 0), small_mask)
    centre = x + wide // 2, y + high // 2  # where the mask's rectangle already is
    # seamlessClone writes into its mask, so it gets a copy.
    cloned = cv2.seamlessClone(recoloured, target, small_mask.copy(), centre, cv2.NORMAL_CLONE)
    light = cast(Weights, (cloned.astype(np.float32) - recoloured) @ LUMA)
    correction: npt.NDArray[np.float32] = recoloured.astype(np.float32) - source + light[..., None]
    correction[small_mask == 0] = 0
    correction = correction[2:-2, 2:-2]
    if scale < 1:
        correction = cast(Weights, cv2.resize(correction, (width, height), interpolation=cv2.INTER_LINEAR))
    return to_uint8(painted + correction)


def _recoloured(painted: Picture, scene: Picture, sharp: Picture, mask: Mask) -> Picture:
    """Add to each pixel the mean difference from ``painted`` to ``scene`` on the border of the mask where the scene has
    the colour that it has, before its blur, at the pixel (``sharp``); nothing where the border has no such colour.
    """
    whole = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    rows, columns = np.nonzero((mask > 0) & (whole == 0))
    places = np.arange(PLACES) * len(rows) // PLACES
    wanted = scene[rows[places], columns[places]].astype(np.float32)
    differences = wanted - painted[rows[places], columns[places]]
    inside = mask > 0
    one, other = _chromatic(sharp[inside]), _chromatic(wanted)
    apart = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * one @ other.T  # squared distances
    alike = np.exp(apart / (-2 * LIKENESS**2))
    result = painted.copy()
    result[inside] = to_uint8(painted[inside] + alike @ differences / (alike.sum(1, keepdims=True) + FEW))
    return result


def sharpened(picture: Picture, sigma: float, gain: float) -> Picture:
    """Add what a Gaussian of ``sigma`` pixels takes from a picture once more, times ``gain``: an unsharp mask."""
    whole = picture.astype(np.float32)
    fine = whole - cv2.GaussianBlur(whole, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return to_uint8(whole + gain * fine)


def mix(below: Picture, above: Picture, weight: Weights | float) -> Picture:
    """Return ``below + weight · (above − below)``; a weight over 1 extrapolates beyond ``above``."""

    def mixed(rows: slice) -> Picture:
        share = weight[rows, :, None] if isinstance(weight, np.ndarray) else weight
        base = below[rows].astype(np.float32)
        return to_uint8(base + share * (above[rows] - base))

    return by_strips(below.shape, mixed)


def _chromatic(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """``(N, 3)`` levels of RGB as Cr, Cb and a little light."""
    floats = pixels.astype(np.float32)
    light = floats @ LUMA
    return np.stack([0.713 * (floats[:, 0] - light), 0.564 * (floats[:, 2] - light), LIGHT * light], 1)


def keep_grey(drawing: Picture, photo: Picture) -> Picture:
    """Take the colour out of a drawing where its photo, of the same size, has none: `GREY` levels and less between the
    channels of a pixel and of those around it; all of it stays from `COLOURED` levels on.
    """
    span = brightest(photo) - darkest(photo)
    nearby = cv2.dilate(span, np.ones((AROUND, AROUND), np.uint8)).astype(np.float32)
    share = np.clip((cv2.blur(nearby, (AROUND, AROUND)) - GREY) / (COLOURED - GREY), 0, 1)
    if share.min() == 1:
        return drawing
    grey = cv2.cvtColor(cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return mix(cast(Picture, grey), drawing, cast(Weights, share))


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
