"""What a style file of one's own says about itself: the metadata of a ``.safetensors`` file.

A style file is data and never code. Anyone may have written it, so every field is checked and bounded when it is read.
Reading it needs neither PyTorch nor the network.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from animegan.errors import NotAModelError, shown

FORMAT = 1
"""Version of the metadata. A reader refuses files with a later one."""
SUFFIX = ".safetensors"
FACES = "faces"
"""Prefix of the tensors of a face network, and the part of a style after ``#``."""
HUB_FILE = "style.safetensors"
"""Name of the style file in a repository on the Hub."""
MAX_HEADER = 1_000_000
"""Bytes of metadata that are read at most."""
MAX_PREVIEW = 100_000
"""Bytes of a preview picture at most."""
MAX_RANK = 64
_MARK = "animegan_style"
_NOT_ALLOWED = frozenset("<>[]`|\\*")
"""Letters that mean something in Markdown or HTML, where names are shown."""
_LINES = {"name": 60, "licence": 300, "caption": 80, "author": 80, "learned_from": 200, "size": 20}
"""Fields of text, and how many letters they may have."""
_BASES = {"base": 200, "faces_base": 200}
"""Fields of text that are paths or addresses."""
_HASHES = ("base_sha256", "faces_base_sha256")
_NUMBERS = {"pairs": 10**9, "steps": 10**12, "adapter_rank": MAX_RANK}
"""Fields of numbers, and how large they may be."""


@dataclass(frozen=True)
class StyleInfo:
    """What is known of a style of one's own."""

    name: str
    base: str
    """The style that training began with: an id of the table, or a name as
    `animegan.styles.lookup.find_style` takes it."""
    base_sha256: str
    """Hash of the base's weights file."""
    licence: str
    """What the weights may be used for; see `derived_licence`."""
    caption: str = ""
    author: str = ""
    learned_from: str = ""
    """What made the drawings, in words."""
    pairs: int = 0
    """Pairs of photo and drawing that training used, without those that were kept out."""
    steps: int = 0
    size: str = "normal"
    adapter_rank: int = 0
    """Rank of the adapters in the file; 0: the file holds whole networks."""
    faces_base: str = ""
    """The style that the training of the face network began with; empty: the file has no face network."""
    faces_base_sha256: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Measured on the pairs that were kept out: PSNR to the drawings in dB, and the like."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    preview: bytes = b""
    """A small picture, JPEG; made of a photo of ours, not of the user's."""

    @property
    def has_faces(self) -> bool:
        """Whether the file holds a face network as well."""
        return bool(self.faces_base)

    @property
    def sentence(self) -> str:
        """One line that helps users choose."""
        made = f"A style of one's own, begun from {self.base}"
        return f"{made}; learned from {self.learned_from}." if self.learned_from else f"{made}."

    def to_metadata(self) -> dict[str, str]:
        """The metadata of the file: text by name."""
        values = {
            _MARK: str(FORMAT),
            **{name: _line(getattr(self, name), most) for name, most in _LINES.items()},
            **{name: _line(getattr(self, name), most, frozenset()) for name, most in _BASES.items()},
            **{name: str(getattr(self, name)) for name in (*_HASHES, *_NUMBERS)},
            "figures": json.dumps(dict(self.figures)),
            "recipe": json.dumps(dict(self.recipe)),
            "preview": base64.b64encode(self.preview).decode(),
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> StyleInfo:
        """The inverse of `to_metadata`.

        Raises:
            ValueError: a field is missing or out of bounds.
        """
        version = _number(metadata[_MARK], 1000)
        if version > FORMAT:
            raise ValueError(f"its format {version} is newer than this program: update animegan")
        preview = metadata.get("preview", "")
        if len(preview) > MAX_PREVIEW * 4 // 3 + 4:
            raise ValueError("its preview is too large")
        texts = {name: _line(metadata.get(name, ""), most) for name, most in _LINES.items()}
        without = {"name": "my style", "licence": "as its author says", "size": "normal"}
        values: dict[str, Any] = {
            **{name: text or without.get(name, "") for name, text in texts.items()},
            **{name: _line(metadata.get(name, ""), most, frozenset()) for name, most in _BASES.items()},
            **{name: _hash(metadata.get(name, "")) for name in _HASHES},
            **{name: _number(metadata.get(name, "0"), most) for name, most in _NUMBERS.items()},
        }
        figures = list(_object(metadata.get("figures", "{}")).items())[:40]
        return cls(
            **values,
            figures={_line(name, 40): _finite(value) for name, value in figures},
            recipe=_object(metadata.get("recipe", "{}")),
            preview=base64.b64decode(preview, validate=True),
        )


def read_info(path: str | Path) -> StyleInfo | None:
    """Read what a file says about itself; None: it is no style file, but it may be another kind of weights.

    Raises:
        NotAModelError: it says that it is a style file, but a field is wrong.
    """
    path = Path(path)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return _read_info(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _read_info(path: Path, changed: int, size: int) -> StyleInfo | None:
    metadata = _metadata(path)
    if _MARK not in metadata:
        return None
    try:
        return StyleInfo.from_metadata(metadata)
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise NotAModelError(
            "'{name}' is no style file that can be read ({why}): choose another file.",
            name=shown(path.name),
            why=shown(error),
        ) from error


def _metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file, from its header alone; empty if there are none. The header is JSON behind 8
    bytes with its length.
    """
    if path.suffix.lower() != SUFFIX:
        return {}
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MAX_HEADER:
                return {}
            metadata = json.loads(file.read(length)).get("__metadata__", {})
    except (OSError, ValueError, struct.error, AttributeError, RecursionError):
        return {}
    if not isinstance(metadata, dict):
        return {}
    return {name: value for name, value in metadata.items() if isinstance(value, str)}


def derived_licence(base: str, teacher: str = "") -> str:
    """The licence of a style that was begun from weights with the licence ``base``: the same. ``teacher`` names a
    foreign program that made the drawings; its terms then count as well.
    """
    return f"{base}; and the terms of its teacher, {teacher}" if teacher else base


def _line(text: str, most: int, without: frozenset[str] = _NOT_ALLOWED) -> str:
    """One line of printable text without the letters ``without``, of at most ``most`` characters."""
    letters = (" " if letter.isspace() else letter for letter in str(text))
    kept = "".join(letter for letter in letters if letter.isprintable() and letter not in without)
    return " ".join(kept.split())[:most].strip()


def _number(text: str, most: int) -> int:
    number = int(text[:20])
    if not 0 <= number <= most:
        raise ValueError(f"{number} is out of bounds")
    return number


def _hash(text: str) -> str:
    if text and re.fullmatch(r"[0-9a-f]{64}", text) is None:
        raise ValueError("a hash has 64 hexadecimal digits")
    return text


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a list of figures or settings is missing")
    return value


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("a figure is no number")
    return float(value)
