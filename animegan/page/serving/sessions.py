"""What belongs to which visitor, on disk and in memory; it is deleted when they leave."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import time
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from animegan.faces.face import Face
from animegan.pipeline.cache import PhotoCache
from animegan.pipeline.result import Result

KEEP_SECONDS = 3600
"""A visitor's files are deleted when the page is closed, and after this time at the latest."""
SWEEP_SECONDS = 300
MAX_MEMORY = 512 * 1024 * 1024
"""Bytes of pictures kept for all sessions, so that a change of style is quick; the least recently used goes first."""
MAX_DISK = 2 * 1024 * 1024 * 1024
"""Bytes of all files together; the oldest are deleted first."""


@dataclass
class Session:
    """The photo that one visitor works on, and its result."""

    photo: str | bytes
    """The path of the file that the visitor sent, or its bytes."""
    result: Result | None = None
    saved: dict[str, Path] = field(default_factory=dict)
    """Kind of file → its path, for ``result``."""
    cards: dict[str, Path] = field(default_factory=dict)
    """Id of a style → the photo's small drawing in it."""
    faces: dict[str, list[Face]] = field(default_factory=dict)
    """Crop → all faces that were found in it."""

    def __post_init__(self) -> None:
        self.name = (Path(self.photo).stem[:80] if isinstance(self.photo, str) else "") or "photo"
        self.cache = PhotoCache(self.photo)

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures in the session."""
        return self.cache.nbytes + (self.result.image.nbytes if self.result else 0)


class Sessions:
    """Which files, pictures and runs belong to which visitor. A session hash identifies a visitor."""

    def __init__(self, folder: Path, keep: float = KEEP_SECONDS, memory: int = MAX_MEMORY, quota: int = MAX_DISK):
        """Files of ``folder`` older than ``keep`` seconds are deleted; ``memory`` and ``quota`` are in bytes."""
        self._folder, self._keep, self._memory, self._quota = folder, keep, memory, quota
        self._lock = threading.Lock()
        self._owners: dict[Path, set[str]] = defaultdict(set)
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._runs: dict[str, list[threading.Event]] = defaultdict(list)
        self._left: set[str] = set()
        """Visitors who left while a run of theirs was under way: it may still write files."""

    def begin(self, session: str) -> threading.Event:
        """Register a visitor's new run. The event is set to stop it."""
        stopped = threading.Event()
        with self._lock:
            self._runs[session].append(stopped)
            self._left.discard(session)  # back again
        return stopped

    def end(self, session: str, stopped: threading.Event) -> None:
        """Unregister the run with this event."""
        with self._lock:
            runs = [run for run in self._runs.pop(session, []) if run is not stopped]
            if runs:
                self._runs[session] = runs
            has_left = stopped.is_set() and session in self._left
        if has_left:
            self._delete_all(session)

    def stop(self, session: str) -> None:
        """Stop a visitor's runs."""
        with self._lock:
            for stopped in self._runs.pop(session, []):
                stopped.set()

    def open(self, session: str, photo: str | bytes) -> Session:
        """A visitor's session for this photo; another photo starts a new session."""
        with self._lock:
            current = self._sessions.pop(session, None)
            if current is None or current.photo != photo:
                current = Session(photo)
            self._sessions[session] = current
            return current

    def last(self, session: str) -> Session | None:
        """A visitor's session if it has a result."""
        current = self._sessions.get(session)
        return current if current and current.result else None

    def make_room(self) -> None:
        """Drop the least recently used sessions and the oldest files, until the rest fits its limits."""
        with self._lock:
            while len(self._sessions) > 1 and sum(each.nbytes for each in self._sessions.values()) > self._memory:
                self._sessions.popitem(last=False)
        self._enforce_quota()

    def drop(self, session: str) -> None:
        """Drop a visitor's photo and pictures from memory."""
        with self._lock:
            self._sessions.pop(session, None)

    def folder(self, session: str) -> Path:
        """Create a folder for one result; nobody can guess its name."""
        path = Path(tempfile.mkdtemp(dir=self._folder))
        self.own(session, path)
        return path

    def own(self, session: str, path: Path) -> None:
        """Record that a file or folder belongs to a visitor; several visitors may share an upload."""
        with self._lock:
            self._owners[path].add(session)

    def leave(self, session: str) -> None:
        """Stop a visitor's runs, drop their pictures, and delete the files that belong to no other visitor."""
        with self._lock:
            if self._runs.get(session):
                self._left.add(session)
        self.stop(session)
        self._delete_all(session)

    def _delete_all(self, session: str) -> None:
        self.drop(session)
        with self._lock:
            for owners in self._owners.values():
                owners.discard(session)
            gone = [path for path, owners in self._owners.items() if not owners]
            for path in gone:
                del self._owners[path]
        for path in gone:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
                continue
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # Gradio gives each upload its own folder

    def sweep(self) -> None:
        """Delete every file that is too old, no matter whose it is."""
        oldest = time.time() - self._keep
        for path in sorted(self._folder.rglob("*"), reverse=True):  # files before their folders
            with contextlib.suppress(OSError):
                if path.lstat().st_ctime < oldest:
                    (path.rmdir if path.is_dir() else path.unlink)()  # a folder goes only if it is empty
        with self._lock:
            self._owners = defaultdict(set, {p: o for p, o in self._owners.items() if p.exists()})
            for session, current in list(self._sessions.items()):
                if isinstance(current.photo, str) and not Path(current.photo).exists():
                    del self._sessions[session]
        self._enforce_quota()

    def _enforce_quota(self) -> None:
        """Delete the oldest files until the rest fit the quota."""
        files = []
        for path in self._folder.rglob("*"):
            with contextlib.suppress(OSError):  # deleted in the meantime
                status = path.lstat()
                if not path.is_dir():
                    files.append((status.st_ctime, status.st_size, path))
        size = sum(size for _, size, _ in files)
        for _, freed, path in sorted(files):
            if size <= self._quota:
                return
            path.unlink(missing_ok=True)
            size -= freed
