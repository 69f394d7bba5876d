"""Clips on the command line, and what becomes of them on a full disk."""

import json

import pytest

from tests.support.cli import complaint, invoke, refused, sentence
from tests.support.clips import pictures, times_of, write
from tests.support.processes import LIMITED, ended, names, python

PLAIN = ("--enhance", "off", "--faces", "off")


@pytest.fixture
def clip(tmp_path):
    return write(tmp_path / "clip.mp4", pictures(6), sound="aac")


def test_a_clip_to_a_file(clip, tmp_path):
    out = tmp_path / "drawn" / "anime.mp4"
    done = invoke("video", clip, "-o", out, *PLAIN, "--end", "0.1", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["input"], report["output"]) == (str(clip), str(out))
    assert (report["frames"], report["sound"], report["style"]) == (3, "copied", "anime")
    assert len(times_of(out)) == 3


def test_a_clip_to_a_folder(clip, tmp_path):
    done = invoke("video", clip, "-o", tmp_path, *PLAIN, "--end", "0.05", "--style", "cel")
    assert done.exit_code == 0, done.output
    assert names(tmp_path) == ["clip-cel.mp4", "clip.mp4"]
    assert "2 frames" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing.mp4", "-o", "out.mp4"], "There is no clip at 'nothing.mp4'"),
        (["{clip}", "-o", "{folder}/out.txt"], "give it a name that ends in .mp4"),
        (["{clip}", "-o", "{clip}"], "is there already, and is not replaced"),
        (["{clip}", "-o", "{clip}", "--overwrite"], "is the clip itself"),
        (["{clip}", "-o", "{folder}/out.mp4", "--start", "9"], "is after the clip's end"),
        (["{clip}", "-o", "{folder}/out.mp4", "--start", "0.2", "--end", "0.1"], "is not after the start"),
        (["{clip}", "-o", "{folder}/out.mp4", "--faces", "some"], "The faces setting is auto, on or off, not 'some'."),
        (["{clip}", "-o", "{folder}/out.mp4", "--style", "oil"], "There is no style 'oil'"),
    ],
)
def test_what_goes_wrong_is_one_sentence(clip, tmp_path, arguments, says):
    assert says in refused("video", *(each.format(clip=clip, folder=tmp_path) for each in arguments))
    assert names(tmp_path) == ["clip.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif", ".webp"])
def test_a_clip_that_does_not_fit_on_the_disk(tmp_path, suffix):
    """Nothing is left of it, and the older file of that name is as it was."""
    (tmp_path / f"out{suffix}").write_bytes(b"the older one")
    code = """
import sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from animegan.storage import output_file
from animegan.video.kinds import kind_of
from animegan.video.writing import Writer

path = Path(sys.argv[1])
rng = np.random.default_rng(0)
with output_file(path) as part:
    writer = Writer(Path(part.name), kind_of(path), 160, 120, Fraction(1, 25), Fraction(25))
    try:
        for number in range(20):
            writer.add(rng.integers(0, 256, (120, 160, 3), np.uint8), Fraction(number, 25), Fraction(1, 25))
        writer.finish()
    except BaseException:
        writer.close()
        raise
"""
    done = ended(python("-c", code, tmp_path / f"out{suffix}", first=LIMITED))
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    assert "OutputNotWritableError" in said
    assert "cannot be written (File too large): choose another place." in said
    assert names(tmp_path) == [f"out{suffix}"]
    assert (tmp_path / f"out{suffix}").read_bytes() == b"the older one"


@pytest.mark.slow
def test_a_full_disk_in_the_middle_of_a_run(tmp_path):
    """On the command line: one sentence, exit code 2."""
    clip = write(tmp_path / "clip.mkv", pictures(10, 320, 240), codec="ffv1", pixels="bgr0")
    command = ["-m", "animegan", "video", clip, "-o", tmp_path / "out.gif", *PLAIN]
    assert "out.gif" in complaint(ended(python(*command, first=LIMITED)))
    assert names(tmp_path) == ["clip.mkv"]


def test_the_bar_says_the_pace_and_the_time_left():
    from animegan.cli.video import pace

    assert pace([0.0, 0.5], 100) == ""
    assert pace([0.0, 0.5, 1.0], 183) == ", 2.0 a second, 1 min 30 s left"
    assert pace([n / 10 for n in range(100)], 100) == ", 10.0 a second, 0 s left"


def test_an_unknown_option(clip):
    assert "crop" in sentence(invoke("video", clip, "-o", "out.mp4", "--crop", "square").stderr)
