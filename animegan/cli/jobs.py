"""Which photos are drawn, and where each drawing goes. All of it is checked before the first one is drawn."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animegan.cli.targets import check_target
from animegan.errors import AnimeganError, BadOptionError, OutputNotWritableError, PhotoNotFoundError, shown
from animegan.images.files import PHOTO_SUFFIXES, SUFFIXES, refuse_address, unreadable_folder
from animegan.images.naming import drawing_test
from animegan.options import Setting
from animegan.styles.lookup import list_styles
from animegan.styles.sources import Style

STANDARD = "-"
"""The name of standard input, and of standard output."""
FORMAT = Setting(
    "format",
    "png",
    "Kind of the files in a folder, and of what goes to standard output; png without it.",
    "The format",
    choices=("png", "jpg", "webp"),
)


@dataclass(frozen=True)
class Job:
    """One drawing to be made."""

    source: Path | None
    """The photo; None: standard input."""
    target: Path | None
    """The file to write; None: standard output."""

    @property
    def repaired(self) -> Path | None:
        """The file for the repaired photo: photo-anime-repaired.png beside photo-anime.png."""
        return self.target and self.target.with_stem(f"{self.target.stem}-repaired")


@dataclass
class Plan:
    """All that is to be done."""

    jobs: list[Job] = field(default_factory=list)
    problems: list[AnimeganError] = field(default_factory=list)
    """Photos that cannot be drawn, and folders without any: the others are drawn all the same."""
    skipped: int = 0
    """Photos whose drawing is there already."""


@dataclass(frozen=True)
class _Photo:
    path: Path
    below: Path = Path()
    """Its folder, relative to the folder that was named."""


_STDIN = _Photo(Path("stdin"))
"""The photo that comes by standard input; its path is what a drawing in a folder is named after."""


def plan(
    sources: Sequence[str],
    out: str,
    style: Style,
    *,
    format: str | None = None,
    recursive: bool = False,
    skip_existing: bool = False,
    save_repaired: bool = False,
) -> Plan:
    """What to draw, and where to. Nothing is made or written.

    Args:
        sources: photos, folders of photos, or `STANDARD`, in any order; they are drawn in natural order.
        out: a file for one photo, a folder, or `STANDARD`.
        format: one of `FORMAT`'s choices, for the names in a folder.
        save_repaired: the repaired photos are written as well.

    Raises:
        PhotoNotFoundError: an address is no photo.
        BadOptionError: several photos for one file to write; a format that is not that of the file's name.
        OutputNotWritableError: no drawing can have that name, or it is that of one of the photos.
    """
    for source in sources:
        refuse_address(source)
    if sources.count(STANDARD) > 1:
        raise BadOptionError("Standard input holds one photo: name '{standard}' once.", standard=STANDARD)
    place = _Place(out, style.slug, format)
    done = Plan()
    photos = _found(sources, place.path, style, recursive, done.problems)
    count = len(photos) + len(done.problems)
    if not place.many and count > 1:
        raise BadOptionError(
            "{count} photos do not fit in {name}: name a folder with -o.", count=count, name=place.name
        )
    originals = {os.path.realpath(photo.path) for photo in photos if photo is not _STDIN}
    for photo in photos:
        job = Job(None if photo is _STDIN else photo.path, place.target(photo))
        files = [file for file in (job.target, job.repaired if save_repaired else None) if file is not None]
        for file in files:
            if os.path.realpath(file) in originals:
                raise OutputNotWritableError(
                    "'{file}' is one of the photos: choose another name for the drawing.", file=shown(file)
                )
        if skip_existing and job.target is not None and os.path.exists(job.target):
            done.skipped += 1
            continue
        try:
            for file in files:
                check_target(file)
            done.jobs.append(job)
        except OutputNotWritableError as error:
            if not place.many:
                raise
            done.problems.append(error)
    return done


def standard_input() -> bytes:
    """The photo that comes by standard input.

    Raises:
        PhotoNotFoundError: there is none.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise PhotoNotFoundError("No photo comes by standard input: send one, as in 'animegan stylize - < photo.jpg'.")
    data = sys.stdin.buffer.read()
    if not data:
        raise PhotoNotFoundError("Standard input is empty: send a photo, as in 'animegan stylize - < photo.jpg'.")
    return data


