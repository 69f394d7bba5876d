"""Animated pictures: how long each frame is shown, and how often all are."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageSequence

from animegan import video
from animegan.video.ending import show_last
from animegan.video.kinds import kind_of
from animegan.video.opening import opened
from animegan.video.writing import Writer
from tests.support.clips import pictures, write

SHOWN = [100, 100, 100, 3000]


def animation(path, loop=None, shown=SHOWN, **settings):
    """An animation by Pillow, whose frames are shown for so many milliseconds; ``loop`` None: the file tells none."""
    first, *others = map(Image.fromarray, pictures(len(shown)))
    told = {} if loop is None else {"loop": loop}
    first.save(path, save_all=True, append_images=others, duration=shown, **told, **settings)
    return path


def written(source, out, **part):
    """Write a clip as it is, by the reader and the writer of drawings."""
    with opened(source) as clip:
        writer = Writer(out, kind_of(out), 96, 64, clip.time_base, Fraction(25), clip.clip.plays)
        for moment in clip.read(even=True, **part):
            writer.add(moment.picture, moment.time, moment.seconds or Fraction(1, 25))
        writer.finish()
    return out


def shown(path):
    """Milliseconds that each frame is shown."""
    with opened(path) as clip:
        return [round(1000 * moment.seconds) for moment in clip.read()]


@pytest.mark.parametrize("source", [".gif", ".webp", ".png"])
@pytest.mark.parametrize("out", [".gif", ".webp", ".png"])
def test_each_frame_is_shown_as_long_as_it_was(tmp_path, source, out):
    path = animation(tmp_path / f"in{source}", loop=0)
    assert shown(path) == SHOWN
    assert shown(written(path, tmp_path / f"out{out}")) == SHOWN


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
@pytest.mark.parametrize("seconds", [20, 100, 600])
def test_the_last_frame_may_be_shown_for_minutes(tmp_path, suffix, seconds):
    path = animation(tmp_path / f"in{suffix}")
    show_last(path, Fraction(seconds))
    assert shown(path) == [100, 100, 100, 1000 * seconds]


@pytest.mark.parametrize("out", [".mp4", ".mkv", ".webm", ".mov"])
def test_so_it_is_in_a_video(tmp_path, out):
    path = written(animation(tmp_path / "in.gif"), tmp_path / f"out{out}")
    assert video.probe(path).seconds == pytest.approx(3.3, abs=0.002)


def test_a_part_ends_where_it_was_asked_to(tmp_path):
    path = animation(tmp_path / "in.gif")
    out = tmp_path / "out.gif"
    assert shown(written(path, out, start=Fraction(1, 5), end=Fraction(3, 2))) == [100, 1200]
    assert shown(written(path, out, start=Fraction(3, 20))) == [50, 100, 3000]
    assert shown(written(path, out, fps=5)) == [200, 3100]


def test_a_clip_s_last_frame_is_shown_as_long_as_the_others(tmp_path):
    path = written(write(tmp_path / "in.mp4", pictures(4)), tmp_path / "out.gif")
    assert shown(path) == [40] * 4


@pytest.mark.parametrize(
    ("source", "loop", "gif", "other"),
    [
        (".gif", None, None, 1),  # it plays once
        (".gif", 0, 0, 0),
        (".gif", 1, 1, 2),
        (".gif", 3, 3, 4),  # once, and three times again
        (".webp", 1, None, 1),
        (".webp", 3, 2, 3),  # three times in all
        (".png", 0, 0, 0),
        (".png", 3, 2, 3),
    ],
)
def test_it_is_played_as_often_as_it_was(tmp_path, source, loop, gif, other):
    path = animation(tmp_path / f"in{source}", loop)
    for suffix, told in ((".gif", gif), (".webp", other), (".apng", other)):
        with Image.open(written(path, tmp_path / f"out{suffix}")) as image:
            assert image.info.get("loop") == told


def test_a_clip_becomes_an_animation_that_never_ends(tmp_path):
    with Image.open(written(write(tmp_path / "in.mp4", pictures(3)), tmp_path / "out.gif")) as image:
        assert image.info["loop"] == 0


def test_the_picture_before_the_frames_of_an_apng_is_none_of_them(tmp_path):
    path = animation(tmp_path / "in.png", shown=[100, 200, 100], default_image=True)
    assert shown(path) == [100, 200]
    assert video.probe(path).count == 2


def cut_outs(path, count=4, **settings):
    """A disc that moves over nothing: its border is soft, and what nobody sees is green."""
    frames = []
    for number, picture in enumerate(pictures(count)):
        large = Image.new("L", (4 * 96, 4 * 64))
        ImageDraw.Draw(large).ellipse((60 + 20 * number, 40, 220 + 20 * number, 200), fill=255)
        disc = large.resize((96, 64))
        green = Image.new("RGB", (96, 64), (0, 255, 0))
        frame = Image.composite(Image.fromarray(picture), green, disc.point([0] + 255 * [255]))
        frame.putalpha(disc)
        frames.append(frame)
    first, *others = frames
    first.save(path, save_all=True, append_images=others, duration=100, loop=0, disposal=2, **settings)
    return path


def drawn(clip, out, pipeline, **settings):
    plain = {"enhance": "off", "faces": "off", "live": True, "resume": True, **settings}
    return video.stylize_video(clip, out, pipeline=pipeline, **plain)


def seen(path):
    """The frames of an animation, ``(H, W, 4)``."""
    with Image.open(path) as image:
        return [np.array(frame.convert("RGBA")).astype(int) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize(
    ("source", "out"),
    [
        (".png", ".webp"),
        (".png", ".png"),
        (".png", ".gif"),
        (".gif", ".webp"),
        (".webp", ".gif"),
        (".gif", ".png"),
        (".webp", ".png"),
    ],
)
def test_transparency_stays(tmp_path, pipeline, source, out):
    """With soft borders in WebP and PNG, all or nothing in GIF; what nobody sees gives the drawing no colour."""
    settings = {"lossless": True} if source == ".webp" else {}
    clip = cut_outs(tmp_path / f"in{source}", **settings)
    result = drawn(clip, tmp_path / f"out{out}", pipeline, side=96)
    assert result.left_out == []
    before, after = seen(clip), seen(result.path)
    assert len(before) == len(after) == 4
    soft = out != ".gif" and source != ".gif"
    for old, new in zip(before, after, strict=True):
        apart = np.abs(old[:, :, 3] - new[:, :, 3])
        assert (apart if soft else apart[np.isin(old[:, :, 3], (0, 255))]).max() <= 8
        assert soft or set(np.unique(new[:, :, 3])) <= {0, 255}
        visible = new[new[:, :, 3] > 200]
        assert (visible[:, 1] - visible[:, [0, 2]].max(axis=1)).max() < 100  # of 255


def test_transparency_grows_with_the_drawing(tmp_path, pipeline):
    result = drawn(cut_outs(tmp_path / "in.png", count=2), tmp_path / "out.webp", pipeline, side=96, scale=2)
    assert [frame.shape for frame in seen(result.path)] == [(128, 192, 4)] * 2
    assert seen(result.path)[0][0, 0, 3] == 0


def test_a_video_is_white_where_nothing_was_and_says_so(tmp_path, pipeline):
    result = drawn(cut_outs(tmp_path / "in.gif"), tmp_path / "out.mp4", pipeline, side=96)
    assert result.left_out == ["the transparency (there is white now)"]
    assert video.preview(result.path)[:8, :8].min() > 235


@pytest.mark.parametrize("out", [".webp", ".png"])
def test_opaque_animations_stay_opaque(tmp_path, pipeline, out):
    """Most GIFs have a transparent colour: it only repeats what was there."""
    result = drawn(animation(tmp_path / "in.gif", loop=0), tmp_path / f"out{out}", pipeline, side=96)
    assert result.left_out == []
    assert all(frame[:, :, 3].min() == 255 for frame in seen(result.path))
