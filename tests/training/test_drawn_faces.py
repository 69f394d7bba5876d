"""Faces drawn from landmarks: what a person would see in the drawing of the astronaut, and in changed photos of her."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from typer.testing import CliRunner

from animegan.errors import MissingExtraError
from animegan.faces.face import Face, FaceCrop
from animegan.images import files
from animegan.images.resize import resize
from animegan.training.__main__ import app
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces import pairs
from animegan.training.built_in.drawn_faces.compose import Drawn, draw_face
from animegan.training.built_in.drawn_faces.irises import recoloured
from animegan.training.built_in.drawn_faces.measured import Measured, Measurer
from animegan.training.lab import to_lab
from tests.conftest import ROOT

SIDE = 256
ASTRONAUT = json.loads((ROOT / "tests/support/astronaut_face.json").read_text())
"""Where her head is in a crop of 256 px, as MediaPipe measured it once."""
IRISES = {"blue": (70, 110, 190), "green": (80, 140, 70), "brown": (110, 62, 24)}


@pytest.fixture(scope="module")
def photo():
    crop = FaceCrop(tuple(ASTRONAUT["centre"]), ASTRONAUT["side"], ASTRONAUT["angle"])
    return crop.cut(skimage.data.astronaut(), SIDE)


@pytest.fixture(scope="module")
def measured() -> Measured:
    person = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(person, [np.array(ASTRONAUT["person"], np.int32)], 255)
    soft = cv2.GaussianBlur(person.astype(np.float32) / 255, (0, 0), 1.5)
    return Measured(np.array(ASTRONAUT["points"]), np.asarray(soft, np.float32))


@pytest.fixture(scope="module")
def shape(measured) -> g.Shape:
    return g.Shape(measured)


@pytest.fixture(scope="module")
def drawn(photo, measured) -> Drawn:
    return draw_face(photo, measured)


def within(points, picture, grow=1.0):
    """The pixels of a picture inside a shape, made so many times larger: ``(N, 3)``."""
    middle = points.mean(0)
    return picture[g.polygon(picture.shape, middle + grow * (points - middle)) > 0.5]


def eye_drawn(shape, which):
    eye = g.EYES[which]
    return shape.drawn[[*eye.top, *eye.bottom[::-1]]]


def whites(pixels):
    lab = to_lab(pixels[None])[0]
    return (lab[:, 0] > 80) & (np.hypot(lab[:, 1], lab[:, 2]) < 8)


def test_a_drawing_has_the_photos_size_and_leaves_the_photo_alone(photo, measured, drawn):
    before = photo.copy()
    again = draw_face(photo, measured)
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(again.drawing, drawn.drawing)
    assert (drawn.drawing.shape, drawn.drawing.dtype) == (photo.shape, np.uint8)


def test_the_warp_moves_only_the_face(photo, shape):
    outside = cv2.dilate(g.polygon(photo.shape, shape.points[list(g.OVAL)]), np.ones((5, 5))) == 0
    np.testing.assert_array_equal(shape.warped(photo)[outside], photo[outside])
    assert np.abs(shape.warped(photo).astype(int) - photo)[~outside].max() > 30


def test_eyes_grow_and_the_mouth_stays(shape):
    for eye in g.EYES:
        tall = [
            (points[list(eye.bottom)] - points[list(eye.top)])[:, 1].max() for points in (shape.points, shape.drawn)
        ]
        assert tall[1] > 1.35 * tall[0]
    moved = np.linalg.norm((shape.drawn - shape.points)[[61, 291]], axis=1)
    assert moved.max() < 0.04 * np.linalg.norm(shape.eye_middles[1] - shape.eye_middles[0])


def test_the_mask_covers_head_and_hair_and_nothing_else(drawn, shape):
    head = drawn.head
    assert head.min() >= 0
    assert head.max() <= 1
    inside = [g.FOREHEAD, g.CHIN, 50, 280, 168]
    assert g.sampled(head, shape.points[inside]).min() > 0.9
    hair = shape.points[g.FOREHEAD] - 0.3 * shape.unit * shape.axes[1]
    assert g.sampled(head, hair[None])[0] > 0.9
    assert max(head[0, 0], head[0, -1], head[-1, 0], head[-1, -1]) < 0.05
    soft = (head > 0.05) & (head < 0.95)
    assert 0.01 < soft.mean() < 0.3


@pytest.mark.parametrize("brightness", [1.0, 0.45])
def test_skin_keeps_its_lightness_and_hue(photo, measured, shape, brightness):
    photo = (photo * brightness).astype(np.uint8)
    drawing = draw_face(photo, measured).drawing
    cheeks = [shape.points[[50, 101, 36, 205]], shape.points[[280, 330, 266, 425]], shape.points[[151, 108, 9, 337]]]
    before, after = (
        np.concatenate([to_lab(within(each, picture)[None])[0] for each in cheeks]).mean(0)
        for picture in (photo, drawing)
    )
    assert abs(after[0] - before[0]) < 6
    hues = np.degrees(np.arctan2([before[2], after[2]], [before[1], after[1]]))
    assert abs(hues[1] - hues[0]) < 8


@pytest.mark.parametrize("name", IRISES)
def test_an_iris_keeps_its_own_colour(photo, measured, shape, name):
    coloured = photo.copy()
    for eye in g.EYES:
        radius = np.linalg.norm(shape.points[list(eye.ring)] - shape.points[eye.iris], axis=1).mean()
        disc = np.zeros(photo.shape, np.uint8)
        cv2.circle(disc, tuple(np.round(shape.points[eye.iris]).astype(int)), round(radius), (1, 1, 1), -1)
        lids = g.polygon(photo.shape, shape.points[[*eye.top, *eye.bottom[::-1]]])[..., None] > 0.5
        coloured = np.where((disc > 0) & lids, np.array(IRISES[name], np.uint8), coloured)
    drawing = draw_face(coloured, measured).drawing
    wanted = to_lab(np.array([[IRISES[name]]], np.uint8))[0, 0]
    for which in (0, 1):
        lab = to_lab(within(eye_drawn(shape, which), drawing, 0.8)[None])[0]
        vivid = lab[np.hypot(lab[:, 1], lab[:, 2]) > 10]
        a, b = np.median(vivid, axis=0)[1:]
        apart = np.degrees(np.arctan2(b, a) - np.arctan2(wanted[2], wanted[1]))
        assert abs((apart + 180) % 360 - 180) < 25


def test_irises_of_another_colour_are_drawn_in_it_and_nothing_else_changes(photo, measured, shape):
    bluest, greenest = 0.0, 0.0
    for seed in range(8):
        seen = recoloured(photo, measured.points, np.random.default_rng(seed))
        eyes = np.zeros(photo.shape[:2], bool)
        for eye in g.EYES:
            ball = shape.points[[*eye.top, *eye.bottom[::-1]]]
            eyes |= g.polygon(photo.shape, ball.mean(0) + 1.2 * (ball - ball.mean(0))) > 0
        # the colour went through Lab and back
        np.testing.assert_allclose(seen[~eyes].astype(int), photo[~eyes], atol=1)
        drawn = draw_face(seen, measured).drawing
        irises = np.concatenate([to_lab(within(eye_drawn(shape, which), drawn)[None])[0] for which in (0, 1)])
        bluest, greenest = min(bluest, np.quantile(irises[:, 2], 0.2)), min(greenest, np.quantile(irises[:, 1], 0.2))
    assert bluest < -12
    assert greenest < -5


def test_an_open_eye_has_white_and_a_dark_pupil(drawn, shape):
    for which in (0, 1):
        eye = within(eye_drawn(shape, which), drawn.drawing, 0.9)
        assert 0.1 < whites(eye).mean() < 0.7
        assert to_lab(eye[None])[..., 0].min() < 20


def test_a_closed_eye_is_a_curve_without_iris(photo, measured):
    points = measured.points.copy()
    for eye in g.EYES:
        points[list(eye.top)] = points[list(eye.bottom)] - [0, 0.5]
    closed = Measured(points, measured.person)
    shape, drawing = g.Shape(closed), draw_face(photo, closed).drawing
    for eye in g.EYES:
        x, y = np.round(shape.drawn[eye.bottom[4]]).astype(int)
        around = drawing[y - 14 : y + 12, x - 18 : x + 18].reshape(-1, 3)
        assert whites(around).mean() < 0.01
        assert (to_lab(around[None])[0, :, 0] < 35).mean() > 0.03


def test_teeth_are_drawn_where_the_photo_shows_them(photo, measured, shape, drawn):
    def mouth(points):
        return points[[*g.MOUTH_ABOVE, *g.MOUTH_BELOW[::-1]]]

    assert whites(within(mouth(shape.drawn), drawn.drawing, 0.9)).mean() > 0.4
    dark = photo.copy()
    dark[g.polygon(photo.shape, mouth(shape.points)) > 0.1] = (60, 20, 20)
    assert not whites(within(mouth(shape.drawn), draw_face(dark, measured).drawing, 0.9)).any()


def test_a_beard_stays_as_dark_as_it_is(photo, measured, shape):
    outline = [*g.OVAL[13:24], 205, 2, 425]
    beard = g.polygon(photo.shape, shape.points[outline], 2.0)
    beard *= 1 - g.polygon(photo.shape, shape.points[[*g.LIPS_ABOVE, *g.LIPS_BELOW[::-1]]], 1.0)
    grain = np.random.default_rng(0).normal(0, 9, photo.shape[:2])[..., None]
    bearded = photo + beard[..., None] * (np.clip(np.array([52, 42, 38]) + grain, 0, 255) - photo)
    drawing = draw_face(bearded.astype(np.uint8), measured).drawing
    chin = shape.points[[18, 32, 152, 262]]
    assert abs(to_lab(within(chin, drawing)[None])[..., 0].mean() - 18) < 10


def with_rims(photo, shape):
    picture = photo.copy()
    for middle in shape.eye_middles:
        at = tuple(np.round(middle + 0.06 * shape.unit * shape.axes[1]).astype(int))
        cv2.ellipse(
            picture, at, (round(0.4 * shape.unit), round(0.32 * shape.unit)), 0, 0, 360, (25, 20, 20), 2, cv2.LINE_AA
        )
    left, right = shape.eye_middles
    gap = np.array([0.38 * shape.unit, 0])
    ends = [tuple(np.round(each).astype(int)) for each in (left + gap, right - gap)]
    cv2.line(picture, ends[0], ends[1], (25, 20, 20), 2, cv2.LINE_AA)
    return picture


def test_glasses_are_drawn_and_the_eyes_behind_them(photo, measured, shape, drawn):
    drawing = draw_face(with_rims(photo, shape), measured).drawing
    for which, middle in enumerate(shape.eye_middles):
        column = drawing[:, round(middle[0]) - 4 : round(middle[0]) + 4]
        below = slice(round(middle[1] + 0.3 * shape.unit), round(middle[1] + 0.52 * shape.unit))
        assert to_lab(column[below])[..., 0].min() < 30
        assert to_lab(drawn.drawing[below, round(middle[0]) - 4 : round(middle[0]) + 4])[..., 0].min() > 40
        assert whites(within(eye_drawn(shape, which), drawing, 0.9)).mean() > 0.1


def test_eyes_behind_dark_lenses_stay_hidden(photo, measured, shape):
    shaded = with_rims(photo, shape)
    for middle in shape.eye_middles:
        at = tuple(np.round(middle + 0.06 * shape.unit * shape.axes[1]).astype(int))
        cv2.ellipse(shaded, at, (round(0.4 * shape.unit), round(0.32 * shape.unit)), 0, 0, 360, (18, 18, 22), -1)
    drawing = draw_face(shaded, measured).drawing
    for which in (0, 1):
        eye = to_lab(within(eye_drawn(shape, which), drawing)[None])[0, :, 0]
        assert np.quantile(eye, 0.95) < 30


def test_a_mouth_behind_a_mask_stays_hidden(photo, measured, shape):
    masked = photo.copy()
    cloth = g.polygon(photo.shape, shape.points[[*g.OVAL[10:27], 117, 6, 346]])
    masked[cloth > 0.5] = (150, 190, 215)
    drawing = draw_face(masked, measured).drawing
    mouth = within(shape.drawn[[*g.LIPS_ABOVE, *g.LIPS_BELOW[::-1]]], drawing, 1.1).astype(int)
    assert np.abs(mouth - [150, 190, 215]).max() < 40


def test_without_mediapipe_an_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(MissingExtraError, match=r"docs/training\.md"):
        Measurer()
    files.save(np.full((64, 64, 3), 90, np.uint8), tmp_path / "photos.png")
    done = CliRunner().invoke(app, ["draw-faces", "--photos", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "MediaPipe" in done.output


class OneFace:
    """Finds the astronaut's face, and nothing in a picture without her."""

    def find(self, photo):
        if photo.mean() < 5:
            return []
        eyes = np.array([[208, 101], [250, 103], [229, 128], [212, 147], [246, 149]], float)
        return [Face((190, 60, 270, 170), (), 1.0).with_landmarks(eyes)]


def test_a_folder_becomes_pairs_and_is_resumed(monkeypatch, tmp_path, measured):
    photos, out = tmp_path / "photos", tmp_path / "out"
    (photos / "press").mkdir(parents=True)
    files.save(skimage.data.astronaut(), photos / "press/her.png")
    files.save(np.zeros((64, 64, 3), np.uint8), photos / "nobody.png")
    larger = Measured(2 * measured.points + 0.5, resize(measured.person, pairs.SIDE, pairs.SIDE))
    monkeypatch.setattr(pairs, "Finder", OneFace)
    monkeypatch.setattr(pairs, "Measurer", lambda: lambda crop: larger)
    assert list(pairs.missing(photos, out)) == ["nobody", "press-her"]
    assert list(pairs.label(pairs.missing(photos, out), out)) == [False, True]
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.png")) == [
        str(Path(folder) / "press-her.png") for folder in ("drawn", "head", "photo")
    ]
    assert files.load(out / "drawn/press-her.png").shape == (pairs.SIDE, pairs.SIDE, 3)
    assert list(pairs.missing(photos, out)) == ["nobody"]
