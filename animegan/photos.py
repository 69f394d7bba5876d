"""Photographs in and out: whatever a person has becomes upright sRGB ``uint8 (H, W, 3)``, and back."""

from __future__ import annotations

import errno
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.errors import (
    NotAPhotoError,
    OutputNotWritableError,
    PhotoNotFoundError,
    PhotoTooLargeError,
    PhotoTooSmallError,
)
from animegan.files import written_whole

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

MIN_SIDE = 16
"""Pixels: the shortest side that a photo may have."""
MAX_MEGAPIXELS = 50.0
"""The default limit: a 48-megapixel phone photo passes, a decompression bomb does not."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Names of the formats that results are written in."""
PHOTO_SUFFIXES = (*SUFFIXES, ".avif", ".bmp", ".gif", ".heic", ".heif", ".tif", ".tiff")
"""Names that are taken for photos when a whole folder is converted."""

_FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_LARGEST_SIDE = {".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383}
_READABLE = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF"


def register_formats() -> None:
    """Teach Pillow to read HEIC, and load its other readers. Harmless when called twice."""
    from PIL import Image
    from pillow_heif import register_heif_opener

    Image.init()  # `Image.open(formats=…)` knows only readers that are loaded
    register_heif_opener()


def load(source: Any, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """Read a photo.

    Args:
        source: a path, the bytes of a file, a PIL image, or an array: ``(H, W)`` grey,
            ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA; ``uint8``, ``uint16``, or floats in [0, 1].
        max_megapixels: a photo with more pixels is refused before it is decoded.

    Returns:
        ``(H, W, 3) uint8``, sRGB, turned upright by its EXIF orientation; transparency lies on
        white, an embedded ICC profile is converted, of an animation the first frame is taken.

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
            f"A photo is a path, bytes, a PIL image or an array, and not {type(source).__name__}: pass one of these."
        )
    path = Path(source)
    if not os.path.isfile(path):  # unlike pathlib's, it raises nothing about names that cannot be
        raise PhotoNotFoundError(f"There is no photo at '{shown(path)}': check the path.")
    try:
        with path.open("rb") as file:
            return _from_stream(file, f"'{shown(path.name)}'", max_megapixels)
    except OSError as error:
        raise PhotoNotFoundError(
            f"'{shown(path)}' cannot be read ({error.strerror}): check its permissions."
        ) from error


def shown(name: object) -> str:
    """A name as it may stand in a message: in one line, without marks that turn the writing's direction."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(name))[:200]


def all_below(folder: Path) -> list[Path]:
    """The photos of a folder and of those below it, by name.

    Raises:
        PhotoNotFoundError: there is none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
    if not found:
        raise PhotoNotFoundError(f"There is no photo in the folder '{shown(folder)}': name another.")
    return found


def save(picture: np.ndarray, path: str | os.PathLike) -> Path:
    """Write a picture, ``(H, W, 3) uint8``, as PNG, JPEG or WebP by the name's suffix.

    The file holds pixels alone, no metadata. It is there whole or not at all, also where the disk is full or the
    process is killed; a file that had the name before is unharmed then.

    Raises:
        OutputNotWritableError: the folder, the disk or the suffix does not allow it; nothing is left behind.
    """
    path = Path(path)
    encoded = _encoded(picture, path)  # in memory, so that what writing says is about the disk
    try:
        with written_whole(path) as file:
            file.write(encoded)
            os.chmod(file.name, 0o666 & ~_umask())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        advice = "free some space, or choose another place" if full else "choose another place"
        raise OutputNotWritableError(f"'{shown(path)}' cannot be written ({why}): {advice}.") from error
    return path


def _encoded(picture: np.ndarray, path: Path) -> memoryview:
    """The bytes of a picture in the format that the name's suffix says."""
    from PIL import Image

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise OutputNotWritableError(
            f"'{shown(path.name)}' cannot be written: give it a name that ends in {', '.join(SUFFIXES)}."
        )
    height, width = picture.shape[:2]
    if max(height, width) > _LARGEST_SIDE.get(suffix, max(height, width)):
        raise OutputNotWritableError(
            f"'{shown(path.name)}' cannot hold {width}×{height} pixels: give it a name that ends in .png."
        )
    settings: dict[str, Any] = {
        ".png": {"format": "PNG", "compress_level": 4},
        ".webp": {"format": "WEBP", "quality": 92, "method": 4},
    }.get(suffix, {"format": "JPEG", "quality": 95, "subsampling": 0})
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, **settings)
    return buffer.getbuffer()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _check_size(width: int, height: int, name: str, max_megapixels: float) -> None:
    if min(width, height) < MIN_SIDE:
        raise PhotoTooSmallError(
            f"{name} has {width}×{height} pixels: choose one with at least {MIN_SIDE} pixels on each side."
        )
    if width * height > max_megapixels * 1e6:
        raise PhotoTooLargeError(
            f"{name} has {width}×{height} pixels ({width * height / 1e6:.0f} megapixels): "
            f"choose one of at most {max_megapixels:g} megapixels, or make it smaller first."
        )


def _from_array(array: np.ndarray, max_megapixels: float) -> np.ndarray:
    import numpy as np
    from PIL import Image

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise NotAPhotoError(
            f"An array of shape {array.shape} is no photo: pass (H, W), (H, W, 3) RGB or (H, W, 4) RGBA."
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
        raise NotAPhotoError(f"An array of {array.dtype} is no photo: pass uint8, uint16, or floats from 0 to 1.")
    return _to_rgb(Image.fromarray(np.ascontiguousarray(array)))


def _from_stream(file: Any, name: str, max_megapixels: float) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    register_formats()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own size warning: the limit here is ours
        try:
            image = Image.open(file, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise PhotoTooLargeError(
                f"{name} has far too many pixels: choose one of at most {max_megapixels:g} megapixels, "
                "or make it smaller first."
            ) from error
        except UnidentifiedImageError as error:
            raise NotAPhotoError(f"{name} is no picture that can be read: choose a {_READABLE} file.") from error
        except Exception as error:  # parsers of broken headers raise almost anything
            raise NotAPhotoError(f"{name} is broken ({_reason(error)}): choose another file.") from error
        with image:
            return _from_image(image, name, max_megapixels)


def _from_image(image: Image.Image, name: str, max_megapixels: float) -> np.ndarray:
    from PIL import ImageOps

    _check_size(*image.size, name, max_megapixels)
    try:
        image.load()
        return _to_rgb(ImageOps.exif_transpose(image))
    except Exception as error:  # decoders of broken files raise almost anything
        raise NotAPhotoError(f"{name} is broken ({_reason(error)}): choose another file.") from error


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][:80].rstrip(".") if text else type(error).__name__


def _to_rgb(image: Image.Image) -> np.ndarray:
    """Any mode of Pillow's to ``(H, W, 3) uint8`` sRGB, transparency on white."""
    import numpy as np
    from PIL import Image

    profile = image.info.get("icc_profile")
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I"):
        # 16-bit grey: keep the upper byte, instead of clipping everything above 255 to white.
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
    """Convert by the embedded ICC profile; one that is broken or of another colour space is passed over."""
    if not profile:
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space != {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}.get(image.mode):
            return image
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
