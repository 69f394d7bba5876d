"""How drawings are told from photos by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from pathlib import PurePath

from animegan.images.files import SUFFIXES


def drawing_test(slugs: Iterable[str]) -> Callable[[str, Container[str]], bool]:
    """Return a function of a file's name and the stems of the photos in its folder: whether the file is called as the
    drawing of one of them, photo-anime.png or photo-anime-2.png, or as the repaired photo, photo-anime-repaired.png.
    ``slugs`` is what styles are called in the names of files.
    """
    patterns = [re.compile(rf"(.+)-{re.escape(slug)}(-\d+)?(-repaired|-mended)?") for slug in slugs]

    def is_drawing(name: str, stems: Container[str]) -> bool:
        path = PurePath(name)
        if "-" not in name or path.suffix.lower() not in SUFFIXES:
            return False
        matches = (pattern.fullmatch(path.stem) for pattern in patterns)
        return any(match is not None and match[1] in stems for match in matches)

    return is_drawing
