"""Drawings of any size: enlarged from the size at which they are painted, faces joined where they have their pixels."""

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from animegan import errors
from animegan.faces.face import face_crop
from animegan.faces.painting import PaintedFace
from animegan.images import sizes
from animegan.images.metrics import psnr
from animegan.networks.enlarger import Enlarger
from animegan.pipeline import pipeline as pipelines
from animegan.pipeline import stages
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools
from tests.support.cli import refused
from tests.support.pictures import at

PLAIN: dict[str, Any] = {"enhance": "off", "faces": False}


@pytest.fixture
def doubled(monkeypatch) -> list[tuple[int, ...]]:
    """The shapes of what is enlarged by the networks, in order: the second one does all but the first doubling."""
    shapes: list[tuple[int, ...]] = []
    double = Enlarger.double

    def noted(self, drawing, on_tile=None, *, again=False):
        assert again == bool(shapes)
        shapes.append(drawing.shape)
        return double(self, drawing, on_tile, again=again)

    monkeypatch.setattr(Enlarger, "double", noted)
    return shapes


@pytest.mark.parametrize(
    ("scale", "shapes"), [(1, []), (2, [(40, 60, 3)]), (4, [(40, 60, 3), (80, 120, 3)])], ids=["1", "2", "4"]
)
def test_a_drawing_is_so_many_times_as_large_as_its_photo(pipeline, coffee, doubled, scale, shapes):
    photo = np.ascontiguousarray(coffee[100:140, 100:160])
    drawn = pipeline.stylize(photo, scale=scale, **PLAIN)
    assert drawn.image.shape == (scale * 40, scale * 60, 3)
    assert drawn.photo.shape == photo.shape
    assert doubled == shapes


def test_a_larger_photo_is_painted_small_and_enlarged(pipeline, coffee, doubled):
    photo = cv2.resize(coffee, (600, 402), interpolation=cv2.INTER_AREA)
    drawn = pipeline.stylize(photo, paint_side=256, **PLAIN)
    assert drawn.image.shape == photo.shape
    assert doubled == [(172, 256, 3), (344, 512, 3)]
    assert "enlarge" in drawn.seconds
    assert psnr(drawn.image, photo) > 15


def test_at_most_two_doublings_reach_the_size_of_a_photo(coffee):
    """The rest is enlarged smoothly; each doubling that is asked for comes on top."""
    tools, shapes = tools_that_repeat()
    scene, photo = np.ascontiguousarray(coffee[:20, :30]), np.zeros((200, 300, 3), np.uint8)
    for scale, count in ((1, 2), (2, 3), (4, 4)):
        shapes.clear()
        assert stages.join_and_enlarge(tools, scene, [], photo, scale=scale).shape == (200 * scale, 300 * scale, 3)
        assert shapes == [(20 * 2**step, 30 * 2**step, 3) for step in range(count)]


def tools_that_repeat() -> tuple[Tools, list[tuple[int, ...]]]:
    """Tools whose enlarger repeats pixels, and the shapes that it is given."""
    shapes: list[tuple[int, ...]] = []

    def double(drawing, on_tile=None, again=False):
        shapes.append(drawing.shape)
        return drawing.repeat(2, 0).repeat(2, 1)

    models: Any = SimpleNamespace(enlarger=lambda: SimpleNamespace(double=double))
    return Tools(models, Clock()), shapes


