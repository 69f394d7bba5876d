"""Unpacks a zip of pairs that a visitor sent. Nothing in it is trusted: sizes and counts are bounded, and only pictures
in ``photo/`` and ``drawn/`` are written, under names of our own making.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from animegan.errors import BadPairsError
from animegan.images.files import PHOTO_SUFFIXES

FOLDERS = ("photo", "drawn")
MAX_PICTURES = 1000
MAX_PICTURE_BYTES = 80 * 1024 * 1024
MAX_ALL_BYTES = 1024 * 1024 * 1024


def unpack(archive: Path, folder: Path) -> int:
    """Write the pictures of ``photo/`` and ``drawn/`` in a zip, which may lie deeper in it, to such folders in
    ``folder``. Returns the number of pictures.

    Raises:
        BadPairsError: it is no zip, is protected, holds too much, or holds no such pictures.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            entries = [(kind, entry) for entry in zipped.infolist() if (kind := _kind(entry)) is not None]
            if len(entries) > MAX_PICTURES:
                raise BadPairsError(
                    "The zip holds {entries} pictures: send at most {max_pictures}.",
                    entries=len(entries),
                    max_pictures=MAX_PICTURES,
                )
            for kind in FOLDERS:
                (folder / kind).mkdir(parents=True, exist_ok=True)
            names: dict[str, str] = {}
            left = MAX_ALL_BYTES
            for kind, entry in entries:
                left -= _copy(zipped, entry, folder / kind / _safe_name(PurePosixPath(entry.filename), names), left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise BadPairsError(
            "The zip cannot be unpacked: send one without a password that holds the folders photo and drawn."
        ) from error
    if not entries:
        raise BadPairsError("The zip holds no pairs: put photos into a folder photo, and their drawings into drawn.")
    return len(entries)


def _kind(entry: zipfile.ZipInfo) -> str | None:
    """The folder of a picture, ``photo`` or ``drawn``; None for all else in a zip."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    if entry.is_dir() or hidden or path.suffix.lower() not in PHOTO_SUFFIXES:
        return None
    parent = path.parent.name.lower()
    return parent if parent in FOLDERS else None


def _safe_name(path: PurePosixPath, names: dict[str, str]) -> str:
    """A plain file name, the same for a photo and its drawing; ``names`` holds those that are taken, by the name of the
    pair.
    """
    path = PurePosixPath(str(path).replace("\\", "/"))
    stem, pair = path.stem, str(path.parent.parent / path.stem)
    if pair not in names:
        plain = re.sub(r"[^\w-]+", "-", stem, flags=re.ASCII).strip("-")[:60] or "picture"
        taken = set(names.values())
        free = (name for name in (plain, *(f"{plain}-{n}" for n in range(1, MAX_PICTURES + 1))) if name not in taken)
        names[pair] = next(free)
    return names[pair] + path.suffix.lower()


def _copy(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write one picture; returns its bytes, counted while it is unpacked: the zip may say anything."""
    size = 0
    with zipped.open(entry) as source, target.open("wb") as file:
        while piece := source.read(1024 * 1024):
            size += len(piece)
            if size > min(MAX_PICTURE_BYTES, left):
                raise BadPairsError("The zip unpacks to more than fits: send smaller or fewer pictures.")
            file.write(piece)
    return size
