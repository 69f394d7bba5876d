"""The mark of what this program writes: its name in the file, and nothing else. By it our drawings are told from
photos, whatever they are called.
"""

from __future__ import annotations

import os
import warnings
from typing import IO, Any

MARK = "animegan"
SOFTWARE = 0x0131
"""EXIF's tag for the program that wrote a picture."""
_FORMATS = ("GIF", "JPEG", "PNG", "WEBP")
_GIF_END = b"\x21\xfe" + bytes([len(MARK)]) + MARK.encode() + b"\0;"
"""A comment, and the byte that ends a GIF."""


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
        picture.fp.seek(-len(_GIF_END), os.SEEK_END)
        return bool(picture.fp.read() == _GIF_END)
    if picture.format == "PNG":  # Pillow would decode it to look for EXIF behind the pixels
        return bool(picture.info.get("Software") == MARK)
    return bool(picture.getexif().get(SOFTWARE) == MARK)


def mark_animation(file: IO[bytes]) -> None:
    """Put the mark at the end of an open GIF or animated WebP; other files are left alone."""
    file.seek(0)
    head = file.read(30)
    if head[:4] == b"GIF8":
        _mark_gif(file)
    elif head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
        _mark_webp(file, head)


def _mark_gif(file: IO[bytes]) -> None:
    file.seek(-1, os.SEEK_END)
    if file.read(1) == b";":
        file.seek(-1, os.SEEK_END)
        file.write(_GIF_END)


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
