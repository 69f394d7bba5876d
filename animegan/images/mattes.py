"""Mattes, ``(H, W) float32`` from 0 to 1: how much of a pixel belongs to what is in front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Array, Mask, Picture, like, to_uint8

Matte: TypeAlias = npt.NDArray[np.float32]
"""``(H, W)``: 1 in front, 0 behind, between them at hair and soft edges."""

LEAST = 0.002
"""Share of a picture that is something; less is nothing."""
RIM = 0.012
"""Width of the white rim of a cut-out, in parts of the long side."""

RADII, SIDE = (90, 6), 1024
"""Pixels: the usual radii of `foreground`, and the long side of the picture that they are for."""
EPS = 1e-5
"""Keeps these from dividing by 0."""


def guided(matte: Matte, picture: Picture, radius: int, eps: float) -> Matte:
    """Enlarge a matte so that its border follows the picture's, ``(H, W, 3)``: a guided filter with a colour guide,
    fitted at the matte's size and applied at the picture's (He and Sun 2015, "Fast Guided Filter"). ``radius`` is in
    pixels of the matte.
    """
    window = (2 * radius + 1, 2 * radius + 1)
    guide = like(picture, matte).astype(np.float32) / 255
    planes = [cv2.blur(plane, window) for plane in _fitted(cv2.split(guide), matte, window, eps)]
    if matte.shape == picture.shape[:2]:
        *slopes, fine = planes
        colours = cv2.split(guide)
    else:
        *slopes, fine = (cv2.resize(plane, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR) for plane in planes)
        colours = cv2.split(picture.astype(np.float32) / 255)
    for slope, colour in zip(slopes, colours, strict=True):
        fine = cv2.accumulateProduct(slope, colour, fine)
    return cast(Matte, np.clip(fine, 0, 1, out=fine))


def _fitted(guide: Sequence[Array], matte: Matte, window: tuple[int, int], eps: float) -> list[Array]:
    """Three slopes and an offset, ``(H, W)`` each, that make the matte of the guide's colours in each window: the
    normal equations, solved by Cramer's rule.
    """

    def mean(plane: Array) -> Array:
        return cv2.blur(plane, window)

    red, green, blue = guide
    r, g, b, p = mean(red), mean(green), mean(blue), mean(matte)
    cr, cg, cb = mean(red * matte) - r * p, mean(green * matte) - g * p, mean(blue * matte) - b * p
    rr, gg, bb = mean(red * red) - r * r + eps, mean(green * green) - g * g + eps, mean(blue * blue) - b * b + eps
    rg, rb, gb = mean(red * green) - r * g, mean(red * blue) - r * b, mean(green * blue) - g * b
    ir, ig, ib = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    jg, jb, kb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    whole = 1 / (rr * ir + rg * ig + rb * ib)
    of_red = (ir * cr + ig * cg + ib * cb) * whole
    of_green = (ig * cr + jg * cg + jb * cb) * whole
    of_blue = (ib * cr + jb * cg + kb * cb) * whole
    return [of_red, of_green, of_blue, p - (of_red * r + of_green * g + of_blue * b)]


def foreground(picture: Picture, matte: Matte, radii: tuple[int, ...] = RADII) -> Picture:
    """Estimate the colours in front, so that nothing of what was behind shows at a soft border when they are laid on
    something else (Forte 2021, "Approximate Fast Foreground Colour Estimation"). ``radii`` are those of its passes, in
    pixels of a picture with a long side of `SIDE`.
    """
    image, alpha = picture.astype(np.float32), matte[..., None]
    inside, outside = (np.asarray(each**4, np.float32) for each in (matte, 1 - matte))  # mixed colours count little
    scale = max(picture.shape) / SIDE
    front = back = image
    for radius in radii:
        window = (2 * max(1, round(radius * scale)) + 1,) * 2
        front, back = (
            cv2.blur(colours * weight[..., None], window) / (cv2.blur(weight, window) + EPS)[..., None]
            for colours, weight in ((front, inside), (back, outside))
        )
        front = front + alpha * (image - alpha * front - (1 - alpha) * back)
    return to_uint8(front)


def stretched(matte: Matte, low: float, high: float) -> Matte:
    """Spread a matte's values from ``low`` to ``high`` over 0 to 1."""
    return cast(Matte, np.clip((matte - np.float32(low)) / np.float32(high - low), 0, 1))


def seen(matte: Matte | None) -> bool:
    """Whether a matte shows anything that is worth the name: at least `LEAST` of the picture."""
    return matte is not None and float((matte >= 0.5).mean()) >= LEAST


def cut_out(picture: Picture, matte: Matte, alpha: Mask | None, *, rim: bool) -> tuple[Picture, Mask]:
    """Cut what a matte shows out of a picture, both of one size: the picture with its colours at soft borders, and an
    alpha, ``(H, W) uint8``. With a ``rim`` a white one is around it. ``alpha`` is what the picture had before.
    """
    front, share = foreground(picture, matte), matte
    if rim:
        width = RIM * max(matte.shape)
        smooth = cv2.GaussianBlur(matte, (0, 0), width / 4)
        outside = cv2.distanceTransform((smooth < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        front = to_uint8(255 + matte[..., None] * (front.astype(np.float32) - 255))
        share = cast(Matte, np.clip(width + 0.5 - outside, 0, 1))  # single hairs beyond the rim go
    whole = to_uint8(255 * share)
    return front, whole if alpha is None else cast(Mask, np.minimum(alpha, whole))
