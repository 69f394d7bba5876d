"""Raw frames in, raw drawings out, one by one."""

import io

import numpy as np
import pytest

from animegan.errors import BadOptionError, NotAVideoError
from animegan.video.pipe import draw_raw_frames, frame_size
from tests.support.cli import invoke, refused

SIZE = WIDTH, HEIGHT = 64, 48
QUICK = {"style": "anime", "live": True, "enhance": "off"}


@pytest.fixture(scope="module")
def frames(coffee) -> list[np.ndarray]:
    """A camera that moves over a table, and a red wall behind a cut."""
    moving = [coffee[100 : 100 + HEIGHT, 200 + 2 * n : 200 + 2 * n + WIDTH] for n in range(3)]
    return [*moving, np.full((HEIGHT, WIDTH, 3), (200, 60, 50), np.uint8)]


class Pipe(io.BytesIO):
    """A source that waits, as a camera does, until the drawing before is out."""

    def __init__(self, frames: list[np.ndarray]):
        super().__init__(b"".join(frame.tobytes() for frame in frames))
        self.asked, self.drawn = 0, list[bytes]()

    def read(self, size: int | None = -1) -> bytes:
        assert len(self.drawn) == self.asked
        self.asked += 1
        return super().read(size)


def drawn(pipeline, frames, **settings) -> list[np.ndarray]:
    pipe, scale = Pipe(frames), settings.get("scale", 1)
    count = draw_raw_frames(pipe, pipe.drawn.append, SIZE, pipeline, **{**QUICK, **settings})
    assert count == len(pipe.drawn) == len(frames)
    return [np.frombuffer(each, np.uint8).reshape(scale * HEIGHT, scale * WIDTH, 3).astype(int) for each in pipe.drawn]


def test_every_frame_is_drawn_before_the_next_one_comes(pipeline, frames):
    drawings = drawn(pipeline, frames)
    for frame, drawing in zip(frames, drawings, strict=True):
        distance = [np.abs(drawing - other).mean() for other in frames]
        assert np.abs(drawing - frame).mean() <= min(distance) + 1
    assert np.abs(drawings[0] - frames[0]).mean() > 2  # it is no copy


def test_a_drawing_is_scale_times_as_large(pipeline, frames):
    assert drawn(pipeline, frames[:1], scale=2)[0].shape == (2 * HEIGHT, 2 * WIDTH, 3)


def test_a_stream_that_breaks_off_or_is_empty(pipeline, frames):
    written: list[bytes] = []
    data = frames[0].tobytes()
    with pytest.raises(NotAVideoError, match=r"in the middle of frame 2: check that its frames are 64x48"):
        draw_raw_frames(io.BytesIO(data + data[:-1]), written.append, SIZE, pipeline, **QUICK)
    assert len(written) == 1
    with pytest.raises(NotAVideoError, match="No frame comes"):
        draw_raw_frames(io.BytesIO(), written.append, SIZE, pipeline, **QUICK)


@pytest.mark.parametrize(
    ("text", "size"), [("640x360", (640, 360)), (" 16X17 ", (16, 17)), ("1920×1080", (1920, 1080))]
)
def test_a_size(text, size):
    assert frame_size(text) == size


@pytest.mark.parametrize("text", ["", "640", "640x", "640x360x3", "-640x360", "8x8", "99999x20", "16000x16000", "axb"])
def test_what_is_no_size(text):
    with pytest.raises(BadOptionError, match="WIDTHxHEIGHT"):
        frame_size(text)


def test_the_command(frames):
    data = b"".join(frame.tobytes() for frame in frames[:2])
    options = ("--raw", "64x48", "--live", "--enhance", "off")
    done = invoke("video", "-", "-o", "-", *options, input=data)
    assert done.exit_code == 0
    assert len(done.stdout_bytes) == len(data)
    assert done.stderr == "2 frames drawn.\n"
    assert "write 'animegan video - -o - --raw 64x48'" in refused("video", "a.mp4", "-o", "-", *options, input=data)
    assert "no --start" in refused("video", "-", "-o", "-", *options, "--start", "1", input=data)
    assert "no --side" in refused("video", "-", "-o", "-", *options, "--side", "320", input=data)
    assert "No frame comes by standard input" in refused("video", "-", "-o", "-", *options, input=b"")
    assert "WIDTHxHEIGHT" in refused("video", "-", "-o", "-", "--raw", "big", input=data)
