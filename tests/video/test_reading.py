"""What kinds of clips are read, and what is said of those that cannot be."""

import shutil
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from animegan import errors, video
from animegan.images.hdr import HLG, PQ
from animegan.images.metrics import psnr
from animegan.video.convert import Converter
from animegan.video.opening import opened
from tests.conftest import ROOT
from tests.support.clips import _tone, damage, frames_of, pictures, times_of, write


def test_a_clip_is_measured(tmp_path):
    clip = video.probe(write(tmp_path / "clip.mp4", pictures(20), sound="aac"))
    assert (clip.width, clip.height, clip.frames, clip.fps, clip.has_sound) == (96, 64, 20, 25, True)
    assert (clip.seconds, clip.codec, clip.sound_codec) == (0.8, "h264", "aac")
    assert clip.count == 20


def test_a_recording_of_a_browser_tells_no_length(tmp_path):
    """Such a WebM has no duration: the length comes from its packets."""
    path = write(tmp_path / "clip.webm", pictures(20), codec="libvpx", options={"live": "1"})
    clip = video.probe(path)
    assert clip.seconds == pytest.approx(0.8, abs=0.05)
    assert clip.count == 20
    assert len(times_of(path)) == 20


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("clip.avi", {"codec": "mpeg4"}),
        ("clip.mpg", {"codec": "mpeg2video"}),
        ("clip.ts", {}),
        ("clip.flv", {}),
        ("clip.mkv", {"codec": "ffv1", "pixels": "bgr0"}),
        ("clip.webm", {"codec": "libvpx-vp9"}),
        ("ten-bit.mp4", {"pixels": "yuv420p10le"}),
        ("full-range.mp4", {"pixels": "yuvj420p"}),
        ("interlaced.mpg", {"codec": "mpeg2video", "flags": 0x20040000}),
    ],
)
def test_many_kinds_are_read(tmp_path, name, settings):
    made = pictures(10)
    read = frames_of(write(tmp_path / name, made, **settings))
    assert len(read) == 10
    assert min(psnr(a, b) for a, b in zip(made, read, strict=True)) > 24


def test_pixels_that_are_not_square(tmp_path):
    path = write(tmp_path / "clip.mp4", pictures(3), sample_aspect_ratio=Fraction(4, 3))
    assert (video.probe(path).width, video.preview(path).shape) == (128, (64, 128, 3))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("clip.mov", {"codec": "qtrle", "pixels": "argb"}),
        ("clip.mov", {"codec": "prores_ks", "pixels": "yuva444p10le"}),
        ("clip.gif", None),
    ],
)
def test_transparency_is_laid_on_white(tmp_path, name, settings):
    made = [np.dstack([picture, np.full((64, 96), 0, np.uint8)]) for picture in pictures(3)]
    for picture in made:
        picture[:, :48, 3] = 255
    path = tmp_path / name
    if settings is None:
        first, *others = (Image.fromarray(picture) for picture in made)
        first.save(path, save_all=True, append_images=others, duration=40, disposal=2)
    else:
        write(path, made, **settings)
    shown = video.preview(path)
    assert shown[:, 52:].min() > 250
    assert psnr(shown[:, :44], made[0][:, :44, :3].copy()) > 24


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_high_dynamic_range_looks_as_on_a_usual_screen(tmp_path, transfer):
    """A grey card stays grey, and paper white is nearly white: 58 % of PQ's range, 75 % of HLG's (BT.2408)."""
    levels = {PQ: (0.38, 0.58, 0.75), HLG: (0.38, 0.75, 1.0)}[transfer]
    picture = np.zeros((64, 96, 3), np.uint8)
    for number, level in enumerate(levels):
        picture[:, 32 * number : 32 * number + 32] = round(255 * level)
    path = write(
        tmp_path / "hdr.mp4", [picture] * 3, pixels="yuv420p10le", color_trc=transfer, color_primaries=9, colorspace=9
    )
    grey, white, bright = (video.preview(path)[32, x].mean() for x in (16, 48, 80))
    assert 95 < grey < 150
    assert 205 < white < 245
    assert white < bright <= 255


