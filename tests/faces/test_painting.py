"""Faces on their canvases, and how they are laid into a scene."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from animegan.faces.face import Face, face_crop
from animegan.faces.painting import FacePainter, FaceSource, PaintedFace, PlacedFace, lay_faces, paint_face
from animegan.faces.painting import share_of_faces as share
from animegan.faces.thresholds import FACES
from animegan.networks.engine import choose_engine
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.networks.painters import GreyKeeper, TorchGenerator

SCENE = np.full((240, 240, 3), 120, np.uint8)


def face(x: float = 120, y: float = 120, apart: float = 30) -> Face:
    """An upright face with these eyes: ``apart`` pixels, its middle at (x, y)."""
    half, below = apart / 2, apart
    landmarks = ((x - half, y), (x + half, y), (x, y + below / 2), (x - half, y + below), (x + half, y + below))
    return Face((x - 1.3 * apart, y - 1.3 * apart, x + 1.3 * apart, y + 1.9 * apart), landmarks, 1.0)


def head(radius: float, side: int = 64) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side] / side - 0.5
    return np.where(np.hypot(rows, columns) < radius, 255, 0).astype(np.uint8)


@pytest.fixture(scope="module")
def masking() -> TorchGenerator:
    """A network that darkens its picture, and says that the left half of it is the head."""
    network = CompactGenerator(CompactConfig((4, 4), (1, 1), (1,), head_mask=True))
    with torch.no_grad():
        assert network.tail.bias is not None
        network.tail.bias[:12] = -0.2
        network.tail.bias[12:] = 1.0
    return TorchGenerator(network, choose_engine("cpu"))


def changed(head_mask: np.ndarray | None, **settings: float) -> np.ndarray:
    drawn = np.full((64, 64, 3), 120, np.uint8)
    drawn[28:36, 28:36] = 20
    drawn[2:6, 2:6] = 20
    laid = lay_faces(SCENE, [PaintedFace(face(), head=head_mask, picture=drawn, **settings)], 1.0)
    return np.abs(laid.astype(int) - SCENE).max(axis=2)


def test_a_head_is_laid_by_its_mask():
    """What lies outside the mask stays byte for byte; inside, features are drawn."""
    crop = face_crop(face())
    whole, small = changed(None), changed(head(0.2))
    rows, columns = np.mgrid[:240, :240]
    far = np.hypot(columns - crop.centre[0], rows - crop.centre[1]) / crop.side
    assert small[far > 0.22].max() == 0
    assert whole[far < 0.05].max() > 60
    assert small[far < 0.05].max() > 60


def test_a_mask_reaches_beyond_the_ellipse_but_fades_at_the_border_of_the_square():
    crop = face_crop(face())
    weight = share([PlacedFace(face(), head=np.full((64, 64), 255, np.uint8))], SCENE.shape, 1.0)
    left, top = (round(middle - crop.side / 2) for middle in crop.centre)
    corner = weight[top + round(0.12 * crop.side), left + round(0.12 * crop.side)]
    assert corner > 0.9
    assert share([PlacedFace(face())], SCENE.shape, 1.0)[top + 10, left + 10] == 0
    assert weight[top + 2, left + 40] < 0.2


def test_two_heads_share_what_lies_between_them():
    """Neither covers the other's half, and an opacity counts."""
    white = np.full((64, 64), 255, np.uint8)
    one, other = face(95), face(145)
    alone = share([PlacedFace(one, head=white)], SCENE.shape, 1.0)
    both = share([PlacedFace(one, 1.0, white), PlacedFace(other, 0.5, white)], SCENE.shape, 1.0)
    assert alone[130, 130] == 1
    assert both[130, 100] == 1
    assert both[130, 140] == pytest.approx(0.5)


def test_a_network_that_gives_a_mask_paints_on_a_smaller_canvas_in_the_faces_own_light(masking):
    """Its tones are not spread: skin keeps its lightness."""
    painter = FacePainter(GreyKeeper(masking))
    assert painter.side == FACES.small_canvas
    dull = np.full((240, 240, 3), (90, 80, 70), np.uint8)
    painted = paint_face(FaceSource(dull, 1.0), face(), painter, painter.side)
    assert painted.picture.shape == (FACES.small_canvas, FACES.small_canvas, 3)
    assert painted.head is not None
    assert painted.head.min() == 255
    np.testing.assert_allclose(painted.picture[100, 100], np.array((90, 80, 70)) - 0.2 * 127.5, atol=1)


def test_the_scene_s_painter_paints_what_such_a_network_drew(masking):
    """So that the face looks like the scene, which gives the colours of the whole picture."""
    seen = []

    class Scene:
        def paint(self, picture, whole=None, on_tile=None):
            seen.append((picture.shape, picture[100, 100].tolist(), whole))
            return 255 - picture

    photo = np.full((240, 240, 3), 100, np.uint8)
    painter = FacePainter(masking, photo, Scene())
    painted = paint_face(FaceSource(photo, 1.0), face(), painter, painter.side)
    ((shape, colour, whole),) = seen
    assert shape == (FACES.inked_canvas, FACES.inked_canvas, 3)
    assert colour == pytest.approx([74] * 3, abs=1)
    assert whole is photo
    assert painted.picture.shape == shape
    assert painted.picture[100, 100, 0] == 255 - colour[0]
    assert painted.head is not None
    seen_through = paint_face(FaceSource(photo, 1.0), face(), replace(painter, shown=0.25), painter.side)
    assert seen_through.picture[100, 100, 0] == pytest.approx(0.75 * (255 - colour[0]) + 0.25 * colour[0], abs=1)


def test_a_weaker_face_keeps_more_of_the_photo_and_a_strong_one_has_larger_eyes(masking):
    """What the scene's painter gets: at 0 the photo; eyes lie on each other in between."""
    seen = []

    class Scene:
        def paint(self, picture, whole=None, on_tile=None):
            seen.append(picture)
            return picture

    photo = np.full((240, 240, 3), 150, np.uint8)
    for x, y in face().landmarks[:2]:
        cv2.circle(photo, (round(x), round(y)), 4, (0, 0, 0), -1)
    for strength in (0.0, 0.5, 1.0, 1.5):
        painter = FacePainter(masking, photo, Scene(), strength)
        paint_face(FaceSource(photo, 1.0), face(), painter, painter.side)
    # the network makes all darker, and leaves the size of eyes to the photo
    assert [int(picture[20, 200, 0]) for picture in seen] == pytest.approx([150, 137, 124, 124], abs=2)
    dark = [int((picture[..., 0] < 70).sum()) for picture in seen]
    assert dark[3] > 1.15 * dark[2]
    assert dark[0] == pytest.approx(dark[2], rel=0.12)


def test_a_face_with_more_pixels_in_the_scene_than_on_its_canvas_is_enlarged_first():
    painted = PaintedFace(face(), picture=np.zeros((64, 64, 3), np.uint8))
    side = face_crop(face()).side

    def double(picture):
        return np.repeat(np.repeat(picture, 2, 0), 2, 1)

    assert painted.enlarged(64 / side, double) is painted
    assert painted.enlarged(110 / side, double).picture.shape == (128, 128, 3)
