"""From a style to a file on this machine: built in, of the person's own, in the cache, or from the Hub."""

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
    DiskFullError,
    HubAccessDeniedError,
    HubFileNotFoundError,
    HubUnreachableError,
    WeightsCorruptError,
    WeightsUnavailableError,
)
from animegan.files import written_whole
from animegan.styles import BuiltIn, OnDisk, OnHub, Style

BUILT_IN = Path(__file__).parent / "builtin"
PATIENCE = 4.0
"""Seconds that the Hub has for its first answer; the client alone would try for 24."""

log = logging.getLogger(__name__)
_downloads: dict[str, threading.Lock] = {}
_downloads_lock = threading.Lock()

Progress = Callable[[int, int | None], None]
"""Hears bytes that have come, and bytes in all."""


def locate(style: Style, on_progress: Progress | None = None) -> Path:
    """The verified weights file of a style, fetched from the Hub if it must be; see `fetch`."""
    return fetch(style.source, on_progress)


def fetch(
    source: BuiltIn | OnHub | OnDisk, on_progress: Progress | None = None, instead: str = "choose a built-in style"
) -> Path:
    """The verified file of weights, wherever they come from.

    A file in the cache is used without asking the network. Two callers of one file download it once,
    in one process by a lock here, in several by the lock of `huggingface_hub`. ``instead`` is what the
    errors about the Hub advise.

    Raises:
        WeightsUnavailableError: in its named kinds; see `animegan.errors`.
    """
    if isinstance(source, OnDisk):
        path = Path(source.path)
        if not os.path.isfile(path):
            raise WeightsUnavailableError(f"There is no weights file at '{path}': check the path.")
        return path
    if isinstance(source, BuiltIn):
        path = BUILT_IN / source.file
        if not path.is_file():
            raise WeightsUnavailableError(
                f"The built-in weights '{path.name}' are missing: install the package again, or train them "
                "with 'python -m animegan.training distill'."
            )
        return path
    with _downloads_lock:
        lock = _downloads.setdefault(f"{source.repo}/{source.file}", threading.Lock())
    with lock:
        path = _cached(source)
        if path is None:
            path = _download(source, on_progress, instead)
        return _verified(path, source)


def at_hand(style: Style) -> bool:
    """Whether a style's weights are on this machine already; asks no network."""
    return is_here(style.source)


def is_here(source: BuiltIn | OnHub | OnDisk) -> bool:
    """Whether weights are on this machine already; asks no network."""
    return _here(source) is not None


def size(style: Style) -> int | None:
    """Bytes of a style's weights, where they are known without asking the network."""
    path = _here(style.source)
    if path is not None:
        return path.stat().st_size
    return style.source.bytes if isinstance(style.source, OnHub) else None


def _here(source: BuiltIn | OnHub | OnDisk) -> Path | None:
    """Where weights lie on this machine, not verified; None where they do not."""
    if isinstance(source, OnHub):
        return _cached(source)
    path = Path(source.path) if isinstance(source, OnDisk) else BUILT_IN / source.file
    return path if os.path.isfile(path) else None


def _cached(source: OnHub) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    try:
        path = try_to_load_from_cache(source.repo, source.file, revision=_commit(source))
    except (OSError, ValueError):  # a cache that may not be read; a name that no repository can have
        return None
    return Path(path) if isinstance(path, str) else None


def _commit(source: OnHub) -> str:
    """The revision to use: the pinned one, else the commit that was seen first, else the branch."""
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
    except Exception as error:  # the client lets its transport's own errors through
        status = f", status {error.response.status_code}" if isinstance(error, HfHubHTTPError) else ""
        raise _refused(error, name) or HubUnreachableError(
            f"'{name}' broke off{status}: try again, or {instead}."
        ) from error
    return Path(path)


def _refused(error: Exception, name: str) -> DiskFullError | None:
    """What to say where this machine's disk or permissions were in the way; None where it was the Hub."""
    if not isinstance(error, OSError) or error.errno is None:
        return None
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFullError(f"The disk is full: free some space for '{name}', or point HF_HOME to another disk.")
    # What the system says about a file has its name; what it says about a connection has none.
    if error.filename is not None or error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO):
        where = f"'{error.filename}'" if error.filename else "the cache"
        return DiskFullError(f"'{name}' cannot be kept ({where}: {error.strerror}): point HF_HOME to another folder.")
    return None


