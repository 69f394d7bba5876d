"""Files that are there whole or not at all, whatever ends the process that writes them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: where nothing is locked, nothing tells the dead from the living
    fcntl = None

PREFIX, SUFFIX = ".animegan-", ".part"


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the name ``path`` at the end and is its owner's alone.

    Whatever goes wrong, no half file is left, and one that had the name before is unharmed. What writers
    that were killed left behind in the folder is removed.

    Raises:
        OSError: the folder or the disk does not allow it.
    """
    _sweep(path.parent)
    with _part_in(path.parent) as file:
        try:
            yield file
            file.flush()
            if fcntl is None:
                file.close()  # Windows moves no open file; elsewhere the lock must hold until it is moved
            os.replace(file.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(file.name)
            raise


def _part_in(folder: Path) -> IO[bytes]:
    """A new file under a temporary name, locked for as long as it is open."""
    while True:
        file = tempfile.NamedTemporaryFile(prefix=PREFIX, suffix=SUFFIX, dir=folder, delete=False)  # noqa: SIM115
        if fcntl is not None:
            with suppress(OSError):  # a filesystem without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(file.name):
            return file
        file.close()  # another process swept it away before it was locked


@lru_cache(maxsize=64)  # once in each folder will do: what was killed was killed before
def _sweep(folder: Path) -> None:
    """Remove the files of writers that are dead; those of the living are locked."""
    if fcntl is None:
        return
    for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError), part.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
