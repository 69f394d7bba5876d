"""People in one matte, told apart by their faces."""

import numpy as np

from animegan.faces.face import Face
from animegan.faces.people import matte_of_some


def face(x: float, y: float, side: float) -> Face:
    half = side / 2
    return Face((x - half, y - half, x + half, y + half), ((0.0, 0.0),) * 5, 1.0)


def test_each_pixel_belongs_to_the_nearest_face_in_its_own_size():
    matte = np.full((100, 200), 0.8, np.float32)
    left, right = face(50, 30, 20), face(150, 30, 20)
    some = matte_of_some(matte, [left, right], [left])
    assert (some[:, :95] == matte[0, 0]).all()
    assert (some[:, 105:] == 0).all()
    large, small = face(50, 50, 60), face(150, 50, 20)  # the large one reaches farther
    assert (matte_of_some(matte, [large, small], [small])[50, :120] == 0).all()


def test_who_stands_behind_keeps_head_and_who_stands_in_front_the_body():
    matte = np.ones((200, 100), np.float32)
    behind, front = face(50, 30, 20), face(50, 100, 20)
    some = matte_of_some(matte, [behind, front], [front])
    assert some[40, 50] == 0
    assert some[190, 50] == 1


def test_without_a_wanted_face_nobody_is_left():
    assert matte_of_some(np.ones((8, 8), np.float32), [face(4, 4, 2)], []).max() == 0
