"""Clips with an alpha, as editors and browsers write them."""

from typing import Any

import av
import numpy as np
import pytest

from animegan import video
from animegan.video import outputs
from animegan.video.opening import opened
from tests.support.clips import pictures, write

PLAIN = {"enhance": "off", "faces": "off", "live": True, "resume": True}
WEB = {"auto-alt-ref": "0"}


def cut_outs(count=4, width=96, height=64):
    """A disc of a photo that moves over nothing; what nobody sees is green."""
    rows, columns = np.mgrid[:height, :width]
    frames = []
    for number, picture in enumerate(pictures(count, width, height)):
        far = np.hypot(columns - 30 - 4 * number, rows - 32)
        alpha = (255 * np.clip((22 - far) / 2, 0, 1)).astype(np.uint8)
        picture[alpha == 0] = 0, 255, 0
        frames.append(np.dstack((picture, alpha)))
    return frames


def clip(path, codec, pixels, frames, settings=None):
    """Write ``(H, W, 4)`` frames."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(codec, rate=25, options=settings or {})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgba").reformat(format=pixels)))
        output.mux(stream.encode(None))
    return path


def seen(path):
    """The frames of a clip: pictures and alphas."""
    with opened(path) as source:
        found: list[Any] = [(moment.picture.astype(int), moment.alpha) for moment in source.read(with_alpha=True)]
        return found


KINDS = {
    "prores.mov": ("prores_ks", "yuva444p10le"),
    "animation.mov": ("qtrle", "argb"),
    "png.mov": ("png", "rgba"),
    "vp9.webm": ("libvpx-vp9", "yuva420p", WEB),
    "vp8.webm": ("libvpx", "yuva420p", WEB),
    "ffv1.mkv": ("ffv1", "yuva420p"),
    "raw.avi": ("rawvideo", "bgra"),
}


def made(folder, name, frames=None):
    codec, pixels, *settings = KINDS[name]
    return clip(folder / name, codec, pixels, frames or cut_outs(), *settings)


@pytest.mark.parametrize("name", KINDS)
def test_transparency_is_read_and_hides_no_colour(tmp_path, name):
    path = made(tmp_path, name)
    for (picture, alpha), true in zip(seen(path), cut_outs(), strict=True):
        assert np.abs(alpha - true[:, :, 3].astype(int)).max() <= 12
        if "420" not in KINDS[name][1]:  # there the file itself has mixed the colours
            assert (picture[:, :, 1] - picture[:, :, [0, 2]].max(axis=2)).max() < 60  # no green
    assert video.preview(path)[0, 0].min() == 255  # laid on white


@pytest.mark.parametrize(("source", "out"), [("vp9.webm", ".mov"), ("prores.mov", ".webm"), ("png.mov", ".mkv")])
def test_it_stays_in_the_drawing(tmp_path, pipeline, monkeypatch, source, out):
    """In pieces that are joined; ProRes keeps the name that says that it has an alpha."""
    monkeypatch.setattr(outputs, "FRAMES", 2)
    path = made(tmp_path, source)
    result = video.stylize_video(path, tmp_path / f"out{out}", pipeline=pipeline, **PLAIN)
    assert result.left_out == []
    before, after = seen(path), seen(result.path)
    assert len(after) == 4
    assert max(np.abs(old.astype(int) - new).max() for (_, old), (_, new) in zip(before, after, strict=True)) <= 24
    with av.open(str(result.path)) as container:
        stream: Any = container.streams.video[0]
        tags = {name.lower() for name in stream.metadata}
        assert stream.codec_context.codec_tag == "ap4h" if out == ".mov" else "alpha_mode" in tags
        assert [frame.pts * frame.time_base * 25 for frame in container.decode(stream)] == [0, 1, 2, 3]


@pytest.mark.parametrize("out", [".webm", ".mov"])
def test_an_animated_sticker_becomes_a_video(tmp_path, pipeline, out):
    """It has an odd number of columns."""
    path = clip(tmp_path / "in.apng", "apng", "rgba", cut_outs(3, 97))
    result = video.stylize_video(path, tmp_path / f"out{out}", pipeline=pipeline, **PLAIN)
    (_, before), (picture, after) = seen(path)[0], seen(result.path)[0]
    assert picture.shape == (64, 96, 3)
    assert np.abs(before[:, :96].astype(int) - after).max() <= 24


@pytest.mark.parametrize("out", [".mp4", ".m4v"])
def test_where_it_cannot_stay_there_is_white_and_a_word(tmp_path, pipeline, out):
    result = video.stylize_video(made(tmp_path, "vp9.webm"), tmp_path / f"out{out}", pipeline=pipeline, **PLAIN)
    assert result.left_out == ["the transparency (there is white now)"]
    assert video.preview(result.path)[0, 0].min() > 235


@pytest.mark.parametrize("alpha", [255, 0])
def test_an_alpha_that_says_nothing(tmp_path, pipeline, alpha):
    """All opaque, or all 0, as recorders of screens leave it: the clip is opaque, and H.264."""
    frames = [np.dstack((picture, np.full(picture.shape[:2], alpha, np.uint8))) for picture in pictures(2)]
    path = made(tmp_path, "raw.avi", frames)
    assert np.abs(video.preview(path) - frames[0][:, :, :3].astype(int)).max() <= 2
    result = video.stylize_video(path, tmp_path / "out.mov", pipeline=pipeline, **PLAIN)
    assert (result.left_out, video.probe(result.path).codec) == ([], "h264")


def test_the_first_frames_may_be_opaque(tmp_path, pipeline):
    frames = cut_outs()
    frames[0][:, :, 3] = frames[1][:, :, 3] = 255
    path = made(tmp_path, "animation.mov", frames)
    result = video.stylize_video(path, tmp_path / "out.mov", pipeline=pipeline, **PLAIN)
    assert [int(alpha.min()) for _, alpha in seen(result.path)] == [255, 255, 0, 0]


def test_opaque_web_clips_are_read_as_before(tmp_path):
    path = write(tmp_path / "clip.webm", pictures(2), codec="libvpx-vp9")
    assert [alpha for _, alpha in seen(path)] == [None, None]
