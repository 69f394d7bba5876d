"""Decodes photos: anything that holds one becomes upright sRGB pixels and, where it has one, its alpha."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import cv2
import numpy as np

from animegan.errors import NotAPhotoError, PhotoNotFoundError, out_of_memory, shown
from animegan.images import colours, hdr, incomplete
from animegan.images.files import MAX_MEGAPIXELS, refuse_address
from animegan.images.opening import ORIENTATION, opened, orientation_of
from animegan.images.photo import Photo, check_size
from animegan.images.resize import Array, Mask, Picture
from animegan.storage import why

if TYPE_CHECKING:
    from PIL import Image

Turn = Callable[[Array], Array]

_HEAD = 2**16
"""Bytes at the start of a file in which its kind of light stands."""
_LIGHT = {"AVIF": (b"colrnclx", 2, 2), "PNG": (b"cICP", 1, 1)}
"""Format → the mark before its kind of light, how many bytes behind it that stands, and how many it takes."""
_GREY = 128
"""What stands for pixels that are missing."""
_NEAR = 33
"""Pixels: where two guesses at what is missing agree by chance, others are about as near."""
_TURNS: dict[int, Turn] = {
    2: lambda each: each[:, ::-1],
    3: lambda each: each[::-1, ::-1],
    4: lambda each: each[::-1],
    5: lambda each: each.swapaxes(0, 1),
    6: lambda each: each.swapaxes(0, 1)[:, ::-1],
    7: lambda each: each[::-1, ::-1].swapaxes(0, 1),
    8: lambda each: each.swapaxes(0, 1)[::-1],
}
"""What undoes each orientation of EXIF."""


def read(source: Any, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Read a photo with its transparency. ``source`` and errors are those of `animegan.images.files.load`; a `Photo`
    passes as it is.
    """
    from PIL import Image

    if isinstance(source, Photo):
        return source
    if isinstance(source, np.ndarray):
        return _from_array(source, max_megapixels)
    if isinstance(source, Image.Image):
        return _from_image(source, "The picture", max_megapixels)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_stream(io.BytesIO(source), "The file", max_megapixels)
    if not isinstance(source, (str, os.PathLike)):
        raise NotAPhotoError(
            "A photo is a path, bytes, a PIL image or an array, not {name}: pass one of these.",
            name=type(source).__name__,
        )
    refuse_address(source)
    path = Path(source)
    if not os.path.isfile(path):  # unlike pathlib, it does not raise on invalid names
        raise PhotoNotFoundError("There is no photo at '{path}': check the path.", path=shown(path))
    try:
        with path.open("rb") as file:
            return _from_stream(file, f"'{shown(path.name)}'", max_megapixels)
    except OSError as error:
        raise PhotoNotFoundError(
            "'{path}' cannot be read ({why}): check its permissions.", path=shown(path), why=error.strerror
        ) from error


def _from_array(array: Array, max_megapixels: float) -> Photo:
    from PIL import Image

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise NotAPhotoError(
            "An array of shape {shape} is not a photo: pass (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.", shape=array.shape
        )
    check_size(array.shape[1], array.shape[0], "The picture", max_megapixels)
    if array.dtype == np.uint16:
        array = (array / 257).round().astype(np.uint8)
    elif array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise NotAPhotoError("An array of floats must hold finite values from 0 to 1: scale it first.")
        array = (array * 255).round().astype(np.uint8)
    elif array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    elif array.dtype != np.uint8:
        raise NotAPhotoError(
            "An array of {dtype} is not a photo: pass uint8, uint16, or floats from 0 to 1.", dtype=array.dtype
        )
    return Photo(*colours.to_srgb(Image.fromarray(np.ascontiguousarray(array))))


def _from_stream(file: IO[bytes], name: str, max_megapixels: float) -> Photo:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about large pictures; we check the size ourselves
        photos = []
        for each in map(io.BytesIO, incomplete.filled_boxes(file) or ()):
            with opened(each, name, max_megapixels) as image:
                photos.append(_from_image(image, name, max_megapixels, each))
        if photos:
            return _what_both_show(photos[0], photos[1], name)
        with opened(file, name, max_megapixels) as image:
            return _from_image(image, name, max_megapixels, file)


