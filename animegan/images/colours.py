"""Brings the pixels of any file to 8-bit sRGB, and takes its transparency along."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from animegan.images.resize import Array, Mask, Picture, to_uint8

if TYPE_CHECKING:
    from PIL import Image

LIGHT = 16.0
"""Floats up to here are light of which 1 is white; larger ones are levels of 8 or 16 bits."""


def to_srgb(image: Image.Image) -> tuple[Picture, Mask | None]:
    """Convert any Pillow mode to ``(H, W, 3) uint8`` sRGB and its alpha, ``(H, W) uint8``; None if all is opaque."""
    from PIL import Image

    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):  # Pillow itself would clip everything above 255 to white
        image = Image.fromarray(to_uint8(np.asarray(image) / 257))
    elif image.mode in ("I", "F"):
        image = Image.fromarray(levels(np.asarray(image)))
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = None
    if image.mode == "RGBA":
        alpha = np.array(image.getchannel("A"))
        image = image.convert("RGB")
    image = _from_profile(image, profile)
    return np.array(image.convert("RGB")), visible(alpha)


def visible(alpha: Mask | None) -> Mask | None:
    """Return None for an alpha that makes nothing transparent."""
    return None if alpha is None or alpha.min() == 255 else alpha


def levels(values: Array) -> Picture:
    """Bring numbers of any range to ``uint8``. Floats up to 1 are light, and so are those up to `LIGHT`, whose white is
    where hardly any is brighter; others have the levels of 8 or of 16 bits. What is negative or no number is black;
    what is infinite is as bright as the brightest.
    """
    is_float = values.dtype.kind == "f"
    values = values.astype(np.float32)
    values = np.nan_to_num(values, posinf=values[np.isfinite(values)].max(initial=0))
    most, top = float(np.percentile(values[::4, ::4], 99.5)), float(values.max())
    if is_float and most <= LIGHT:
        white = max(1.0, most)
    else:
        white = next((step for step in (255.0, 65535.0) if top <= step), most)
    return to_uint8(values * np.float32(255 / white))


def _from_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the embedded ICC profile; ignore a profile that is broken or for another colour space."""
    if not profile:
        return image
    from PIL import ImageCms

    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space != {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}.get(image.mode):
            return image
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
