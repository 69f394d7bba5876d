"""Several pictures in one."""

import numpy as np

from animegan.images import sheets


def plain(level: int, height: int = 40, width: int = 60) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_a_grid_has_room_for_the_largest():
    sheet = sheets.grid([[plain(10), plain(20, 30)], [plain(30), plain(40, 20, 30)]])
    assert sheet.shape == (80, 120, 3)
    assert (sheet[:40, :60] == 10).all()
    assert (sheet[30:40, 60:] == 255).all()
    assert (sheet[40:60, 60:90] == 40).all()


def test_side_by_side_the_photo_is_brought_to_the_drawing_s_size():
    pair = sheets.side_by_side(plain(10, 20, 30), plain(200))
    assert pair.shape == (40, 122, 3)
    assert (pair[:, :60] == 10).all()
    assert (pair[:, -60:] == 200).all()


def test_a_gallery_shows_every_picture_and_writes_below_it():
    pictures = [(plain(50 * n, 100, 120), f"Style {n}") for n in range(5)]
    sheet = sheets.gallery(pictures)
    for n in range(5):
        assert (sheet == 50 * n).all(-1).sum() >= 100 * 120
    blank = sheets.gallery([(picture, "") for picture, _ in pictures])
    assert sheet.shape == blank.shape
    assert (sheet != blank).any(-1).sum() > 50  # letters
    long = sheets.gallery([(plain(9), "A caption that is far too long for so small a picture")])
    assert long.shape == sheets.gallery([(plain(9), "")]).shape
