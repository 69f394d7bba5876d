"""Faces are restored separately, and only those that are surely faces."""

from dataclasses import replace

import cv2
import numpy as np

from animegan.faces.face import face_crop
from animegan.faces.finder import Finder
from animegan.faces.restoring import FaceRestorer, restore_faces, with_chroma_of
from animegan.images.metrics import psnr
from tests.support.pictures import blurred


def white(photo: np.ndarray) -> np.ndarray:
    """Stands in for a restorer: doubles, and leaves white."""
    return np.full((2 * len(photo), 2 * photo.shape[1], 3), 255, np.uint8)


def test_a_face_is_restored_from_the_bad_photo_and_fades_into_the_repaired_one(astronaut):
    faces = Finder().find(astronaut)
    bad = blurred(astronaut, 3)
    seen = []

    def double(photo: np.ndarray) -> np.ndarray:
        seen.append(photo)
        return white(photo)

    restored = restore_faces(astronaut, faces, FaceRestorer(bad, 1.0, double, 3))
    assert np.abs(seen[0].astype(int) - face_crop(faces[0]).cut(bad, len(seen[0]))).max() == 0
    x, y = (round(value) for value in faces[0].centre)
    assert restored[y, x].min() > 250
    changed = (restored != astronaut).any(2)
    rows, columns = face_crop(faces[0]).region(astronaut.shape)
    changed[rows, columns] = False
    assert not changed.any()  # nothing outside the frame


def test_a_restored_face_lies_where_it_was_and_in_the_same_light(astronaut):
    photo = blurred(cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA), 1.5)
    (face,) = Finder().find(photo)

    def double(picture: np.ndarray) -> np.ndarray:
        return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)

    restored = restore_faces(photo, [face], FaceRestorer(photo, 1.0, double, 2))
    left, top, right, bottom = (round(value) for value in face.box)
    inside = slice(top, bottom), slice(left, right)
    shifted = np.roll(photo, 1, axis=1)
    assert psnr(restored[inside], photo[inside]) > 38
    assert psnr(restored[inside], photo[inside]) > psnr(shifted[inside], photo[inside]) + 6


def test_an_unsure_face_stays_as_it_is(astronaut):
    faces = [replace(face, score=0.9) for face in Finder().find(astronaut)]
    assert np.array_equal(restore_faces(astronaut, faces, FaceRestorer(astronaut, 1.0, white, 3)), astronaut)


def test_a_face_with_enough_detail_stays_as_it_is(astronaut):
    """Its detail would not fit."""
    faces = Finder().find(astronaut)
    assert np.array_equal(restore_faces(astronaut, faces, FaceRestorer(blurred(astronaut, 3), 1.0, white)), astronaut)


def test_the_repaired_photo_keeps_its_colours(astronaut):
    """Whatever colour the network for faces gives them."""
    green = astronaut.copy()
    green[80:120, 200:260, 1] = 200
    photo = with_chroma_of(green, astronaut)
    ycc, wanted = (cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(int) for picture in (photo, astronaut))
    same = np.abs(ycc - wanted)[:, :, 1:]
    assert np.quantile(same, 0.99) <= 3
    assert cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[80:120, 200:260].mean() > 1.1 * wanted[80:120, 200:260, 0].mean()
