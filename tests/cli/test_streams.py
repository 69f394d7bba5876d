"""A photo from standard input, a drawing to standard output."""

import io
import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.support.cli import invoke, refused, run, sentence, tree, write_photos

QUICK = "--no-faces", "--enhance", "off"


@pytest.fixture
def photo(tmp_path) -> bytes:
    """The bytes of a small one."""
    write_photos(tmp_path, "photo.png")
    return (tmp_path / "photo.png").read_bytes()


@pytest.mark.parametrize("format", [None, "png", "jpg", "webp"])
def test_from_stream_to_stream(photo, format):
    """Nothing but the drawing."""
    done = invoke("stylize", "-", "-o", "-", *QUICK, *(["--format", format] if format else []), input=photo)
    assert done.exit_code == 0, done.stderr
    with Image.open(io.BytesIO(done.stdout_bytes)) as picture:
        assert picture.size == (32, 24)
        assert picture.format == {"jpg": "JPEG", "webp": "WEBP"}.get(format or "", "PNG")
        picture.load()
    assert done.stderr == ""


@pytest.mark.slow
def test_a_process_in_a_pipe(tmp_path, photo):
    """The same picture as by way of files, byte for byte."""
    command = [sys.executable, "-m", "animegan", "stylize", "-", "-o", "-", *QUICK]
    done = subprocess.run(command, input=photo, capture_output=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    assert invoke("stylize", tmp_path / "photo.png", "-o", tmp_path / "out.png", *QUICK).exit_code == 0
    assert done.stdout == (tmp_path / "out.png").read_bytes()


def test_from_a_stream_to_files(tmp_path, photo):
    done = invoke("stylize", "-", "-o", tmp_path / "drawn" / "o.jpg", *QUICK, "--json", input=photo)
    assert json.loads(done.stdout)["input"] == "-"
    assert invoke("stylize", "-", tmp_path / "photo.png", "-o", tmp_path / "drawn", *QUICK, input=photo).exit_code == 0
    assert tree(tmp_path / "drawn") == ["o.jpg", "photo-anime.png", "stdin-anime.png"]


def test_from_a_file_to_a_stream(tmp_path, photo):
    done = invoke("stylize", tmp_path / "photo.png", "-o", "-", *QUICK)
    assert Image.open(io.BytesIO(done.stdout_bytes)).size == (32, 24)
    assert tree(tmp_path) == ["photo.png"]


def test_a_file_that_is_called_like_a_stream(tmp_path, photo, monkeypatch):
    (tmp_path / "-").write_bytes(photo)
    monkeypatch.chdir(tmp_path)
    assert invoke("stylize", "./-", "-o", "o.png", *QUICK).exit_code == 0
    assert tree(tmp_path) == ["-", "o.png", "photo.png"]


def test_streams_that_hold_no_photo(tmp_path):
    assert "Standard input is empty" in refused("stylize", "-", "-o", tmp_path / "o.png", input=b"")
    assert "no picture that can be read" in refused("stylize", "-", "-o", "-", input=b"junk")
    assert os.listdir(tmp_path) == []


def test_what_does_not_fit_in_streams(tmp_path, photo):
    assert "--json do not fit" in refused("stylize", "-", "-o", "-", "--json", input=photo)
    assert "name '-' once" in refused("stylize", "-", "-", "-o", tmp_path, input=photo)
    both = "stylize", "-", tmp_path / "photo.png", "-o", "-"
    assert "2 photos do not fit in standard output" in refused(*both, input=photo)


@pytest.mark.slow
def test_terminals_are_no_streams(tmp_path, photo):
    pty = pytest.importorskip("pty")
    _, terminal = pty.openpty()
    done = run("stylize", "-", "-o", tmp_path / "o.png", stdin=terminal)
    assert "No photo comes by standard input" in sentence(done.stderr)
    done = run("stylize", tmp_path / "photo.png", "-o", "-", stdout=terminal)
    assert "Standard output takes no picture here" in sentence(done.stderr)
    assert tree(tmp_path) == ["photo.png"]


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that is always full")
def test_a_drawing_for_which_standard_output_is_full(tmp_path, photo):
    with open("/dev/full", "wb") as full:
        done = run("stylize", tmp_path / "photo.png", "-o", "-", *QUICK, stdout=full)
    assert done.returncode == 2
    assert "Standard output cannot be written (No space left on device)" in sentence(done.stderr)


@pytest.mark.slow
def test_a_reader_that_has_gone(tmp_path, photo):
    """It ends without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    done = run("stylize", tmp_path / "photo.png", "-o", "-", *QUICK, stdout=writing)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""
