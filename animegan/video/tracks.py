"""Brings along what a clip has besides pictures: all its sound, its subtitles and its chapters."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
from av.container import OutputContainer
from av.stream import Disposition

from animegan.video.container import beginning, codec_of, open_container, packets
from animegan.video.kinds import Kind
from animegan.video.streams import Copied, EncodedSound, EncodedText, Part, Track

TEXTS = frozenset({"subrip", "ass", "webvtt", "mov_text", "text"})
"""Codecs of subtitles that are text. The others are pictures."""


class Tracks:
    """Sound and subtitles of a clip from ``start`` to ``end``, in its seconds, as packets of a new file."""

    def __init__(
        self,
        path: Path,
        output: OutputContainer,
        kind: Kind,
        start: Fraction,
        end: Fraction | None,
        copies: bool = False,
    ):
        """Add streams and chapters to ``output``; it must have its stream of pictures already, and nothing written.
        ``copies``: keep sound as it is wherever the file can hold it, even where few players play it.
        """
        self._container, pictures = open_container(path)
        try:
            first = beginning(self._container, pictures) + start
            self._part = Part(first, None if end is None else first + end - start, is_whole=start <= 0)
            self.sound: str | None = None
            """How the first sound track was brought along: ``copied`` or ``encoded``; None: there is none."""
            self.left_out: list[str] = []
            """What the new file cannot hold, such as ``subtitles (dvd_subtitle)``."""
            self._tracks: dict[int, Track] = {}
            self._add_sounds(output, kind, kind.held if copies else kind.copied)
            self._add_subtitles(output, kind)
            self._add_chapters(output, start, end)
            self._packets = self._read()
            self._next = next(self._packets, None)
        except BaseException:
            self.close()
            raise

    def until(self, time: Fraction | None) -> Iterator[Any]:
        """Yield the packets up to a time of the new file, in seconds; None: the rest."""
        while (packet := self._next) is not None:
            begins = packet.pts or 0 if packet.dts is None else packet.dts
            if time is not None and begins * packet.time_base > time:
                return
            yield packet
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the clip."""
        self._container.close()

    def _add_sounds(self, output: OutputContainer, kind: Kind, copied: frozenset[str]) -> None:
        """Add all sound tracks, the default one first."""
        for source in sorted(
            self._container.streams.audio, key=lambda each: not each.disposition & Disposition.default
        ):
            if source.codec_context is None:
                self.left_out.append("sound in an unknown codec")
                continue
            copies = codec_of(source) in copied
            track = (
                Copied(source, output, self._part)
                if copies
                else EncodedSound(source, output, self._part, kind.sound or "aac")
            )
            self._tracks[source.index] = track
            self.sound = self.sound or ("copied" if copies else "encoded")

    def _add_subtitles(self, output: OutputContainer, kind: Kind) -> None:
        for source in self._container.streams.subtitles:
            codec = codec_of(source) if source.codec_context is not None else "in an unknown codec"
            if codec in kind.subtitles:
                self._tracks[source.index] = Copied(source, output, self._part)
            elif codec in TEXTS and kind.text is not None:
                self._tracks[source.index] = EncodedText(source, output, self._part, kind.text)
            else:
                self.left_out.append(f"subtitles ({codec})")

    def _add_chapters(self, output: OutputContainer, start: Fraction, end: Fraction | None) -> None:
        """Add the chapters of the part, with their titles."""
        chapters: list[Any] = []
        for number, chapter in enumerate(self._container.chapters()):
            base = chapter["time_base"] or Fraction(1)
            begins, ends = (max(Fraction(0), chapter[key] * base - start) for key in ("start", "end"))
            ends = ends if end is None else min(ends, end - start)
            if begins < ends:
                title = {name: text for name, text in chapter["metadata"].items() if name == "title"}
                times = {"start": round(1000 * begins), "end": round(1000 * ends), "time_base": Fraction(1, 1000)}
                chapters.append({"id": number, **times, "metadata": title})
        output.set_chapters(chapters)

    def _read(self) -> Iterator[Any]:
        """Yield the packets of the new file, about in their order."""
        streams = [self._container.streams[index] for index in self._tracks]
        if not self._part.is_whole and streams and streams[0].time_base:
            try:
                self._container.seek(int(self._part.first / streams[0].time_base), stream=streams[0])
            except (av.error.FFmpegError, OSError):
                self._container.seek(0)
        for packet in packets(self._container, *streams) if streams else ():
            yield from self._tracks[packet.stream.index].take(packet)
            if all(track.over for track in self._tracks.values()):
                break
        for track in self._tracks.values():
            yield from track.finish()
