"""Who is drawn: all faces or chosen ones, faces only, the scene only; and faces that a border cuts."""

from typing import Any

import cv2
import numpy as np
import pytest

from animegan.errors import AnimeganError, BadOptionError
from animegan.faces.face import face_crop, overlapping
from animegan.faces.painting import PlacedFace, share_of_faces
from animegan.images import metrics
from animegan.images.metrics import psnr

SMALL: dict[str, Any] = {"style": "cel", "enhance": "off", "paint_side": 256}


@pytest.fixture(scope="module")
def three(astronaut) -> np.ndarray:
    """Three heads, the largest in the middle."""
    picture = np.full((180, 430, 3), (120, 140, 150), np.uint8)
    for left, side in ((0, 110), (130, 160), (310, 110)):
        head = cv2.resize(astronaut[10:266, 90:346], (side, side), interpolation=cv2.INTER_AREA)
        picture[10 : 10 + side, left : left + side] = head
    return picture


@pytest.fixture(scope="module")
def all_drawn(pipeline, three):
    return pipeline.stylize(three, **SMALL)


def changed(one: np.ndarray, other: np.ndarray) -> list[bool]:
    """Whether the left, the middle and the right head differ."""
    apart = np.abs(one.astype(int) - other).max(2) > 8
    return [bool(part.mean() > 0.01) for part in (apart[:, :120], apart[:, 130:290], apart[:, 310:])]


def test_faces_have_numbers_from_the_left_in_the_report(all_drawn):
    report = all_drawn.to_dict()["faces"]
    assert report[0]["number"] == 2  # the largest
    assert [face["number"] for face in sorted(report, key=lambda face: face["box"][0])] == [1, 2, 3]


def test_only_the_chosen_faces_are_painted_on_their_own(pipeline, three, all_drawn):
    some = pipeline.stylize(three, faces="1,3", **SMALL)
    assert sorted(face.number for face in some.faces) == [1, 3]
    assert changed(some.image, all_drawn.image) == [False, True, False]
    with pytest.raises(BadOptionError, match="no face 4: 3 were found, counted from the left"):
        pipeline.stylize(three, faces="1,4", **SMALL)


def test_faces_only_leaves_the_rest_of_the_photo(pipeline, three):
    """Byte for byte; of the chosen faces alone, if some are chosen."""
    result = pipeline.stylize(three, **{**SMALL, "style": "film"}, faces="2", faces_only=True)
    share = share_of_faces([PlacedFace(face) for face in result.faces], three.shape, 1.0)
    np.testing.assert_array_equal(result.image[share == 0], three[share == 0])
    assert changed(result.image, three) == [False, True, False]


def test_scene_only_leaves_the_faces_of_the_photo(pipeline, three, all_drawn):
    result = pipeline.stylize(three, scene_only=True, scale=2, **SMALL)
    large = cv2.resize(three, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert result.image.shape == large.shape
    assert result.faces == []  # none was painted
    share = share_of_faces([PlacedFace(face) for face in all_drawn.faces], large.shape, 2.0)
    assert 0.02 < (share == 1).mean() < 0.5
    np.testing.assert_array_equal(result.image[share == 1], large[share == 1])
    assert psnr(result.image[share == 0], large[share == 0]) < 35


def test_without_a_face_faces_only_is_the_photo(pipeline):
    photo = np.dstack([np.tile(np.arange(64, dtype=np.uint8), (64, 1))] * 3)
    np.testing.assert_array_equal(pipeline.stylize(photo, faces_only=True, **SMALL).image, photo)


def crops_through(photo: np.ndarray, count: int) -> list[np.ndarray]:
    """Random crops, 16 to 320 px wide and high, each with a point of the astronaut's face in it."""
    rng, made = np.random.default_rng(7), []
    for _ in range(count):
        wide, high = rng.integers(16, 321, 2)
        x, y = rng.integers(180, 270), rng.integers(70, 170)
        left, top = max(0, x - rng.integers(0, wide)), max(0, y - rng.integers(0, high))
        made.append(np.ascontiguousarray(photo[top : top + high, left : left + wide]))
    return made


@pytest.mark.parametrize("count", [5, pytest.param(60, marks=pytest.mark.long)])
def test_a_crop_through_a_face_is_drawn_or_refused_by_name(pipeline, astronaut, count):
    """A face that the border cuts leaves no seam: its crop is mirrored there, and the drawing goes on to the edge."""
    for crop in crops_through(astronaut, count):
        try:
            result = pipeline.stylize(crop, **SMALL)
        except AnimeganError:
            assert min(crop.shape[:2]) < 32
            continue
        assert result.image.shape == crop.shape
        if not result.faces:
            continue
        scene = pipeline.stylize(crop, faces=False, **SMALL).image
        frame = face_crop(result.faces[0])
        mask, where = overlapping([frame], 0, crop.shape), frame.region(crop.shape)
        assert metrics.seam(result.image[where], mask) <= 1.3 * metrics.seam(scene[where], mask)
