"""Writes files completely or not at all, even if the writing process is killed."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

if sys.platform == "win32":  # no locks: a dead writer's file looks like one still being written
    fcntl = None
else:
    import fcntl

PREFIX, SUFFIX = ".animegan-", ".part"


@contextmanager
def written_whole(path: Path, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """Open a temporary file for writing, and rename it to ``path`` at the end.

    If anything goes wrong, no partial file is left, and an existing file of that name is unharmed. Files that killed
    writers left in the folder are removed. ``mode`` is the file's permissions before the umask; by default only the
    owner has access.

    Raises:
        OSError: the folder or the disk does not allow it.
    """
    _sweep(path.parent)
    with _part_in(path.parent, mode) as file:
        try:
            yield file
            file.flush()
            if fcntl is None:
                file.close()  # Windows cannot move an open file; elsewhere the lock must hold until the move
            os.replace(file.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(file.name)
            raise


def _part_in(folder: Path, mode: int) -> IO[bytes]:
    """Create a file with a temporary name, locked as long as it is open."""
    while True:
        path = folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        file = open(path, "x+b", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        if fcntl is not None:
            with suppress(OSError):  # this file system has no locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(path):
            return file
        file.close()  # another process removed it before it was locked


@lru_cache(maxsize=64)  # once per folder is enough: it is for the files of earlier processes
def _sweep(folder: Path) -> None:
    """Remove the files of dead writers; living writers lock theirs."""
    if fcntl is None:
        return
    for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError), part.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
