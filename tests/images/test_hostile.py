"""What a public upload box receives. Every file is made here."""

import io
import json
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from animegan import errors
from animegan.images import files
from tests.conftest import ROOT


@pytest.mark.slow
def test_two_thousand_broken_files():
    """Each ends in a picture or in a named error, in a process of bounded memory."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.mutations", "2400", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["other"] == []
    assert report["pictures"] + report["errors"] == 2400
    assert report["errors"] > 500
    assert report["peak"] < 700e6


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of one colour that says to be huge; a few kilobytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    row = bytes(min(1 + width * 3, 1 << 18))
    packed = b"".join(packer.compress(row) for _ in range(min(height, 64))) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def gif_bomb(frames: int) -> bytes:
    """A GIF with as many frames."""
    one = Image.new("P", (64, 64))
    buffer = io.BytesIO()
    one.save(buffer, "GIF", save_all=True, append_images=[one.copy() for _ in range(3)], optimize=False)
    data = buffer.getvalue()
    image = data.rfind(b"\x2c")  # the last frame's descriptor, repeated
    start = data.rfind(b"\x21\xf9", 0, image)
    frame = data[start:-1] if start > 0 else data[image:-1]
    return data[:-1] + frame * frames + b";"


def jpeg_that_says(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 80, 80)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    place = data.find(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff_that_says(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "TIFF", compression="tiff_adobe_deflate")
    data = buffer.getvalue()
    order = "<" if data.startswith(b"II") else ">"
    bad = bytearray(data)
    (count,) = struct.unpack_from(order + "H", bad, struct.unpack_from(order + "I", bad, 4)[0])
    first = struct.unpack_from(order + "I", bad, 4)[0] + 2
    for entry in range(count):
        place = first + 12 * entry
        tag, kind = struct.unpack_from(order + "HH", bad, place)
        if tag in (256, 257):
            struct.pack_into(order + ("I" if kind == 4 else "H"), bad, place + 8, min(width, 65535))
    return bytes(bad)


BOMBS = {
    "png": png_bomb(60_000, 60_000),
    "png, one side": png_bomb(2_000_000_000, 1),
    "jpeg": jpeg_that_says(65_500, 65_500),
    "tiff": tiff_that_says(65_000, 65_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_before_they_are_decoded(name):
    with pytest.raises((errors.PhotoTooLargeError, errors.NotAPhotoError, errors.PhotoTooSmallError)):
        files.load(BOMBS[name])


def test_of_ten_thousand_frames_the_first_is_taken():
    picture = files.load(gif_bomb(10_000))
    assert picture.shape == (64, 64, 3)


def picture_bytes(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(buffer, kind)
    return buffer.getvalue()


POLYGLOTS = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="99" height="99"/></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF",
    "zip": b"PK\x03\x04" + bytes(200),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\nshowpage\n",
    "nothing": b"",
    "a picture's first bytes": b"\xff\xd8\xff\xe0",
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_is_no_photo_is_named_so(name):
    with pytest.raises(errors.NotAPhotoError):
        files.load(POLYGLOTS[name])


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + bytes(99), b"\x00" * 5000])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_what_hangs_behind_a_picture_does_not_matter(kind, tail):
    assert files.load(picture_bytes(kind) + tail).shape == (32, 32, 3)


NAMES = [
    "../../etc/passwd.jpg", "a\nb.jpg", 'quo"te\'s.jpg', "<img src=x onerror=alert(1)>.jpg", "gpj.\u202eexe.jpg",
    "-o.jpg", "名前 写真.jpg", "x" * 200 + ".jpg", "%2e%2e%2f.jpg", "a;rm -rf b.jpg",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_strange_names_are_read_and_said_in_one_line(tmp_path, name):
    """The name of a broken file comes back in the error as text of one line, without its folder."""
    path = tmp_path / name.replace("/", "_")
    path.write_bytes(picture_bytes("JPEG"))
    assert files.load(path).shape == (32, 32, 3)
    path.write_bytes(b"junk")
    with pytest.raises(errors.NotAPhotoError) as caught:
        files.load(path)
    assert str(tmp_path) not in str(caught.value)
    assert str(caught.value).isprintable()


ODDITIES = {
    "palette": lambda p: p.quantize(16),
    "palette with transparency": lambda p: p.convert("RGBA").quantize(8),
    "one bit": lambda p: p.convert("1"),
    "grey and alpha": lambda p: p.convert("LA"),
    "cmyk": lambda p: p.convert("CMYK"),
    "lab": lambda p: p.convert("LAB"),
    "ycc": lambda p: p.convert("YCbCr"),
    "16 bits": lambda p: Image.fromarray(np.asarray(p.convert("L")).astype(np.uint16) * 257),
    "32 bits": lambda p: p.convert("I"),
    "floats": lambda p: p.convert("F"),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_every_mode_becomes_rgb(name):
    picture = ODDITIES[name](Image.fromarray(np.full((20, 24, 3), (180, 120, 60), np.uint8)))
    loaded = files.load(picture)
    assert loaded.shape == (20, 24, 3)
    assert loaded.dtype == np.uint8


def test_a_broken_profile_does_not_lose_the_photo():
    buffer = io.BytesIO()
    Image.fromarray(np.full((20, 20, 3), 99, np.uint8)).save(buffer, "PNG", icc_profile=b"no profile" * 20)
    np.testing.assert_allclose(files.load(buffer.getvalue()), 99, atol=1)
