"""The way of a clip: read, draw, write, each in its own thread."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import inf
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from animegan.errors import OutputNotWritableError, shown
from animegan.storage import output_file
from animegan.styles.table import DEFAULT_STYLE
from animegan.video.clips import broken, check_pyav, checked_time
from animegan.video.opening import opened
from animegan.video.request import SIDE, SOUND, Request, check_drawn, check_part, frame_options, request_for
from animegan.video.result import VideoResult
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.images.resize import Picture
    from animegan.options import Options
    from animegan.pipeline.pipeline import Pipeline
    from animegan.pipeline.progress import Clock, OnProgress
    from animegan.video.drawing import Artist, ClipFrame
    from animegan.video.outputs import Output
    from animegan.video.pieces import Piece, Pieces
    from animegan.video.reading import Source

WARM_UP = 12
"""Frames before the place where a stopped run goes on, which are drawn again and thrown away: the averages over time
remember less than 1 % of what was before them."""


def stylize_video(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    style: str = DEFAULT_STYLE,
    side: int = SIDE.default,
    start: float | None = None,
    end: float | None = None,
    fps: float | None = None,
    faces: str | bool = "auto",
    steady: bool = True,
    live: bool = False,
    sound: str = SOUND.default,
    resume: bool = False,
    on_progress: OnProgress | None = None,
    max_seconds: float | None = None,
    max_frames: int | None = None,
    pipeline: Pipeline | None = None,
    **settings: Any,
) -> VideoResult:
    """Turn a clip into anime, with its sound, subtitles and chapters, as far as the new file can hold them. The file is
    written whole or not at all, with no other metadata of the clip.

    Args:
        path: a video, or an animated GIF, WebP or PNG.
        out: the file to write: ``.mp4``, ``.m4v``, ``.mov``, ``.mkv``, ``.webm``, ``.gif`` or ``.webp``.
        style: a style, as for a photo.
        side: long side in pixels at which it is drawn, times ``scale``; a smaller clip keeps its size. 0: its own.
        start, end: the part to draw, in seconds of the clip; None: from its beginning, to its end.
        fps: at most so many frames a second; None: all frames, each with its own time.
        faces: ``"auto"``, ``"on"`` or ``"off"``: paint each face on its own; auto does, but not with a live network.
        steady: blend what was added to each frame with that of the frame before, along its motion.
        live: draw with the style's small fast network, if it has one.
        sound: ``"auto"``, or ``"copy"``: keep sound as it is, even if few players play it in such a file.
        resume: keep what is drawn in a hidden folder beside ``out`` until the file is finished. A run that was stopped
            goes on from there, if clip, options and version are the same. Animations are drawn in one go.
        on_progress: called before each stage and after each frame with the finished fraction and a `Message`. It may
            wait, to let others have the models. What it raises stops the run; but for ``resume`` nothing stays.
        max_seconds, max_frames: a longer part is refused.
        pipeline: whose models draw; None: those of `animegan.stylize`.
        settings: fields of `Options` by name, but ``faces``, ``crop`` and those of a cut-out.

    Raises:
        AnimeganError: one of the named errors of `animegan.errors`.
    """
    check_pyav()
    times = {"start": start, "end": end, "fps": fps}
    limits = {"max_seconds": max_seconds, "max_frames": max_frames}
    chosen = {"side": side, "sound": sound, "steady": steady, "resume": resume, **times, **limits}
    request = request_for(path, out, frame_options(style, faces, live, settings), **chosen)
    drawer, clock = _drawer(pipeline, on_progress)
    with clock.stage("load", 0.0, Message("read-clip")):
        source = opened(request.path)
    with source:
        return _ClipRun(request, source, drawer, clock).result()


def draw_preview(
    path: str | os.PathLike[str],
    at: float = 0.0,
    *,
    style: str = DEFAULT_STYLE,
    side: int = SIDE.default,
    faces: str | bool = "auto",
    live: bool = False,
    pipeline: Pipeline | None = None,
    on_progress: OnProgress | None = None,
    **settings: Any,
) -> tuple[Picture, Picture]:
    """Draw the frame that a clip shows ``at`` seconds, as `stylize_video` draws it: the frame, ``(H, W, 3) uint8``, and
    its drawing, ``scale`` times as large. Arguments and errors are those of `stylize_video`.
    """
    from animegan.video.drawing import Artist, ClipFrame

    options, painter = frame_options(style, faces, live, settings)
    moment, side = checked_time(at, "The time of a preview") or Fraction(0), SIDE.check(side)
    drawer, clock = _drawer(pipeline, on_progress)
    with clock.stage("load", 0.0, Message("read-clip")), opened(path) as source:
        check_drawn(source.clip, side, options.scale)
        frame = source.at(moment, side or None)
        samples = _samples(source, options, side)
    drawer.models.fetch({painter, options.face_painter} if options.faces else {painter}, options.restorer, clock)
    artist = Artist(drawer.models, options, painter, steady=False)

    def draw() -> Picture:
        artist.prepare(samples)
        seen = artist.look(ClipFrame(frame.time, frame.seconds, frame.picture))
        return artist.finish(seen, artist.paint(seen))

    with clock.stage("paint", 0.3, Message("paint")):
        return frame.picture, drawer.on_worker(draw)


def _drawer(pipeline: Pipeline | None, on_progress: OnProgress | None) -> tuple[Pipeline, Clock]:
    from animegan.pipeline.pipeline import default_pipeline
    from animegan.pipeline.progress import Clock

    return pipeline or default_pipeline(), Clock(on_progress)


def _samples(
    source: Source, options: Options, side: int, start: Fraction = Fraction(0), end: Fraction | None = None
) -> list[Picture]:
    """Return some frames of a part of a clip, spread evenly, of one size."""
    from animegan.video.planning import SAMPLES

    if options.enhance == "off":
        return []
    last = Fraction(source.clip.seconds)
    step = max(Fraction(0), (last if end is None else min(end, last)) - start) / SAMPLES
    times = sorted({start + step * number for number in range(SAMPLES)})
    sample_side = min(side or options.paint_side, options.paint_side) or None
    return [source.at(time, sample_side).picture for time in times]


@dataclass
class _ClipRun:
    """One run over a clip."""

    request: Request
    source: Source
    pipeline: Pipeline
    clock: Clock
    before: Piece | None = None
    """The last piece of an earlier run."""
    cuts: int = 0

    def result(self) -> VideoResult:
        """Draw the clip into its file."""
        from animegan.video.pieces import pieces_of

        request, options = self.request, self.request.options
        if os.path.exists(request.out) and os.path.samefile(request.out, request.path):
            raise OutputNotWritableError("'{out}' is the clip itself: choose another name.", out=shown(request.out))
        check_drawn(self.source.clip, request.side, options.scale)
        expected = check_part(self.source.clip, request)
        painters = {request.painter, options.face_painter} if options.faces else {request.painter}
        self.pipeline.models.fetch(painters, options.restorer, self.clock)
        if not request.resume or request.kind.is_animation or self.source.only_pictures:
            return self._drawn(expected, None)
        with pieces_of(request) as pieces:
            if pieces.all:
                self.before = pieces.all[-1]
                self.source.searchable = self.before.searchable
            result = self._drawn(expected, pieces)
            pieces.clear()
            return result

    def _drawn(self, expected: int, pieces: Pieces | None) -> VideoResult:
        """Draw the clip, or what is missing of it; ``expected`` is the number of its frames."""
        from animegan.video.drawing import Artist, Counts
        from animegan.video.outputs import Pieced, Whole

        request, options, source = self.request, self.request.options, self.source
        with output_file(request.out) as file:
            artist = Artist(self.pipeline.models, options, request.painter, request.steady)
            with self.clock.stage("assess", 0.04, Message("assess-clip")):
                samples = _samples(source, options, request.side, request.start, request.end)
            with self.clock.stage("models", 0.045, Message("load-style")):
                self.pipeline.on_worker(partial(artist.prepare, samples))
            del samples
            part = Path(file.name)
            output = Whole(request, source, part) if pieces is None else Pieced(request, source, part, pieces)
            with output:
                self._draw(artist, output, expected)
                written = output.finish()
            if written is None:
                raise broken(request.path.name, "no frame can be decoded")
        counts = output.total(Counts(self.cuts, artist.faces, source.damaged))
        return VideoResult(
            path=request.out,
            style=options.style,
            width=written.width,
            height=written.height,
            frames=written.frames,
            resumed=self.before.frames if self.before is not None else 0,
            clip_seconds=round(float(written.seconds), 3),
            sound=written.sound,
            left_out=written.left_out,
            faces=counts.faces,
            cuts=counts.cuts,
            damaged=counts.damaged,
            repair=list(artist.plan.steps),
            seconds=self.clock.finish(),
        )

    def _draw(self, artist: Artist, output: Output, expected: int) -> None:
        """Draw all frames: each of the stages in its own threads, what is reported in this one."""
        from animegan.video.threads import ahead, at_once

        first = self.before.frames - WARM_UP if self.before is not None else 0

        def look(frames: Iterator[ClipFrame]) -> Iterator[ClipFrame]:
            for number, frame in enumerate(frames, first + 1):
                self.request.check_limits(frame.time, number)  # files may hold more than they tell
                yield self.pipeline.on_worker(partial(artist.look, frame)) if self.request.options.faces else frame

        def add(done: tuple[ClipFrame, Picture]) -> None:
            output.add(artist.finish(*done), done[0])

        with (
            ahead(self._frames()) as frames,
            at_once(artist.paint, look(frames), artist.at_once) as painted,
            at_once(add, painted, 1) as written,
        ):
            began = perf_counter()
            for number, _ in enumerate(written, max(1, first + 1)):
                self.clock.seconds["paint"] = self.clock.seconds.get("paint", 0.0) + perf_counter() - began
                count = max(number, expected)
                # It may wait for other visitors, which is not painting.
                self.clock.report(0.05 + 0.94 * number / count, Message("paint-frame", number=number, count=count))
                began = perf_counter()

    def _frames(self) -> Generator[ClipFrame, None, None]:
        """Yield the frames that are to be drawn, each with its motion."""
        from animegan.video.drawing import ClipFrame, Counts
        from animegan.video.motion import Follower
        from animegan.video.steady import Calm

        request, side, even = self.request, self.request.side or None, not self.request.kind.is_animation
        with_alpha = self.request.kind.clear is not None
        fps = min(request.fps or inf, request.kind.most_fps or inf)
        fewer = fps if fps < self.source.clip.fps * 1.001 else None
        start = request.start
        if self.before is not None:
            rate = Fraction(min(fps, self.source.clip.fps or 25)).limit_denominator(1000)
            start += max(Fraction(0), Fraction(self.before.last) - WARM_UP / rate)
        follower = Follower() if request.steady or request.options.faces else None
        calm = Calm() if request.steady else None
        for moment in self.source.read(start, request.end, fewer, side, even, with_alpha):
            picture, motion = moment.picture, None
            if follower is not None:
                motion, self.cuts = follower.follow(picture), follower.cuts
            if calm is not None:
                picture = calm.average(picture, motion)
            counts = Counts(self.cuts, 0, self.source.damaged)
            yield ClipFrame(moment.time - request.start, moment.seconds, picture, motion, moment.alpha, counts=counts)
