"""Photos with odd metadata, kinds of numbers and kinds of light are drawn as they look elsewhere."""

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from animegan import errors
from animegan.images import files
from animegan.images.decoding import read
from animegan.images.hdr import HLG, PQ
from animegan.images.metrics import psnr
from tests.support.photo_files import encoded, exif_block, hdr_avif, hdr_heic, turned_exif


@pytest.fixture(scope="module")
def small(astronaut) -> np.ndarray:
    """A photo of 96 × 64 pixels."""
    return np.ascontiguousarray(cv2.resize(astronaut, (96, 96), interpolation=cv2.INTER_AREA)[:64])


NOT_EXIF = b"Exif\0\0no TIFF header here"
NEGATIVE = struct.pack("<ii", -5, 3)
TURNED = {
    "a negative rational": turned_exif(6, (282, 10, 1, struct.pack("<I", 38)), rest=NEGATIVE),
    "text where a number stands": turned_exif(6, (282, 2, 4, b"x\0"), (531, 2, 4, b"y\0")),
    "a block within itself": turned_exif(6, (0x8769, 4, 1, struct.pack("<I", 8))),
    "a block behind its end": turned_exif(6, (0x8769, 4, 1, struct.pack("<I", 60_000))),
    "a value behind its end": turned_exif(6, (282, 5, 1, struct.pack("<I", 60_000))),
    "resolution by zero": turned_exif(6, (282, 5, 1, struct.pack("<I", 38)), rest=bytes(8)),
    "an endless text": turned_exif(6, (305, 2, 2**31, struct.pack("<I", 26))),
    "an endless text before it": turned_exif(6, (271, 2, 2**31 - 1, struct.pack("<I", 26))),
    "a turn in a byte": exif_block((274, 1, 1, b"\6")),
}
UPRIGHT = {
    "no header": NOT_EXIF,
    "nothing": b"Exif\0\0",
    "its first bytes": turned_exif(6)[:20],
    "an unknown turn": turned_exif(9),
    "a turn in words": exif_block((274, 2, 4, b"six")),
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "HEIF"])
@pytest.mark.parametrize("name", [*TURNED, *UPRIGHT])
def test_an_odd_exif_block_costs_no_photo(small, kind, name):
    loaded = files.load(encoded(small, kind, exif={**TURNED, **UPRIGHT}[name]))
    assert psnr(loaded, np.rot90(small, -1) if name in TURNED else small) > 25


def test_an_avif_with_an_odd_exif_block(small):
    exif = Image.Exif()
    exif[305] = "program"
    data = encoded(small, "AVIF", exif=exif)
    assert psnr(files.load(data.replace(b"MM\0*", b"none")), small) > 25


@pytest.mark.parametrize("offset", [0, 2, 8, 2**31, 2**32 - 1])
def test_a_tiff_with_an_odd_exif_block(small, offset):
    data = bytearray(encoded(small, "TIFF", tiffinfo={274: 6, 305: "abc"}))
    place = data.index(struct.pack("<HHI", 305, 2, 4))
    data[place : place + 12] = struct.pack("<HHII", 0x8769, 4, 1, offset)
    np.testing.assert_array_equal(files.load(bytes(data)), np.rot90(small, -1))


@pytest.mark.parametrize(
    "odd",
    [
        {"icc_profile": b"x" * 200},
        {"xmp": b"<x:xmpmeta \xff\xfe is broken"},
        {"dpi": (0, 0)},
        {"dpi": (65535, 1)},
    ],
    ids=lambda odd: f"{odd}"[:20],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "HEIF"])
def test_other_odd_metadata_costs_no_photo(small, kind, odd):
    assert psnr(files.load(encoded(small, kind, **odd)), small) > 25


@pytest.mark.parametrize("white", [1.0, 4.0, 255.0, 65535.0])
@pytest.mark.parametrize("kind", ["grey", "colour", "colour with alpha", "doubles"])
def test_a_tiff_of_floats_is_drawn(small, white, kind):
    values = (small / 255 * white).astype(np.float64 if kind == "doubles" else np.float32)
    wanted = small
    if kind == "grey":
        values, wanted = values[:, :, 1], np.repeat(small[:, :, 1:2], 3, axis=2)
    elif kind == "colour with alpha":
        values = np.dstack([values, np.full(values.shape[:2], white, np.float32)])
    order = [2, 1, 0, 3][: values.shape[2]] if values.ndim == 3 else slice(None)  # OpenCV's
    loaded = files.load(cv2.imencode(".tiff", values[..., order])[1].tobytes())
    if white == 4.0:  # light: its white is where hardly any is brighter
        assert psnr(loaded, wanted) > 22
    else:
        np.testing.assert_allclose(loaded, wanted, atol=1)


def test_odd_numbers_in_a_tiff_of_floats(small):
    values = (small[:, :, 0] / 255).astype(np.float32)
    values[0, 0], values[0, 1], values[0, 2] = np.nan, -1e30, 40.0
    loaded = files.load(cv2.imencode(".tiff", values)[1].tobytes())
    assert (loaded[0, 0, 0], loaded[0, 1, 0], loaded[0, 2, 0]) == (0, 0, 255)
    np.testing.assert_allclose(loaded[1:, :, 0], small[1:, :, 0], atol=1)


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_a_lamp_that_is_infinitely_bright_is_white(small, white):
    """And the rest does not become black, as renderers write many such pixels."""
    values = (small[:, :, 0] / 255 * white).astype(np.float32)
    values[:2] = np.inf
    values[2, 0] = white
    loaded = files.load(cv2.imencode(".tiff", values)[1].tobytes())
    assert loaded[:2].min() == 255
    np.testing.assert_allclose(loaded[3:, :, 0], small[3:, :, 0], atol=1)


