"""Files that are cut off or damaged: what is left of the picture is read."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from animegan.images.resize import Array

if TYPE_CHECKING:
    from PIL import Image

LEAST = 0.5
"""Share of the picture that must be there."""
END_OF_JPEG, _TABLE, _SCAN = b"\xff\xd9", b"\xff\xc4", b"\xff\xda"
"""Markers of JPEG."""
_ENDS = {"JPEG": END_OF_JPEG, "MPO": END_OF_JPEG, "PNG": b"IEND\xaeB`\x82"}
_AVIF = (b"avif", b"avis")
"""Brands whose decoder gives nothing at all of a picture that is cut off."""
_BLOCK = 2**20

Rows: TypeAlias = npt.NDArray[np.bool_]
"""``(H,)``: whether each row is missing."""


def lacks_end(file: IO[bytes], format: str | None, start: int) -> bool:
    """Whether a JPEG or PNG whose pixels begin at ``start`` lacks its end mark, which other files may have after it, or
    a WebP is shorter than it says.
    """
    if format == "WEBP":
        file.seek(4)
        length = 8 + int.from_bytes(file.read(4), "little")
        return file.seek(0, io.SEEK_END) < length
    end = _ENDS.get(format or "")
    if end is None:
        return False
    file.seek(start)
    before = b""
    while block := file.read(_BLOCK):
        if end in before + block:
            return False
        before = block[1 - len(end) :]
    return True


def padded_webp(data: bytes) -> bytes | None:
    """Give a WebP that is cut off the length that it says to have, as its reader wants; None: half is missing."""
    length = 8 + int.from_bytes(data[4:8], "little")
    return data.ljust(length, b"\0") if LEAST * length <= len(data) < length else None


def filled_boxes(file: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Give a HEIC that is cut off the length that it says to have, once with zeros and once with ones: where the two
    pictures differ, nothing is known. None: it is whole, of another format, or half is missing.
    """
    size, place = file.seek(0, io.SEEK_END), 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(16)
        if place == 0 and (head[4:8] != b"ftyp" or head[8:12] in _AVIF):
            break
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:], "big")
        if length < 8:  # 0: to the end
            break
        place += length
    file.seek(0)
    if not size < place <= size / LEAST:
        return None
    data = file.read()
    return data.ljust(place, b"\0"), data.ljust(place, b"\xff")


def load(image: Image.Image, file: IO[bytes] | None) -> Rows | None:
    """Decode an image that was opened from ``file``, if from any, as far as its reader comes; return the rows that are
    missing, None if it is whole.

    Raises:
        Exception: nothing could be decoded.
    """
    try:
        image.load()
        return None
    except MemoryError:
        raise
    except Exception:
        if file is not None and image.format in ("JPEG", "MPO"):
            return _load_jpeg(image, file)
        image.tile = []  # type: ignore[attr-defined]  # so that its reader wants no more
        image.load()
        return _blank(np.asarray(image), 0)


def _load_jpeg(image: Image.Image, file: IO[bytes]) -> Rows:
    """Decode a JPEG whose end mark is missing, into ``image``: with it, progressive ones are drawn as well. One that
    ends within a table or a scan's head is drawn without them.
    """
    from PIL import Image

    file.seek(0)
    data = file.read()
    for end in (len(data), data.rfind(_TABLE), data.rfind(_SCAN)):
        ended = Image.open(io.BytesIO(data[:end] + END_OF_JPEG), formats=["JPEG"])
        try:
            ended.load()
        except OSError:
            continue
        image.im, image.tile = ended.im, []  # type: ignore[attr-defined]
        return _blank(np.asarray(ended), 127, 128)
    raise OSError("it is cut off")


def _blank(pixels: Array, *values: int) -> Rows:
    """Return which rows hold nothing but the values that a reader leaves."""
    rows: Rows = np.all(np.isin(pixels, values).reshape(len(pixels), -1), axis=1)
    return rows
