"""Reads photos and writes pictures: anything that holds a photo becomes upright sRGB ``uint8 (H, W, 3)``, and back."""

from __future__ import annotations

import ctypes
import io
import math
import os
from contextlib import suppress
from functools import cache
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.errors import (
    BadOptionError,
    OutputNotWritableError,
    PhotoNotFoundError,
    shown,
)
from animegan.images.metadata import NOTHING, Kept, to_write
from animegan.storage import output_file, why

if TYPE_CHECKING:
    from animegan.images.resize import Picture

MIN_SIDE = 16
"""Pixels: the smallest allowed side of a photo."""
MAX_MEGAPIXELS = 50.0
"""The default limit: a 48-megapixel phone photo passes, a decompression bomb does not."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""File suffixes of the formats in which results are written."""
OPAQUE = (".jpg", ".jpeg")
"""Those that hold no transparency: it is laid on white."""
PHOTO_SUFFIXES = (
    *SUFFIXES,
    *(".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp", ".mpo", ".apng"),
    *(".heic", ".heif", ".hif", ".heics", ".heifs", ".avif", ".avifs"),
    *(".tif", ".tiff", ".bmp", ".dib", ".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".pfm"),
)
"""File suffixes that count as photos in a folder: all by which the formats that are read are known."""

FINE = 90
"""Quality from which a JPEG keeps colours as fine as lines; below, they have half the size, as in most JPEGs."""
_LARGEST_SIDE = {".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383}


def checked_limit(max_megapixels: Any) -> float:
    """Check a limit of megapixels and return it as a float.

    Raises:
        BadOptionError: it is not a number above 0.
    """
    is_number = isinstance(max_megapixels, Real) and not isinstance(max_megapixels, bool)
    if is_number and float(max_megapixels) > 0:
        return float(max_megapixels)
    raise BadOptionError(
        "The limit of megapixels is a number above 0, not {max_megapixels!r}.", max_megapixels=max_megapixels
    )


def register_formats() -> None:
    """Teach Pillow to read HEIC, and load its other readers. Safe to call more than once."""
    from PIL import Image
    from pillow_heif import register_heif_opener

    Image.init()  # `Image.open(formats=…)` only knows loaded readers
    register_heif_opener()
    _hush_libtiff()


@cache
def _hush_libtiff() -> None:
    """Keep Pillow's libtiff from writing to standard error, where it can be found: what is wrong with a file is said in
    one line, by us.
    """
    with suppress(OSError, AttributeError):
        maps = Path("/proc/self/maps").read_text().splitlines()
        for path in {line.split(maxsplit=5)[-1] for line in maps if "/libtiff" in line}:
            for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
                getattr(ctypes.CDLL(path), name)(None)


def load(source: Any, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """Read a photo.

    Args:
        source: a path, the bytes of a file, a PIL image, or an array: ``(H, W)`` grey,
            ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA; ``uint8``, ``uint16``, or floats in [0, 1].
        max_megapixels: a photo with more pixels is refused before it is decoded.

    Returns:
        ``(H, W, 3) uint8``, sRGB, rotated upright by its EXIF orientation. Transparency is laid on white, colours are
        converted from an embedded ICC profile or from high dynamic range, an animation or a file of several pages gives
        its first, and rows that a damaged file lacks are grey.

    Raises:
        PhotoNotFoundError, NotAPhotoError, PhotoTooSmallError, PhotoTooLargeError
    """
    from animegan.images.decoding import read

    return read(source, max_megapixels).on_white


def refuse_address(source: object) -> None:
    """Check that a photo is not named by a web address.

    Raises:
        PhotoNotFoundError: it is.
    """
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        raise PhotoNotFoundError(
            "'{source}' is an address: download the photo first, and name the file.", source=shown(source)
        )


def unreadable_folder(name: str, error: OSError) -> PhotoNotFoundError:
    """The error for a folder of photos that cannot be read."""
    return PhotoNotFoundError(
        "The folder '{name}' cannot be read ({error}): check its permissions.", name=shown(name), error=why(error)
    )


def all_below(folder: Path) -> list[Path]:
    """Return the photos in a folder and its subfolders, sorted by path.

    Raises:
        PhotoNotFoundError: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
    if not found:
        raise PhotoNotFoundError("There is no photo in the folder '{folder}': name another.", folder=shown(folder))
    return found


def checked_quality(quality: Any, path: Path) -> int | None:
    """Check the quality of a picture file; None stands for the usual one.

    Raises:
        BadOptionError: it is no whole number from 1 to 100, or the file is neither JPEG nor WebP.
    """
    if quality is None:
        return None
    if isinstance(quality, bool) or not isinstance(quality, Integral) or not 1 <= int(quality) <= 100:
        raise BadOptionError("The quality is a whole number from 1 to 100, not {quality!r}.", quality=quality)
    if path.suffix.lower() == ".png":
        raise BadOptionError("A PNG has no quality: leave it out, or write .jpg or .webp.")
    return int(quality)


def save(picture: Any, path: str | os.PathLike[str], quality: int | None = None, kept: Kept = NOTHING) -> Path:
    """Write a picture as PNG, JPEG or WebP, by the suffix of ``path``. What is transparent stays so, but JPEG lays it
    on white.

    The file holds no metadata but the name of this program, `animegan.images.marks.MARK`, and what is ``kept``. It is
    written completely or not at all, even if the disk is full or the process is killed; an existing file of that name
    is then unharmed.

    Args:
        picture: anything that `load` takes, usually ``(H, W, 3) uint8``.
        quality: of a JPEG or WebP, from 1 to 100; None: 95 and 92.

    Raises:
        OutputNotWritableError: the folder, the disk or the suffix does not allow it; nothing is left behind.
        NotAPhotoError: ``picture`` does not hold a picture.
        BadOptionError: there is no such quality.
    """
    path = Path(path)
    encoded = encode(picture, path, quality, kept)  # in memory, so that errors while writing are about the disk
    with output_file(path) as file:
        file.write(encoded)
    return path


def encode(picture: Any, path: Path, quality: int | None = None, kept: Kept = NOTHING) -> memoryview:
    """Return the bytes of a picture file in the format of the suffix of ``path``; write nothing. Arguments are those
    of `save`.

    Raises:
        OutputNotWritableError: no format has that suffix, or the format cannot hold so many pixels.
        NotAPhotoError: ``picture`` does not hold a picture.
        BadOptionError: there is no such quality.
    """
    import numpy as np
    from PIL import Image

    from animegan.images.decoding import read
    from animegan.images.photo import Photo

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise OutputNotWritableError(
            "'{name}' cannot be written: give it a name that ends in {choices}.",
            name=shown(path.name),
            choices=", ".join(SUFFIXES),
        )
    is_plain = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.shape[2:] == (3,)
    photo = Photo(picture) if is_plain else read(picture, max_megapixels=math.inf)
    pixels = photo.on_white if suffix in OPAQUE else photo.rgba
    height, width = pixels.shape[:2]
    if max(height, width) > _LARGEST_SIDE.get(suffix, max(height, width)):
        raise OutputNotWritableError(
            "'{name}' cannot hold {width}×{height} pixels: give it a name that ends in .png.",
            name=shown(path.name),
            width=width,
            height=height,
        )
    chosen = checked_quality(quality, path)
    fine = chosen is None or chosen >= FINE
    settings: dict[str, Any] = {
        ".png": {"format": "PNG", "compress_level": 4},
        ".webp": {"format": "WEBP", "quality": chosen or 92, "method": 4},
    }.get(suffix, {"format": "JPEG", "quality": chosen or 95, "subsampling": 0 if fine else 2, "optimize": not fine})
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, **settings, **to_write(settings["format"], kept))
    return buffer.getbuffer()
