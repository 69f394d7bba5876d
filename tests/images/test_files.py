"""Photographs in and out: every format that people have, and every file that is none."""

import io
import os
import stat

import numpy as np
import pytest
from PIL import Image, ImageCms

import animegan
from animegan import errors
from animegan.images import files


def encoded(image: Image.Image, kind: str, **settings) -> bytes:
    files.register_formats()
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


@pytest.fixture
def corners() -> np.ndarray:
    """Four flat quarters, red and green above, blue and white below: shows every turn and swap."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32], picture[:24, 32:] = (200, 20, 20), (20, 200, 20)
    picture[24:, :32], picture[24:, 32:] = (20, 20, 200), (250, 250, 250)
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"])
def test_formats_come_back_alike(corners, kind):
    lossless = {"WEBP": {"lossless": True}}.get(kind, {})
    loaded = files.load(encoded(Image.fromarray(corners), kind, **lossless))
    assert loaded.dtype == np.uint8
    assert loaded.shape == corners.shape
    inner = np.abs(loaded.astype(int) - corners)[[12, 12, 36, 36], [16, 48, 16, 48]]
    assert inner.max() <= 12


def test_path_bytes_pil_and_array_are_the_same_photo(corners, tmp_path):
    path = tmp_path / "corners.png"
    Image.fromarray(corners).save(path)
    for source in (path, str(path), path.read_bytes(), Image.open(path), corners):
        np.testing.assert_array_equal(files.load(source), corners)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(corners, orientation):
    turns = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, -1),
    }
    exif = Image.Exif()
    exif[274] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turns[orientation](corners)))
    np.testing.assert_array_equal(files.load(encoded(stored, "PNG", exif=exif)), corners)


def test_transparency_lies_on_white():
    see_through = np.zeros((20, 20, 4), np.uint8)
    see_through[:10] = (255, 0, 0, 128)
    for source in (see_through, encoded(Image.fromarray(see_through), "PNG")):
        loaded = files.load(source)
        np.testing.assert_array_equal(loaded[15, 5], (255, 255, 255))
        np.testing.assert_allclose(loaded[5, 5], (255, 127, 127), atol=1)


def test_sixteen_bits_keep_their_gradient():
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (16, 1))
    for source in (ramp, encoded(Image.fromarray(ramp), "PNG"), encoded(Image.fromarray(ramp), "TIFF")):
        np.testing.assert_allclose(files.load(source)[0, :, 0], np.arange(256), atol=1)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "YCbCr", "I", "F"])
def test_modes_of_pillow(corners, mode):
    loaded = files.load(Image.fromarray(corners).convert(mode))
    assert loaded.shape == corners.shape
    assert loaded[26:, 34:].mean() > 200  # white stays white
    assert loaded[:22, :30].mean() < 160


def test_floats_and_masks(corners):
    np.testing.assert_array_equal(files.load(corners / 255.0), corners)
    np.testing.assert_array_equal(files.load(np.eye(16, dtype=bool))[0, :2, 0], (255, 0))
    for bad in (corners * 1.0, np.full((20, 20), np.nan), corners.astype(np.int64)):
        with pytest.raises(errors.NotAPhotoError):
            files.load(bad)


def test_icc_profile_is_converted(corners):
    lab_grey = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = files.load(encoded(Image.fromarray(corners), "PNG", icc_profile=lab_grey))
    assert np.abs(same.astype(int) - corners).max() <= 1
    broken = files.load(encoded(Image.fromarray(corners), "PNG", icc_profile=b"no profile at all"))
    np.testing.assert_array_equal(broken, corners)


def test_wide_gamut_profile_changes_the_numbers(corners):
    """A profile with red and green swapped: the picture must come back with them swapped."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    loaded = files.load(encoded(Image.fromarray(corners), "PNG", icc_profile=bytes(profile)))
    assert loaded[12, 16, 1] > 150 > loaded[12, 16, 0]
    assert loaded[12, 48, 0] > 150 > loaded[12, 48, 1]


def test_animation_gives_its_first_frame(corners):
    frames = [Image.fromarray(corners), Image.fromarray(255 - corners)]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    np.testing.assert_array_equal(files.load(data), corners)


BAD_FILES = {
    "empty": b"",
    "text": b"hello, I am no photo",
    "html": b"<!doctype html><html><body>not a photo</body></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
    "truncated": encoded(Image.effect_noise((64, 64), 50), "PNG")[:900],
    "truncated jpeg": encoded(Image.effect_noise((64, 64), 50), "JPEG")[:700],
    "header only": encoded(Image.new("RGB", (64, 64)), "PNG")[:30],
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_photo_says_so(name, tmp_path):
    path = tmp_path / "bad.jpg"
    path.write_bytes(BAD_FILES[name])
    for source in (BAD_FILES[name], path):
        with pytest.raises(errors.NotAPhotoError, match="choose") as caught:
            files.load(source)
        message = str(caught.value)
        assert message.endswith(".")
        assert "\n" not in message
        assert str(tmp_path) not in message


def test_sizes_out_of_bounds():
    with pytest.raises(errors.PhotoTooSmallError, match="1×1"):
        files.load(encoded(Image.new("RGB", (1, 1)), "PNG"))
    with pytest.raises(errors.PhotoTooSmallError, match="15×40"):
        files.load(np.zeros((40, 15, 3), np.uint8))
    with pytest.raises(errors.PhotoTooLargeError, match=r"0\.01 megapixels"):
        files.load(np.zeros((200, 200, 3), np.uint8), max_megapixels=0.01)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises a size that its few bytes of data do not hold."""
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 20_000, 100_000])
def test_a_bomb_is_refused_before_decoding(side):
    with pytest.raises(errors.PhotoTooLargeError, match="megapixels"):
        files.load(bomb(side, side))


def test_missing_and_nonsense(tmp_path):
    with pytest.raises(errors.PhotoNotFoundError, match="nowhere"):
        files.load(tmp_path / "nowhere.jpg")
    with pytest.raises(errors.PhotoNotFoundError):
        files.load(tmp_path)
    with pytest.raises(errors.NotAPhotoError, match="int"):
        files.load(42)


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_saving_keeps_the_picture_and_names_the_program(corners, tmp_path, suffix):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0)}  # GPS
    photo = files.load(encoded(Image.fromarray(corners), "JPEG", exif=exif, quality=100))
    path = files.save(photo, tmp_path / f"out{suffix}")
    with Image.open(path) as saved:
        assert dict(saved.getexif()) == ({} if suffix == ".png" else {0x0131: "animegan"})
        assert not {"icc_profile", "xmp", "comment"} & set(saved.info)
        assert np.abs(np.asarray(saved.convert("RGB")).astype(int) - photo)[12, 16].max() <= 6
    assert os.listdir(tmp_path) == [path.name]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_png_is_lossless(corners, tmp_path):
    np.testing.assert_array_equal(files.load(files.save(corners, tmp_path / "out.png")), corners)


def test_unwritable_places_leave_nothing_behind(corners, tmp_path):
    (tmp_path / "folder.png").mkdir()
    for target in ("missing/out.png", "out.xyz", "out", "folder.png"):
        with pytest.raises(errors.OutputNotWritableError, match=r"\.$"):
            files.save(corners, tmp_path / target)
    assert os.listdir(tmp_path) == ["folder.png"]


def test_the_face_of_the_package_has_them():
    assert animegan.load is files.load
    assert animegan.save is files.save
