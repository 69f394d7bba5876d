"""What is hidden is never drawn, and what is transparent is written so."""

import cv2
import numpy as np
import pytest
from PIL import Image

from animegan import errors
from animegan.images import files
from animegan.images.decoding import read
from animegan.images.transparency import colour_of, filled, laid_on
from tests.support.photo_files import encoded, turned_exif


def cut_out(photo: np.ndarray, hidden: tuple[int, int, int] = (255, 0, 255)) -> np.ndarray:
    """An ellipse of a photo with a soft border, ``(H, W, 4)``; what is hidden has a colour of its own."""
    height, width = photo.shape[:2]
    shape = np.zeros((height, width), np.uint8)
    cv2.ellipse(shape, (width // 2, height // 2), (width // 3, height // 3), 0, 0, 360, 255, -1)
    alpha = cv2.GaussianBlur(shape, (0, 0), 2)
    pixels = photo.copy()
    pixels[alpha < 16] = hidden
    return np.dstack([pixels, alpha])


@pytest.fixture(scope="module")
def sticker(astronaut) -> np.ndarray:
    return cut_out(cv2.resize(astronaut, (120, 96), interpolation=cv2.INTER_AREA))


def test_hidden_colours_are_replaced_by_those_around(sticker):
    pixels, alpha = sticker[:, :, :3], sticker[:, :, 3]
    wanted = filled(pixels, alpha)
    for hidden in ((0, 255, 0), (0, 0, 0)):
        changed = pixels.copy()
        changed[alpha < 16] = hidden
        np.testing.assert_array_equal(filled(changed, alpha), wanted)
    np.testing.assert_array_equal(wanted[alpha >= 32], pixels[alpha >= 32])
    around = wanted[alpha < 32]
    assert (around.max(0) <= pixels[alpha >= 32].max(0)).all()
    assert not ((around[:, 0] > 200) & (around[:, 1] < 60) & (around[:, 2] > 200)).any()  # magenta


def test_what_fills_goes_on_smoothly():
    """Left half red, right half hidden; and two colours with a hidden stripe between them."""
    pixels = np.full((40, 60, 3), (200, 30, 40), np.uint8)
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:, :30] = 255
    pixels[:, 30:] = (0, 255, 0)
    np.testing.assert_allclose(filled(pixels, alpha), np.full_like(pixels, (200, 30, 40)), atol=1)
    pixels[:, 40:], alpha[:, 40:] = (20, 30, 240), 255
    between = filled(pixels, alpha)[20, 30:40].astype(int)
    assert between[0, 0] > 150
    assert between[-1, 0] < 70
    assert between[:, 1].max() < 60  # no green


def test_thin_strands_of_a_large_picture_fill_what_is_around_them():
    alpha = np.zeros((1600, 600), np.uint8)
    alpha[100] = 255
    red = np.full((1600, 600, 3), (200, 30, 40), np.uint8)
    np.testing.assert_allclose(filled(red, alpha), red, atol=4)


def test_a_picture_of_which_nothing_is_seen_is_white():
    assert (filled(np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), np.uint8)) == 255).all()


def test_colours_have_the_names_of_css():
    assert colour_of("white") == (255, 255, 255)
    assert colour_of("#fc8") == (255, 204, 136)
    assert colour_of("rgb(1, 2, 3)") == (1, 2, 3)
    for bad in ("whyte", "#12", "", "none at all"):
        with pytest.raises(errors.BadOptionError, match=r"none or a colour such as white or #ffcc88"):
            colour_of(bad)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF", "HEIF", "AVIF"])
def test_alpha_is_read(sticker, kind):
    photo = read(encoded(sticker, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert photo.alpha is not None
    if kind != "GIF":  # which knows no half
        assert np.abs(photo.alpha.astype(int) - sticker[:, :, 3]).max() <= 8
    assert (photo.alpha[0, 0], photo.alpha[48, 60]) == (0, 255)


def test_alpha_turns_with_the_photo(sticker):
    sticker = sticker.copy()
    sticker[:10, :10, 3] = 255
    photo = read(encoded(sticker, "PNG", exif=turned_exif(6)))
    np.testing.assert_array_equal(photo.rgba, np.rot90(sticker, -1))


def test_an_opaque_alpha_is_none(sticker):
    opaque = sticker.copy()
    opaque[:, :, 3] = 255
    assert read(opaque).alpha is None
    assert read(encoded(opaque, "PNG")).alpha is None
    grey = Image.fromarray(sticker[:, :, 3]).convert("P")
    grey.info["transparency"] = 0
    assert read(grey).alpha is not None


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_alpha_is_written(sticker, tmp_path, suffix):
    with Image.open(files.save(sticker, tmp_path / f"out{suffix}")) as saved:
        assert saved.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(saved)[:, :, 3], sticker[:, :, 3])


def test_a_jpeg_lies_on_white(sticker, tmp_path):
    saved = files.load(files.save(sticker, tmp_path / "out.jpg"))
    assert saved[:5].min() > 245
    assert np.abs(saved.astype(int) - laid_on(sticker[:, :, :3], sticker[:, :, 3])).mean() < 4
