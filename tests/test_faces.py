"""Faces found, and the squares in which they are painted."""

import numpy as np
import pytest

from animegan import faces


@pytest.fixture(scope="module")
def finder() -> faces.Finder:
    return faces.Finder()


def test_the_astronaut_s_face_is_found_where_it_is(finder, astronaut):
    (face,) = finder.find(astronaut)
    left, top, right, bottom = face.box
    assert 160 < left < 200 < 250 < right < 290
    assert 40 < top < 90 < 150 < bottom < 190
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_eye[1] < nose[1] < left_mouth[1]
    assert abs(left_mouth[1] - right_mouth[1]) < 10
    assert face.score > 0.99


def test_a_large_photo_s_faces_are_in_its_own_pixels(finder, astronaut):
    large = astronaut.repeat(4, 0).repeat(4, 1)
    (small_face,), (large_face,) = finder.find(astronaut), finder.find(large)
    np.testing.assert_allclose(np.array(large_face.box) / 4, small_face.box, atol=6)


def test_several_faces_largest_first(finder, astronaut):
    pair = np.zeros((512, 900, 3), np.uint8)
    pair[:, :512] = astronaut
    pair[:256, 600:856] = astronaut[::2, ::2]
    found = finder.find(pair)
    assert len(found) == 2
    assert found[0].side > 1.5 * found[1].side


@pytest.mark.parametrize("size", [(16, 16), (19, 19), (1, 2000), (16, 2000), (20, 20), (600, 20)])
def test_tiny_pictures_and_strips_have_no_face(finder, size):
    assert finder.find(np.full((*size, 3), 128, np.uint8)) == []


def test_a_still_life_has_no_face(finder, coffee):
    assert finder.find(coffee) == []


def at(x: float, y: float, side: float) -> faces.Face:
    half = side / 2
    return faces.Face((x - half, y - half, x + half, y + half), ((x, y),) * 5, 1.0)


def test_tiny_faces_and_a_crowd_are_bounded():
    crowd = [at(10, 10, side) for side in range(200, 10, -5)]
    painted = faces.worth_painting(crowd)
    assert len(painted) == faces.MAX_FACES
    assert faces.worth_painting([at(0, 0, faces.MIN_FACE - 1)]) == []


@pytest.mark.parametrize("place", [(100, 100), (0, 0), (199, 149), (-20, 70), (100, 160)])
def test_a_square_over_the_border_goes_out_and_back(place):
    picture = np.random.default_rng(0).integers(0, 256, (150, 200, 3), np.uint8)
    square = faces.square_around(at(*place, 60))
    cut = square.cut(picture)
    assert cut.shape == (square.side, square.side, 3)
    rows, columns, inner_rows, inner_columns = square.inside(picture)
    np.testing.assert_array_equal(cut[inner_rows, inner_columns], picture[rows, columns])


def test_the_mask_covers_the_landmarks_and_stays_in_the_square(finder, astronaut):
    (face,) = finder.find(astronaut)
    square = faces.square_around(face)
    (x, y), (wide, high) = faces.mask_in(square, face)
    for px, py in face.landmarks:
        assert ((px - square.left - x) / wide) ** 2 + ((py - square.top - y) / high) ** 2 < 0.6
    assert wide < x < square.side - wide
    assert high < y < square.side - high