def _sweep(source: OnHub) -> None:
    """Remove pieces of downloads that were killed, which the client never looks at again.

    A download that is alive holds the lock of its file.
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
    """The commit behind a file of the Hub, or a named error, within `PATIENCE` seconds (twice after a 5xx)."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            url = hf_hub_url(source.repo, source.file, revision=source.revision, endpoint=constants.ENDPOINT)
            metadata = get_hf_file_metadata(url, timeout=max(0.5, deadline - time.monotonic()), token=None)
            break
        except OfflineModeIsEnabled as error:
            raise HubUnreachableError(
                f"'{name}' is not in the cache and HF_HUB_OFFLINE is set: unset it, or {instead}."
            ) from error
        except GatedRepoError as error:
            raise HubAccessDeniedError(
                f"The Hub gives no access to '{name}': accept its terms there, and set HF_TOKEN to your token."
            ) from error
        except (EntryNotFoundError, RevisionNotFoundError) as error:
            raise HubFileNotFoundError(
                f"The Hub has no '{name}' at '{source.revision[:12]}': check the name, or choose another style."
            ) from error
        except HFValidationError as error:
            raise HubFileNotFoundError(
                f"'{source.repo}' is no name that a repository can have: check the name, or choose another style."
            ) from error
        except HfHubHTTPError as error:
            status = error.response.status_code
            # The Hub answers 401 for a repository that is not there as well as for one that is private.
            if status in (401, 403):
                raise HubAccessDeniedError(
                    f"The Hub gives no access to '{name}': check the name, and set HF_TOKEN if it is private."
                ) from error
            if isinstance(error, RepositoryNotFoundError) or status == 404:
                raise HubFileNotFoundError(
                    f"The Hub has no repository '{source.repo}': check the name, or choose another style."
                ) from error
            if status < 500 or time.monotonic() + 1 > deadline:
                raise HubUnreachableError(
                    f"The Hub cannot give '{name}' now (status {status}): try later, or {instead}."
                ) from error
            time.sleep(0.5)
        except Exception as error:  # the transport's errors, whichever library it is
            raise _refused(error, name) or HubUnreachableError(
                f"The Hub cannot be reached for '{name}': check the connection, or {instead}."
            ) from error
    return metadata.commit_hash or source.revision


def _verified(path: Path, source: OnHub) -> Path:
    """The file, if it is the pinned one; where none is pinned, the first one seen is remembered."""
    name = f"{source.repo}/{source.file}"
    try:
        actual = _sha256(path)
    except OSError as error:
        raise WeightsUnavailableError(
            f"'{name}' in the cache cannot be read ({error.strerror}): check its permissions, "
            "or point HF_HOME to another folder."
        ) from error
    if source.sha256 is not None:
        if actual != source.sha256:
            done = "was removed: try again" if _forget(path) else "cannot be removed: point HF_HOME to another folder"
            raise WeightsCorruptError(
                f"'{name}' is not the file that was expected, and {done}, or choose another style."
            )
        return path
    commit = str(path).rpartition(f"{os.sep}snapshots{os.sep}")[2].partition(os.sep)[0]
    seen = {"commit": commit, "sha256": actual}
    before = _seen().get(_key(source))
    if before != seen:
        if before is not None and before["sha256"] != actual:
            log.warning(
                "'%s' has changed since it was first fetched (commit %s, now %s).",
                name,
                before["commit"][:12],
                seen["commit"][:12],
            )
        _remember(_key(source), seen)
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget(path: Path) -> bool:
    """Remove a file of the Hub's cache, and the blob that it points to; False where that is not allowed."""
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
    """Commit and hash of each unpinned file as it was first fetched; what is no such thing is passed over."""
    try:
        seen = json.loads(_seen_file().read_text()).items()
    except (OSError, ValueError, AttributeError):
        return {}
    return {key: one for key, one in seen if isinstance(one, dict) and {"commit", "sha256"} <= one.keys()}


def _remember(key: str, seen: dict[str, str]) -> None:
    try:
        with written_whole(_seen_file()) as file:
            file.write(json.dumps({**_seen(), key: seen}, indent=1).encode())
    except OSError as error:  # a read-only cache: the weights work all the same
        log.warning("'%s' cannot be remembered: %s", key, error.strerror)


def _reporter(on_progress: Progress | None) -> Any:
    """A progress bar class for the client that draws nothing and tells ``on_progress``."""
    from huggingface_hub.utils import tqdm

    class Reporter(tqdm):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **{**kwargs, "disable": True})
            self._come, self._all = kwargs.get("initial") or 0, kwargs.get("total")

        def update(self, n: float | None = 1) -> None:
            self._come += int(n or 0)
            if on_progress is not None:
                on_progress(self._come, self._all)

    return Reporter
