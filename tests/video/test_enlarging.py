"""Clips that are drawn larger than they are."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from animegan import errors, video
from animegan.images.metrics import psnr
from animegan.images.resize import resize
from animegan.networks.enlarger import Enlarger
from animegan.options import Options
from animegan.pipeline.models import Models
from animegan.video.drawing import Artist, ClipFrame
from animegan.video.steady import Steady
from tests.support.cli import invoke, refused
from tests.support.clips import frames_of, pictures, write

PLAIN: dict[str, Any] = {"enhance": "off", "faces": "off"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Three frames of 95×63, without loss."""
    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    return write(path, pictures(3, 95, 63), codec="ffv1", pixels="bgr0")


@pytest.fixture
def done(monkeypatch) -> list[tuple]:
    """What is steadied and what is enlarged, in order, with its shape."""
    done, double, blend = [], Enlarger.double, Steady.blend

    def enlarged(self, drawing, on_tile=None, *, again=False):
        done.append(("enlarge again" if again else "enlarge", drawing.shape[:2]))
        return double(self, drawing, on_tile, again=again)

    def steadied(self, drawn, picture, motion):
        done.append(("steady", drawn.shape[:2]))
        return blend(self, drawn, picture, motion)

    monkeypatch.setattr(Enlarger, "double", enlarged)
    monkeypatch.setattr(Steady, "blend", steadied)
    return done


@pytest.mark.parametrize(
    ("scale", "suffix", "size"), [(1, ".mp4", (94, 62)), (2, ".mp4", (188, 124)), (4, ".gif", (380, 252))]
)
def test_each_frame_is_enlarged_after_it_was_steadied(pipeline, clip, done, tmp_path, scale, suffix, size):
    """MP4 wants even sides. At a scale of 1 nothing is enlarged that was painted at its size."""
    result = video.stylize_video(clip, tmp_path / f"anime{suffix}", scale=scale, pipeline=pipeline, **PLAIN)
    shown = video.probe(result.path)
    assert (result.width, result.height) == (shown.width, shown.height) == size
    drawn_at = size[1] // scale, size[0] // scale
    doubled = [("enlarge", drawn_at), ("enlarge again", (2 * drawn_at[0], 2 * drawn_at[1]))][: scale // 2]
    assert done == [("steady", drawn_at), *doubled] * 3


def test_a_larger_drawing_is_the_same_drawing(pipeline, clip, tmp_path):
    small, large = (
        frames_of(video.stylize_video(clip, tmp_path / f"{scale}.webp", scale=scale, pipeline=pipeline, **PLAIN).path)
        for scale in (1, 4)
    )
    for one, other in zip(small, large, strict=True):
        assert psnr(np.asarray(resize(other, *one.shape[1::-1])), one) > 26


def test_frames_larger_than_the_paint_side_are_painted_small(coffee, done):
    """Enlarged before they are steadied, as a photo is; what the scale asks for comes afterwards."""
    artist = Artist(Models(), Options("manga", paint_side=256, scale=2, faces=False), "manga", steady=True)
    frame = ClipFrame(Fraction(0), Fraction(0), np.ascontiguousarray(coffee[:240, :400]))
    drawing = artist.finish(frame, artist.paint(frame))
    assert drawing.shape == (480, 800, 3)
    assert done == [("enlarge", (171, 284)), ("steady", (240, 400)), ("enlarge again", (240, 400))]


def test_a_preview_is_as_large_as_the_clip_will_be(pipeline, clip):
    frame, drawing = video.draw_preview(clip, 0.04, scale=2, pipeline=pipeline, **PLAIN)
    assert frame.shape == (63, 95, 3)
    assert drawing.shape == (126, 190, 3)


@pytest.mark.parametrize(("shape", "size"), [((2000, 2400), "9600×8000"), ((16, 4200), "16800×64")])
def test_what_no_clip_can_hold_is_refused_before_anything_is_drawn(pipeline, tmp_path, monkeypatch, shape, size):
    """In Python, as a preview, and on the command line."""
    monkeypatch.setattr(Models, "painter", lambda *name: pytest.fail("it was begun"))
    clip = write(tmp_path / "clip.mkv", [np.zeros((*shape, 3), np.uint8)], codec="ffv1", pixels="bgr0")
    says, out = f"At 4 times its size a frame would have {size} pixels", tmp_path / "out.mp4"
    with pytest.raises(errors.VideoTooLargeError, match=says):
        video.stylize_video(clip, out, side=0, scale=4, pipeline=pipeline, **PLAIN)
    with pytest.raises(errors.VideoTooLargeError, match=says):
        video.draw_preview(clip, side=0, scale=4, pipeline=pipeline, **PLAIN)
    said = refused("video", clip, "-o", out, "--side", "0", "--scale", "4")
    assert says in said
    assert said.endswith("ask for a smaller scale or side.")
    assert not out.exists()


def test_on_the_command_line(clip, tmp_path):
    out = tmp_path / "anime.mp4"
    run = invoke("video", clip, "-o", out, "--scale", "2", "--end", "0.03", "--enhance", "off", "--faces", "off")
    assert run.exit_code == 0, run.output
    assert (video.probe(out).width, video.probe(out).height) == (188, 124)
    assert "The scale is 1, 2 or 4, not 3." in refused("video", clip, "-o", tmp_path / "no.mp4", "--scale", "3")
