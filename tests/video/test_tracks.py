"""Sound tracks, subtitles and chapters come along where the new file can hold them."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from animegan import errors, video
from animegan.video.container import codec_of
from animegan.video.kinds import kind_of
from animegan.video.writing import Writer
from tests.support.cli import invoke
from tests.support.clips import _tone, pictures, sound_of, write

LINES = [(100, 400, "Good <i>morning</i>"), (600, 900, "Good night")]
"""Begin and end in milliseconds, and a text in SubRip."""


def film(path, sounds, text=None, chapters=(), count=25):
    """Write a clip: ``sounds`` has a codec and a language each, and the last is the default one; ``text`` is a codec of
    subtitles that have `LINES`; ``chapters`` begin at these times in milliseconds.
    """
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        tracks = []
        for number, (codec, language) in enumerate(sounds):
            track = output.add_stream(codec, rate=48_000)
            track.codec_context.layout = "stereo"
            track.metadata["language"] = language
            track.disposition = Disposition.default if number == len(sounds) - 1 else Disposition(0)
            tracks.append(track)
        lines: Any = None
        packets: list[Any] = []
        if text is not None:
            with av.open(str(_subtitles(path.with_suffix(".srt")))) as source:
                lines = output.add_stream_from_template(source.streams.subtitles[0])
                packets = [packet for packet in source.demux(subtitles=0) if packet.size]
        output.set_chapters(
            [
                {
                    "id": n,
                    "start": t,
                    "end": t + 500,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": f"Part {n}"},
                }
                for n, t in enumerate(chapters)
            ]
        )
        for picture in pictures(count):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
        for track in tracks:
            resampler = av.AudioResampler(track.codec_context.format, "stereo", 48_000, track.codec_context.frame_size)
            for frame in [*resampler.resample(_tone(count / 25, 48_000)), *resampler.resample(None)]:
                output.mux(track.encode(frame))
            output.mux(track.encode(None))
        for packet in packets:
            packet.stream = lines
            output.mux(packet)
    return path


def _subtitles(path):
    def time(at):
        return f"00:00:{at // 1000:02},{at % 1000:03}"

    path.write_text("".join(f"{n}\n{time(a)} --> {time(b)}\n{text}\n\n" for n, (a, b, text) in enumerate(LINES, 1)))
    return path


def brought(source, out, start=0.0, end=None, copies=False, count=25):
    """Write a clip with what another one has besides pictures: the writer, closed."""
    kind = kind_of(out)
    writer = Writer(out, kind, 96, 64, Fraction(1, 25), Fraction(25))
    writer.add_tracks(source, Fraction(start), None if end is None else Fraction(end), copies)
    for number, picture in enumerate(pictures(count)):
        writer.add(picture, Fraction(number, 25), Fraction(1, 25))
    writer.finish()
    return writer


def lines_of(path):
    """The subtitles of a clip: begin and end in milliseconds, and the text."""
    found = []
    container: Any = av.open(str(path))
    with container:
        stream = container.streams.subtitles[0]
        for packet in container.demux(stream):
            for line in packet.decode() if packet.size else ():
                if line.dialogue:
                    begin, length = (round(1000 * t * packet.time_base) for t in (packet.pts, packet.duration))
                    found.append((begin, begin + length, line.dialogue.decode()))
    return found


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """One second, with two sound tracks, subtitles and chapters."""
    path = tmp_path_factory.mktemp("mixed") / "mixed.mkv"
    return film(path, [("ac3", "deu"), ("flac", "fra")], text="subrip", chapters=(0, 500))


@pytest.mark.parametrize("codec", ["libopus", "flac", "ac3"])
def test_mp4_gets_sound_that_plays_everywhere(tmp_path, codec):
    source, out = film(tmp_path / "clip.mkv", [(codec, "eng")]), tmp_path / "out.mp4"
    assert brought(source, out).sound == "encoded"
    assert video.probe(out).sound_codec == "aac"
    with av.open(str(out)) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(heard) / 48_000 == pytest.approx(1, abs=0.05)
    assert np.argmax(np.abs(np.fft.rfft(heard))) * 48_000 / len(heard) == pytest.approx(440, abs=5)
    assert brought(source, out, copies=True).sound == "copied"
    assert [data for _, data in sound_of(out)] == [data for _, data in sound_of(source)]


@pytest.mark.parametrize(
    ("suffix", "sounds", "text"),
    [
        (".mp4", ["aac", "aac"], "mov_text"),
        (".mov", ["aac", "ac3"], "mov_text"),
        (".mkv", ["flac", "ac3"], "subrip"),
        (".webm", ["opus", "opus"], "webvtt"),
    ],
)
def test_all_tracks_come_along(mixed, tmp_path, suffix, sounds, text):
    """The default sound comes first; languages and titles of chapters stay."""
    out = tmp_path / f"out{suffix}"
    assert brought(mixed, out).left_out == []
    container: Any = av.open(str(out))
    with container:
        assert [codec_of(stream) for stream in container.streams.audio] == sounds
        assert container.streams.audio[0].metadata["language"] == "fra"
        assert container.streams.audio[0].disposition & Disposition.default
        assert not container.streams.audio[1].disposition & Disposition.default
        assert [codec_of(stream) for stream in container.streams.subtitles] == [text]
        chapters = [(float(c["start"] * c["time_base"]), c["metadata"]["title"]) for c in container.chapters()]
    assert chapters == [(0.0, "Part 0"), (0.5, "Part 1")]
    lines = lines_of(out)
    assert [text.replace("{\\i1}", "").replace("{\\i0}", "") for *_, text in lines] == ["Good morning", "Good night"]
    times = [time for begin, end, _ in lines for time in (begin, end)]
    assert times == pytest.approx([100, 400, 600, 900], abs=8)  # the clip's sound begins 7 ms before its pictures


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_part_has_its_own_lines_and_chapters(mixed, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    brought(mixed, out, start=0.3, end=0.8, count=12)
    (begin, end, first), (later, _, _) = lines_of(out)
    assert (begin, end, later) == (pytest.approx(0, abs=1), pytest.approx(100, abs=8), pytest.approx(300, abs=8))
    assert "morning" in first
    container: Any = av.open(str(out))
    with container:
        starts = [round(1000 * c["start"] * c["time_base"]) for c in container.chapters()]
        assert starts == [0, 200]
        for stream in container.streams.audio:
            assert float(stream.duration * stream.time_base if stream.duration else 0.5) == pytest.approx(0.5, abs=0.05)


def test_overlapping_lines_in_mp4(tmp_path):
    """Two lines that begin together."""
    source = _subtitles(tmp_path / "a.srt")
    source.write_text(source.read_text() + "3\n00:00:00,600 --> 00:00:00,900\nSweet dreams\n\n")
    with av.open(str(source)) as lines, av.open(str(tmp_path / "clip.mkv"), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        text = output.add_stream_from_template(lines.streams.subtitles[0])
        for picture in pictures(25):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
        for packet in lines.demux(subtitles=0):
            if packet.size:
                packet.stream = text
                output.mux(packet)
    brought(tmp_path / "clip.mkv", tmp_path / "out.mp4")
    assert [text for *_, text in lines_of(tmp_path / "out.mp4")][1:] == ["Good night", "Sweet dreams"]


PICTURES = {
    "hdmv_pgs_subtitle": b"\x16\0\x0b" + bytes(11) + b"\x80\0\0",
    "dvd_subtitle": b"\0\x08\0\x04\0\0\0\xff",
    "dvb_subtitle": b"\x0f\x80\0\x01\0\0",
}
"""Codecs of subtitles that are pictures, as on discs and from aerials, and an empty picture in each."""


def subtitled(path, codec):
    """A second with one subtitle that is a picture, at 0.2 s."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        subtitles: Any = output.add_mux_stream(codec)
        subtitles.metadata["language"] = "deu"
        for picture in pictures(25):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
        packet = av.Packet(PICTURES[codec])
        packet.stream, packet.time_base, packet.duration = subtitles, Fraction(1, 1000), 300
        packet.pts = packet.dts = 200
        output.mux(packet)
    return path


