"""Says in a finished animation how long its last frame is shown: FFmpeg takes the frame before for an example."""

from __future__ import annotations

import mmap
import struct
import zlib
from fractions import Fraction
from pathlib import Path

PNG = b"\x89PNG"


def show_last(path: Path, seconds: Fraction) -> None:
    """Write into an animated GIF, WebP or PNG how long its last frame is shown."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        if data[:4] == b"GIF8":
            at = data.rfind(b"!\xf9\x04")  # the last graphic control extension: flags, time in 1/100 s
            while at > 0 and data[at + 7 : at + 9] != b"\0,":
                at = data.rfind(b"!\xf9\x04", 0, at)
            if at > 0:
                data[at + 4 : at + 6] = struct.pack("<H", min(0xFFFF, max(1, round(100 * seconds))))
            return
        if data[:4] == PNG:
            _show_last_of_png(data, seconds)
            return
        at, last = 12, 0
        while at + 8 <= len(data):  # RIFF: name and size of each chunk
            if data[at : at + 4] == b"ANMF":
                last = at + 8
            at += 8 + (int.from_bytes(data[at + 4 : at + 8], "little") + 1) // 2 * 2
        if last:
            data[last + 12 : last + 15] = min(0xFFFFFF, max(1, round(1000 * seconds))).to_bytes(3, "little")


def _show_last_of_png(data: mmap.mmap, seconds: Fraction) -> None:
    at, last = 8, 0
    while at + 12 <= len(data):  # length, name, content and sum of each chunk
        if data[at + 4 : at + 8] == b"fcTL":
            last = at
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    if last:
        ticks = next((each for each in (1000, 100, 10) if seconds * each <= 0xFFFF), 1)
        shown = min(0xFFFF, max(1, round(seconds * ticks)))
        data[last + 28 : last + 32] = struct.pack(">HH", shown, ticks)
        data[last + 34 : last + 38] = zlib.crc32(data[last + 4 : last + 34]).to_bytes(4, "big")
