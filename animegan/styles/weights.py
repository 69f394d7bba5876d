"""Finds a style's weights file: built in, the user's own, in the cache, or on the Hub."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from animegan.errors import (
    CacheNotWritableError,
    DiskFullError,
    HubAccessDeniedError,
    HubFileNotFoundError,
    HubUnreachableError,
    WeightsCorruptError,
    WeightsUnavailableError,
)
from animegan.storage import FULL, written_whole
from animegan.styles.sources import BUILT_IN, BuiltIn, OnDisk, OnHub, Style

PATIENCE = 4.0
"""Seconds to wait for the Hub's first answer; its client alone would try for 24."""

log = logging.getLogger(__name__)
_downloads: dict[str, threading.Lock] = {}
"""A lock for each file of the Hub."""

Progress = Callable[[int, int | None], None]
"""Called with the bytes received so far and the total; a total of None is unknown."""


def locate(style: Style, on_progress: Progress | None = None) -> Path:
    """Return the verified weights file of a style, downloaded from the Hub if necessary; see `fetch`."""
    return fetch(style.source, on_progress)


def fetch(
    source: BuiltIn | OnHub | OnDisk, on_progress: Progress | None = None, instead: str = "choose a built-in style"
) -> Path:
    """Return the verified weights file of a source; one in the cache is used without the network.

    Concurrent callers download a file once: a lock here ensures it within one process, that of `huggingface_hub`
    between processes. ``instead`` is the alternative that errors about the Hub suggest.

    Raises:
        WeightsUnavailableError: or one of its subclasses; see `animegan.errors`.
    """
    if isinstance(source, OnDisk):
        path = Path(source.path)
        if not os.path.isfile(path):
            raise WeightsUnavailableError("There is no weights file at '{path}': check the path.", path=path)
        return path
    if isinstance(source, BuiltIn):
        path = BUILT_IN / source.file
        if not path.is_file():
            raise WeightsUnavailableError(
                "The built-in weights '{name}' are missing: install the package again, or train them "
                "with 'python -m animegan.training distill'.",
                name=path.name,
            )
        return path
    with _downloads.setdefault(f"{source.repo}/{source.file}", threading.Lock()):
        return _verified(_cached(source) or _download(source, on_progress, instead), source)


def at_hand(style: Style) -> bool:
    """Whether a style's weights are already on this machine; does not use the network."""
    return is_here(style.source)


def is_here(source: BuiltIn | OnHub | OnDisk) -> bool:
    """Whether weights are already on this machine; does not use the network."""
    return local_path(source) is not None


def size(style: Style) -> int | None:
    """Return the size of a style's weights in bytes; None if it is unknown without the network."""
    path = local_path(style.source)
    if path is not None:
        return path.stat().st_size
    return style.source.bytes if isinstance(style.source, OnHub) else None


def local_path(source: BuiltIn | OnHub | OnDisk) -> Path | None:
    """Return the path of weights on this machine, not verified; None if they are not on it."""
    if isinstance(source, OnHub):
        return _cached(source)
    path = Path(source.path) if isinstance(source, OnDisk) else BUILT_IN / source.file
    return path if os.path.isfile(path) else None


def _cached(source: OnHub) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    try:
        path = try_to_load_from_cache(source.repo, source.file, revision=_commit(source))
    except (OSError, ValueError):  # no permission to read the cache, or an invalid repository name
        return None
    return Path(path) if isinstance(path, str) else None


def _commit(source: OnHub) -> str:
    """Return the revision to use: the pinned one, else the remembered commit, else the branch."""
    if source.sha256 is not None:
        return source.revision
    return _seen().get(_key(source), {}).get("commit", source.revision)


def _download(source: OnHub, on_progress: Progress | None, instead: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    name = f"{source.repo}/{source.file}"
    commit = _ask(source, name, instead)
    _sweep(source)
    try:
        path = hf_hub_download(source.repo, source.file, revision=commit, tqdm_class=_reporter(on_progress))
    except Exception as error:  # the client does not wrap the errors of its HTTP library
        response = getattr(error, "response", None) if isinstance(error, HfHubHTTPError) else None
        status = "" if response is None else f", status {response.status_code}"
        raise _disk_error(error, name) or HubUnreachableError(
            "'{name}' broke off{status}: try again, or {instead}.", name=name, status=status, instead=instead
        ) from error
    return Path(path)


def _disk_error(error: Exception, name: str) -> DiskFullError | CacheNotWritableError | None:
    """Return the error to raise if this machine's disk or permissions caused ``error``; None if the Hub did."""
    if not isinstance(error, OSError) or error.errno is None:
        return None
    if error.errno in (*FULL, errno.EFBIG):
        return DiskFullError(
            "The disk is full: free some space for '{name}', or point HF_HOME to another disk.", name=name
        )
    # System errors about files carry a file name; those about connections do not.
    if error.filename is not None or error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO):
        where = f"'{error.filename}'" if error.filename else "the cache"
        return CacheNotWritableError(
            "'{name}' cannot be kept ({where}: {why}): point HF_HOME to another folder.",
            name=name,
            where=where,
            why=error.strerror,
        )
    return None


