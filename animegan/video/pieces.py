"""Keeps what is drawn of a long clip in pieces beside its file, so that a run can go on where another was stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from animegan.errors import FolderInUseError, shown
from animegan.storage import PREFIX, locked, not_writable, written_whole
from animegan.video.request import Request

PLAN, LOCK, SUFFIX = "pieces.json", "lock", ".piece"
"""Names in the folder."""
EDGE = 1 << 20
"""Bytes at either end of a clip by which it is known again."""


@dataclass(frozen=True)
class Piece:
    """Some frames in a file of their own. Its numbers count from the clip's beginning to its own end."""

    name: str
    size: int
    """Bytes of the file."""
    frames: int
    last: str
    """Seconds: the time of its last frame in the new clip, a fraction."""
    end: str
    """Seconds: until when that is shown."""
    cuts: int
    faces: int
    damaged: int
    searchable: bool
    """Whether the clip can be searched by time; see `animegan.video.reading.Source.searchable`."""


class Pieces:
    """The pieces of one clip, in a hidden folder that this process has locked."""

    def __init__(self, folder: Path, made_of: dict[str, Any]):
        self.folder, self._made_of = folder, made_of
        self.all: list[Piece] = _read(folder, made_of)

    @property
    def files(self) -> list[Path]:
        """The files, in their order."""
        return [self.folder / piece.name for piece in self.all]

    def new_name(self) -> str:
        """Return the name of the next piece."""
        return f"{len(self.all):06}{SUFFIX}"

    def add(self, piece: Piece) -> None:
        """Note a piece, whose file is complete."""
        self.all.append(piece)
        plan = {"made_of": self._made_of, "pieces": [asdict(each) for each in self.all]}
        with written_whole(self.folder / PLAN) as file:
            file.write(json.dumps(plan).encode())

    def clear(self) -> None:
        """Delete all pieces."""
        self.all.clear()
        for path in [self.folder / PLAN, *self.folder.glob(f"*{SUFFIX}")]:
            with suppress(OSError):
                path.unlink()


@contextmanager
def pieces_of(request: Request) -> Iterator[Pieces]:
    """Open the pieces of what is to be drawn: those of an earlier run of the same program, clip and options, or none.
    They stay at the end, unless they were cleared.

    Raises:
        FolderInUseError: another process draws the same file.
        OutputNotWritableError: the folder cannot be made.
    """
    folder = folder_of(request.out)
    with ExitStack() as stack:
        try:
            folder.mkdir(exist_ok=True)
            stack.callback(_remove, folder)
            stack.enter_context(locked(folder / LOCK, _in_use(request.out)))
            pieces = Pieces(folder, _made_of(request))
        except (OSError, ValueError) as error:
            raise not_writable(request.out, error) from error
        if not pieces.all:
            pieces.clear()  # what other options left there
        yield pieces


def folder_of(out: Path) -> Path:
    """Return the hidden folder for the pieces of a file."""
    name = os.fsencode(out.name)[: 255 - len(PREFIX)]
    return out.with_name(PREFIX + name.decode(errors="ignore"))


def frames_kept(out: Path) -> int:
    """Return how many frames of a file are drawn already, and kept."""
    pieces = _read(folder_of(out), None)
    return pieces[-1].frames if pieces else 0


def forget(out: Path) -> None:
    """Delete the pieces of a file, if no other process uses them."""
    folder = folder_of(out)
    if not folder.is_dir():
        return
    with locked(folder / LOCK, _in_use(out)):
        Pieces(folder, {}).clear()
    _remove(folder)


def _in_use(out: Path) -> FolderInUseError:
    return FolderInUseError("Another run is drawing '{out}': wait for it, or choose another name.", out=shown(out))


def _remove(folder: Path) -> None:
    with suppress(OSError):  # it is not empty
        folder.rmdir()


def _read(folder: Path, made_of: dict[str, Any] | None) -> list[Piece]:
    """Return the pieces that are whole, if they are of the same make; ``made_of`` None: of any."""
    try:
        plan = json.loads((folder / PLAN).read_bytes())
        if made_of is not None and plan["made_of"] != made_of:
            return []
        found = [Piece(**each) for each in plan["pieces"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    whole: list[Piece] = []
    for piece in found:
        with suppress(OSError):
            if (folder / piece.name).stat().st_size == piece.size:
                whole.append(piece)
                continue
        break
    return whole


def _made_of(request: Request) -> dict[str, Any]:
    """Return all on which the pictures depend, as plain values."""
    import av

    from animegan import __version__

    options = asdict(request.options)
    own = [path for path in (request.options.style, request.options.face_painter) if os.path.isfile(path)]
    values = {
        "version": [__version__, av.__version__],
        "clip": _print_of(request.path),
        "options": options,
        "styles": [_print_of(Path(path)) for path in own],
        "painter": request.painter,
        "codec": [request.kind.codec, dict(request.kind.settings)],
        "part": [str(request.start), str(request.end), request.fps],
        "side": request.side,
        "steady": request.steady,
    }
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return plain


def _print_of(path: Path) -> list[Any]:
    """Return the size of a file, and a hash of its ends."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(file.read(EDGE))
        file.seek(max(0, size - EDGE))
        digest.update(file.read(EDGE))
    return [size, digest.hexdigest()]