def face_on_canvas(x: float, y: float, side: float, canvas: int) -> PaintedFace:
    """A grey face with a black nose, painted on a canvas of its own."""
    face = at(x, y, side)
    photo = np.full((200, 300, 3), 128, np.uint8)
    nose = tuple(round(value) for value in face.landmarks[2])
    cv2.circle(photo, nose, 3, (0, 0, 0), -1)
    return PaintedFace(face, picture=face_crop(face).cut(photo, canvas))


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_faces_join_the_scene_where_it_has_as_many_pixels_for_them(monkeypatch, scale):
    """And their noses are where they are in the photo, however large the drawing is."""
    tools, _ = tools_that_repeat()
    photo, scene = np.zeros((200, 300, 3), np.uint8), np.full((50, 75, 3), 128, np.uint8)
    side = face_crop(at(90, 100, 60)).side  # in the photo; a quarter of it in the scene
    fine, middling = face_on_canvas(90, 100, 60, round(side)), face_on_canvas(210, 90, 60, round(side / 2))
    finest = face_on_canvas(150, 40, 40, 512)  # as late as possible
    joined, lay = [], stages.lay_faces

    def noted(drawing, faces, ratio, chosen=None):
        joined.append((drawing.shape[:2], ratio, chosen))
        return lay(drawing, faces, ratio, chosen)

    monkeypatch.setattr(stages, "lay_faces", noted)
    faces = [fine, middling, finest]
    drawing = stages.join_and_enlarge(tools, scene, faces, photo, scale=scale)
    late = {1: 2, 2: 3, 4: 4}[scale]
    expected = {1: [False, True, False], 2: [True, False, late == 2]} | (
        {late: [False, False, True]} if late > 2 else {}
    )
    assert joined == [((50 * 2**n, 75 * 2**n), 2**n / 4, chosen) for n, chosen in expected.items()]
    y, x = ((np.mgrid[: drawing.shape[0], : drawing.shape[1]] + 0.5) / scale - 0.5).astype(np.float32)
    for each in faces:
        nose = np.round(each.face.landmarks[2])
        dark = np.maximum(0, 100.0 - drawing.max(axis=2)) * (np.hypot(x - nose[0], y - nose[1]) < 12)
        np.testing.assert_allclose([np.average(x, weights=dark), np.average(y, weights=dark)], nose, atol=0.2)


def test_a_face_that_is_larger_than_its_canvas_joins_the_scene_as_it_was_painted():
    assert face_on_canvas(150, 100, 120, 40).doublings(1.0, 2) == 0


def test_a_row_of_photos_has_the_strokes_of_each_of_them(pipeline, coffee, monkeypatch):
    """A panorama is not painted smaller than its parts: the old rule, by the long side alone, did that."""
    photo = cv2.resize(coffee, (180, 120), interpolation=cv2.INTER_AREA)
    row = np.tile(photo, (1, 6, 1))

    def drawn(picture):
        return pipeline.stylize(picture, "cel", paint_side=256, **PLAIN).image

    alone, part = drawn(photo)[:, 20:-20], np.s_[:, 3 * 180 + 20 : 4 * 180 - 20]
    assert psnr(drawn(row)[part], alone) > 32
    monkeypatch.setattr(sizes, "LEAST_SHORT", 0.0)
    assert psnr(drawn(row)[part], alone) < 26


def test_a_drawing_that_would_be_too_large_is_refused_before_it_is_begun(pipeline, tmp_path, monkeypatch):
    """In Python, and on the command line."""
    photo = np.zeros((30, 40, 3), np.uint8)
    monkeypatch.setattr(pipelines.stages, "draw", lambda *inputs: pytest.fail("it was begun"))
    with pytest.raises(errors.PhotoTooLargeError, match=r"At 4 times its size .* 200 megapixels: ask for a smaller sc"):
        pipeline.stylize(np.zeros((3600, 3600, 3), np.uint8), scale=4)
    pipelines.check_enlarged(40, 30, 4, 0.0192)
    with pytest.raises(errors.PhotoTooLargeError):
        pipelines.check_enlarged(40, 30, 4, 0.0191)
    pipelines.check_enlarged(40, 30, 1, 0.001)  # as large as the photo that was let in
    cv2.imwrite(str(tmp_path / "photo.png"), cv2.resize(photo, (3600, 3600)))
    assert "200 megapixels" in refused("stylize", tmp_path / "photo.png", "-o", tmp_path / "out.png", "--scale", "4")
    assert not (tmp_path / "out.png").exists()