def _sweep(source: OnHub) -> None:
    """Remove the partial files of killed downloads, which the client never uses again. A running download holds the
    lock of its file, so its partial file stays.
    """
    from glob import glob

    from filelock import FileLock
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    cache, repo = Path(constants.HF_HUB_CACHE), repo_folder_name(repo_id=source.repo, repo_type="model")
    blobs = cache / repo / "blobs"
    for part in glob("*.incomplete", root_dir=blobs):
        lock = cache / ".locks" / repo / f"{part.partition('.')[0]}.lock"
        with suppress(OSError, NotImplementedError), FileLock(lock, timeout=0, mode=0o664):
            (blobs / part).unlink(missing_ok=True)


def _ask(source: OnHub, name: str, instead: str) -> str:
    """Return the commit of a file on the Hub, within about `PATIENCE` seconds; retry after a 5xx."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            url = hf_hub_url(source.repo, source.file, revision=source.revision, endpoint=constants.ENDPOINT)
            metadata = get_hf_file_metadata(url, timeout=max(0.5, deadline - time.monotonic()), token=None)
            return metadata.commit_hash or source.revision
        except Exception as error:  # errors of the HTTP library, too, whichever it is
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
            if status < 500 or time.monotonic() + 1 > deadline:
                raise _refusal(error, status, source, instead) from error
            time.sleep(0.5)


def _refusal(error: Exception, status: int, source: OnHub, instead: str) -> WeightsUnavailableError:
    """Return the named error for what the Hub answered; ``status`` is 0 if it did not."""
    from huggingface_hub import errors

    name = f"{source.repo}/{source.file}"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return HubUnreachableError(
            "'{name}' is not in the cache and HF_HUB_OFFLINE is set: unset it, or {instead}.",
            name=name,
            instead=instead,
        )
    if isinstance(error, errors.GatedRepoError):
        return HubAccessDeniedError(
            "The Hub gives no access to '{name}': accept its terms there, and set HF_TOKEN to your token.", name=name
        )
    missing = ""
    if isinstance(error, (errors.EntryNotFoundError, errors.RevisionNotFoundError)):
        missing = f"The Hub has no '{name}' at '{source.revision[:12]}'"
    elif isinstance(error, errors.HFValidationError):
        missing = f"'{source.repo}' is not a valid repository name"
    elif status in (401, 403):  # the Hub answers 401 for a missing repository as well as for a private one
        return HubAccessDeniedError(
            "The Hub gives no access to '{name}': check the name, and set HF_TOKEN if it is private.", name=name
        )
    elif isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        missing = f"The Hub has no repository '{source.repo}'"
    if missing:
        return HubFileNotFoundError("{missing}: check the name, or choose another style.", missing=missing)
    if status:
        return HubUnreachableError(
            "The Hub cannot give '{name}' now (status {status}): try later, or {instead}.",
            name=name,
            status=status,
            instead=instead,
        )
    return _disk_error(error, name) or HubUnreachableError(
        "The Hub cannot be reached for '{name}': check the connection, or {instead}.", name=name, instead=instead
    )


def _verified(path: Path, source: OnHub) -> Path:
    """Check that a file has the pinned hash, and return it; without a pinned hash, remember the file's own."""
    name = f"{source.repo}/{source.file}"
    try:
        actual = sha256(path)
    except OSError as error:
        raise WeightsUnavailableError(
            "'{name}' in the cache cannot be read ({why}): check its permissions, or point HF_HOME to another folder.",
            name=name,
            why=error.strerror,
        ) from error
    if source.sha256 is not None:
        if actual != source.sha256:
            done = "was removed: try again" if _forget(path) else "cannot be removed: point HF_HOME to another folder"
            raise WeightsCorruptError(
                "'{name}' is not the file that was expected, and {done}, or choose another style.", name=name, done=done
            )
        return path
    commit = str(path).rpartition(f"{os.sep}snapshots{os.sep}")[2].partition(os.sep)[0]
    current, before = {"commit": commit, "sha256": actual}, _seen().get(_key(source))
    if before is not None and before["sha256"] != actual:
        changed = "'%s' has changed since it was first fetched (commit %s, now %s)."
        log.warning(changed, name, before["commit"][:12], commit[:12])
    if before != current:
        _remember(_key(source), current)
    return path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget(path: Path) -> bool:
    """Remove a file from the Hub's cache, and the blob that it points to; return False if that is not allowed."""
    try:
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _key(source: OnHub) -> str:
    return f"{source.repo}/{source.file}@{source.revision}"


def _seen_file() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / "animegan-seen.json"


def _seen() -> dict[str, dict[str, str]]:
    """Return the remembered commit and hash of each unpinned file; skip malformed entries."""
    try:
        entries = json.loads(_seen_file().read_text()).items()
    except (OSError, ValueError, AttributeError):
        return {}
    return {key: entry for key, entry in entries if isinstance(entry, dict) and {"commit", "sha256"} <= entry.keys()}


def _remember(key: str, entry: dict[str, str]) -> None:
    try:
        with written_whole(_seen_file()) as file:
            file.write(json.dumps({**_seen(), key: entry}, indent=1).encode())
    except OSError as error:  # a read-only cache: the weights still work
        log.warning("'%s' cannot be remembered: %s", key, error.strerror)


def _reporter(on_progress: Progress | None) -> Any:
    """Return a progress bar class for the Hub client that draws nothing and calls ``on_progress``."""
    from huggingface_hub.utils import tqdm

    class Reporter(tqdm):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **{**kwargs, "disable": True})
            self._received, self._expected = kwargs.get("initial") or 0, kwargs.get("total")

        def update(self, n: float | None = 1) -> None:
            self._received += int(n or 0)
            if on_progress is not None:
                on_progress(self._received, self._expected)

    return Reporter
