"""The mark of what this program writes: its name in the file, and nothing else. By it our drawings are told from
photos, whatever they are called.
"""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from typing import IO, Any

MARK = "animegan"
SOFTWARE = 0x0131
"""EXIF's tag for the program that wrote a picture."""
_FORMATS = ("GIF", "JPEG", "PNG", "WEBP")
_GIF_END = b"\x21\xfe" + bytes([len(MARK)]) + MARK.encode() + b"\0;"
"""A comment, and the byte that ends a GIF."""
_TEXT = b"tEXtSoftware\0" + MARK.encode()
_IEND = b"\0\0\0\0IEND\xaeB`\x82"
_PNG_END = struct.pack(">I", len(_TEXT) - 4) + _TEXT + struct.pack(">I", zlib.crc32(_TEXT)) + _IEND
"""A text, and the chunk that ends a PNG."""


def is_ours(source: str | os.PathLike[str] | IO[bytes]) -> bool:
    """Whether a file, by its path or open, is a picture that this program wrote; no pixels are read."""
    from PIL import Image

    Image.init()  # `Image.open(formats=…)` only knows loaded readers
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about large pictures
            with Image.open(source, formats=_FORMATS) as picture:
                return _has_mark(picture)
    except Exception:  # no picture, or broken: parsers raise almost anything
        return False


def _has_mark(picture: Any) -> bool:
    if picture.format == "GIF":
        return _ends_with(picture.fp, _GIF_END)
    if picture.format == "PNG":  # Pillow would decode it to look for EXIF behind the pixels
        return bool(picture.info.get("Software") == MARK) or _ends_with(picture.fp, _PNG_END)
    return bool(picture.getexif().get(SOFTWARE) == MARK)


def _ends_with(file: IO[bytes], end: bytes) -> bool:
    file.seek(-len(end), os.SEEK_END)
    return file.read() == end


def mark_animation(file: IO[bytes]) -> None:
    """Put the mark at the end of an open GIF, PNG or animated WebP; other files are left alone."""
    file.seek(0)
    head = file.read(30)
    if head[:4] == b"GIF8":
        _replace_end(file, b";", _GIF_END)
    elif head[:4] == b"\x89PNG":
        _replace_end(file, _IEND, _PNG_END)
    elif head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
        _mark_webp(file, head)


def _replace_end(file: IO[bytes], end: bytes, new: bytes) -> None:
    if _ends_with(file, end):
        file.seek(-len(end), os.SEEK_END)
        file.write(new)


def _mark_webp(file: IO[bytes], head: bytes) -> None:
    """A chunk of EXIF behind the others, announced in the flags and in the length of all."""
    from PIL import Image

    exif = Image.Exif()
    exif[SOFTWARE] = MARK
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = b"EXIF" + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)
    size = file.seek(0, os.SEEK_END)
    file.write(chunk)
    file.seek(4)
    file.write((size + len(chunk) - 8).to_bytes(4, "little"))
    file.seek(20)
    file.write(bytes([head[20] | 0x08]))
