"""Faces found in photographs."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from animegan.errors import BadOptionError
from animegan.faces import finder as faces
from animegan.faces.face import EYES, EYES_TO_MOUTH, Face, face_crop
from animegan.faces.thresholds import FACES
from tests.support.pictures import at, turned


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


@pytest.mark.slow
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


def crowd_of(photo: np.ndarray, count: int, side: int, size: tuple[int, int]) -> tuple[np.ndarray, list[tuple]]:
    """A picture of this (height, width) with so many small copies of a portrait, and where their faces are."""
    head = cv2.resize(photo[10:266, 90:346], (side, side), interpolation=cv2.INTER_AREA)
    picture = np.full((*size, 3), 120, np.uint8)
    columns = int(np.ceil(count**0.5 * 1.3))
    places = []
    for n in range(count):
        top, left = 60 + n // columns * 3 * side, 60 + n % columns * 3 * side
        picture[top : top + side, left : left + side] = head
        places.append((left + side / 2, top + side / 2))
    return picture, places


@pytest.mark.slow
def test_a_crowd_of_small_faces_is_found_in_a_large_photo(finder, astronaut):
    """Fifteen faces of about 45 px in 1920×1280, too small on a copy of 640 px."""
    picture, places = crowd_of(astronaut, 15, 88, (1280, 1920))
    assert len(finder._pass(picture, 640, FACES.min_score)) < 15
    found = finder.find(picture)
    assert len(found) == 15
    for place in places:
        assert min(np.hypot(*np.subtract(face.centre, place)) for face in found) < 30


def test_a_doubted_find_is_looked_at_from_close_by(finder, astronaut, coffee, monkeypatch):
    """What is no face there is dropped, and a face stays, however unsure the first look was."""
    search = finder._look

    def unsure(place: Face):
        def look(photo, side, *least):
            seen = search(photo, side, *least)
            return replace(seen, found=[replace(place, score=0.96)]) if side == FACES.search_side else seen

        return look

    (true,) = finder.find(astronaut)
    monkeypatch.setattr(faces, "FACES", replace(FACES, turns=()))
    monkeypatch.setattr(finder, "_look", unsure(at(300, 200, 120)))
    assert finder.find(coffee) == []
    monkeypatch.setattr(finder, "_look", unsure(true))
    assert [face.box for face in finder.find(astronaut)] == [true.box]


def test_a_face_that_both_searches_find_is_one_face():
    close = Face((12, 8, 110, 112), at(60, 60, 100).landmarks, 0.97)
    other = at(300, 60, 40)
    assert faces._together([at(60, 60, 100)], [close, other]) == [at(60, 60, 100), other]
    inside = at(60, 60, 50)  # a second find within the first
    assert faces._together([inside], [at(60, 60, 100)]) in ([inside], [at(60, 60, 100)])
    touching = [at(60, 60, 100), at(150, 60, 100)]
    assert len(faces._together(touching[:1], touching[1:])) == 2


@pytest.mark.parametrize("size", [(16, 16), (19, 19), (1, 2000), (16, 2000), (20, 20), (600, 20)])
def test_tiny_pictures_and_strips_have_no_face(finder, size):
    assert finder.find(np.full((*size, 3), 128, np.uint8)) == []


def test_a_still_life_has_no_face(finder, coffee):
    assert finder.find(coffee) == []


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [0, 15, -15, 30, -30, 45, -45, 90, -90])
def test_a_leaning_face_is_found_and_brought_upright(finder, astronaut, degrees):
    head = astronaut[:400, 24:424]
    photo = np.ascontiguousarray(np.rot90(head, -degrees // 90)) if abs(degrees) == 90 else turned(head, degrees)
    frame = face_crop(finder.find(photo)[0])
    assert abs(frame.angle - degrees) < 8
    (upright,) = finder.find(frame.cut(photo, 256))
    left_eye, right_eye, _, left_mouth, right_mouth = np.array(upright.landmarks) / 256
    assert abs(left_eye[1] - right_eye[1]) < 0.05
    np.testing.assert_allclose((left_eye + right_eye) / 2, [0.5, EYES], atol=0.05)
    np.testing.assert_allclose((left_mouth + right_mouth) / 2, [0.5, EYES + EYES_TO_MOUTH], atol=0.06)


def test_all_but_tiny_faces_are_painted():
    crowd = [at(10, 10, FACES.least_painted + n) for n in range(200)]
    assert faces.worth_painting(crowd) == crowd
    assert faces.worth_painting([at(0, 0, FACES.least_painted - 1)]) == []


@pytest.mark.slow
def test_landmarks_are_measured_to_a_fraction_of_a_pixel(astronaut):
    """Moved by three pixels they are found three pixels on, mirrored they are mirrored; and MTCNN agrees."""
    finder = faces.Finder()
    face = finder.find(astronaut)[0]
    seen = finder.landmarks(astronaut, face)
    apart = np.linalg.norm(seen[0] - seen[1])
    assert np.linalg.norm(seen - face.landmarks, axis=1).max() < 0.1 * apart
    moved = finder.landmarks(np.roll(astronaut, (2, 3), (0, 1)), face)
    assert np.abs(moved - seen - [3, 2]).max() < 0.02 * apart
    box = (512 - face.box[2], face.box[1], 512 - face.box[0], face.box[3])
    points = tuple((511 - x, y) for x, y in np.array(face.landmarks)[[1, 0, 2, 4, 3]])
    mirrored = finder.landmarks(np.ascontiguousarray(astronaut[:, ::-1]), Face(box, points, face.score))
    back = mirrored[[1, 0, 2, 4, 3]] * [-1, 1] + [511, 0]
    assert np.abs(back - seen).max() < 0.03 * apart
    np.testing.assert_array_equal(seen, finder.landmarks(astronaut, face))


def head(photo: np.ndarray, quarters: int) -> np.ndarray:
    """The astronaut's head, 200 px, turned by quarters."""
    small = cv2.resize(photo[10:266, 90:346], (200, 200), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(np.rot90(small, quarters))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_face_that_lies_is_found_beside_one_that_is_upright(finder, astronaut, quarters):
    """Each is one face, though several turned copies show it and copies are mirrored beyond the border."""
    photo = np.hstack([head(astronaut, 0), np.full((200, 40, 3), 90, np.uint8), head(astronaut, quarters)])
    upright, lying = sorted(finder.find(photo), key=lambda face: face.centre)
    assert abs(face_crop(upright).angle) < 15
    assert abs((face_crop(lying).angle + 90 * quarters + 180) % 360 - 180) < 15
    assert lying.centre[0] > 240


def test_turned_copies_are_searched_only_where_something_is_face_like(finder, astronaut, monkeypatch):
    """Nothing in a gradient, no certain face; but a head on its side."""
    seen: list[list] = []
    search = finder._turned
    monkeypatch.setattr(finder, "_turned", lambda photo, places: seen.append(places) or search(photo, places))
    gradient = np.dstack([np.linspace(0, 255, 300 * 400).reshape(300, 400).astype(np.uint8)] * 3)
    assert finder.find(gradient) == []
    assert len(finder.find(head(astronaut, 0))) == 1
    assert seen == [[], []]
    assert len(finder.find(head(astronaut, 1))) == 1
    assert seen[2]


def test_faces_are_numbered_from_the_left_and_chosen_by_number():
    found = faces.numbered([at(300, 50, 90), at(20, 80, 60), at(150, 10, 40)])
    assert [face.number for face in found] == [3, 1, 2]
    assert [face.to_dict()["number"] for face in found] == [3, 1, 2]
    assert faces.chosen(found, ()) == found
    assert [face.centre for face in faces.chosen(found, (1, 3))] == [found[0].centre, found[1].centre]
    for numbers in ((4,), (1, 200)):
        with pytest.raises(BadOptionError, match="3 were found, counted from the left"):
            faces.chosen(found, numbers)
