"""A cut-out comes back as a cut-out, and nothing of what it hides is drawn."""

import numpy as np
import pytest
from PIL import Image

import animegan
from animegan import errors
from tests.images.test_transparency import cut_out
from tests.support.photo_files import encoded

PLAIN = {"enhance": "off", "faces": False}


@pytest.fixture(scope="module")
def sticker(coffee) -> np.ndarray:
    return cut_out(np.ascontiguousarray(coffee[100:180, 150:250]))


@pytest.fixture(scope="module")
def drawn_sticker(pipeline, sticker) -> animegan.Result:
    return pipeline.stylize(encoded(sticker, "PNG"), "cel", **PLAIN)


def test_a_cut_out_keeps_its_alpha(drawn_sticker, sticker, tmp_path):
    assert drawn_sticker.image.shape == (80, 100, 3)
    np.testing.assert_array_equal(drawn_sticker.alpha, sticker[:, :, 3])
    assert drawn_sticker.pil.mode == "RGBA"
    for suffix in (".png", ".webp"):
        with Image.open(drawn_sticker.save(tmp_path / f"out{suffix}")) as saved:
            np.testing.assert_array_equal(np.asarray(saved)[:, :, 3], sticker[:, :, 3])


def test_what_is_hidden_has_no_part_in_the_drawing(drawn_sticker, pipeline, sticker):
    """The same drawing, whatever colour lies under the transparent parts."""
    other = sticker.copy()
    other[sticker[:, :, 3] < 16, :3] = (0, 255, 0)
    np.testing.assert_array_equal(pipeline.stylize(other, "cel", **PLAIN).image, drawn_sticker.image)
    magenta = drawn_sticker.image.astype(int) @ [1, -2, 1]
    assert magenta[sticker[:, :, 3] > 0].max() < 200  # of 510


def test_alpha_grows_with_the_picture(pipeline, sticker):
    result = pipeline.stylize(sticker, "cel", scale=2, **PLAIN)
    assert result.alpha is not None
    assert result.alpha.shape == (160, 200)
    shrunk = np.asarray(Image.fromarray(result.alpha).resize((100, 80), Image.Resampling.BOX))
    assert np.abs(shrunk.astype(int) - sticker[:, :, 3]).max() <= 8


def test_alpha_is_cropped_with_the_photo(pipeline, astronaut):
    alpha = np.add.outer(np.arange(280), np.arange(400)).astype(np.uint8)  # another in each row and column
    cache = animegan.PhotoCache(np.dstack([astronaut[:280, :400], alpha]))
    left, top, right, bottom = pipeline.suggest_crop(cache)["square"]
    result = pipeline.stylize(cache, "cel", crop="square", **PLAIN)
    assert left > 0
    assert result.image.shape == (bottom - top, right - left, 3)
    np.testing.assert_array_equal(result.alpha, alpha[top:bottom, left:right])


def test_a_background_lies_behind(pipeline, sticker, drawn_sticker):
    result = pipeline.stylize(sticker, "cel", background="#00ff00", **PLAIN)
    assert result.alpha is None
    assert result.pil.mode == "RGB"
    np.testing.assert_array_equal(result.image[0, 0], (0, 255, 0))
    inside = sticker[:, :, 3] == 255
    np.testing.assert_array_equal(result.image[inside], drawn_sticker.image[inside])
    with pytest.raises(errors.BadOptionError, match="none or a colour"):
        animegan.Options(background="grene")


def test_a_jpeg_is_white_and_says_so(drawn_sticker, tmp_path):
    path = drawn_sticker.save(tmp_path / "out.jpg")
    assert animegan.load(path)[:5].min() > 245
    assert [note.code for note in drawn_sticker.notes_for(path)] == ["on-white"]
    assert drawn_sticker.notes_for("out.png") == ()


def test_the_preview_lies_on_white(drawn_sticker, sticker):
    for shown in drawn_sticker.preview():
        assert (shown[0] == 255).all()
        assert shown[40, 50].max() < 255
    repaired = drawn_sticker.with_alpha(drawn_sticker.repaired_photo)
    np.testing.assert_array_equal(repaired[:, :, 3], sticker[:, :, 3])


def test_a_photo_that_is_cut_off_is_drawn_with_a_word(pipeline, coffee, drawn_sticker):
    data = encoded(coffee[:80, :100], "JPEG")
    result = pipeline.stylize(data[: int(0.95 * len(data))], "cel", **PLAIN)
    assert [note.code for note in result.notes] == ["cut-off"]
    assert result.to_dict()["notes"] == [str(result.notes[0])]
    assert "grey" in str(result.notes[0])
    assert drawn_sticker.notes == ()


def test_an_opaque_photo_stays_as_it_was(pipeline, coffee):
    photo = coffee[:80, :100]
    result = pipeline.stylize(photo, "cel", **PLAIN)
    opaque = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    again = pipeline.stylize(opaque, "cel", background="red", **PLAIN)
    assert result.alpha is None is again.alpha
    assert result.pixels is result.image
    np.testing.assert_array_equal(again.image, result.image)
