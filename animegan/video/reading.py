"""Reads a clip frame by frame, each with its own time."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from animegan.errors import AnimeganError, NotAVideoError, missing_extra, shown
from animegan.images.resize import Picture
from animegan.video.clips import Clip, broken, check_size, not_a_video, single_picture

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

FORMATS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,dv,ivf,nut,h264,hevc,m4v,yuv4mpegpipe,"
    "wav,mp3,aac,flac"  # sound alone, to say so
)
"""FFmpeg's names of the formats that are opened. Playlists and other lists of files are not: a stranger's list could
name any file of this machine, or an address."""
THREADS = 2
"""That decode one clip. Each holds a frame, and drawing takes far longer than decoding."""

T = TypeVar("T")


@dataclass(frozen=True)
class Moment:
    """One frame of a clip."""

    time: Fraction
    """Seconds from the clip's beginning."""
    seconds: Fraction
    """How long it is shown; 0: unknown."""
    picture: Any
    """``(H, W, 3) uint8`` sRGB; while it is still encoded, the decoder's frame."""


class Source(ABC):
    """An open clip. `read` may be called again to read from the beginning."""

    clip: Clip
    time_base: Fraction
    """Seconds: all its times are close to multiples of this."""
    damaged: int = 0
    """Packets that could not be decoded and were left out."""

    @abstractmethod
    def frames(self, start: Fraction) -> Iterator[Moment]:
        """Yield the undecoded or unconverted frames; the first at ``start`` or at some time before."""

    @abstractmethod
    def picture(self, frame: Any, side: int | None, even: bool) -> Picture:
        """Convert a frame to ``(H, W, 3) uint8`` sRGB: upright, with square pixels, at most ``side`` pixels long."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def read(
        self,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        fps: float | None = None,
        side: int | None = None,
        even: bool = False,
    ) -> Iterator[Moment]:
        """Yield what the clip shows from ``start`` to ``end`` (seconds), as pictures.

        The first is what it shows at ``start``, with that time. ``fps`` thins the frames out to at most so many a
        second. ``side`` is the longest long side, in pixels; None: its own. ``even``: both sides are even numbers, as
        most codecs want; a last row or column is cut off.
        """
        for moment in thinned(between(self.frames(start), start, end), fps):
            yield replace(moment, picture=self.picture(moment.picture, side, even))


def between(moments: Iterator[Moment], start: Fraction, end: Fraction | None) -> Iterator[Moment]:
    """Yield what is shown from ``start`` to ``end``; the frame that is on at ``start`` gets that time."""
    on: Moment | None = None
    for moment in moments:
        if moment.time <= start:
            on = moment
            continue
        if on is not None:
            yield replace(on, time=start, seconds=moment.time - start)
            on = None
        if end is not None and moment.time >= end:
            return
        yield moment
    if on is not None:
        yield replace(on, time=start)


def thinned(moments: Iterator[Moment], fps: float | None) -> Iterator[Moment]:
    """Leave out frames until there are at most ``fps`` a second: the first of each period stays, with its time."""
    last = None
    for moment in moments:
        period = None if fps is None else int(moment.time * Fraction(fps) + Fraction(1, 1000))
        if period is None or period != last:
            yield moment
        last = period


class Film(Source):
    """A video, read by FFmpeg."""

    def __init__(self, path: Path):
        """Open it and decode one frame.

        Raises:
            AnimeganError: it cannot be read; see `animegan.video.opening.probe`.
        """
        self._path = path
        self._container = open_container(path)
        try:
            self._stream = moving_pictures(self._container, path.name)
            self.time_base = self._stream.time_base or Fraction(1, 1000)
            self.zero = zero_of(self._container, self._stream)
            self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self) -> None:
        from animegan.video.convert import Converter

        context = self._stream.codec_context
        check_size(context.width, context.height, self._path.name)
        first = next(self._decoded(), None)
        if first is None:
            raise broken(self._path.name, "no frame can be decoded")
        self._converter = Converter(first, self._stream.sample_aspect_ratio)
        width, height = self._converter.size
        check_size(width, height, self._path.name)
        seconds, fps, count = self._length()
        sound = next((s for s in self._container.streams.audio if s.codec_context is not None), None)
        self.clip = Clip(
            width=width,
            height=height,
            seconds=round(float(seconds), 3),
            frames=count,
            fps=round(float(fps), 3),
            has_sound=sound is not None,
            container=self._container.format.name.split(",")[0],
            codec=context.name,
            sound_codec=sound.codec_context.name if sound is not None else None,
        )

    def _length(self) -> tuple[Fraction, Fraction, int | None]:
        """Return seconds, frames a second, and the number of frames if the file tells it."""
        stream, container = self._stream, self._container
        fps = stream.average_rate or stream.guessed_rate or Fraction(25)
        fps = fps if 0 < fps <= 1000 else Fraction(25)
        count = stream.frames or None
        if stream.duration:
            seconds = stream.duration * self.time_base
        elif container.duration:
            seconds = Fraction(container.duration, 1_000_000)
        else:
            return self._counted(fps)
        if count and seconds > 0 and not stream.average_rate:
            fps = count / seconds
        return seconds, fps, count

    def _counted(self, fps: Fraction) -> tuple[Fraction, Fraction, int | None]:
        """Measure the length of a file without one, as browsers record them: by all its packets, undecoded."""
        self._rewind(Fraction(0))
        times = [packet.pts for packet in self._packets() if packet.pts is not None]
        if not times:
            return Fraction(0), fps, None
        seconds = (max(times) - min(times)) * self.time_base
        if len(times) > 1 and seconds > 0:
            fps = (len(times) - 1) / seconds
        return seconds + 1 / fps, fps, len(times)

    def frames(self, start: Fraction) -> Iterator[Moment]:
        """Yield the decoder's frames; see `Source.frames`."""
        self.damaged = 0
        self._rewind(start)
        moments = self._moments()
        first = next(moments, None)
        if start > 0 and (first is None or first.time > start):  # not every file can be searched
            self._rewind(Fraction(0))
            moments = self._moments()
            first = next(moments, None)
        if first is None:
            raise broken(self._path.name, "no frame can be decoded")
        yield first
        yield from moments

    def _moments(self) -> Iterator[Moment]:
        """Yield the frames in the order of their times, which a broken file may not keep."""
        last: Fraction | None = None
        fps = Fraction(self.clip.fps).limit_denominator(1000) if self.clip.fps else Fraction(25)
        for frame in self._converter.progressive(self._decoded()):
            if frame.pts is not None:
                time = frame.pts * (frame.time_base or self.time_base) - self.zero
            else:
                time = Fraction(0) if last is None else last + 1 / fps
            if last is not None and time <= last:
                continue
            last = time
            yield Moment(time, (frame.duration or 0) * (frame.time_base or self.time_base), frame)

    def _decoded(self) -> Iterator[Any]:
        """Decode packet by packet, so that a damaged one costs no more than its own frames."""
        import av.error

        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.damaged += 1
                continue
            yield from frames

    def _packets(self) -> Iterator[Any]:
        import av.error

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:  # cut off: what came before it counts
                self.damaged += 1
                return
            yield packet

    def _rewind(self, start: Fraction) -> None:
        """Go to a frame at ``start`` or some time before; not all files can be searched, so look where it went."""
        import av.error

        if start > 0:
            with suppress(av.error.FFmpegError, OSError):
                self._container.seek(int((start + self.zero) / self.time_base), stream=self._stream)
                return
        # A search for the beginning may miss it: MPEG's streams have no index.
        self._container.close()
        self._container = open_container(self._path)
        self._stream = moving_pictures(self._container, self._path.name)

    def picture(self, frame: Any, side: int | None, even: bool) -> Picture:
        """Convert a frame; see `Source.picture`."""
        return self._converter.picture(frame, side, even)

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def open_container(path: Path) -> InputContainer:
    """Open a video file with FFmpeg.

    Raises:
        NotAVideoError, MissingExtraError
    """
    try:
        import av.error
    except ImportError as error:
        raise missing_extra("PyAV", "video") from error
    # No other protocol than files of this machine, and no path taken for a protocol's address.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(f"file:{os.path.abspath(path)}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _why_not(path) from error


def _why_not(path: Path) -> AnimeganError:
    """Return the error for a file that FFmpeg does not open."""
    from animegan.images import files

    try:
        files.load(path)
    except AnimeganError:
        return not_a_video(path.name)
    return single_picture(path.name)


def moving_pictures(container: InputContainer, name: str) -> VideoStream:
    """Return the stream with the pictures; the cover of an album is none.

    Raises:
        NotAVideoError: there is none.
    """
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = THREADS
            return stream
    what = "sound, but no moving pictures" if container.streams.audio else "no moving pictures"
    raise NotAVideoError(f"'{shown(name)}' holds {what}: choose another file.")


def zero_of(container: InputContainer, stream: VideoStream) -> Fraction:
    """Return the time in the file, in seconds, at which the clip begins: with the pictures or the sound."""
    starts = [
        each.start_time * each.time_base
        for each in (stream, *container.streams.audio[:1])
        if each.start_time is not None and each.time_base
    ]
    zero = min(starts, default=Fraction(0))
    if zero < 0:  # an encoder's lead-in, which no player shows
        zero = min(Fraction(0), starts[0])
    return zero
