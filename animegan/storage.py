"""Writes files whole or not at all, even if the writing process is killed; holds locks; says why a file is refused."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EINVAL, ENAMETOOLONG, ENOSPC
from functools import lru_cache
from pathlib import Path
from typing import IO

from animegan.errors import AnimeganError, OutputNotWritableError, shown

PREFIX, SUFFIX = ".animegan-", ".part"
FULL = (ENOSPC, EDQUOT)
"""Errors of a disk, or of a person's share of it, that is full."""
PARTS_ARE_LOCKED = os.name != "nt"
"""Windows moves no open file and lets nobody else write to a locked one: there, dead writers' files stay."""


@contextmanager
def written_whole(path: Path, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """Open a temporary file for writing, and rename it to ``path`` at the end.

    If anything goes wrong, no partial file is left, and an existing file of that name is unharmed. Files that killed
    writers left in the folder are removed. ``mode`` is the file's permissions before the umask; by default only the
    owner has access.

    Raises:
        OSError: the name, the folder or the disk does not allow it.
    """
    if "\0" in str(path):
        raise OSError(EINVAL, "embedded null byte")
    _sweep(path.parent)
    with _part_in(path.parent, mode) as file:
        try:
            yield file
            file.flush()
            if not PARTS_ARE_LOCKED:
                file.close()  # elsewhere the lock must hold until the move
            os.replace(file.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(file.name)
            raise


@contextmanager
def output_file(path: Path) -> Iterator[IO[bytes]]:
    """`written_whole` for a file that a person asked for; the umask says who may read it.

    Raises:
        OutputNotWritableError: the name, the folder or the disk does not allow it.
    """
    try:
        with written_whole(path, mode=0o666) as file:
            yield file
    except (OSError, UnicodeError) as error:
        raise not_writable(path, error) from error


@contextmanager
def locked(path: str | os.PathLike[str], or_else: AnimeganError) -> Iterator[None]:
    """Hold the lock file ``path``, which goes at the end; the system ends a lock with its process.

    Raises:
        AnimeganError: another one holds it: ``or_else``.
        OSError: the folder or the disk does not allow it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=0.2, thread_local=False)  # a lock file that is just going asks for a second try
    try:
        lock.acquire()
    except Timeout as error:
        raise or_else from error
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)
        lock.release()


def not_writable(
    place: str | os.PathLike[str], error: Exception, instead: str = "choose another place"
) -> OutputNotWritableError:
    """The error to raise when ``error`` kept something from being written; ``instead`` is what the person can do."""
    code = getattr(error, "errno", None)
    if code == ENAMETOOLONG:
        instead = "choose a shorter name"
    elif code in FULL:
        instead = f"free some space, or {instead}"
    return OutputNotWritableError(
        "'{place}' cannot be written ({why}): {instead}.", place=shown(place), why=why(error), instead=instead
    )


def check_not_there(path: str | os.PathLike[str], is_ours: bool) -> None:
    """Refuse to replace a file that is there, unless this program wrote it.

    Raises:
        OutputNotWritableError: it did not.
    """
    if not is_ours:
        raise OutputNotWritableError(
            "'{path}' is there already, and is not replaced: choose another name, or allow it with --overwrite.",
            path=shown(path),
        )


def why(error: Exception) -> str:
    """A short reason out of an error of the system or of a file system, which may have many lines."""
    text = getattr(error, "strerror", None) or (str(error).strip().splitlines() or [type(error).__name__])[0]
    return shown(text)[:120].rstrip(".")


def _part_in(folder: Path, mode: int) -> IO[bytes]:
    """Create a file with a temporary name, locked as long as it is open."""
    while True:
        path = folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        file = open(path, "x+b", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        if PARTS_ARE_LOCKED:
            with suppress(OSError):  # this file system has no locks
                _lock(file, blocking=True)
        if os.path.exists(path):
            return file
        file.close()  # another process removed it before it was locked


@lru_cache(maxsize=64)  # once per folder is enough: it is for the files of earlier processes
def _sweep(folder: Path) -> None:
    """Remove the files of dead writers; living writers lock theirs."""
    for part in folder.glob(f"{PREFIX}*{SUFFIX}") if PARTS_ARE_LOCKED else ():
        with suppress(OSError), part.open("r+b") as file:
            if _lock(file, blocking=False):
                part.unlink()


def _lock(file: IO[bytes], blocking: bool) -> bool:
    """Lock an open file until it is closed; False: another process holds it, and was not waited for."""
    from filelock import lock_descriptor  # takes 0.1 s to import

    return lock_descriptor(file.fileno(), blocking=blocking)
