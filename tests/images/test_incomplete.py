"""A photo that lacks its last bytes is drawn as far as it goes; one that lacks half of itself is refused."""

import cv2
import numpy as np
import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from animegan import errors
from animegan.images.decoding import read
from tests.support.photo_files import encoded, turned_exif


@pytest.fixture(scope="module")
def photo(astronaut) -> np.ndarray:
    """A photo of 160 × 128 pixels, with detail everywhere."""
    return np.ascontiguousarray(cv2.resize(astronaut, (160, 160), interpolation=cv2.INTER_AREA)[:128])


KINDS = {
    "JPEG": ("JPEG", {"quality": 90}),
    "progressive JPEG": ("JPEG", {"quality": 90, "progressive": True}),
    "PNG": ("PNG", {}),
    "WebP": ("WEBP", {"quality": 90}),
    "lossless WebP": ("WEBP", {"lossless": True}),
    "TIFF": ("TIFF", {}),
    "BMP": ("BMP", {}),
    "HEIC": ("HEIF", {"quality": 90}),
}


def whole_rows(loaded: np.ndarray, photo: np.ndarray) -> float:
    """The share of rows that look like the photo's."""
    return float((np.abs(loaded.astype(int) - photo).mean((1, 2)) < 25).mean())


def drawn_from(data: bytes, cut: float, photo: np.ndarray) -> tuple[float, bool]:
    """The share of whole rows when so much is cut off, in bytes or as a part of all, and whether it is said."""
    missing = int(cut if cut >= 1 else cut * len(data))
    read_photo = read(data[: len(data) - missing])
    assert read_photo.pixels.shape == photo.shape
    return whole_rows(read_photo.pixels, photo), read_photo.cut_off


@pytest.mark.parametrize("cut", [2, 17, 0.05, 0.3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_that_lacks_its_last_bytes_is_drawn(photo, kind, cut):
    name, settings = KINDS[kind]
    data = encoded(photo, name, **settings)
    least = 1 - (cut / len(data) if cut >= 1 else cut) - 0.2  # a JPEG ends in the middle of a block, a HEIC of 64 rows
    share, is_said = drawn_from(data, cut, photo)
    assert share >= least
    assert is_said
    assert not read(data).cut_off


@pytest.mark.parametrize("angle", [0, 90])
def test_what_a_heic_lacks_is_grey_whichever_way_it_was_held(photo, angle):
    """Telephones let their HEICs be turned when they are read: what is missing is then at the side."""
    register_heif_opener()
    data = encoded(cv2.resize(photo, (320, 256)), "HEIF", quality=90, exif=turned_exif(6 if angle else 1))
    pixels = read(data[: int(0.75 * len(data))]).pixels
    upright = np.rot90(pixels) if angle else pixels
    assert upright.shape == (256, 320, 3)
    assert (upright[-4:] == 128).all(2).mean() > 0.95
    assert not (upright[:128] == 128).all(2).any()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "progressive JPEG"])
def test_less_than_half_a_photo_is_refused(photo, kind):
    name, settings = KINDS[kind]
    data = encoded(photo, name, **settings)
    for share in (0.3, 0.15):  # the upper rows of this photo take few bytes
        with pytest.raises(errors.NotAPhotoError, match="choose"):
            read(data[: int(share * len(data))])


def test_a_progressive_jpeg_may_end_anywhere(photo):
    data = encoded(photo, "JPEG", quality=90, progressive=True)
    for end in range(len(data) * 2 // 3, len(data), 29):
        read_photo = read(data[:end])
        assert whole_rows(read_photo.pixels, photo) > 0.6
        assert read_photo.cut_off


def test_an_avif_that_is_cut_off_is_refused_in_a_sentence(photo):
    """Its decoder gives all or nothing, as in browsers."""
    data = encoded(photo, "AVIF", quality=90)
    for cut in (1, 17, len(data) // 20):
        with pytest.raises(errors.NotAPhotoError, match="choose another file"):
            read(data[:-cut])


def test_half_a_jpeg_says_what_it_lacks(photo):
    with pytest.raises(errors.NotAPhotoError, match=r"lacks more than half of its picture: choose a whole copy\.$"):
        read(encoded(photo, "JPEG")[:2000])


def test_missing_rows_are_grey_and_turn_with_the_photo(photo):
    for kind in ("JPEG", "PNG"):
        data = encoded(photo, kind, exif=turned_exif(6))
        pixels = read(data[: int(0.75 * len(data))]).pixels
        assert pixels.shape == (160, 128, 3)
        assert (pixels[:, :8] == 128).all()
        assert pixels[:, -8:].std() > 20


def test_a_grey_or_dark_photo_is_not_taken_for_a_missing_one():
    """The lower two thirds of a night, and a sheet of grey paper: only the file's end is missing."""
    night = np.zeros((96, 96, 3), np.uint8)
    night[:70] = np.random.default_rng(0).integers(0, 256, (70, 96, 3))
    data = encoded(night, "PNG")
    assert read(data[:-20]).pixels.shape == night.shape
    assert not read(data).cut_off
    grey = encoded(np.full((96, 96, 3), 128, np.uint8), "JPEG")
    assert not read(grey).cut_off
    assert not read(encoded(np.zeros((96, 96, 3), np.uint8), "PNG")).cut_off


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP"])
def test_what_follows_a_photo_is_no_damage(photo, kind):
    """Telephones append a clip, and some programs a few zeros."""
    name, settings = KINDS[kind]
    data = encoded(photo, name, **settings)
    for rest in (bytes(64), b"\xff\xda\xff\xd8" * 500_000):
        assert not read(data + rest).cut_off


def test_a_damaged_middle_is_drawn_around(photo):
    data = bytearray(encoded(photo, "PNG"))
    data[-3000:-2900] = bytes(100)
    read_photo = read(bytes(data))
    assert read_photo.cut_off
    assert whole_rows(read_photo.pixels, photo) > 0.7


def test_transparency_goes_as_far_as_the_photo(photo):
    alpha = np.full(photo.shape[:2], 90, np.uint8)
    data = encoded(Image.fromarray(np.dstack([photo, alpha])), "PNG")
    read_photo = read(data[: int(0.8 * len(data))])
    assert read_photo.alpha is not None
    assert (read_photo.alpha[:80] == 90).all()
    assert (read_photo.alpha[-8:] == 0).all()
