"""The mark by which our own clips are known."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av")

from animegan.video.kinds import KINDS
from animegan.video.mark import is_ours
from animegan.video.opening import probe
from animegan.video.writing import Writer
from tests.support import clips


def written(path: Path) -> Path:
    writer = Writer(path, KINDS[path.suffix], 64, 48, Fraction(1, 1000), Fraction(10))
    for number in range(5):
        writer.add(np.full((48, 64, 3), 40 * number, np.uint8), Fraction(number, 10), Fraction(1, 10))
    writer.finish()
    return path


@pytest.mark.parametrize("suffix", KINDS)
def test_clips_that_we_write_are_ours_and_play(tmp_path, suffix):
    path = written(tmp_path / f"drawn{suffix}")
    assert is_ours(path)
    clip = probe(path)
    assert (clip.width, clip.height) == (64, 48)
    assert clip.seconds == pytest.approx(0.5, abs=0.05)


def test_those_of_others_are_not(tmp_path):
    frames = clips.pictures(3)
    assert not is_ours(clips.write(tmp_path / "a-anime.mp4", frames))
    assert not is_ours(clips.write(tmp_path / "b.mkv", frames, metadata={"comment": "drawn with animegan"}))
    Image.fromarray(frames[0]).save(tmp_path / "c.gif", save_all=True, append_images=[Image.fromarray(frames[1])])
    assert not is_ours(tmp_path / "c.gif")
    (tmp_path / "d.mp4").write_bytes(b"animegan")
    assert not is_ours(tmp_path / "d.mp4")
    assert not is_ours(tmp_path / "missing.mp4")
