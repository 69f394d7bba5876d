"""Brings one stream of sound or subtitles along: packet by packet as it is, or encoded anew."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
import av.error
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import SubtitleSet

from animegan.video.container import decoded

RATES = {"aac": (48_000, 44_100, 32_000, 24_000, 16_000, 8_000), "libopus": (48_000, 24_000, 16_000, 8_000)}
"""Samples a second that an encoder is asked for: the clip's own if it is one of these, else the first."""
RESTART = 1
"""Seconds: a stamp that is so far behind the one before belongs to another recording, which was joined to this one."""
MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class Part:
    """The part of a clip that is drawn, in seconds of its file."""

    first: Fraction
    last: Fraction | None
    is_whole: bool
    """It begins with the clip, so what lies before its beginning is kept, such as an encoder's lead-in."""


class Track(ABC):
    """One stream of the clip on its way into the new file."""

    def __init__(self, source: Any, target: Any, part: Part):
        self._target, self._part = target, part
        if language := source.metadata.get("language"):
            target.metadata["language"] = language
        target.disposition = source.disposition
        self.over = False
        """Whether the part has ended."""
        self._shift = self._end = 0
        self._last: int | None = None

    @abstractmethod
    def take(self, packet: Any) -> Iterator[Any]:
        """Yield the packets that one of the clip's becomes; an empty one stands at the clip's end."""

    def finish(self) -> Iterator[Any]:
        """Yield what is left at the end of the part."""
        yield from ()

    def _onward(self, ticks: int | None, duration: int, base: Fraction) -> int:
        """Return a stamp that is later than the one before."""
        now = self._end if ticks is None else ticks + self._shift
        if ticks is not None and self._last is not None and now <= self._last:
            if (self._last - now) * base > RESTART:
                self._shift = self._end - ticks
            now = self._end
        self._last, self._end = now, now + max(1, duration)
        return now

    def _holds(self, time: Fraction) -> bool:
        """Whether something at this time of the clip's file is in the part."""
        self.over = self._part.last is not None and time >= self._part.last
        return not self.over and time >= self._part.first


class Copied(Track):
    """A stream whose packets stay as they are."""

    def __init__(self, source: Any, output: OutputContainer, part: Part):
        """Add a stream to ``output``."""
        super().__init__(source, output.add_stream_from_template(source), part)
        self._is_text = source.type == "subtitle"  # whose lines may overlap

    def take(self, packet: Any) -> Iterator[Any]:
        """See `Track.take`."""
        base = packet.time_base
        if not packet.size or not base:
            return
        first = round(self._part.first / base)
        before = packet.dts if packet.dts is not None else packet.pts
        late = packet.pts - before if packet.pts is not None else 0
        dts = self._onward(before, 1 if self._is_text else packet.duration or 1, base)
        if self._is_text and dts < first < dts + (packet.duration or 0):  # it is shown when the part begins
            dts, packet.duration = first, dts + packet.duration - first
        if self._holds(dts * base) or (self._part.is_whole and not self.over):
            packet.dts = dts - first
            packet.pts = packet.dts + late
            packet.stream = self._target
            yield packet


class EncodedSound(Track):
    """Sound in another codec."""

    def __init__(self, source: AudioStream, output: OutputContainer, part: Part, codec: str):
        """Add a stream of ``codec`` to ``output``."""
        context, rates = source.codec_context, RATES[codec]
        rate = context.sample_rate if context.sample_rate in rates else rates[0]
        is_mono = context.layout.nb_channels == 1
        stream = cast(AudioStream, output.add_stream(codec, rate=rate))
        encoder = self._encoder = stream.codec_context
        encoder.layout = "mono" if is_mono else "stereo"
        encoder.bit_rate = 96_000 if is_mono else 160_000
        super().__init__(source, stream, part)
        self._resampler = av.AudioResampler(encoder.format, encoder.layout, rate)

    def take(self, packet: Any) -> Iterator[Any]:
        """See `Track.take`."""
        for frame in decoded([packet]):
            base = frame.time_base or Fraction(1, frame.sample_rate)
            ticks = self._onward(frame.pts, round(frame.samples / (frame.sample_rate * base)), base)
            if self._holds(ticks * base):
                frame.pts = ticks - round(self._part.first / base)
                frame.time_base = base
                yield from self._encoded(frame)

    def finish(self) -> Iterator[Any]:
        """See `Track.finish`."""
        yield from self._encoded(None)
        yield from self._target.encode(None)

    def _encoded(self, frame: Any) -> Iterator[Any]:
        for part in self._resampler.resample(frame):
            yield from self._target.encode(part)


class EncodedText(Track):
    """Subtitles that are text, in another codec."""

    def __init__(self, source: SubtitleStream, output: OutputContainer, part: Part, codec: str):
        """Add a stream of ``codec`` to ``output``."""
        super().__init__(source, output.add_stream(codec), part)
        self._source, self._encoder = source, self._target.codec_context
        source.codec_context.open(strict=False)
        self._encoder.subtitle_header = source.codec_context.subtitle_header
        self._encoder.time_base = MILLISECOND

    def take(self, packet: Any) -> Iterator[Any]:
        """See `Track.take`. A line that begins before the part is shown from its beginning."""
        start, base = packet.pts, packet.time_base
        if not packet.size or start is None or not base:
            return
        found = None
        with suppress(av.error.FFmpegError):
            found = self._source.decode2(packet)
        end = (start + (packet.duration or 0)) * base - self._part.first
        for line in found or ():
            begin = max(start * base, self._part.first)
            text = getattr(line, "ass", b"")
            if text.rpartition(b",")[2] and self._holds(begin) and end > 0:
                ticks = self._onward(round((begin - self._part.first) / MILLISECOND), 1, MILLISECOND)
                duration = max(1, round(end / MILLISECOND) - ticks)
                new = self._encoder.encode_subtitle(SubtitleSet.create(text, 0, duration))
                new.stream, new.time_base = self._target, MILLISECOND
                new.pts = new.dts = ticks
                new.duration = duration
                yield new
