"""Opens the file of a photo: by Pillow, and by other means where Pillow gives up on one that others show."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

import cv2
import numpy as np

from animegan.errors import NotAPhotoError, PhotoTooLargeError, out_of_memory
from animegan.images.colours import levels
from animegan.images.files import register_formats
from animegan.images.incomplete import padded_webp
from animegan.images.photo import check_size

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION, _WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _SAMPLE_FORMAT = 274, 256, 257, 259, 262, 339
"""Tags of EXIF and TIFF."""
_FLOATS, _SHORT, _YCBCR, _NONE = 3, 3, 6, 1
"""The sample format of floats; the type of a number of 16 bits; YCbCr; no compression."""
_FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_READABLE = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF"
_STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF"}
_STARTS |= dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF")
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "HEIC")}
"""Kinds of files by their first bytes, and by those behind ``ftyp``."""


def opened(file: IO[bytes], name: str, max_megapixels: float) -> Image.Image:
    """Open a photo; ``name`` is what errors call it. Its pixels are read later, except those of a TIFF of floats.

    Raises:
        NotAPhotoError, PhotoTooSmallError, PhotoTooLargeError
    """
    from PIL import Image

    register_formats()
    try:
        image = Image.open(file, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise PhotoTooLargeError(
            "{name} has far too many pixels: choose one of at most {max_megapixels:g} megapixels, "
            "or make it smaller first.",
            name=name,
            max_megapixels=max_megapixels,
        ) from error
    except Exception as error:  # broken headers make parsers raise almost anything
        if out_of_memory(error):
            raise
        file.seek(0)
        kind = _kind(file.read(32))
        other = _opened_otherwise(file, kind, name, max_megapixels)
        if other is not None:
            return other
        if kind is None:
            raise NotAPhotoError(
                "{name} is no picture that can be read: choose a {readable} file.", name=name, readable=_READABLE
            ) from error
        raise NotAPhotoError(
            "{name} is damaged, cut off or a rare sort of {kind} file: choose another file.",
            name=name,
            kind=kind,
        ) from error
    tags: Any = getattr(image, "tag_v2", {})
    if (tags.get(_PHOTOMETRIC), tags.get(_COMPRESSION)) == (_YCBCR, _NONE):
        check_size(*image.size, name, max_megapixels)
        return _tiff_of_ycbcr(tags, file) or image
    return image


def _tiff_of_ycbcr(tags: Any, file: IO[bytes]) -> Image.Image | None:
    """Decode an uncompressed TIFF of YCbCr, of which Pillow makes noise; None: it cannot be read."""
    from PIL import Image

    place = file.tell()
    file.seek(0)
    data = np.frombuffer(file.read(), np.uint8)
    file.seek(place)
    try:
        values = cv2.imdecode(data, cv2.IMREAD_COLOR)  # upright
    except cv2.error:
        return None
    if values is None or sorted(values.shape[:2]) != sorted((tags.get(_HEIGHT, 0), tags.get(_WIDTH, 0))):
        return None
    return Image.fromarray(np.ascontiguousarray(values[:, :, ::-1]))


def _kind(start: bytes) -> str | None:
    if start[4:8] == b"ftyp":
        return "AVIF" if b"avif" in start[16:] else _BRANDS.get(start[8:12])  # brands that it goes with come later
    if start.startswith(b"RIFF"):  # so do AVI and WAV
        return "WebP" if start[8:12] == b"WEBP" else None
    return next((kind for mark, kind in _STARTS.items() if start.startswith(mark)), None)


def _opened_otherwise(file: IO[bytes], kind: str | None, name: str, max_megapixels: float) -> Image.Image | None:
    """Open a WebP that is cut off, an AVIF whose EXIF cannot be read, or a TIFF of colours in floats; None: it is none
    of these.

    Raises:
        PhotoTooSmallError, PhotoTooLargeError: it is such a TIFF.
    """
    from PIL import Image

    if kind == "TIFF":
        return _tiff_of_floats(file, name, max_megapixels)
    if kind not in ("WebP", "AVIF"):
        return None
    file.seek(0)
    data = file.read()
    whole = padded_webp(data) if kind == "WebP" else data.replace(b"Exif", b"Free")  # renames the block
    try:
        return None if whole is None else Image.open(io.BytesIO(whole), formats=_FORMATS)
    except Exception:
        return None


def _tiff_of_floats(file: IO[bytes], name: str, max_megapixels: float) -> Image.Image | None:
    from PIL import Image
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    file.seek(0)
    try:
        tags: Any = ImageFileDirectory_v2(file.read(8))
        file.seek(tags.next)
        tags.load(file)
        width, height, turn = (int(tags.get(tag, 1)) for tag in (_WIDTH, _HEIGHT, ORIENTATION))
        if set(tags[_SAMPLE_FORMAT]) != {_FLOATS}:
            return None
    except Exception:
        return None
    check_size(width, height, name, max_megapixels)
    file.seek(0)
    try:
        values = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None or values.shape[:2] != (height, width):
        return None
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(values.shape[2] if values.ndim == 3 else 0)
    image = Image.fromarray(levels(values if order is None else values[:, :, order]))
    image.getexif()[ORIENTATION] = turn
    return image


def orientation_of(exif: bytes) -> int:
    """Find a photo's orientation in a block of EXIF in which Pillow finds none, as an entry before it is broken; 1 if
    there is none.
    """
    data = exif.removeprefix(b"Exif\0\0")
    order: Any = {b"II": "little", b"MM": "big"}.get(data[:2], "little")
    place = int.from_bytes(data[4:8], order)
    for start in range(place + 2, place + 2 + 12 * int.from_bytes(data[place : place + 2], order), 12):
        entry = data[start : start + 12]
        if entry[:4] == b"".join(value.to_bytes(2, order) for value in (ORIENTATION, _SHORT)):
            return int.from_bytes(entry[8:10], order)
    return 1
