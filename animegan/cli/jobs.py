"""Which photos are drawn, and where each drawing goes. All of it is checked before the first one is drawn."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from animegan.cli.found import STANDARD, STDIN, LeftOut, Photo, find
from animegan.cli.targets import check_target
from animegan.errors import AnimeganError, BadOptionError, OutputNotWritableError, PhotoNotFoundError, shown
from animegan.images.files import SUFFIXES, refuse_address
from animegan.images.marks import is_ours
from animegan.images.naming import drawings_of, free
from animegan.options import Setting
from animegan.styles.sources import Style

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
    left_out: LeftOut = field(default_factory=LeftOut)
    """What else lies in the folders that were named."""


def plan(
    sources: Sequence[str],
    out: str,
    style: Style,
    *,
    format: str | None = None,
    recursive: bool = False,
    skip_existing: bool = False,
    save_repaired: bool = False,
    overwrite: bool = False,
) -> Plan:
    """What to draw, and where to. Nothing is made or written.

    Args:
        sources: photos, folders of photos, or `STANDARD`, in any order; they are drawn in natural order.
        out: a file for one photo, a folder, or `STANDARD`.
        format: one of `FORMAT`'s choices, for the names in a folder.
        save_repaired: the repaired photos are written as well.
        overwrite: also files that this program did not write may be replaced, but never one of the photos.

    Raises:
        PhotoNotFoundError: an address is no photo.
        BadOptionError: several photos for one file to write; a format that is not that of the file's name.
        OutputNotWritableError: no drawing can have that name, or it is that of one of the photos or of a file that may
            not be replaced; in a folder that is one of the plan's problems.
    """
    for source in sources:
        refuse_address(source)
    if sources.count(STANDARD) > 1:
        raise BadOptionError("Standard input holds one photo: name '{standard}' once.", standard=STANDARD)
    place = _Place(out, style.slug, format)
    done = Plan()
    photos = find(sources, place.path, recursive, done.problems, done.left_out)
    count = len(photos) + len(done.problems)
    if not place.many and count > 1:
        raise BadOptionError(
            "{count} photos do not fit in {name}: name a folder with -o.", count=count, name=place.name
        )
    originals = {os.path.realpath(photo.path) for photo in photos if photo is not STDIN}
    for photo, target in zip(photos, place.targets(photos, originals), strict=True):
        job = Job(None if photo is STDIN else photo.path, target)
        if skip_existing and job.target is not None and os.path.exists(job.target):
            done.skipped += 1
            continue
        files = [file for file in (job.target, job.repaired if save_repaired else None) if file is not None]
        try:
            for file in files:
                if os.path.realpath(file) in originals:
                    raise OutputNotWritableError(
                        "'{file}' is one of the photos: choose another name for the drawing.", file=shown(file)
                    )
                check_target(file, overwrite)
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

    def targets(self, photos: Sequence[Photo], originals: Container[str]) -> list[Path | None]:
        """The file for each photo's drawing. In a folder, photos that share a name but for the suffix, or come from
        several folders, have drawings of longer names; none is called as one of the ``originals``.
        """
        if self.path is None or not self.many:
            return [self.path] * len(photos)
        groups: dict[tuple[Path, str], list[Photo]] = {}
        for photo in photos:
            groups.setdefault((photo.below, photo.path.stem.casefold()), []).append(photo)
        named: dict[Photo, Path] = {}
        for (below, _), group in groups.items():
            called = partial(self._drawing, self.path / below)
            named |= zip(group, drawings_of([photo.path for photo in group], called, is_ours), strict=True)
        taken: set[str] = set()
        return [free(named[photo], taken, originals) for photo in photos]

    def _drawing(self, folder: Path, name: str) -> Path:
        return folder / f"{name}-{self._style}{self._suffix}"