def test_sizes_of_a_tiff_of_floats_have_bounds():
    def tiff(height: int, width: int) -> bytes:
        return cv2.imencode(".tiff", np.zeros((height, width, 3), np.float32))[1].tobytes()

    with pytest.raises(errors.PhotoTooSmallError, match="40×12"):
        files.load(tiff(12, 40))
    with pytest.raises(errors.PhotoTooLargeError, match="40×32"):
        files.load(tiff(32, 40), max_megapixels=0.001)


@pytest.mark.parametrize("first", ["RGB", "F", "I;16", "1"])
def test_a_tiff_of_several_pages_gives_the_first(small, first):
    page = Image.fromarray((small[:, :, 0] / 255).astype(np.float32)) if first == "F" else Image.fromarray(small)
    if first == "I;16":
        page = Image.fromarray(small[:, :, 0].astype(np.uint16) * 257)
    page = page.convert("1") if first == "1" else page
    more = [Image.fromarray(255 - small), Image.new("L", (5, 5))]
    loaded = files.load(encoded(page, "TIFF", save_all=True, append_images=more))
    wanted = small if first == "RGB" else np.repeat(small[:, :, :1], 3, axis=2)
    if first == "1":
        wanted = np.asarray(page.convert("RGB"))
    np.testing.assert_allclose(loaded, wanted, atol=1)


@pytest.mark.parametrize("kind", ["AVIF", "GIF", "PNG", "HEIF"])
def test_what_moves_gives_its_first_picture(small, kind):
    more = [Image.fromarray(255 - small), Image.fromarray(small // 2)]
    assert psnr(files.load(encoded(small, kind, save_all=True, append_images=more)), small) > 22


def hdr_png(picture: np.ndarray, transfer: int) -> bytes:
    """A PNG whose cICP chunk says BT.2020 with a transfer function."""
    data, body = encoded(picture, "PNG"), b"cICP" + bytes([9, transfer, 0, 1])
    return data[:33] + struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


@pytest.mark.parametrize("written", [hdr_heic, hdr_avif, hdr_png])
def test_high_dynamic_range_is_brought_to_srgb(written):
    """Paper white has the code 148 of 255 by PQ, and 191 by HLG."""
    for transfer, white, grey in ((PQ, 148, 100), (HLG, 191, 110)):
        codes = np.repeat(np.array([white, grey, 20], np.uint8), 32)[None, :, None].repeat(48, 0).repeat(3, 2)
        loaded = files.load(written(codes, transfer))
        assert loaded[24, 16].min() >= 230
        assert 110 <= loaded[24, 48].mean() <= 150
        assert loaded[24, 80].max() < 40


def test_a_heic_of_ten_bits_keeps_its_steps():
    ramp = np.linspace(90 * 257, 100 * 257, 80).astype(np.uint16)[None, :, None].repeat(48, 0).repeat(3, 2)
    assert len(np.unique(files.load(hdr_heic(ramp, PQ))[24])) > 15  # of 8 bits there would be 11


def test_a_usual_avif_and_heic_keep_their_colours(small):
    for transfer in (1, 13):
        for written in (hdr_avif, hdr_heic):
            grey = np.full((48, 48, 3), 148, np.uint8)
            np.testing.assert_allclose(files.load(written(grey, transfer)), grey, atol=2)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"II*\0" + bytes(40), "TIFF"),
        (b"\0\0\0\x20ftypavif" + bytes(40), "AVIF"),
        (b"RIFF\x40\0\0\0WEBPVP8 " + bytes(40), "WebP"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif" + bytes(40), "AVIF"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1heic" + bytes(40), "HEIC"),
    ],
)
def test_what_cannot_be_read_is_called_what_it_is(data, kind):
    with pytest.raises(errors.NotAPhotoError, match=f"is damaged, cut off or a rare sort of {kind} file"):
        files.load(data)


@pytest.mark.parametrize("data", [b"RIFF\x40\0\0\0AVI LIST", b"MMXXVI: a list of photos", b"II. Of pictures"])
def test_what_is_no_picture_is_not_called_one(data):
    with pytest.raises(errors.NotAPhotoError, match="is no picture that can be read"):
        files.load(data + bytes(40))


def test_a_photo_that_was_read_is_not_read_again(small):
    photo = read(small)
    assert read(photo) is photo


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="libtiff is found by /proc")
@pytest.mark.parametrize("kind", ["tiff_lzw", "tiff_adobe_deflate"])
def test_libtiff_says_nothing_of_its_own(small, capfd, kind):
    """Its words would stand among ours, about a file that it calls tempfile.tif."""
    data = bytearray(encoded(small, "TIFF", compression=kind))
    data[20:400] = b"\xa5" * 380
    with suppress(errors.NotAPhotoError):
        files.load(bytes(data))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("turn", [1, 6])
def test_a_tiff_of_brightness_and_colour_difference(small, turn):
    """Uncompressed, as some scanners write it; Pillow makes noise of it."""
    data = encoded(Image.fromarray(small).convert("YCbCr"), "TIFF", tiffinfo={274: turn})
    loaded = read(data)
    assert psnr(loaded.pixels, np.rot90(small, -1) if turn == 6 else small) > 35
    assert not loaded.cut_off
    with pytest.raises(errors.PhotoTooLargeError):
        read(data, max_megapixels=0.001)
