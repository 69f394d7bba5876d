"""No decoded frame is dropped for its stamp: missing, repeated and wrong ones are replaced."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from animegan import video
from animegan.images.metrics import psnr
from animegan.video.opening import opened
from animegan.video.stamps import Stamps
from tests.support.clips import frames_of, pictures, sound_of, times_of, write

PLAIN = {"enhance": "off", "faces": "off", "live": True, "side": 64}


def stamped(path, stamps):
    """Write a clip without loss, whose frames have these stamps in milliseconds."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "bgr0"
        frames = [av.VideoFrame.from_ndarray(picture) for picture in pictures(len(stamps))]
        packets = [packet for frame in [*frames, None] for packet in stream.encode(frame)]
        for number, (packet, stamp) in enumerate(zip(packets, stamps, strict=True)):
            packet.pts, packet.dts, packet.time_base = stamp, min(stamp, number), Fraction(1, 1000)
            output.mux(packet)
    return path


def test_frames_that_are_stored_in_another_order_in_avi(tmp_path):
    """AVI has no stamps, only an order, which is not that of frames that look ahead."""
    made = pictures(30)
    path = write(tmp_path / "clip.avi", made)
    with av.open(str(path)) as container:
        stamps = [frame.pts or 0 for frame in container.decode(video=0)]
    assert stamps != sorted(stamps)
    assert times_of(path) == [40 * number for number in range(30)]
    assert min(psnr(a, b) for a, b in zip(made, frames_of(path), strict=True)) > 24
    result = video.stylize_video(path, tmp_path / "drawn.mp4", **PLAIN)
    assert (result.frames, result.damaged, len(times_of(result.path))) == (30, 0, 30)


def test_a_part_of_such_a_clip(tmp_path):
    path = write(tmp_path / "clip.avi", pictures(30), options={}, gop_size=10)
    with opened(path) as source:
        times = [float(moment.time) for moment in source.read(Fraction(1, 2), Fraction(1))]
    assert times == pytest.approx([0.5, *(n / 25 for n in range(13, 25))])


def test_frames_without_stamps_get_their_times_from_the_rate(tmp_path):
    path = write(tmp_path / "clip.h264", pictures(20))
    clip = video.probe(path)
    assert (clip.seconds, clip.count) == (0.8, 20)
    assert times_of(path) == [40 * number for number in range(20)]


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ([0, 40, 40, 80, 120], [0, 40, 60, 80, 120]),
        ([0, 0, 80, 80, 160, 160], [0, 40, 80, 120, 160, 200]),
        ([0, 40, 80, 60, 160, 200], [0, 40, 80, 120, 160, 200]),
        ([0] * 5, [0, 40, 80, 120, 160]),
        ([0, 40, 90_000, 120, 160], [0, 40, 80, 120, 160]),
    ],
)
def test_repeated_and_wrong_stamps(tmp_path, stamps, times):
    path = stamped(tmp_path / "clip.mkv", stamps)
    source: Any = opened(path)
    source._rate = Fraction(25)  # the file tells none: it is guessed from the stamps
    with source:
        moments = list(source.read())
    assert [float(1000 * moment.time) for moment in moments] == times
    for made, moment in zip(pictures(len(stamps)), moments, strict=True):
        np.testing.assert_array_equal(moment.picture, made)


def test_recordings_that_were_joined(tmp_path):
    """The clock begins anew in the middle: picture and sound go on."""
    path = write(tmp_path / "one.ts", pictures(25), sound="aac")
    joined = tmp_path / "two.ts"
    joined.write_bytes(2 * path.read_bytes())
    assert np.diff(times_of(joined)) == pytest.approx(40)
    result = video.stylize_video(joined, tmp_path / "drawn.mp4", **PLAIN)
    assert result.frames == len(times_of(result.path)) == 50
    heard = sound_of(result.path)
    assert len(heard) == len(sound_of(joined))
    assert heard[-1][0] / 44_100 == pytest.approx(2, abs=0.1)


def test_a_lost_packet_does_not_shift_the_others():
    """Where packets are counted, one that cannot be decoded still has its place."""

    class Packet:
        def __init__(self, number):
            self.pts, self.dts, self.size, self.time_base = number + 1, number, 1, Fraction(1, 25)

    stamps, times = Stamps(Fraction(1, 25), Fraction(0), reorders=True, only_order=True), []
    for packet in stamps.ahead(map(Packet, range(20))):
        if packet.dts == 5:
            stamps.lost()
        else:
            times.append(stamps.time(None))
    assert times == [Fraction(number, 25) for number in range(20) if number != 5]
