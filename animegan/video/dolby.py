"""Knows clips whose colours only players with Dolby Vision can show."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

RECORDS = (b"dvcC", b"dvvC", b"dvwC")
"""Names of the configuration record ("Dolby Vision Streams within the ISO Base Media File Format", 2.2)."""
HEAD = 1 << 20
"""Bytes at the beginning of a file in which a record may stand, if it is no MP4."""
MOST = 1 << 26
"""Bytes of an MP4's index that are looked at."""


def without_base_layer(path: Path) -> int | None:
    """Return the profile of a clip in Dolby Vision whose pictures mean nothing without it, such as 5; else None."""
    with path.open("rb") as file:
        data = _index(file)
    for name in RECORDS:
        at = data.find(name)
        if at < 0:
            continue
        if data[at + 4 : at + 5] != b"\x01":  # Matroska: the name is the value of one element, the record of the next
            at = data.find(b"\x41\xed", at, at + 32) - 1
            if at < 0:
                continue
        record = data[at + 4 : at + 9]
        if len(record) == 5 and record[0] == 1 and record[4] >> 4 == 0:  # no other system can show the base layer
            return record[2] >> 1
    return None


def _index(file: BinaryIO) -> bytes:
    """Return the index of an MP4, or the beginning of another file."""
    head = file.read(HEAD)
    if head[4:8] != b"ftyp":
        return head
    at, size = 0, int.from_bytes(head[:4], "big")
    while size >= 8:
        at += size
        file.seek(at)
        box = file.read(16)
        size = int.from_bytes(box[:4], "big")
        if size == 1:
            size = int.from_bytes(box[8:16], "big")
        if box[4:8] == b"moov":
            file.seek(at)
            return file.read(min(size, MOST))
    return b""
