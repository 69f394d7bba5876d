"""A run that was stopped goes on where it was."""

import os
import signal
import subprocess

import numpy as np
import pytest

import animegan
from animegan import errors, video
from animegan.images.metrics import psnr
from animegan.storage import locked
from animegan.video import outputs
from animegan.video.pieces import SUFFIX, Piece, folder_of, frames_kept, pieces_of
from animegan.video.request import frame_options, request_for
from tests.support.cli import invoke
from tests.support.clips import frames_of, pictures, sound_of, times_of, write
from tests.support.processes import INTERRUPTIBLE, ended, kill, names, python, until

PLAIN = {"enhance": "off", "faces": "off", "live": True, "side": 64}
OPTIONS = ("--enhance", "off", "--faces", "off", "--live", "--side", "64")


class StopError(Exception):
    pass


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """36 frames with sound, whose rate changes, with a cut after each twelve."""
    frames = [picture if n // 12 % 2 else 255 - picture for n, picture in enumerate(pictures(36))]
    times = [40 * n + (13 if n % 7 == 3 else 0) for n in range(36)]
    return write(tmp_path_factory.mktemp("clip") / "clip.mp4", frames, times=times, sound="aac")


@pytest.fixture
def draw(pipeline, monkeypatch):
    """Draw with pieces of ten frames, up to some frame."""
    monkeypatch.setattr(outputs, "FRAMES", 10)

    def draw(path, out, stop=None, **settings):
        def on_progress(fraction, message):
            if message.code == "paint-frame" and message.parameters["number"] == stop:
                raise StopError

        call = {"pipeline": pipeline, "on_progress": on_progress, "resume": True, **PLAIN, **settings}
        if stop is None:
            return video.stylize_video(path, out, **call)
        with pytest.raises(StopError):
            video.stylize_video(path, out, **call)
        return None

    return draw


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv"])
def test_stopped_twice_it_is_as_if_drawn_at_once(draw, clip, tmp_path, suffix):
    whole, out = tmp_path / f"whole{suffix}", tmp_path / f"out{suffix}"
    at_once = draw(clip, whole, resume=False)
    draw(clip, out, stop=13)
    kept = frames_kept(out)
    assert 13 <= kept <= 19
    assert not out.exists()
    draw(clip, out, stop=kept + 8)
    result = draw(clip, out)
    assert names(tmp_path) == [out.name, whole.name]
    assert result.resumed > kept
    assert (result.frames, result.cuts, result.damaged) == (at_once.frames, at_once.cuts, 0) == (36, 2, 0)
    assert (result.sound, result.clip_seconds) == (at_once.sound, at_once.clip_seconds)
    assert times_of(out) == times_of(whole)
    assert sound_of(out) == sound_of(whole)
    assert min(psnr(a, b) for a, b in zip(frames_of(whole), frames_of(out), strict=True)) > 30
    assert video.probe(out).seconds == pytest.approx(video.probe(whole).seconds, abs=0.05)


def test_a_part_with_fewer_frames(draw, clip, tmp_path):
    part = {"start": 0.2, "end": 1.4, "fps": 12.5}
    whole, out = tmp_path / "whole.mp4", tmp_path / "out.mp4"
    draw(clip, whole, resume=False, **part)
    draw(clip, out, stop=11, **part)
    assert draw(clip, out, **part).resumed > 0
    assert times_of(out) == times_of(whole)


def test_a_clip_that_cannot_be_searched(draw, tmp_path):
    """Joined recordings: the same stamps come twice."""
    one = write(tmp_path / "one.ts", pictures(25))
    joined = tmp_path / "two.ts"
    joined.write_bytes(2 * one.read_bytes())
    draw(joined, tmp_path / "out.mp4", stop=35)
    result = draw(joined, tmp_path / "out.mp4")
    assert result.resumed > 30
    assert np.diff(times_of(result.path)) == pytest.approx(40, abs=1)
    assert len(times_of(result.path)) == 50


def request(path, out, style="anime", settings=(), **chosen):
    """What is asked for, as by `stylize_video`."""
    defaults = {"side": 64, "start": None, "end": None, "fps": None, "sound": "auto", "steady": True}
    rest = {"resume": True, "max_seconds": None, "max_frames": None}
    options = frame_options(style, "off", True, dict(settings))
    return request_for(path, out, options, **{**defaults, **rest, **chosen})


@pytest.mark.parametrize(
    "other",
    [
        {"settings": {"vividness": 0.3}},
        {"style": "cel"},
        {"side": 80},
        {"end": 1.0},
        {"steady": False},
        {"path": "other.mp4"},
        {"version": "0.0.0"},
        {"broken": True},
    ],
)
def test_what_does_not_fit_is_drawn_anew(tmp_path, monkeypatch, other):
    """Pieces of another clip, of other options or another version, or that are not whole."""
    clip, out = tmp_path / "clip.mp4", tmp_path / "out.mp4"
    clip.write_bytes(b"a clip")
    (tmp_path / "other.mp4").write_bytes(b"A clip")
    with pieces_of(request(clip, out)) as pieces:
        (pieces.folder / pieces.new_name()).write_bytes(b"a piece")
        pieces.add(Piece(pieces.new_name(), 7, 10, "1/5", "1/4", 0, 0, 0, searchable=True))
    with pieces_of(request(clip, out, sound="copy", max_frames=99)) as pieces:  # these change no picture
        assert len(pieces.all) == 1
        if other.get("broken"):
            pieces.files[0].write_bytes(b"half")
    other = {name: value for name, value in other.items() if name != "broken"}
    monkeypatch.setattr("animegan.__version__", other.pop("version", animegan.__version__))
    with pieces_of(request(tmp_path / other.pop("path", "clip.mp4"), out, **other)) as pieces:
        assert pieces.all == []
        assert names(pieces.folder) == ["lock"]
    assert names(tmp_path) == ["clip.mp4", "other.mp4"]


def test_two_at_once(draw, clip, tmp_path):
    out = tmp_path / "out.mp4"
    folder_of(out).mkdir()
    with locked(folder_of(out) / "lock", errors.FolderInUseError()), pytest.raises(errors.FolderInUseError) as raised:
        draw(clip, out)
    assert str(raised.value) == f"Another run is drawing '{out}': wait for it, or choose another name."


def test_a_name_of_full_length(draw, tmp_path):
    short = write(tmp_path / "clip.mp4", pictures(2))
    assert draw(short, tmp_path / f"{'a' * 251}.mp4").frames == 2


def test_a_full_disk_keeps_what_is_drawn(draw, clip, tmp_path, monkeypatch):
    out, calls = tmp_path / "out.mp4", []

    def full(writer, picture, time, seconds, add=outputs.Writer.add):
        calls.append(time)
        if len(calls) > 15:
            raise OSError(28, "No space left on device")
        add(writer, picture, time, seconds)

    with monkeypatch.context() as patched:
        patched.setattr(outputs.Writer, "add", full)
        with pytest.raises(errors.OutputNotWritableError, match="No space left on device\\): free some space"):
            draw(clip, out)
    assert names(tmp_path) == [folder_of(out).name]
    assert draw(clip, out).resumed >= 10


def begun(clip, out) -> subprocess.Popen:
    """The command, which has written one piece of five frames."""
    code = "from animegan.video import outputs; outputs.FRAMES = 5; from animegan.__main__ import app; app()"
    command = ["-c", code, "video", clip, "-o", out, *OPTIONS]
    process = python(*command, first=INTERRUPTIBLE, stdin=subprocess.DEVNULL)
    until(lambda: frames_kept(out) >= 5, process)
    return process


@pytest.mark.slow
def test_a_run_that_was_killed(draw, clip, tmp_path):
    """What it had written whole is kept, its half-written files go, and nothing is drawn twice or left out."""
    whole, out = tmp_path / "whole" / "clip.mp4", tmp_path / "out.mp4"
    whole.parent.mkdir()
    draw(clip, whole, resume=False)
    kill(begun(clip, out))
    kept = frames_kept(out)
    assert not out.exists()
    result = draw(clip, out)
    assert result.resumed == kept
    assert result.frames == 36
    assert times_of(out) == times_of(whole)
    assert sound_of(out) == sound_of(whole)
    assert min(psnr(a, b) for a, b in zip(frames_of(whole), frames_of(out), strict=True)) > 30
    assert names(tmp_path) == ["out.mp4", "whole"]


@pytest.mark.long  # two processes
def test_ctrl_c(clip, tmp_path):
    """The command says what is kept, and goes on the next time; --no-resume begins anew, and leaves nothing."""
    out = tmp_path / "out.mp4"
    process = begun(clip, out)
    process.send_signal(signal.SIGINT)
    done = ended(process)
    kept = frames_kept(out)
    assert done.returncode != 0
    assert f"{kept} frames of out.mp4 are kept: the same command goes on from there." in done.stderr
    assert "Traceback" not in done.stderr
    done = invoke("video", clip, "-o", out, *OPTIONS)
    assert f"36 frames ({kept} of them before)" in done.stderr
    assert names(tmp_path) == ["out.mp4"]
    os.makedirs(folder_of(out))
    (folder_of(out) / f"000000{SUFFIX}").touch()
    assert "before" not in invoke("video", clip, "-o", out, *OPTIONS, "--no-resume", "--end", "0.1").stderr
    assert names(tmp_path) == ["out.mp4"]
