"""Writes the folder of an embedded page: all of it, or nothing."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from animegan.embed import runtime
from animegan.embed.contents import Contents, Say, contents
from animegan.embed.runtime import Library
from animegan.errors import OutputNotWritableError, RuntimeUnavailableError, shown
from animegan.storage import PREFIX, SUFFIX, not_writable

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Written:
    """A folder that was written, with the ids of its styles in the page's order and the bytes of all its files."""

    path: Path
    styles: tuple[str, ...]
    files: int
    bytes: int
    first_visit: int
    """Bytes that a reader fetches before the first drawing, without what faces need."""
    reads_heic: bool
    """Whether it reads HEIC photos where the browser does not."""
    draws_clips: bool
    """Whether it draws clips."""
    difference: float
    """The largest difference of a network of ours to PyTorch, of values in [-1, 1]."""


def write(
    out: str | os.PathLike[str],
    styles: Iterable[str] = (),
    *,
    live: bool = False,
    webgpu: bool = False,
    package: Path | None = None,
    heic: Path | None = None,
    clips: Path | None = None,
    say: Say = lambda text: None,
) -> Written:
    """Write a page that draws photos in the reader's browser, as a folder for any static host.

    Args:
        out: the folder: a new one, an empty one, or one that this wrote before, which is then replaced. Files whose
            names begin with a dot stay, such as a repository's.
        styles: built-in styles by id, or style files; none: all built-in ones. The first is the page's default.
        live: also the small networks for the camera, where there are any.
        webgpu: also the engine for the reader's graphics card; a browser without one uses the other.
        package: the npm package of onnxruntime-web; None: it is fetched once and cached.
        heic: the npm package of libheif-js; None: it is fetched once and cached, and left out where that fails.
        clips: the npm package of mediabunny, likewise.
        say: told what is being done.

    Raises:
        OutputNotWritableError: the folder holds other files, or cannot be written; it is then unchanged.
        RuntimeUnavailableError: there is no way to onnxruntime-web, or a given package is not the pinned one.
        UnknownStyleError, BadOptionError: there is no such style, or it must be downloaded.
        NotAModelError: a file is not one of our own networks.
        MissingExtraError: the packages that write ONNX are not installed.
    """
    folder = Path(out)
    _check(folder)
    package = runtime.locate(runtime.ORT, package)
    libraries = {"heic": _optional(runtime.HEIF, heic), "clips": _optional(runtime.CLIPS, clips)}
    made = contents(styles, live, webgpu, package, libraries, say)
    try:
        _place(made, folder)
    except OSError as error:
        raise not_writable(folder, error) from error
    manifest, size = json.loads(made.files[MANIFEST]), sum(map(len, made.files.values()))
    listed = tuple(style["id"] for style in manifest["styles"])
    difference = max(made.differences[name] for name, about in made.networks.items() if "stride" in about)
    return Written(
        path=folder,
        styles=listed,
        files=len(made.files),
        bytes=size,
        first_visit=manifest["first_visit"],
        reads_heic=bool(manifest.get("heic")),
        draws_clips=bool(manifest.get("clips")),
        difference=difference,
    )


def _optional(library: Library, given: Path | None) -> tuple[Library, Path | None]:
    """A library and its package; None where it was not given and cannot be had: the page draws photos all the same."""
    try:
        return library, runtime.locate(library, given)
    except RuntimeUnavailableError:
        if given:
            raise
        return library, None


def _check(folder: Path) -> None:
    """Check that ``folder`` is new or holds only what this wrote; names that begin with a dot do not count."""
    try:
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            raise OutputNotWritableError("'{folder}' is no folder: choose another name.", folder=shown(folder))
        names = _files_in(folder) if folder.is_dir() else []
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputNotWritableError(
            "'{folder}' cannot be used ({reason}): choose another place.", folder=shown(folder), reason=reason
        ) from error
    try:
        ours = json.loads((folder / MANIFEST).read_text("utf-8"))
        known = {*ours["files"], MANIFEST} if "animegan" in ours else set()
    except (OSError, ValueError, KeyError, TypeError):
        known = set()
    if foreign := sorted(name for name in names if name not in known):
        raise OutputNotWritableError(
            "The folder '{folder}' holds other files, such as '{foreign}': choose a new or empty one.",
            folder=shown(folder),
            foreign=shown(foreign[0]),
        )


def _files_in(folder: Path) -> list[str]:
    """The files below a folder, without those whose name, or a folder's above them, begins with a dot."""

    def fail(error: OSError) -> None:
        raise error

    names = []
    for root, below, files in os.walk(folder, onerror=fail):
        below[:] = [name for name in below if not name.startswith(".")]
        here = Path(root).relative_to(folder)
        names += [(here / name).as_posix() for name in files if not name.startswith(".")]
    return names


def _place(made: Contents, folder: Path) -> None:
    """Write the files beside the folder, then move them into its place."""
    above = folder.absolute().parent
    above.mkdir(parents=True, exist_ok=True)
    _sweep(above)
    fresh = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=above))
    try:
        (fresh / "process").write_text(str(os.getpid()))
        new = fresh / "new"
        for path, data in made.files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(data)
        if folder.is_dir():
            _exchange(new, folder, fresh / "old")
        else:
            os.replace(new, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _sweep(above: Path) -> None:
    """Remove the folders that killed writers left."""
    if sys.platform == "win32":  # there, asking whether a process lives may end it
        return
    for left in above.glob(f"{PREFIX}*{SUFFIX}"):
        try:
            os.kill(int((left / "process").read_text()), 0)
        except ProcessLookupError:
            if not (left / "old").exists():  # else it was killed as it exchanged the files: nothing may be lost
                shutil.rmtree(left, ignore_errors=True)
        except (OSError, ValueError):  # another's, or another kind of file
            continue


def _exchange(new: Path, folder: Path, old: Path) -> None:
    """Move what is in ``new`` into the folder, and what was there, files with a dot aside, to ``old``. If that fails,
    everything goes back.
    """
    old.mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        for source, target in ((folder, old), (new, folder)):
            for name in sorted(os.listdir(source)):
                if source == new or not name.startswith("."):
                    os.replace(source / name, target / name)
                    moved.append((source / name, target / name))
    except BaseException:
        for source, target in reversed(moved):
            with suppress(OSError):
                os.replace(target, source)
        raise
