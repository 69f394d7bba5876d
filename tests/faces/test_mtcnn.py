"""MTCNN of our own against facenet-pytorch's, whose networks it uses."""

from typing import Any

import cv2
import numpy as np
import pytest
from facenet_pytorch import MTCNN

from animegan.faces.mtcnn import Cascade


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade()


@pytest.fixture(scope="module")
def reference() -> Any:
    return MTCNN(keep_all=True, min_face_size=20).eval()


def group(photo: np.ndarray) -> np.ndarray:
    """Heads of 70 and 45 px, one of them cut by the border, beside a cup of noise."""
    head = photo[10:266, 90:346]
    picture = np.random.default_rng(0).integers(60, 190, (150, 220, 3), np.uint8)
    picture = cv2.GaussianBlur(picture, (0, 0), 2)
    for left, top, side in ((10, 10, 110), (130, 60, 80), (-20, 100, 70)):
        small = cv2.resize(head, (side, side), interpolation=cv2.INTER_AREA)[: 150 - top, max(0, -left) :]
        picture[top : top + small.shape[0], max(0, left) : max(0, left) + small.shape[1]] = small
    return picture


@pytest.mark.parametrize("name", ["group", "still life"])
def test_it_sees_what_facenet_sees(cascade, reference, astronaut, coffee, name):
    picture = group(astronaut) if name == "group" else np.ascontiguousarray(coffee[::3, ::3])
    boxes, scores, landmarks = reference.detect(picture, landmarks=True)
    (seen,) = cascade.detect([picture])
    assert len(seen.boxes) == (0 if boxes is None else len(boxes))
    assert len(seen.boxes) >= (2 if name == "group" else 0)
    if boxes is not None:
        np.testing.assert_allclose(seen.boxes, np.array(list(boxes), float), atol=1e-3)
        np.testing.assert_allclose(seen.scores, np.asarray(scores, float), atol=1e-4)
        np.testing.assert_allclose(seen.landmarks, np.array(list(landmarks), float), atol=1e-3)


def test_pictures_together_show_what_each_shows_alone(cascade, astronaut):
    first = group(astronaut)
    others = [first, np.ascontiguousarray(first[:, ::-1]), np.full_like(first, 90)]
    for together, picture in zip(cascade.detect(others), others, strict=True):
        (alone,) = cascade.detect([picture])
        np.testing.assert_allclose(together.boxes, alone.boxes, atol=1e-3)
        np.testing.assert_allclose(together.face_like, alone.face_like, atol=1e-3)


def test_faces_that_are_large_enough_are_found_without_the_smallest_size(cascade, astronaut):
    picture = group(astronaut)
    (all_sizes,), (large,) = cascade.detect([picture]), cascade.detect([picture], 30)
    wanted = [box for box in all_sizes.boxes if box[3] - box[1] >= 30]
    assert wanted
    for box in wanted:
        assert min(np.abs(box - other).max() for other in large.boxes) < 5


@pytest.mark.parametrize("size", [(20, 20), (20, 300), (21, 20)])
def test_the_smallest_pictures_have_no_face(cascade, size):
    for least in (20, 100):
        (seen,) = cascade.detect([np.full((*size, 3), 90, np.uint8)], least)
        assert len(seen.boxes) == len(seen.landmarks) == 0
