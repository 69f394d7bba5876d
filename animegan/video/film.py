"""Reads videos by FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error

from animegan.errors import NotAVideoError, shown
from animegan.images.resize import Mask, Picture
from animegan.images.transparency import laid_on
from animegan.video.clips import Clip, broken, check_size
from animegan.video.container import beginning, codec_of, decoded, decoder_of, open_container, packets
from animegan.video.convert import Converter, alpha_of
from animegan.video.dolby import without_base_layer
from animegan.video.reading import Moment, Source
from animegan.video.stamps import Stamps, fine

NEARLY_OPAQUE = 250
"""Levels of alpha: codecs do not keep 255 exactly."""


class Film(Source):
    """A video, read by FFmpeg."""

    def __init__(self, path: Path):
        """Open it and decode one frame. Errors are those of `animegan.video.opening.probe`."""
        self._path = path
        self._is_transparent: bool | None = None  # nobody has asked
        profile = without_base_layer(path)
        if profile is not None:
            raise NotAVideoError(
                "'{name}' is in Dolby Vision of profile {profile}, whose colours cannot be read here: "
                "export it as HDR10, HLG or SDR.",
                name=shown(path.name),
                profile=profile,
            )
        self._container, self._stream = open_container(path)
        try:
            self._measure()
        except BaseException:
            self.close()
            raise

    def _measure(self) -> None:
        container, stream = self._container, self._stream
        self.time_base = stream.time_base or Fraction(1, 1000)
        self._zero = beginning(container, stream)
        check_size(stream.codec_context.width, stream.codec_context.height, self._path.name)
        first = next(decoded(packets(container, stream), decoder=decoder_of(stream)), None)
        if first is None:
            raise broken(self._path.name, "no frame can be decoded")
        self._converter = Converter(first, stream.sample_aspect_ratio)
        width, height = self._converter.size
        check_size(width, height, self._path.name)
        kind, codec = container.format.name.split(",")[0], codec_of(stream)
        sound = next((codec_of(each) for each in container.streams.audio if each.codec_context), None)
        has = {"the sound": sound is not None, "the subtitles": container.streams.subtitles}
        has["the chapters"] = container.chapters()
        self.besides = tuple(name for name, there in has.items() if there)
        length, self._rate, count = self._length()
        seconds, fps = round(float(length), 3), round(float(self._rate), 3)
        self.clip = Clip(width, height, seconds, count, fps, sound is not None, kind, codec, sound_codec=sound)

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
        count, times = 0, []
        for packet in packets(self._container, self._stream):
            count += packet.size > 0
            times += [] if packet.pts is None else [packet.pts]
        if not times:
            return count / fps, fps, count or None
        seconds = (max(times) - min(times)) * self.time_base
        if len(times) > 1 and seconds > 0:
            fps = (len(times) - 1) / seconds
        return seconds + 1 / fps, fps, len(times)

    def frames(self, start: Fraction) -> Iterator[Moment]:
        """Yield the decoder's frames; see `Source.frames`."""
        self.damaged = 0
        self._rewind(start if self.searchable else Fraction(0))
        first = next(moments := self._moments(), None)
        if start > 0 and (first is None or first.time > start):  # not every file can be searched
            self._rewind(Fraction(0))
            first = next(moments := self._moments(), None)
        if first is None:
            raise broken(self._path.name, "no frame can be decoded")
        yield first
        yield from moments

    def picture(self, frame: Any, side: int | None) -> Picture:
        """Convert a frame; transparency is laid on white. See `Source.picture`."""
        return laid_on(*self.cut_out(frame, side))

    def cut_out(self, frame: Any, side: int | None) -> tuple[Picture, Mask | None]:
        """See `Source.cut_out`."""
        if self.is_transparent:
            return self._converter.cut_out(frame, side)
        return self._converter.picture(frame, side), None

    @property
    def is_transparent(self) -> bool:
        """See `Source.is_transparent`. It reads all frames until it knows, where they may have transparent parts."""
        if self._is_transparent is None:
            self._is_transparent = self._converter.may_be_clear and self._has_holes()
        return self._is_transparent

    def _has_holes(self) -> bool:
        """Whether something is transparent, but not all: screen recorders leave the alpha of every pixel at 0."""
        container, stream = open_container(self._path)
        with container:
            lowest, highest = 255, 0
            for frame in decoded(packets(container, stream), decoder=decoder_of(stream)):
                alpha = alpha_of(frame)
                lowest, highest = min(lowest, int(alpha.min())), max(highest, int(alpha.max()))
                if lowest < NEARLY_OPAQUE and highest:
                    return True
        return False

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _moments(self) -> Iterator[Moment]:
        """Yield all frames, each with its time."""
        for frame in self._converter.progressive(self._stamped()):
            yield Moment(frame.pts * frame.time_base - self._zero, (frame.duration or 0) * frame.time_base, frame)

    def _stamped(self) -> Iterator[Any]:
        """Decode the stream, and give each frame a stamp that is later than that of the frame before."""
        only_order = self._container.format.name == "avi"
        stamps = Stamps(1 / self._rate, self._zero, self._stream.codec_context.has_b_frames, only_order)

        def on_damage() -> None:
            self.damaged += 1
            stamps.lost()

        found = stamps.ahead(packets(self._container, self._stream, on_damage=on_damage))
        for frame in decoded(found, on_damage, decoder_of(self._stream)):
            base = frame.time_base or self.time_base
            tick = fine(base)
            time = stamps.time(None if frame.pts is None else frame.pts * base)
            self.searchable = self.searchable and not stamps.joined
            frame.pts, frame.duration, frame.time_base = (
                round(time / tick),
                round((frame.duration or 0) * base / tick),
                tick,
            )
            yield frame

    def _rewind(self, start: Fraction) -> None:
        """Go to a frame at ``start`` or some time before; not all files can be searched, so look where it went."""
        if start > 0 and self._stream.start_time is not None:  # without stamps nothing tells where it went
            with suppress(av.error.FFmpegError, OSError):
                self._container.seek(int((start + self._zero) / self.time_base), stream=self._stream)
                return
        # A search for the beginning may miss it: MPEG's streams have no index.
        self._container.close()
        self._container, self._stream = open_container(self._path)
