"""Writes the bytes of photos, whole and odd ones."""

import io
import struct
from typing import Any

import numpy as np
from PIL import Image

from animegan.images import files

ORIENTATION = 274


def encoded(image: Image.Image | np.ndarray, kind: str, **settings: Any) -> bytes:
    """The bytes of a file of a kind that Pillow knows."""
    files.register_formats()
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **settings)
    return buffer.getvalue()


def exif_block(*tags: tuple[int, int, int, bytes], rest: bytes = b"") -> bytes:
    """An EXIF block of tags, each a number, a type, a count and four bytes; ``rest`` follows them."""
    entries = b"".join(struct.pack("<HHI", *tag[:3]) + tag[3].ljust(4, b"\0") for tag in sorted(tags))
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + rest


def turned_exif(orientation: int, *more: tuple[int, int, int, bytes], rest: bytes = b"") -> bytes:
    """An EXIF block that says how a photo was held, and some more tags."""
    return exif_block((ORIENTATION, 3, 1, struct.pack("<H", orientation)), *more, rest=rest)


def hdr_avif(picture: np.ndarray, transfer: int) -> bytes:
    """An AVIF that says to be BT.2020 with a transfer function."""
    data = bytearray(encoded(picture, "AVIF", quality=95))
    place = data.index(b"colrnclx") + 8
    data[place : place + 6] = struct.pack(">HHH", 9, transfer, 9)
    return bytes(data)


def hdr_heic(picture: np.ndarray, transfer: int) -> bytes:
    """A HEIC of BT.2020 with a transfer function: of 10 bits if the picture has 16, else of 8."""
    import pillow_heif

    height, width, channels = picture.shape
    mode = ("RGB" if channels == 3 else "RGBA") + (";16" if picture.dtype == np.uint16 else "")
    buffer = io.BytesIO()
    pillow_heif.from_bytes(mode, (width, height), picture.tobytes()).save(
        buffer,
        quality=-1,
        chroma=444,
        color_primaries=9,
        transfer_characteristics=transfer,
        matrix_coefficients=9,
        full_range_flag=1,
    )
    return buffer.getvalue()
