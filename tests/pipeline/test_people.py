"""People alone, the background alone, cut-outs and stickers; where the people are is said by the test."""

from typing import Any

import numpy as np
import pytest

from animegan.errors import NobodySeenError
from animegan.faces.face import Face
from animegan.images.files import load
from animegan.images.metrics import psnr
from animegan.images.resize import resize
from animegan.pipeline import stages
from animegan.pipeline.cache import PhotoCache
from animegan.pipeline.models import Models
from tests.images.test_mattes import disc

SMALL: dict[str, Any] = {"style": "cel", "enhance": "off", "paint_side": 256, "faces": False}


class Disc:
    """A mask that sees a person in the middle of every photo."""

    radius = 40

    def find(self, photo: np.ndarray) -> np.ndarray:
        height, width = photo.shape[:2]
        return disc(height, width, self.radius)


@pytest.fixture(autouse=True)
def mask(monkeypatch) -> Disc:
    mask = Disc()
    monkeypatch.setattr(Models, "people", lambda self: mask)
    return mask


@pytest.fixture(scope="module")
def photo(coffee) -> PhotoCache:
    return PhotoCache(np.ascontiguousarray(resize(coffee, 192, 128)))


@pytest.fixture(scope="module")
def whole(pipeline, photo) -> np.ndarray:
    return pipeline.stylize(photo, **SMALL).image


INSIDE, OUTSIDE = disc(128, 192, 38) == 1, disc(128, 192, 42) == 0


def test_people_and_background_share_out_the_photo(pipeline, photo, whole):
    """Each leaves the other's part of the photo, byte for byte."""
    people = pipeline.stylize(photo, people_only=True, **SMALL).image
    behind = pipeline.stylize(photo, background_only=True, **SMALL).image
    for drawn, is_drawn, is_photo in ((people, INSIDE, OUTSIDE), (behind, OUTSIDE, INSIDE)):
        np.testing.assert_array_equal(drawn[is_drawn], whole[is_drawn])
        np.testing.assert_array_equal(drawn[is_photo], photo.photo[is_photo])


def test_a_cut_out_is_the_drawn_person_alone(pipeline, photo, whole, tmp_path):
    result = pipeline.stylize(photo, cut_out=True, **SMALL)
    assert result.pixels.shape == (128, 192, 4)
    np.testing.assert_array_equal(result.alpha, np.rint(255 * disc(128, 192, 40)))
    assert psnr(result.image[INSIDE], whole[INSIDE]) > 45
    before, after = result.preview()
    np.testing.assert_array_equal(before, photo.photo)  # the photo stays whole
    assert len(np.unique(after[OUTSIDE], axis=0)) == 1
    assert (load(result.save(tmp_path / "drawn.png"))[OUTSIDE] == 255).all()  # it is read on white


def test_a_sticker_has_a_white_rim(pipeline, photo):
    plain, sticker = (pipeline.stylize(photo, **{how: True}, **SMALL) for how in ("cut_out", "sticker"))
    added = (sticker.alpha == 255) & (plain.alpha == 0)
    assert added.sum() > 100
    assert (sticker.image[added] == 255).all()


@pytest.mark.parametrize(("name", "colour"), [("#204060", (0x20, 0x40, 0x60)), ("white", (255, 255, 255))])
def test_a_cut_out_is_laid_on_a_background(pipeline, photo, name, colour):
    result = pipeline.stylize(photo, cut_out=True, background=name, **SMALL)
    assert result.alpha is None
    np.testing.assert_array_equal(np.unique(result.image[OUTSIDE], axis=0), [colour])


def test_without_a_person_there_is_nothing_to_cut_out(pipeline, photo, mask):
    mask.radius = 1
    small = PhotoCache(photo.photo.copy())
    for how in ("cut_out", "sticker"):
        with pytest.raises(NobodySeenError, match="choose a photo of people"):
            pipeline.stylize(small, **{how: True}, **SMALL)
    result = pipeline.stylize(small, people_only=True, **SMALL)
    assert [note.code for note in result.notes] == ["nobody"]
    np.testing.assert_array_equal(result.image[OUTSIDE], photo.photo[OUTSIDE])


def test_chosen_faces_choose_the_people(pipeline, photo, monkeypatch):
    """Two faces side by side: the right half of the disc is cut out."""
    boxes = [(60.0, 40.0, 80.0, 60.0), (112.0, 40.0, 132.0, 60.0)]
    faces = [Face(box, ((0.0, 0.0),) * 5, 1.0, number + 1) for number, box in enumerate(boxes)]

    def find_faces(*_: Any) -> list[Face]:
        return faces

    monkeypatch.setattr(stages, "find_faces", find_faces)
    new = PhotoCache(photo.photo.copy())
    right = pipeline.stylize(new, cut_out=True, scene_only=True, **{**SMALL, "faces": "2"})
    assert right.alpha[:, :94].max() == 0
    assert right.alpha[64, 100:130].min() == 255
