"""The way of a clip: read, draw, write, each in its own thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from animegan.errors import OutputNotWritableError, shown
from animegan.styles.table import DEFAULT_STYLE
from animegan.video.clips import broken, checked_time
from animegan.video.kinds import kind_of
from animegan.video.opening import opened
from animegan.video.request import LATE, SIDE, Request, check_part, checked_fps, frame_options, too_long, too_many
from animegan.video.result import VideoResult
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.images.resize import Picture
    from animegan.options import Options
    from animegan.pipeline.pipeline import Pipeline
    from animegan.pipeline.progress import Clock, OnProgress
    from animegan.video.drawing import ClipFrame
    from animegan.video.reading import Source
    from animegan.video.writing import Writer


def stylize_video(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    style: str = DEFAULT_STYLE,
    side: int = 640,
    start: float | None = None,
    end: float | None = None,
    fps: float | None = None,
    faces: str | bool = "auto",
    steady: bool = True,
    live: bool = False,
    on_progress: OnProgress | None = None,
    max_seconds: float | None = None,
    max_frames: int | None = None,
    pipeline: Pipeline | None = None,
    **settings: Any,
) -> VideoResult:
    """Turn a clip into anime, with its sound. One frame is in memory at a time, and a few between the threads.

    Args:
        path: a video, or an animated GIF, WebP or PNG.
        out: the file to write: ``.mp4``, ``.m4v``, ``.mov``, ``.mkv``, ``.webm``, ``.gif`` or ``.webp``.
        style: a style, as for a photo.
        side: long side of the drawing in pixels; a smaller clip keeps its size. 0: the clip's own.
        start, end: the part to draw, in seconds of the clip; None: from its beginning, to its end.
        fps: at most so many frames a second; None: all frames, each with its own time.
        faces: ``"auto"``, ``"on"`` or ``"off"``: paint each face on its own; auto does, but not with a live network.
        steady: blend what was added to each frame with that of the frame before, along its motion.
        live: draw with the style's small fast network, if it has one.
        on_progress: called before each stage and after each frame, in the calling thread, with the finished fraction
            and a `Message`. The models are free meanwhile: it may wait, to let others have them. An exception that it
            raises stops the run, and nothing is left behind.
        max_seconds, max_frames: a longer part is refused.
        pipeline: whose models draw; None: those of `animegan.stylize`.
        settings: fields of `Options` by name: ``enhance``, ``faces_style``, ``strength``, ``vividness``, ``guided``,
            ``level``, ``detail``. What to repair is decided once for the clip.

    Returns:
        A `VideoResult`. The file is written whole or not at all, with no metadata of the clip.

    Raises:
        AnimeganError: one of the named errors of `animegan.errors`.
    """
    options, painter = frame_options(style, faces, live, settings)
    request = Request(
        path=Path(path) if isinstance(path, (str, os.PathLike)) else path,
        out=Path(out),
        kind=kind_of(Path(out)),
        options=options,
        painter=painter,
        side=SIDE.check(side),
        start=checked_time(start, "The start") or Fraction(0),
        end=checked_time(end, "The end"),
        fps=checked_fps(fps),
        steady=steady,
    )
    return _draw(request, pipeline, on_progress, (max_seconds, max_frames))


def _draw(
    request: Request, pipeline: Pipeline | None, on_progress: OnProgress | None, limits: tuple[float | None, int | None]
) -> VideoResult:
    from animegan.pipeline.pipeline import default_pipeline
    from animegan.pipeline.progress import Clock

    clock = Clock(on_progress)
    with clock.stage("load", 0.0, Message("read-clip")):
        source = opened(request.path)
    with source:
        if os.path.exists(request.out) and os.path.samefile(request.out, request.path):
            raise OutputNotWritableError(f"'{shown(request.out)}' is the clip itself: choose another name.")
        expected = check_part(source.clip, request, *limits)
        return _ClipRun(request, source, pipeline or default_pipeline(), clock, expected, limits).result()


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
    """Draw the frame that a clip shows ``at`` seconds, as `stylize_video` draws it: the frame and its drawing, both
    ``(H, W, 3) uint8``. Arguments and errors are those of `stylize_video`.
    """
    from animegan.pipeline.pipeline import default_pipeline
    from animegan.pipeline.progress import Clock
    from animegan.video.drawing import Artist, ClipFrame

    options, painter = frame_options(style, faces, live, settings)
    moment, side = checked_time(at, "The time of a preview") or Fraction(0), SIDE.check(side)
    drawer, clock = pipeline or default_pipeline(), Clock(on_progress)
    with clock.stage("load", 0.0, Message("read-clip")), opened(path) as source:
        frame = next(source.read(start=moment, side=side or None), None)
        if frame is None:
            raise broken(Path(path).name)
        samples = _samples(source, Path(path), options, side)
    drawer.models.fetch(_styles(options, painter), options.restorer, clock)
    artist = Artist(drawer.models, options, painter, steady=False)

    def draw() -> Picture:
        artist.prepare(samples)
        seen = artist.look(ClipFrame(frame.time, frame.seconds, frame.picture))
        return artist.finish(seen, artist.paint(seen))

    with clock.stage("paint", 0.3, Message("paint")):
        return frame.picture, drawer.on_worker(draw)


def _styles(options: Options, painter: str) -> set[str]:
    """Return the ids of the styles that draw."""
    return {painter, options.face_painter} if options.faces else {painter}


def _samples(
    source: Source,
    path: Path,
    options: Options,
    side: int,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> list[Picture]:
    """Return some frames of a part of a clip, spread evenly, of one size."""
    from animegan.video.planning import SAMPLES

    if options.enhance == "off":
        return []
    last = Fraction(source.clip.seconds)
    step = max(Fraction(0), (last if end is None else min(end, last)) - start) / SAMPLES
    times = sorted({start + step * number for number in range(SAMPLES)})
    sample_side = min(side or options.paint_side, options.paint_side) or None
    with opened(path) as other:
        frames = [next(other.read(start=time, side=sample_side), None) for time in times]
    return [frame.picture for frame in frames if frame is not None]


@dataclass
class _ClipRun:
    """One run over a clip."""

    request: Request
    source: Source
    pipeline: Pipeline
    clock: Clock
    expected: int
    """Number of frames, estimated."""
    limits: tuple[float | None, int | None]
    """Seconds and frames of the part at most: files may hold more than they tell."""
    cuts: int = 0

    def result(self) -> VideoResult:
        request = self.request
        self.pipeline.models.fetch(_styles(request.options, request.painter), request.options.restorer, self.clock)
        with whole(request.out) as part:
            return self._written(part)

    def _written(self, part: Path) -> VideoResult:
        from animegan.video.drawing import Artist
        from animegan.video.threads import Behind, ahead, at_once

        request = self.request
        artist = Artist(self.pipeline.models, request.options, request.painter, request.steady)
        with self.clock.stage("assess", 0.04, Message("assess-clip")):
            samples = _samples(self.source, request.path, request.options, request.side, request.start, request.end)
        with self.clock.stage("models", 0.045, Message("load-style")):
            self.pipeline.on_worker(partial(artist.prepare, samples))
        del samples
        output = _Output(request, self.source, part)

        def write(done: tuple[ClipFrame, Picture]) -> None:
            output.add(replace(done[0], picture=artist.finish(*done)))

        def looked_at(frames: Iterator[ClipFrame]) -> Iterator[ClipFrame]:
            for number, frame in enumerate(frames, 1):
                self._check(number, frame.time)
                yield self.pipeline.on_worker(partial(artist.look, frame)) if request.options.faces else frame

        behind = Behind(write)
        try:
            with ahead(self._frames) as frames, at_once(artist.paint, looked_at(frames), artist.at_once) as painted:
                began = perf_counter()
                for number, done in enumerate(painted, 1):
                    self.clock.seconds["paint"] = self.clock.seconds.get("paint", 0.0) + perf_counter() - began
                    behind.put(done)
                    self._report(number)  # may wait for other visitors, which is not painting
                    began = perf_counter()
            behind.finish()
            output.finish()
        finally:
            behind.stop()
            output.close()
        writer = output.writer
        if writer is None:
            raise broken(request.path.name, "no frame can be decoded")
        return VideoResult(
            path=request.out,
            style=request.options.style,
            width=writer.width,
            height=writer.height,
            frames=writer.frames,
            clip_seconds=round(float(writer.seconds), 3),
            sound=output.sound,
            faces=artist.faces,
            cuts=self.cuts,
            damaged=self.source.damaged,
            repair=list(artist.plan.steps),
            seconds=self.clock.finish(),
        )

    def _check(self, number: int, time: Fraction) -> None:
        max_seconds, max_frames = self.limits
        if max_frames is not None and number > max_frames:
            raise too_many(max_frames)
        if max_seconds is not None and time > max_seconds + LATE:
            raise too_long(max_seconds)

    def _report(self, number: int) -> None:
        count = max(number, self.expected)
        self.clock.report(0.05 + 0.94 * number / count, Message("paint-frame", number=number, count=count))

    def _frames(self) -> Iterator[ClipFrame]:
        """Yield the frames of the chosen part, each with its motion."""
        from animegan.video.drawing import ClipFrame
        from animegan.video.motion import Follower
        from animegan.video.steady import Calm

        request = self.request
        rates = [rate for rate in (request.fps, request.kind.most_fps) if rate is not None]
        moments = self.source.read(
            start=request.start,
            end=request.end,
            fps=min(rates) if rates and min(rates) < self.source.clip.fps * 1.001 else None,
            side=request.side or None,
            even=not request.kind.is_animation,
        )
        follower = Follower() if request.steady or request.options.faces else None
        calm = Calm() if request.steady else None
        for moment in moments:
            picture = moment.picture
            motion = follower.follow(picture) if follower is not None else None
            if calm is not None:
                picture = calm.average(picture, motion)
            self.cuts = follower.cuts if follower is not None else 0
            yield ClipFrame(moment.time - request.start, moment.seconds, picture, motion)


class _Output:
    """The file that is being written; it begins with the first drawing, whose size it takes."""

    def __init__(self, request: Request, source: Source, part: Path):
        self._request, self._source, self._part = request, source, part
        self.writer: Writer | None = None
        self.sound: str | None = None
        """How it was brought along; see `VideoResult.sound`."""
        self._done = False

    def add(self, frame: ClipFrame) -> None:
        """Write a drawing."""
        if self.writer is None:
            self._begin(frame)
        assert self.writer is not None
        usual = Fraction(1) / Fraction(self._source.clip.fps or 25).limit_denominator(1000)
        self.writer.add(frame.picture, frame.time, frame.seconds or usual)

    def _begin(self, frame: ClipFrame) -> None:
        from animegan.video.writing import Writer

        request, clip = self._request, self._source.clip
        rate = Fraction(min(request.fps or 1000, clip.fps or 25, 1000)).limit_denominator(1001)
        height, width = frame.picture.shape[:2]
        self.writer = Writer(self._part, request.kind, width, height, self._source.time_base, rate)
        if clip.has_sound and not request.kind.is_animation:
            self.sound = self.writer.add_sound(request.path, request.start, request.end)

    def finish(self) -> None:
        """Write what is left."""
        if self.writer is not None:
            self.writer.finish()
            self._done = True

    def close(self) -> None:
        """Close the file, finished or not."""
        if self.writer is not None and not self._done:
            self.writer.abandon()


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Yield the path of a temporary file beside ``out``, which becomes ``out`` at the end, or goes.

    Raises:
        OutputNotWritableError: the folder or the disk does not allow it.
    """
    from animegan.storage import output_file

    with output_file(out) as file:
        yield Path(file.name)
