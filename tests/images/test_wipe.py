"""The moving picture from a photo to its drawing."""

import numpy as np
import pytest
from PIL import Image

from animegan.images.marks import is_ours
from animegan.images.wipe import SIDE, frames, save_wipe

PHOTO = np.full((30, 60, 3), (200, 40, 40), np.uint8)
DRAWING = np.full((60, 120, 3), (40, 40, 200), np.uint8)


def test_it_begins_with_the_photo_and_the_line_comes_from_the_left():
    shown = frames(PHOTO, DRAWING)
    assert {picture.shape for picture, _ in shown} == {(60, 120, 3)}
    first, last = shown[0][0], max(shown, key=lambda each: each[1])[0]
    assert (first == (200, 40, 40)).all()
    assert (last == (40, 40, 200)).all()
    middle = shown[5][0]
    assert (middle[:, :60] == (40, 40, 200)).all()
    assert (middle[:, 60:] == (200, 40, 40)).all()
    assert [picture[0, 0, 0] for picture, _ in shown[1:]] == [40] * (len(shown) - 1)


@pytest.mark.parametrize("size", [(2, 3), (60, 120), (600, 200)])
def test_the_file_repeats_for_ever_and_is_marked_as_ours(tmp_path, size):
    drawing = np.full((*size, 3), (40, 40, 200), np.uint8)
    path = save_wipe(PHOTO, drawing, tmp_path / "a.gif")
    assert is_ours(path)
    with Image.open(path) as picture:
        assert (picture.format, picture.info["loop"]) == ("GIF", 0)
        assert getattr(picture, "is_animated", False)
        assert max(picture.size) == min(max(size), SIDE)
        colour = picture.convert("RGB").getpixel((0, 0))
        assert colour == pytest.approx((200, 40, 40), abs=8)
