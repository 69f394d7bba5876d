"""Which photos were named or lie in folders that were, and what is left out of those folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animegan.errors import AnimeganError, PhotoNotFoundError, shown
from animegan.images import marks
from animegan.images.files import PHOTO_SUFFIXES, unreadable_folder

STANDARD = "-"
"""The name of standard input, and of standard output."""
CLIPS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".3gp", ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv")
NAMED = 200
"""Files that are left out are named up to so many of a kind."""


@dataclass(frozen=True)
class Photo:
    """A photo, and where it was found."""

    path: Path
    below: Path = Path()
    """Its folder, relative to the folder that was named."""


STDIN = Photo(Path("stdin"))
"""The photo that comes by standard input; its path is what a drawing in a folder is named after."""


@dataclass
class LeftOut:
    """What lies in a folder of photos and is not drawn; drawings of this program, and what is hidden, without names."""

    drawings: int = 0
    hidden: int = 0
    folders: list[str] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """One line that says how many and why; empty: nothing is left out."""
        kinds = (
            (self.drawings, "drawing of this program", "drawings of this program", ()),
            (self.hidden, "hidden", "hidden", ()),
            (len(self.folders), "folder, for --recursive", "folders, for --recursive", self.folders),
            (len(self.clips), "clip, for 'animegan video'", "clips, for 'animegan video'", self.clips),
            (len(self.others), "file that is no photo", "files that are no photos", self.others),
        )
        said = [f"{count} {one if count == 1 else many}{_listed(names)}" for count, one, many, names in kinds if count]
        return f"Left out: {'; '.join(said)}." if said else ""


def _listed(names: Iterable[str]) -> str:
    known = sorted(map(shown, names), key=str.casefold)
    more = f", and {len(known) - NAMED} more" if len(known) > NAMED else ""
    return f" ({', '.join(known[:NAMED])}{more})" if known else ""


def find(
    sources: Iterable[str], out: Path | None, recursive: bool, problems: list[AnimeganError], left: LeftOut
) -> list[Photo]:
    """The photos that were named or lie in folders that were, each once and in natural order. What is none and was
    named goes to ``problems``, what is left out of a folder to ``left``.
    """
    found: list[Photo] = []
    for source in sources:
        if source == STANDARD:
            found.append(STDIN)
        elif os.path.isdir(source):
            before = len(problems)
            inside = list(_photos_in(Path(source), out, recursive, problems, left))
            found += inside
            if not inside and len(problems) == before:
                problems.append(
                    PhotoNotFoundError(
                        "There is no photo in the folder '{source}': name another.", source=shown(source)
                    )
                )
        elif os.path.isfile(source):
            found.append(Photo(Path(source)))
        else:
            problems.append(
                PhotoNotFoundError("There is no photo at '{source}': check the path.", source=shown(source))
            )
    once = {STANDARD if photo is STDIN else os.path.abspath(photo.path): photo for photo in reversed(found)}
    return sorted(once.values(), key=lambda photo: natural_key(photo.path))


def natural_key(path: Path) -> Any:
    """What paths are sorted by so that photo2.jpg comes before photo10.jpg."""
    parts = (re.split(r"(\d+)", part) for part in path.parts)
    return [[int(text) if i % 2 else text.casefold() for i, text in enumerate(part)] for part in parts], str(path)


def _photos_in(
    folder: Path, out: Path | None, recursive: bool, problems: list[AnimeganError], left: LeftOut
) -> Iterator[Photo]:
    """Photos of a folder, and of those below it if ``recursive``: nothing hidden, no drawings of this program, nothing
    in the folder ``out``.
    """
    place = None if out is None else os.path.realpath(out)

    def unreadable(error: OSError) -> None:
        problems.append(unreadable_folder(error.filename, error))

    for root, below, names in os.walk(folder, onerror=unreadable):
        here = Path(root)
        inside = [name for name in below if not name.startswith(".") and os.path.realpath(here / name) != place]
        closed = [name for name in inside if not recursive or os.path.islink(here / name)]
        left.hidden += sum(name.startswith(".") for name in below)
        left.folders += [str((here / name).relative_to(folder)) for name in closed]
        below[:] = [name for name in inside if name not in closed]
        for name in names:
            path = here / name
            if os.path.realpath(path) == place:
                continue
            suffix = path.suffix.lower()
            if name.startswith("."):
                left.hidden += 1
            elif suffix not in PHOTO_SUFFIXES or not os.path.isfile(path):
                (left.clips if suffix in CLIPS else left.others).append(str(path.relative_to(folder)))
            elif marks.is_ours(path):
                left.drawings += 1
            else:
                yield Photo(path, here.relative_to(folder))
