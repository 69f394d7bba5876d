"""Transparent parts of a picture: what colour is drawn there, and what lies behind them."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from animegan.errors import BadOptionError, shown
from animegan.images.blend import Weights, mix
from animegan.images.resize import Array, Mask, Picture, like, resize, shrink, to_uint8

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
GREY: Colour = (208, 212, 218)
LEAST_ALPHA = 32
"""From here on a pixel's own colour counts: programs write any colour where nothing, or hardly anything, is seen."""
FILL_SIDE = 512
"""Pixels: the size at which hidden parts are filled; what fills them is smooth and can be enlarged."""
LEAST_WEIGHT = 0.5
"""Share of a pixel of that size that must be visible for its colour to count: of less it is not exact."""


def colour_of(name: str) -> Colour:
    """Return the RGB values of a colour's name in CSS, such as ``white`` or ``#ffcc88``.

    Raises:
        BadOptionError: there is no such colour.
    """
    from PIL.ImageColor import getrgb

    try:
        red, green, blue = getrgb(name)[:3]
    except ValueError as error:
        raise BadOptionError(
            "The background is none or a colour such as white or #ffcc88, not '{name}'.", name=shown(name)
        ) from error
    return red, green, blue


def laid_on(picture: Picture, alpha: Mask | None, colour: Colour = WHITE) -> Picture:
    """Lay a picture on a colour: ``(H, W, 3)`` and its ``(H, W)`` alpha to ``(H, W, 3)``; without alpha, itself."""
    if alpha is None:
        return picture
    below = np.broadcast_to(np.array(colour, np.uint8), picture.shape)
    return mix(below, picture, cast(Weights, alpha / np.float32(255)))


def filled(picture: Picture, alpha: Mask) -> Picture:
    """Replace colours that nobody sees by those of the visible parts around them, smoothly, so that nothing hidden is
    drawn, and the border of a cut-out gets no line of its own.
    """
    known = cast(Mask, cv2.threshold(alpha, LEAST_ALPHA - 1, 255, cv2.THRESH_BINARY)[1])
    if not known.any():
        return np.full_like(picture, 255)
    small = shrink(cv2.bitwise_and(picture, picture, mask=known), FILL_SIDE)
    weight = like(known, small).astype(np.float32) / 255
    weight[weight < min(LEAST_WEIGHT, float(weight.max()))] = 0
    around = _spread(small * (weight > 0).astype(np.float32)[:, :, None], weight)
    return cast(Picture, cv2.copyTo(picture, known, like(to_uint8(around), picture).copy()))


def _spread(light: Array, weight: Array) -> Array:
    """Push and pull: halve until every pixel is known, then fill what is not from the half, on the way back up.
    ``light`` is ``(H, W, 3)``, already multiplied by its ``weight``, ``(H, W)``.
    """
    height, width = weight.shape
    colour = light / np.maximum(weight, 1e-6)[:, :, None]
    if weight.min() > 0 or max(height, width) == 1:
        return colour
    half = (width + 1) // 2, (height + 1) // 2
    small = _spread(*(cv2.resize(each, half, interpolation=cv2.INTER_AREA) for each in (light, weight)))
    filled_up: Array = np.where(weight[:, :, None] > 0, colour, resize(small, width, height))
    return filled_up