@pytest.mark.parametrize(("suffix", "codec"), [*((".mkv", codec) for codec in PICTURES), (".ts", "dvb_subtitle")])
def test_subtitles_that_are_pictures(tmp_path, suffix, codec):
    """They stay as they are in Matroska; other files hold only text, which is said."""
    source, out = subtitled(tmp_path / f"clip{suffix}", codec), tmp_path / "out.mkv"
    assert brought(source, out).left_out == []
    container: Any = av.open(str(out))
    with container:
        stream = container.streams.subtitles[0]
        assert (codec_of(stream), stream.metadata["language"]) == (codec, "deu")
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert [bytes(packet) for packet in packets] == [PICTURES[codec]]
        assert packets[0].pts * packets[0].time_base == pytest.approx(0.2, abs=0.001)
    assert brought(source, tmp_path / "out.mp4").left_out == [f"subtitles ({codec})"]
    assert brought(source, tmp_path / "out.webm").left_out == [f"subtitles ({codec})"]


def test_what_an_animation_cannot_hold_is_said(mixed, tmp_path):
    done = invoke(
        *("video", mixed, "-o", tmp_path / "out.png", "--fps", "2", "--enhance", "off", "--faces", "off", "--live")
    )
    assert "A .png file cannot hold the sound, the subtitles and the chapters: left out." in done.stderr


def test_what_a_file_cannot_hold_is_said(tmp_path):
    """A GIF is silent."""
    clip = write(tmp_path / "clip.mp4", pictures(2), sound="aac")
    done = invoke("video", clip, "-o", tmp_path / "out.gif", "--enhance", "off", "--faces", "off", "--live")
    assert done.exit_code == 0, done.output
    assert "A .gif file cannot hold the sound: left out." in done.stderr
    with pytest.raises(errors.BadOptionError, match="The sound is auto or copy, not 'loud'"):
        video.stylize_video(clip, tmp_path / "out.mp4", sound="loud")
