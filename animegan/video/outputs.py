"""Where the drawings of a clip go: into its file, or first into pieces from which a stopped run can go on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from animegan.images.resize import Picture, like
from animegan.storage import written_whole
from animegan.video.drawing import ClipFrame, Counts
from animegan.video.joining import join
from animegan.video.kinds import Kind
from animegan.video.pieces import Piece, Pieces
from animegan.video.reading import Source
from animegan.video.request import Request
from animegan.video.writing import Writer

FRAMES = 240
"""Of a piece. x264 begins anew after 250 in any case."""


@dataclass(frozen=True)
class Written:
    """A finished file; see `animegan.video.result.VideoResult`."""

    width: int
    height: int
    frames: int
    seconds: Fraction
    sound: str | None
    left_out: list[str]


def _with_alpha(drawing: Picture, frame: ClipFrame) -> Picture:
    """Return a drawing with the alpha of its frame, ``(H, W, 4)``, if it has one."""
    return drawing if frame.alpha is None else np.dstack((drawing, like(frame.alpha, drawing)))


class Output(ABC):
    """Takes drawings, in their order; to be used in a ``with`` block."""

    def __init__(self, request: Request, source: Source):
        self._request, self._source = request, source
        self._writer: Writer | None = None  # it begins with the first drawing, whose size it takes
        self._usual = Fraction(1) / Fraction(source.clip.fps or 25).limit_denominator(1000)

    @abstractmethod
    def add(self, drawing: Picture, frame: ClipFrame) -> None:
        """Write the drawing of a frame."""

    def total(self, counts: Counts) -> Counts:
        """Return these counts with those of earlier runs."""
        return counts

    @abstractmethod
    def finish(self) -> Written | None:
        """Write what is left; None: there was no frame."""

    def __enter__(self) -> Output:
        return self

    @abstractmethod
    def __exit__(self, *error: object) -> None: ...

    def _kind_for(self, frame: ClipFrame) -> Kind:
        kind = self._request.kind
        return kind if frame.alpha is None else kind.with_alpha

    def _begun(self, path: Path, kind: Kind, picture: Picture) -> Writer:
        clip = self._source.clip
        rate = Fraction(min(self._request.fps or 1000, clip.fps or 25, 1000)).limit_denominator(1001)
        height, width, channels = picture.shape
        return Writer(path, kind, width, height, self._source.time_base, rate, clip.plays, is_clear=channels == 4)

    def _left_out(self, of_tracks: list[str]) -> list[str]:
        if self._source.is_transparent and self._request.kind.clear is None:
            return [*of_tracks, "the transparency (there is white now)"]
        return of_tracks


class Whole(Output):
    """Writes the file at once."""

    def __init__(self, request: Request, source: Source, part: Path):
        """``part`` is the file that is being written."""
        super().__init__(request, source)
        self._part = part

    def add(self, drawing: Picture, frame: ClipFrame) -> None:
        """See `Output.add`."""
        request = self._request
        picture = _with_alpha(drawing, frame)
        if self._writer is None:
            self._writer = self._begun(self._part, self._kind_for(frame), picture)
            if not (self._source.only_pictures or request.kind.is_animation):
                self._writer.add_tracks(request.path, request.start, request.end, request.sound == "copy")
        self._writer.add(picture, frame.time, frame.seconds or self._usual)

    def finish(self) -> Written | None:
        """See `Output.finish`."""
        writer = self._writer
        if writer is None:
            return None
        writer.finish()
        left_out = writer.left_out
        if self._request.kind.is_animation:
            left_out = list(self._source.besides)
        left_out = self._left_out(left_out)
        return Written(writer.width, writer.height, writer.frames, writer.seconds, writer.sound, left_out)

    def __exit__(self, *error: object) -> None:
        """Close the file, whatever is in it."""
        if self._writer is not None:
            self._writer.close()


class Pieced(Output):
    """Writes pieces, and joins them at the end. A piece that has begun is kept when the run is stopped."""

    def __init__(self, request: Request, source: Source, part: Path, pieces: Pieces):
        """``part`` is the file that is being written."""
        super().__init__(request, source)
        self._part, self._pieces = part, pieces
        self._open = ExitStack()
        self._frame: ClipFrame | None = None
        self._before = pieces.all[-1] if pieces.all else None
        self._skipped: ClipFrame | None = None

    def add(self, drawing: Picture, frame: ClipFrame) -> None:
        """See `Output.add`. Frames that an earlier run has drawn are passed over."""
        if self._before is not None and frame.time <= Fraction(self._before.last):
            self._skipped = frame
            return
        picture = _with_alpha(drawing, frame)
        if self._writer is None:
            file = self._open.enter_context(written_whole(self._pieces.folder / self._pieces.new_name()))
            self._writer = self._begun(Path(file.name), self._kind_for(frame).of_piece, picture)
            self._open.callback(self._writer.close)
        self._writer.add(picture, frame.time, frame.seconds or self._usual)
        self._frame = frame
        if self._writer.frames >= FRAMES:
            self._end_piece()

    def finish(self) -> Written | None:
        """See `Output.finish`."""
        self._end_piece()
        if not self._pieces.all:
            return None
        last = self._pieces.all[-1]
        seconds = Fraction(last.end)
        width, height, tracks = join(self._pieces.files, seconds, self._part, self._request)
        return Written(width, height, last.frames, seconds, tracks.sound, self._left_out(tracks.left_out))

    def __exit__(self, *error: object) -> None:
        """Keep what is drawn, if the disk has room for it."""
        if error[0] is not None:
            with suppress(Exception):
                self._end_piece()
        if self._writer is not None:
            self._open.__exit__(*error)  # type: ignore[arg-type]

    def _end_piece(self) -> None:
        writer, frame = self._writer, self._frame
        if writer is None or frame is None:
            return
        frames = writer.frames + (self._pieces.all[-1].frames if self._pieces.all else 0)
        writer.finish()
        self._writer = None
        self._open.close()
        name = self._pieces.new_name()
        size = (self._pieces.folder / name).stat().st_size
        counts, searchable = self.total(frame.counts), self._source.searchable
        times = str(frame.time), str(writer.seconds)
        self._pieces.add(
            Piece(name, size, frames, *times, counts.cuts, counts.faces, counts.damaged, searchable=searchable)
        )

    def total(self, counts: Counts) -> Counts:
        """See `Output.total`."""
        before, skipped = self._before, self._skipped
        if before is not None:
            counts = counts.plus(Counts(before.cuts, before.faces, before.damaged))
        return counts if skipped is None else counts.plus(skipped.counts, -1)