def _what_both_show(photo: Photo, other: Photo, name: str) -> Photo:
    """A photo of two that differ in what their file lacks."""
    differs = (photo.pixels != other.pixels).any(axis=2).astype(np.uint8)
    missing = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((_NEAR, _NEAR), np.uint8)).astype(bool)
    if missing.mean() > 1 - incomplete.LEAST:
        raise _lacks_half(name)
    pixels, alpha = photo.pixels, photo.alpha
    pixels[missing] = _GREY
    if alpha is not None and other.alpha is not None:
        alpha = np.where(alpha == other.alpha, alpha, 255).astype(np.uint8)
    return Photo(pixels, alpha, cut_off=True)


def _lacks_half(name: str) -> NotAPhotoError:
    return NotAPhotoError("{name} lacks more than half of its picture: choose a whole copy.", name=name)


def _from_image(image: Image.Image, name: str, max_megapixels: float, file: IO[bytes] | None = None) -> Photo:
    """Decode an image that was opened from ``file``, if from any."""
    check_size(*image.size, name, max_megapixels)
    start = 0 if file is None else file.tell()
    try:
        light = _light_of(image, file)
        missing = None
        if light in hdr.TRANSFERS:
            pixels, alpha = _from_hdr(_deep(image, file), light)
        else:
            missing = incomplete.load(image, file)
            pixels, alpha = colours.to_srgb(image)
        turn = _TURNS.get(_orientation(image), np.asarray)
        cut_off = missing is not None or (file is not None and incomplete.lacks_end(file, image.format, start))
    except Exception as error:  # broken files make decoders raise almost anything
        if out_of_memory(error):
            raise
        raise NotAPhotoError("{name} is broken ({error}): choose another file.", name=name, error=why(error)) from error
    if missing is not None:
        if missing.mean() > 1 - incomplete.LEAST:
            raise _lacks_half(name)
        pixels[missing] = _GREY
    return Photo(_turned(pixels, turn), None if alpha is None else _turned(alpha, turn), cut_off)


def _turned(picture: Picture, turn: Turn) -> Picture:
    return np.ascontiguousarray(turn(picture))


def _orientation(image: Image.Image) -> int:
    """Read how a photo was held, whatever else stands in its EXIF."""
    with suppress(Exception):  # a block of any bytes makes the parser raise almost anything
        value = image.getexif().get(ORIENTATION)
        if value is not None:
            return int(value[0] if isinstance(value, bytes) else value)
    return orientation_of(image.info.get("exif") or b"")


def _light_of(image: Image.Image, file: IO[bytes] | None) -> int | None:
    """Return the number of a photo's transfer function (ITU-R H.273), if its file says one."""
    if "nclx_profile" in image.info:
        return int(image.info["nclx_profile"]["transfer_characteristics"])
    if file is None or image.format not in _LIGHT:
        return None
    mark, distance, length = _LIGHT[image.format]
    place = file.tell()
    file.seek(0)
    _, found, rest = file.read(_HEAD).partition(mark)
    file.seek(place)
    return int.from_bytes(rest[distance : distance + length], "big") if found else None


def _deep(image: Image.Image, file: IO[bytes] | None) -> Array:
    """Return ``(H, W, 3 or 4) uint16``, with all bits of a HEIC; other readers give eight."""
    if image.format == "HEIF" and file is not None:
        from pillow_heif import open_heif

        file.seek(0)
        heic = open_heif(file, convert_hdr_to_8bit=False)
        if heic.mode in ("RGB;16", "RGBA;16"):
            return np.asarray(heic)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return np.asarray(image.convert(mode)).astype(np.uint16) * 257


def _from_hdr(values: Array, light: int) -> tuple[Picture, Mask | None]:
    alpha = (values[:, :, 3] >> 8).astype(np.uint8) if values.shape[2] == 4 else None
    return hdr.to_srgb(values[:, :, :3], light), colours.visible(alpha)
