"""Reads photos and writes pictures: anything that holds a photo becomes upright sRGB ``uint8 (H, W, 3)``, and back."""

from __future__ import annotations

import io
import math
import os
import warnings
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.errors import (
    BadOptionError,
    NotAPhotoError,
    OutputNotWritableError,
    PhotoNotFoundError,
    PhotoTooLargeError,
    PhotoTooSmallError,
    out_of_memory,
    shown,
)
from animegan.images.metadata import NOTHING, Kept, to_write
from animegan.storage import output_file, why

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

    from animegan.images.resize import Picture

MIN_SIDE = 16
"""Pixels: the smallest allowed side of a photo."""
MAX_MEGAPIXELS = 50.0
"""The default limit: a 48-megapixel phone photo passes, a decompression bomb does not."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""File suffixes of the formats in which results are written."""
PHOTO_SUFFIXES = (
    *SUFFIXES,
    *(".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp", ".mpo", ".apng"),
    *(".heic", ".heif", ".hif", ".heics", ".heifs", ".avif", ".avifs"),
    *(".tif", ".tiff", ".bmp", ".dib", ".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".pfm"),
)
"""File suffixes that count as photos in a folder: all by which the formats that are read are known."""

_FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
FINE = 90
"""Quality from which a JPEG keeps colours as fine as lines; below, they have half the size, as in most JPEGs."""
_LARGEST_SIDE = {".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383}
_READABLE = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF"


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


def load(source: Any, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """Read a photo.

    Args:
        source: a path, the bytes of a file, a PIL image, or an array: ``(H, W)`` grey,
            ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA; ``uint8``, ``uint16``, or floats in [0, 1].
        max_megapixels: a photo with more pixels is refused before it is decoded.

    Returns:
        ``(H, W, 3) uint8``, sRGB, rotated upright by its EXIF orientation. Transparency is laid on white, colours are
        converted from an embedded ICC profile, and an animation gives its first frame.

    Raises:
        PhotoNotFoundError, NotAPhotoError, PhotoTooSmallError, PhotoTooLargeError
    """
    import numpy as np
    from PIL import Image

    if isinstance(source, np.ndarray):
        return _from_array(source, max_megapixels)
    if isinstance(source, Image.Image):
        return _from_image(source, "The picture", max_megapixels)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_stream(io.BytesIO(source), "The picture", max_megapixels)
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
    """Write a picture as PNG, JPEG or WebP, by the suffix of ``path``.

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

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise OutputNotWritableError(
            "'{name}' cannot be written: give it a name that ends in {choices}.",
            name=shown(path.name),
            choices=", ".join(SUFFIXES),
        )
    if not (isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.shape[2:] == (3,)):
        picture = load(picture, max_megapixels=math.inf)
    height, width = picture.shape[:2]
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
    Image.fromarray(picture).save(buffer, **settings, **to_write(settings["format"], kept))
    return buffer.getbuffer()


def _check_size(width: int, height: int, name: str, max_megapixels: float) -> None:
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


def _from_array(array: npt.NDArray[Any], max_megapixels: float) -> Picture:
    import numpy as np
    from PIL import Image

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise NotAPhotoError(
            "An array of shape {shape} is not a photo: pass (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.", shape=array.shape
        )
    _check_size(array.shape[1], array.shape[0], "The picture", max_megapixels)
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
    return _to_rgb(Image.fromarray(np.ascontiguousarray(array)))


def _from_stream(file: Any, name: str, max_megapixels: float) -> Picture:
    from PIL import Image, UnidentifiedImageError

    register_formats()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about large pictures; we check the size ourselves
        try:
            image = Image.open(file, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise PhotoTooLargeError(
                "{name} has far too many pixels: choose one of at most {max_megapixels:g} megapixels, "
                "or make it smaller first.",
                name=name,
                max_megapixels=max_megapixels,
            ) from error
        except UnidentifiedImageError as error:
            raise NotAPhotoError(
                "{name} is no picture that can be read: choose a {readable} file.", name=name, readable=_READABLE
            ) from error
        except Exception as error:  # broken headers make parsers raise almost anything
            if out_of_memory(error):
                raise
            raise NotAPhotoError(
                "{name} is broken ({error}): choose another file.", name=name, error=why(error)
            ) from error
        with image:
            return _from_image(image, name, max_megapixels)


def _from_image(image: Image.Image, name: str, max_megapixels: float) -> Picture:
    from PIL import ImageOps

    width, height = image.size
    _check_size(width, height, name, max_megapixels)
    try:
        image.load()
        return _to_rgb(ImageOps.exif_transpose(image))
    except Exception as error:  # broken files make decoders raise almost anything
        if out_of_memory(error):
            raise
        raise NotAPhotoError("{name} is broken ({error}): choose another file.", name=name, error=why(error)) from error


def _to_rgb(image: Image.Image) -> Picture:
    """Convert any Pillow mode to ``(H, W, 3) uint8`` sRGB, with transparency on white."""
    import numpy as np
    from PIL import Image

    profile = image.info.get("icc_profile")
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I"):
        # 16-bit grey: keep the upper byte; Pillow itself would clip everything above 255 to white.
        values = np.asarray(image).astype(np.int64)
        scale = 257 if values.max() > 255 or image.mode != "I" else 1
        image = Image.fromarray((values.clip(0, 65535) / scale).round().astype(np.uint8))
    elif image.mode == "F":
        values = np.nan_to_num(np.asarray(image))
        top = values.max()
        image = Image.fromarray((values.clip(0) * (255 if top <= 1 else 1)).clip(0, 255).round().astype(np.uint8))
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = None
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    image = _to_srgb(image, profile)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is not None:
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=alpha)
        image = paper
    return np.array(image)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
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
