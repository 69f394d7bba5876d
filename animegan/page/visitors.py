"""Who is on the page, what is theirs on disk and in memory, and how all of it goes when they go."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import time
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import animegan

MEMORY = 512 * 1024 * 1024
"""Bytes of pictures that are kept in all, so that a change of style is quick; who was here longest ago makes room."""


class VisitorLeftError(Exception):
    """Raised between two stages, to stop the work for a visitor who is not there any more or does not want it."""


@dataclass
class Table:
    """What one visitor has before them."""

    photo: str | bytes
    """The file that the visitor sent, by its path, or what was in it."""
    name: str
    """The photo's name, without its suffix."""
    sitting: animegan.Sitting
    result: animegan.Result | None = None
    saved: dict[str, Path] = field(default_factory=dict)
    """Kind of file → where it is, for ``result``."""

    @classmethod
    def of(cls, photo: str | bytes) -> Table:
        """An empty table with this photo on it."""
        path = Path(photo) if isinstance(photo, str) else None
        return cls(photo, (path.stem[:80] if path else "") or "photo", animegan.Sitting(photo))

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures on it."""
        return self.sitting.nbytes + (self.result.image.nbytes if self.result else 0)


class Visitors:
    """Which files, pictures and runs belong to which visitor."""

    def __init__(self, workroom: Path, keep: float, memory: int = MEMORY):
        """Files of ``workroom`` that are older than ``keep`` seconds are swept; ``memory`` is in bytes."""
        self._workroom, self._keep, self._memory = workroom, keep, memory
        self._lock = threading.Lock()
        self._owners: dict[Path, set[str]] = defaultdict(set)
        self._tables: OrderedDict[str, Table] = OrderedDict()
        self._runs: dict[str, list[threading.Event]] = defaultdict(list)

    def begin(self, session: str) -> threading.Event:
        """A visitor's new run: the event is set when it is to be stopped."""
        stopped = threading.Event()
        with self._lock:
            self._runs[session].append(stopped)
        return stopped

    def end(self, session: str, stopped: threading.Event) -> None:
        """The run with this event is over."""
        with self._lock:
            runs = [run for run in self._runs.pop(session, []) if run is not stopped]
            if runs:
                self._runs[session] = runs

    def stop(self, session: str) -> None:
        """Stop what is under way for a visitor."""
        with self._lock:
            runs = self._runs.pop(session, [])
        for stopped in runs:
            stopped.set()

    def table(self, session: str, photo: str | bytes) -> Table:
        """A visitor's table with this photo on it; with another one, it is cleared first."""
        with self._lock:
            table = self._tables.pop(session, None)
            if table is None or table.photo != photo:
                table = Table.of(photo)
            self._tables[session] = table
            return table

    def last(self, session: str) -> Table | None:
        """A visitor's table, if there is a result on it."""
        with self._lock:
            table = self._tables.get(session)
            return table if table and table.result else None

    def tidy(self) -> None:
        """Clear the tables that were used longest ago, until the pictures on all take no more than they may."""
        with self._lock:
            while len(self._tables) > 1 and sum(table.nbytes for table in self._tables.values()) > self._memory:
                self._tables.popitem(last=False)

    def clear(self, session: str) -> None:
        """Clear a visitor's table."""
        with self._lock:
            self._tables.pop(session, None)

    def folder(self, session: str) -> Path:
        """A new folder that nobody can guess, for one result."""
        path = Path(tempfile.mkdtemp(dir=self._workroom))
        self.own(session, path)
        return path

    def own(self, session: str, path: Path) -> None:
        """Say that a file or folder belongs to a visitor; several may share an upload."""
        with self._lock:
            self._owners[path].add(session)

    def leave(self, session: str) -> None:
        """Stop a visitor's work, clear the table, and delete the files that belonged to nobody else."""
        self.stop(session)
        self.clear(session)
        with self._lock:
            mine = [path for path, owners in self._owners.items() if session in owners]
            for path in mine:
                self._owners[path].discard(session)
            gone = [path for path in mine if not self._owners[path]]
            for path in gone:
                del self._owners[path]
        for path in gone:
            _delete(path)

    def sweep(self) -> None:
        """Delete every file that is older than it may be, whoever made it."""
        oldest = time.time() - self._keep
        for path in sorted(self._workroom.rglob("*"), reverse=True):  # files before their folders
            try:
                if path.is_dir():
                    if path.stat().st_ctime < oldest:
                        path.rmdir()  # only when it is empty
                elif path.lstat().st_ctime < oldest:
                    path.unlink()
            except OSError:
                continue
        with self._lock:
            self._owners = defaultdict(set, {p: o for p, o in self._owners.items() if p.exists()})
            for session, table in list(self._tables.items()):
                if isinstance(table.photo, str) and not Path(table.photo).exists():
                    del self._tables[session]

    def sweep_for_ever(self, every: float) -> None:
        """The sweeper's life; ``every`` is in seconds."""
        while True:
            time.sleep(every)
            self.sweep()


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # gradio gives each upload a folder