def test_a_damaged_middle_costs_its_own_frames(tmp_path):
    path = write(tmp_path / "clip.mkv", pictures(60), codec="ffv1", pixels="bgr0", options={"cluster_time_limit": "80"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    with opened(path) as source:
        times = [float(moment.time) for moment in source.read()]
    assert 40 < len(times) < 60
    assert times == sorted(times)
    assert times[-1] == pytest.approx(59 / 25, abs=0.01)


def test_flipped_bytes_do_not_stop_it(tmp_path):
    path = damage(write(tmp_path / "clip.mp4", pictures(50), options={"movflags": "faststart"}), 0.4, 0.6)
    assert len(times_of(path)) > 30


def test_a_clip_that_is_cut_off_gives_what_it_has(tmp_path):
    path = write(tmp_path / "clip.mkv", pictures(50))
    path.write_bytes(path.read_bytes()[:-1500])
    assert 10 < len(times_of(path)) < 50


def _sound_alone(path):
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=44_100)
        output.mux(stream.encode(_tone(1, 44_100)))
        output.mux(stream.encode(None))


def _album(path):
    """Sound with a cover, which is no clip."""
    _sound_alone(path.with_suffix(".m4a"))
    with av.open(str(path.with_suffix(".m4a"))) as source, av.open(str(path), "w") as output:
        sound = output.add_stream_from_template(source.streams.audio[0])
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 96, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame.from_ndarray(pictures(1)[0], format="rgb24")))
        output.mux(cover.encode(None))
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = sound
                output.mux(packet)


def _cut_before_its_index(path):
    write(path, pictures(10))
    path.write_bytes(path.read_bytes()[:-1000])


def _playlist(path):
    write(path.with_name("secret.ts"), pictures(5))
    path.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{path.with_name('secret.ts')}\n#EXT-X-ENDLIST\n"
    )


def _list_of_files(path):
    write(path.with_name("secret.mp4"), pictures(5))
    path.write_text("ffconcat version 1.0\nfile secret.mp4\n")


@pytest.mark.parametrize(
    ("name", "make", "kind", "says"),
    [
        ("sound.mp4", _sound_alone, errors.NotAVideoError, "holds sound, but no moving pictures"),
        ("album.mp4", _album, errors.NotAVideoError, "holds sound, but no moving pictures"),
        ("text.mp4", lambda p: p.write_text("hello"), errors.NotAVideoError, "is no video that can be read"),
        ("empty.mp4", lambda p: p.touch(), errors.NotAVideoError, "is no video that can be read"),
        ("cut.mp4", _cut_before_its_index, errors.NotAVideoError, "is no video that can be read"),
        ("cut.gif", lambda p: p.write_bytes(b"GIF89a\x10"), errors.NotAVideoError, "is broken or cut off"),
        ("list.mp4", _playlist, errors.NotAVideoError, "is no video that can be read"),
        ("list.mov", _list_of_files, errors.NotAVideoError, "is no video that can be read"),
        ("photo.jpg", lambda p: Image.new("RGB", (64, 64)).save(p), errors.NotAVideoError, "is a single picture"),
        ("photo.png", lambda p: Image.new("RGB", (64, 64)).save(p), errors.NotAVideoError, "is a single picture"),
        ("small.mp4", lambda p: write(p, pictures(3, 8, 8)), errors.VideoTooSmallError, "8×8 pixels"),
        ("folder.mp4", lambda p: p.mkdir(), errors.VideoNotFoundError, "There is no clip at"),
        ("none.mp4", lambda p: None, errors.VideoNotFoundError, "There is no clip at"),
    ],
)
def test_what_is_no_clip_is_said_to_be_none(tmp_path, name, make, kind, says):
    make(tmp_path / name)
    with pytest.raises(kind, match=says) as raised:
        video.probe(tmp_path / name)
    assert str(raised.value).endswith(".")
    with pytest.raises(kind):
        video.stylize_video(tmp_path / name, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_frame_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = write(tmp_path / "clip.mp4", pictures(3))
    monkeypatch.setattr("animegan.video.clips.MAX_MEGAPIXELS", 0.005)
    with pytest.raises(errors.VideoTooLargeError, match="frames of 96×64 pixels"):
        video.probe(path)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"start": 0.2, "end": 0.1}, r"The end \(0\.1 s\) is not after the start \(0\.2 s\)"),
        ({"start": 5}, r"The start \(5 s\) is after the clip's end \(0\.4 s\)"),
        ({"start": -1}, "The start is a number of seconds from 0, not -1"),
        ({"end": "soon"}, "The end is a number of seconds from 0, not 'soon'"),
        ({"end": float("nan")}, "The end is a number of seconds from 0"),
        ({"side": 7}, "The side is 0 or a number of pixels from 64 to 8192, not 7"),
        ({"fps": 0}, "The frames a second are a number from 0.1 to 1000, not 0"),
        ({"faces": "maybe"}, "The faces setting is auto, on or off, not 'maybe'"),
        ({"crop": "square"}, "A clip has no setting 'crop'"),
        ({"strength": 9}, "The strength is a number from 0 to 1.5, not 9"),
    ],
)
def test_wrong_settings(tmp_path, settings, says):
    path = write(tmp_path / "clip.mp4", pictures(10))
    with pytest.raises(errors.BadOptionError, match=says):
        video.stylize_video(path, tmp_path / "out.mp4", **settings)
    assert [each.name for each in tmp_path.iterdir()] == ["clip.mp4"]


