"""Joins the pieces of a clip to one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from animegan.video.mark import mark_clip
from animegan.video.request import Request
from animegan.video.tracks import Tracks


def join(files: list[Path], end: Fraction, part: Path, request: Request) -> tuple[int, int, Tracks]:
    """Write pieces into one file, with the sound of the clip; ``end`` is when its last frame goes, in seconds. Return
    its width and height in pixels, and the tracks, closed.
    """
    kind = request.kind
    with av.open(str(part), "w", format=kind.container, options=dict(kind.container_settings)) as output:
        mark_clip(output)
        with av.open(str(files[0])) as first:
            source = first.streams.video[0]
            width, height = source.codec_context.width, source.codec_context.height
            stream = output.add_stream_from_template(source)
            if source.codec_context.name == "prores":
                stream.codec_context.codec_tag = source.codec_context.codec_tag  # or it becomes that of opaque ProRes
            if source.metadata.get("alpha_mode"):
                stream.metadata["alpha_mode"] = "1"
        tracks = Tracks(request.path, output, kind, request.start, request.end, request.sound == "copy")
        with closing(tracks):
            for packet in _ordered(files, end):
                for other in tracks.until(packet.dts * packet.time_base):
                    output.mux(other)
                packet.stream = stream
                output.mux(packet)
            for other in tracks.until(None):
                output.mux(other)
    return width, height, tracks


def _ordered(files: list[Path], end: Fraction) -> Iterator[Any]:
    """Yield the packets of the pieces, as those of one clip: the stamps for decoding go on from piece to piece."""
    stamps = [packet.pts or 0 for path in files for packet in _packets(path)]
    shown = sorted(stamps)
    places = {stamp: number for number, stamp in enumerate(shown)}
    delay = max(number - places[stamp] for number, stamp in enumerate(stamps))
    period = shown[1] - shown[0] if len(shown) > 1 else 1
    number = 0
    for path in files:
        for packet in _packets(path):
            place = places[packet.pts or 0] + 1
            following = shown[place] if place < len(shown) else round(end / packet.time_base)
            packet.duration = max(1, following - (packet.pts or 0))
            packet.dts = shown[number - delay] if number >= delay else shown[0] - (delay - number) * period
            number += 1
            yield packet


def _packets(path: Path) -> Iterator[Any]:
    with av.open(str(path)) as piece:
        yield from (packet for packet in piece.demux(video=0) if packet.size)
