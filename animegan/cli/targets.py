"""Checks of what is to be written, before anything is computed for it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from animegan.errors import OutputNotWritableError, shown
from animegan.images import marks
from animegan.storage import check_not_there, not_writable

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Also replace a file that this program did not write.")]


def check_target(path: Path, overwrite: bool, is_ours: Callable[[Path], bool] = marks.is_ours) -> None:
    """Check that a file may be written, or replaced, as far as can be told without writing.

    Args:
        overwrite: any ordinary file may be replaced.
        is_ours: tells the files that may be replaced in any case, as this program wrote them.

    Raises:
        OutputNotWritableError: its name is too long, or something is there that must not be replaced.
    """
    *_, above = _missing(path.parent)
    try:
        there = os.lstat(above / path.name)  # above, because a name may be too long where its folder is yet to be made
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise not_writable(path.name, error) from error
    if above != path.parent:
        return
    if stat.S_ISLNK(there.st_mode):
        what, advice = "is a symbolic link", "name the file that it leads to, or choose another name"
    elif not stat.S_ISREG(there.st_mode):
        what, advice = "is no ordinary file", "choose another name"
    elif not there.st_mode & 0o222 or not os.access(path, os.W_OK):
        what, advice = "is read-only", "make it writable, or choose another name"
    else:
        if not overwrite:
            check_not_there(path, is_ours(path))
        return
    raise OutputNotWritableError(
        "'{path}' {what}, and is not replaced: {advice}.", path=shown(path), what=what, advice=advice
    )


@contextmanager
def made_folders(folders: Iterable[Path]) -> Iterator[None]:
    """Make folders, and those above them, where they are missing. Those of them that stay empty go again.

    Raises:
        OutputNotWritableError: one cannot be made, or not be written to.
    """
    made: list[Path] = []
    try:
        for folder in dict.fromkeys(folders):
            try:
                *missing, _ = _missing(folder)
                for each in reversed(missing):
                    each.mkdir(exist_ok=True)
                    made.append(each)
                tempfile.TemporaryFile(dir=folder).close()  # permissions, a read-only disk: it has many reasons
            except (OSError, ValueError) as error:
                raise not_writable(folder, error) from error
        yield
    finally:
        for folder in reversed(made):
            with suppress(OSError):  # it is not empty
                folder.rmdir()


def _missing(folder: Path) -> list[Path]:
    """A folder and those above it, up to the first that is there; that one is the last."""
    chain = [folder]
    while not os.path.isdir(chain[-1]) and chain[-1] != chain[-1].parent:  # pathlib's raises on names that cannot be
        chain.append(chain[-1].parent)
    return chain
