"""A photo as read, and the sizes that one may have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from animegan.errors import PhotoTooLargeError, PhotoTooSmallError
from animegan.images.files import MIN_SIDE
from animegan.images.resize import Mask, Picture, shrink
from animegan.images.transparency import filled, laid_on


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as read: upright, sRGB."""

    pixels: Picture
    """``(H, W, 3) uint8``."""
    alpha: Mask | None = None
    """``(H, W) uint8``, 255 where it is opaque; None: it is so everywhere."""
    cut_off: bool = False
    """Whether its file lacks its end or is damaged; rows that could not be read are grey."""

    @property
    def on_white(self) -> Picture:
        """Its pixels, laid on white where it is transparent."""
        return laid_on(self.pixels, self.alpha)

    @property
    def rgba(self) -> Picture:
        """Its pixels and its alpha, ``(H, W, 4) uint8``; ``(H, W, 3)`` if it is opaque."""
        return self.pixels if self.alpha is None else np.dstack([self.pixels, self.alpha])

    def filled(self) -> Photo:
        """Continue its visible colours where it is transparent (`animegan.images.transparency.filled`)."""
        return self if self.alpha is None else Photo(filled(self.pixels, self.alpha), self.alpha, self.cut_off)

    def shrunk(self, side: int) -> Photo:
        """Shrink it to a long side of at most ``side`` pixels."""
        alpha = None if self.alpha is None else shrink(self.alpha, side)
        return Photo(shrink(self.pixels, side), alpha, self.cut_off)


def check_size(width: int, height: int, name: str, max_megapixels: float) -> None:
    """Check that a photo has neither too few nor too many pixels.

    Raises:
        PhotoTooSmallError, PhotoTooLargeError
    """
    if min(width, height) < MIN_SIDE:
        raise PhotoTooSmallError(
            "{name} has {width}×{height} pixels: choose one with at least {min_side} pixels on each side.",
            name=name,
            width=width,
            height=height,
            min_side=MIN_SIDE,
        )
    if width * height > max_megapixels * 1e6:
        raise PhotoTooLargeError(
            "{name} has {width}×{height} pixels ({megapixels:.0f} megapixels): "
            "choose one of at most {max_megapixels:g} megapixels, or make it smaller first.",
            name=name,
            width=width,
            height=height,
            megapixels=width * height / 1e6,
            max_megapixels=max_megapixels,
        )
