"""When a photo was taken, where its EXIF does not say so: in XMP, in IPTC, or in a text of a PNG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

_NAMES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
"""Properties of XMP with the date, the best first, by their usual prefixes; as attributes or as elements."""
_DATE, _TIME = (2, 55), (2, 60)
"""Fields of IPTC: CCYYMMDD, and HHMMSS with the offset from UTC."""


def taken(image: Image.Image) -> datetime | None:
    """The time at which a photo was taken, by what stands beside its EXIF; None: nothing says so."""
    for text in _texts(image):
        with suppress(ValueError):
            return datetime.fromisoformat(text.strip())
    return None


def _texts(image: Image.Image) -> Iterator[str]:
    packet = xmp_text(image.info)
    for name in _NAMES:
        yield from re.findall(rf"""{name}\s*(?:=\s*["']|>)([^"'<]+)""", packet)
    iptc = _iptc(image)
    if date := iptc.get(_DATE):
        yield f"{date}T{iptc.get(_TIME, '000000')}"
        yield str(date)
    yield str(image.info.get("Creation Time", "")).replace(":", "-", 2)


def xmp_text(info: dict[Any, Any]) -> str:
    """The XMP packet of a picture; empty: there is none."""
    packet = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    return packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)


def _iptc(image: Image.Image) -> dict[Any, str]:
    from PIL.IptcImagePlugin import getiptcinfo

    try:
        found = getiptcinfo(image) or {}  # type: ignore[arg-type]
        return {key: value.decode("ascii", "replace") for key, value in found.items() if isinstance(value, bytes)}
    except Exception:  # a block of any bytes makes the parser raise almost anything
        return {}
