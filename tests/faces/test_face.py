"""The frames in which faces are painted."""

import cv2
import numpy as np
import pytest

from animegan.faces.face import Face, FaceCrop, face_crop, looks_like_a_face, overlapping
from tests.support.pictures import at


def test_landmarks_that_make_no_face_are_dropped():
    good = at(100, 100, 80)
    assert looks_like_a_face(good)
    scrambled = Face(good.box, (good.landmarks[3], good.landmarks[4], *good.landmarks[:3]), 1.0)
    assert not looks_like_a_face(scrambled)
    point = Face(good.box, (good.centre,) * 5, 1.0)
    assert not looks_like_a_face(point)


def test_a_profile_is_not_turned_by_its_eyes():
    face = at(100, 100, 80)
    eye, mouth = np.array(face.landmarks[0]), face.landmarks[3:]
    profile = Face(face.box, (tuple(eye), (eye[0] + 6, eye[1] + 8), face.landmarks[2], *mouth), 1.0)
    assert face_crop(profile).angle == 0
    assert 1.1 * 80 <= face_crop(profile).side <= 1.8 * 80


def smooth(shape: tuple[int, int]) -> np.ndarray:
    rng = np.random.default_rng(0)
    return cv2.GaussianBlur(rng.integers(0, 256, (*shape, 3), np.uint8), (0, 0), 6)


@pytest.mark.parametrize("angle", [0, 20, -70, 90, 180])
@pytest.mark.parametrize("place", [(100, 75), (0, 0), (199, 149), (-20, 70), (100, 160)])
def test_a_frame_goes_out_and_back(place, angle):
    """What is cut out upright and put back is the picture it came from, over the border as well."""
    picture = smooth((150, 200))
    frame = FaceCrop(place, 80, angle)
    rows, columns = frame.region(picture.shape)
    back = frame.lay(frame.cut(picture, 160), picture.shape)
    assert back.shape == picture[rows, columns].shape
    inside = frame.depth(picture.shape) < 0.95
    if place == (100, 75):
        assert inside.sum() > 2000
    difference = np.abs(back.astype(int) - picture[rows, columns])[inside]
    assert difference.size == 0 or difference.mean() < 1


def test_a_cut_out_of_a_larger_copy_is_the_same(astronaut):
    large = cv2.resize(astronaut, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    frame = FaceCrop((224, 120), 180, 12)
    np.testing.assert_allclose(frame.cut(large, 128, ratio=2), frame.cut(astronaut, 128), atol=40)
    assert np.abs(frame.cut(large, 128, ratio=2).astype(int) - frame.cut(astronaut, 128)).mean() < 2.5


def test_what_is_made_smaller_does_not_alias():
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[::2] = 255
    canvas = FaceCrop((600, 600), 800, 0).cut(stripes, 100)
    assert np.ptp(canvas[10:-10, 10:-10]) < 20


def test_the_mask_covers_the_landmarks_and_fades_before_the_frame_ends(finder, astronaut):
    (face,) = finder.find(astronaut)
    frame = face_crop(face)
    rows, columns = frame.region(astronaut.shape)
    depth = frame.depth(astronaut.shape)
    for x, y in face.landmarks:
        assert depth[round(y) - rows.start, round(x) - columns.start] < 0.8
    mask = overlapping([frame], 0, astronaut.shape)
    assert not mask[[0, -1]].any()
    assert not mask[:, [0, -1]].any()


def test_faces_that_overlap_are_parted(astronaut):
    frames = [FaceCrop((100, 100), 80, 0), FaceCrop((130, 110), 60, 10), FaceCrop((400, 400), 50, 0)]
    whole = np.zeros(astronaut.shape[:2], int)
    for number, frame in enumerate(frames):
        mask = overlapping(frames, number, astronaut.shape)
        whole[frame.region(astronaut.shape)] += mask > 0
        assert mask.any()
    assert whole.max() == 1
    alone = overlapping([frames[0]], 0, astronaut.shape) > 0
    assert (whole[frames[0].region(astronaut.shape)][alone] == 1).all()  # nothing is left unpainted between them
