"""Where photos come from and drawings go: local folders, globs, and addresses of object stores."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePosixPath

from pyarrow import fs
from pyarrow.lib import ArrowInvalid

from animegan.errors import AnimeganError, BadOptionError, MissingExtraError, PhotoNotFoundError, shown
from animegan.images.files import unreadable_folder
from animegan.storage import check_not_there, not_writable, why, written_whole

OBJECT_STORES = ("s3", "gcs", "abfs", "hf", "gs", "s3a", "az", "adl", "oci", "oss")
"""What `pyarrow.fs` and fsspec call file systems in which a file appears when all of it is there, which have no
folders, and in which a file cannot be renamed without a copy."""
PARTS = ".animegan-parts"
"""Folder, below the place, of files that are still being written where a file would be seen half written."""


class Place:
    """A folder on some file system."""

    def __init__(self, address: str):
        """``address`` is the path of a folder, or the address of one, such as ``s3://bucket/folder``."""
        self.address = address

    @cached_property
    def _reached(self) -> tuple[fs.FileSystem, str]:
        if "://" not in self.address:
            return fs.LocalFileSystem(), os.path.abspath(self.address)
        try:
            try:
                system, root = fs.FileSystem.from_uri(self.address)
            except (ArrowInvalid, ValueError):  # a kind that pyarrow does not know: fsspec knows many more
                import fsspec

                found, root = fsspec.core.url_to_fs(self.address)
                system = fs.PyFileSystem(fs.FSSpecHandler(found))
        except ImportError as error:
            raise MissingExtraError(
                "'{address}' needs a library that is not installed ({why}): install it with pip.",
                address=shown(self.address),
                why=error,
            ) from error
        except (OSError, ValueError, TypeError) as error:
            raise self._out_of_reach(error) from error
        return system, root.rstrip("/")

    @property
    def system(self) -> fs.FileSystem:
        """The file system.

        Raises:
            BadOptionError: there is none of that kind, or it does not answer.
            MissingExtraError: the library for that kind is not installed.
        """
        return self._reached[0]

    @property
    def root(self) -> str:
        """The folder's path on the file system."""
        return self._reached[1]

    @property
    def is_local(self) -> bool:
        """Whether it is a folder on this machine."""
        return isinstance(self.system, fs.LocalFileSystem)

    @property
    def is_object_store(self) -> bool:
        """Whether files appear whole, and folders need not be made."""
        return self.system.type_name.rpartition("+")[2] in OBJECT_STORES

    def path(self, relative: str = "") -> str:
        """The path, on the file system, of something in the folder."""
        return f"{self.root}/{relative}" if relative else self.root

    def kind(self, relative: str = "") -> fs.FileType:
        """What is there.

        Raises:
            BadOptionError: the file system does not answer.
        """
        try:
            return self.system.get_file_info(self.path(relative)).type
        except OSError as error:
            raise self._out_of_reach(error) from error

    def check_free(self, relative: str, is_ours: Callable[[], bool]) -> None:
        """Check that no file of somebody else's is there; ``is_ours`` tells whether this program wrote the file.

        Raises:
            BadOptionError: the file system does not answer.
            OutputNotWritableError: it did not.
        """
        if self.kind(relative) is fs.FileType.File:
            check_not_there(relative, is_ours())

    def _out_of_reach(self, error: Exception) -> BadOptionError:
        return BadOptionError(
            "'{address}' cannot be reached ({why}): check the address, and your access to it.",
            address=shown(self.address),
            why=why(error),
        )

    def read(self, relative: str) -> bytes:
        """The bytes of a file.

        Raises:
            PhotoNotFoundError: it cannot be read.
        """
        try:
            with self.system.open_input_stream(self.path(relative)) as file:
                return bytes(file.read())
        except OSError as error:
            raise PhotoNotFoundError(
                "'{relative}' cannot be read ({why}): check that it is there, and its permissions.",
                relative=shown(relative),
                why=why(error),
            ) from error

    def write(self, relative: str, data: bytes | memoryview) -> None:
        """Write a file whole or not at all; the folders above it are made.

        Raises:
            OSError: the place does not allow it.
        """
        path = self.path(relative)
        if self.is_object_store:
            self._write(path, data)
            return
        self.system.create_dir(str(PurePosixPath(path).parent), recursive=True)
        if self.is_local:
            with written_whole(Path(path), mode=0o666) as file:
                file.write(data)
            return
        part = self.path(f"{PARTS}/{secrets.token_hex(8)}")
        self.system.create_dir(self.path(PARTS), recursive=True)
        self._write(part, data)
        self.system.move(part, path)

    def _write(self, path: str, data: bytes | memoryview) -> None:
        with self.system.open_output_stream(path) as file:
            file.write(data)

    def delete(self, relative: str) -> None:
        """Delete a file, if it is there.

        Raises:
            OutputNotWritableError: the place does not allow it.
        """
        try:
            self.system.delete_file(self.path(relative))
        except FileNotFoundError:
            return
        except OSError as error:
            raise not_writable(self.address, error) from error

    def delete_parts(self) -> None:
        """Delete what killed writers left; nobody may be writing."""
        if not self.is_local and not self.is_object_store:
            with suppress(OSError):
                self.system.delete_dir(self.path(PARTS))

    def delete_empty(self, *folders: str) -> None:
        """Delete folders, the innermost first, where they are empty."""
        if self.is_object_store:
            return
        for path in map(self.path, folders):
            with suppress(OSError):
                if not self.system.get_file_info(fs.FileSelector(path)):
                    self.system.delete_dir(path)

    def files(self, problems: list[AnimeganError]) -> Iterator[tuple[str, int]]:
        """All files in the folder and in those below it, in order: their paths relative to it, and their bytes. Hidden
        ones are left out, and folders that are links. Folders that cannot be read go to ``problems``.
        """

        def unreadable(error: OSError) -> None:
            problems.append(unreadable_folder(error.filename or self.address, error))

        try:
            yield from self._files_here(unreadable) if self.is_local else self._files_there()
        except OSError as error:
            unreadable(error)

    def _files_here(self, unreadable: Callable[[OSError], None]) -> Iterator[tuple[str, int]]:
        for root, folders, names in os.walk(self.root, onerror=unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            below = "" if root == self.root else f"{os.path.relpath(root, self.root).replace(os.sep, '/')}/"
            for name in sorted(names):
                path = os.path.join(root, name)
                if not name.startswith(".") and os.path.isfile(path):
                    yield f"{below}{name}", os.path.getsize(path)

    def _files_there(self) -> Iterator[tuple[str, int]]:
        top = self.root
        found = self.system.get_file_info(fs.FileSelector(top, recursive=True, allow_not_found=True))
        for info in sorted(found, key=lambda info: info.path):
            path = info.path[len(top) :].lstrip("/")
            if info.type is fs.FileType.File and not any(part.startswith(".") for part in path.split("/")):
                yield path, info.size or 0


def absolute(address: str) -> str:
    """An address that means the same in another folder."""
    return address if "://" in address or not address else os.path.abspath(address)


def split_glob(address: str) -> tuple[str, re.Pattern[str] | None]:
    """Split an address into the folder before its first wildcard, and a pattern for paths below that folder.

    ``*`` is any part of a name, ``**`` any folders, ``[ab]`` one of these, and ``?`` any letter, except in an address
    with ``://``, where it begins the parameters. None: the address has no wildcard, or is a folder that is called so.
    """
    from fsspec.utils import glob_translate

    name, mark, parameters = address.partition("?") if "://" in address else (address, "", "")
    first = re.search(r"[*?\[]", name)
    if first is None or ("://" not in name and os.path.isdir(name)):
        return address, None
    folder, _, pattern = name[: first.start()].rpartition("/")
    pattern += name[first.start() :]
    if "://" not in name and not folder:
        folder = "/" if name.startswith("/") else "."
    return f"{folder}{mark}{parameters}", re.compile(glob_translate(pattern))