def test_wrong_targets(tmp_path):
    path = write(tmp_path / "clip.mp4", pictures(3))
    same = tmp_path / "copy.mp4"
    same.symlink_to(path)
    for out, says in (
        (tmp_path / "out.txt", r"give it a name that ends in \.mp4, "),
        (path, "is the clip itself: choose another name"),
        (same, "is the clip itself: choose another name"),
    ):
        with pytest.raises(errors.OutputNotWritableError, match=says):
            video.stylize_video(path, out)
    before = path.read_bytes()
    with pytest.raises(errors.OutputNotWritableError, match="cannot be written"):
        video.stylize_video(path, tmp_path / "nowhere" / "out.mp4", faces=False, enhance="off")
    assert path.read_bytes() == before


def test_without_its_library_it_says_what_to_install(tmp_path):
    """An animated GIF can be looked at without it, and not be drawn."""
    path, animation = write(tmp_path / "clip.mp4", pictures(3)), tmp_path / "clip.gif"
    first, *others = map(Image.fromarray, pictures(3))
    first.save(animation, save_all=True, append_images=others, duration=40)
    code = f"""
import sys
sys.modules["av"] = None
import animegan
from animegan import video
assert "torch" not in sys.modules and "cv2" not in sys.modules
try:
    video.probe({str(path)!r})
except animegan.MissingExtraError as error:
    print(error)
print(video.probe({str(animation)!r}).codec)
try:
    video.stylize_video({str(animation)!r}, "out.gif")
except animegan.MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    says = "PyAV is not installed: pip install 'animegan[video]'.\n"
    assert done.stdout == f"{says}gif\n{says}"


def test_frames_that_change_their_size_get_that_of_the_first():
    """As in recordings of calls."""
    first, later = (av.VideoFrame.from_ndarray(pictures(1, *size)[0], format="rgb24") for size in ((96, 64), (48, 32)))
    converter = Converter(first, None)
    assert converter.picture(later, None).shape == (64, 96, 3)


def test_one_frame(tmp_path):
    path = write(tmp_path / "clip.mp4", pictures(1))
    assert (video.probe(path).count, len(frames_of(path))) == (1, 1)


def test_a_name_that_looks_like_an_address_of_ffmpeg_s(tmp_path, monkeypatch):
    path = write(tmp_path / "clip.mp4", pictures(3))
    shutil.copy(path, tmp_path / "concat:a|b.mp4")
    monkeypatch.chdir(tmp_path)
    assert video.probe("concat:a|b.mp4").count == 3