class _Place:
    """Where drawings go."""

    def __init__(self, out: str, style: str, format: str | None):
        """``style`` is what a style is called in a file's name.

        Raises:
            BadOptionError, OutputNotWritableError: there can be no such place.
        """
        if not out:
            raise BadOptionError("The output has no name: name a file or a folder with -o.")
        if format is not None:
            FORMAT.check(format)
        self.path = None if out == STANDARD else Path(out)
        self.name = "standard output" if self.path is None else f"the one file '{shown(out)}'"
        self._suffix, self._style = f".{format or FORMAT.default}", style
        self._taken: set[tuple[Path, str]] = set()
        folder = os.path.isdir(out) or out.endswith(("/", os.sep))  # pathlib's raises on names that cannot be
        suffix = "" if self.path is None or folder else self.path.suffix.lower()
        self.many = self.path is not None and not suffix
        if suffix and suffix not in SUFFIXES:
            raise OutputNotWritableError(
                "'{out}' cannot be written: name a folder, or a file that ends in {choices}.",
                out=shown(out),
                choices=", ".join(SUFFIXES),
            )
        if suffix and format is not None and suffix.replace("jpeg", "jpg") != self._suffix:
            raise BadOptionError(
                "'{out}' does not end in {suffix}: leave --format out, or give the file another name.",
                out=shown(out),
                suffix=self._suffix,
            )

    def target(self, photo: _Photo) -> Path | None:
        """The file for a photo's drawing; in a folder one that no other photo of this run has: a.jpg and a.png must
        not share one.
        """
        if self.path is None or not self.many:
            return self.path
        folder = self.path / photo.below
        stem = f"{photo.path.stem}-{self._style}"
        name, number = stem + self._suffix, 2
        while (folder, name.lower()) in self._taken:
            name, number = f"{stem}-{number}{self._suffix}", number + 1
        self._taken.add((folder, name.lower()))
        return folder / name


def _found(
    sources: Iterable[str], out: Path | None, style: Style, recursive: bool, problems: list[AnimeganError]
) -> list[_Photo]:
    """The photos that were named or lie in folders that were, in natural order; what is none goes to ``problems``."""
    found: list[_Photo] = []
    for source in sources:
        if source == STANDARD:
            found.append(_STDIN)
        elif os.path.isdir(source):
            before = len(problems)
            inside = list(_photos_in(Path(source), out, style, recursive, problems))
            found += inside
            if not inside and len(problems) == before:
                problems.append(
                    PhotoNotFoundError(
                        "There is no photo in the folder '{source}': name another.", source=shown(source)
                    )
                )
        elif os.path.isfile(source):
            found.append(_Photo(Path(source)))
        else:
            problems.append(
                PhotoNotFoundError("There is no photo at '{source}': check the path.", source=shown(source))
            )
    return sorted(found, key=lambda photo: natural_key(photo.path))


def natural_key(path: Path) -> Any:
    """What paths are sorted by so that photo2.jpg comes before photo10.jpg."""
    parts = (re.split(r"(\d+)", part) for part in path.parts)
    return [[int(text) if i % 2 else text.casefold() for i, text in enumerate(part)] for part in parts], str(path)


def _photos_in(
    folder: Path, out: Path | None, style: Style, recursive: bool, problems: list[AnimeganError]
) -> Iterator[_Photo]:
    """Photos of a folder, and of those below it if ``recursive``: no hidden ones, no drawings of this program, nothing
    in the folder ``out``.
    """
    is_drawing = drawing_test({each.slug for each in [*list_styles(), style]})
    place = None if out is None else os.path.realpath(out)

    def unreadable(error: OSError) -> None:
        problems.append(unreadable_folder(error.filename, error))

    for root, below, names in os.walk(folder, onerror=unreadable):
        here = Path(root)
        below[:] = [
            name for name in below if recursive and not name.startswith(".") and os.path.realpath(here / name) != place
        ]
        files = [name for name in names if not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES]
        stems = {Path(name).stem for name in files}
        for name in files:
            path = here / name
            if not is_drawing(name, stems) and os.path.realpath(path) != place and os.path.isfile(path):
                yield _Photo(path, here.relative_to(folder))
