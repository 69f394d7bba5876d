"""Faces on the way of a photo: painted on their own, and where they belong."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

import animegan
from animegan import errors
from animegan.faces.face import FaceCrop, face_crop, overlapping
from animegan.faces.painting import FacePainter, FaceSource, lay_faces, paint_face
from animegan.faces.restoring import FaceRestorer
from animegan.faces.thresholds import FACES
from animegan.images import metrics
from animegan.images.metrics import psnr
from animegan.images.sizes import PAINT_SIDE
from animegan.networks import restorers
from animegan.pipeline import stages
from animegan.pipeline.models import Models
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools
from animegan.repair.plan import plan
from animegan.repair.quality import assess
from tests.support.pictures import blurred, noisy, turned


def test_faces_change_the_face_and_nothing_else(drawn, pipeline, astronaut):
    without = pipeline.stylize(astronaut, faces=False)
    assert without.faces == []
    changed = np.abs(drawn.image.astype(int) - without.image).max(axis=2)
    left, top, right, bottom = (round(v) for v in drawn.faces[0].box)
    assert (changed[top:bottom, left:right] > 4).mean() > 0.2
    reach = right - left
    outside = np.ones(changed.shape, bool)
    outside[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach] = False
    assert changed[outside].max() == 0


def test_there_is_no_seam_around_the_face(drawn, pipeline, astronaut):
    """Across the border of the blended ellipse the picture steps no more than it does without a face."""
    frame = face_crop(drawn.faces[0])
    mask = overlapping([frame], 0, astronaut.shape)
    region = frame.region(astronaut.shape)
    scene_alone = pipeline.stylize(astronaut, faces=False).image
    assert metrics.seam(drawn.image[region], mask) <= 1.1 * metrics.seam(scene_alone[region], mask)


@pytest.mark.slow
@pytest.mark.parametrize(("style", "least"), [("anime", 0.3), ("film", 0.5)])
def test_outside_the_faces_the_picture_is_that_of_the_scene(pipeline, astronaut, style, least):
    """Byte for byte, with a leaning face as well: outside its square, or its ellipse where no head is known."""
    photo = turned(astronaut, 25)
    result, scene = pipeline.stylize(photo, style), pipeline.stylize(photo, style, faces=False)
    outside = np.ones(photo.shape[:2], bool)
    for face in result.faces:
        frame = face_crop(face)
        outside[frame.region(photo.shape)] &= (frame.depth(photo.shape) >= 1) & (style == "film")
    assert result.faces
    assert least < outside.mean() < 1
    np.testing.assert_array_equal(result.image[outside], scene.image[outside])
    assert not np.array_equal(result.image, scene.image)


def test_who_paints_the_faces(pipeline, astronaut):
    by_scene, by_portrait = (pipeline.stylize(astronaut, faces_style=who) for who in ("scene", "portrait"))
    assert (by_scene.faces_style, by_portrait.faces_style) == ("anime", "portrait")
    region = face_crop(by_scene.faces[0]).region(astronaut.shape)
    assert psnr(by_scene.image[region], by_portrait.image[region]) < 35
    with pytest.raises(errors.UnknownStyleError):
        pipeline.stylize(astronaut, faces_style="cubist")


@pytest.mark.slow
def test_a_face_in_profile_is_left_to_the_scenes_generator(pipeline, astronaut, monkeypatch):
    """Generators of faces know them from the front, and smear an eye that they do not find."""
    (face,) = pipeline.stylize(astronaut).faces
    left_eye, right_eye, nose, *mouth = face.landmarks
    aside = replace(face, landmarks=(left_eye, (left_eye[0] + 12, right_eye[1]), nose, *mouth))
    assert aside.in_profile
    assert not face.in_profile
    monkeypatch.setattr(pipeline.models.finder, "find", lambda photo, least=0.0: [aside])
    by_portrait, by_scene = (pipeline.stylize(astronaut, faces_style=who).image for who in ("anime-portrait", "scene"))
    np.testing.assert_array_equal(by_portrait, by_scene)


@pytest.mark.slow
def test_a_face_cut_by_the_border(pipeline, astronaut):
    for part in (astronaut[90:, 200:], astronaut[:160, :240]):
        part = np.ascontiguousarray(part)
        assert pipeline.stylize(part).image.shape == part.shape


def test_overlapping_faces(pipeline, astronaut):
    pair = np.hstack([astronaut[:300, 120:300], astronaut[:300, 170:350]])
    result = pipeline.stylize(pair)
    assert len(result.faces) == 2
    assert result.image.shape == pair.shape


class _Tracing:
    """A generator that changes nothing: what comes out is where the way of a photo has put things."""

    def paint(self, picture: np.ndarray, whole: np.ndarray | None = None, on_tile=None) -> np.ndarray:
        return picture


@pytest.mark.long
@pytest.mark.parametrize(
    ("side", "scale", "bad", "dark"),
    [
        (200, 1, False, False),
        (200, 1, True, False),
        (300, 2, True, True),
        (600, 1, True, True),
        (1300, 1, False, True),
        pytest.param(1300, 1, True, False, marks=pytest.mark.slow),
    ],
)
def test_faces_lie_where_they_were_and_in_the_same_light(astronaut, monkeypatch, side, scale, bad, dark):
    """Whatever a face was cut from: the photo, the photo repaired and doubled, in part or as a whole."""
    # Large faces are not restored alone; where and in what light that puts them is tested in test_restoring.py.
    pipeline = animegan.Pipeline(without=frozenset({"restore_faces"}))
    monkeypatch.setattr(pipeline.models, "painter", lambda style: _Tracing())
    # No face keeps more contrast than it had.
    monkeypatch.setattr("animegan.faces.painting.FACES", replace(FACES, kept_gain=0.0))
    photo = cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_AREA if side < 512 else cv2.INTER_CUBIC)
    if bad:
        photo = noisy(blurred(photo, 2.0 * side / 512), 8)
    if dark:
        photo = (0.3 * photo).astype(np.uint8)
    scene, whole = (pipeline.stylize(photo, faces=faces, scale=scale) for faces in (False, True))
    assert len(whole.faces) == 1
    assert ("exposure" in whole.enhanced) == dark
    left, top, right, bottom = (round(scale * v) for v in whole.faces[0].box)
    face = slice(max(0, top), bottom), slice(max(0, left), right)
    for x, y in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5)):  # half a pixel away it fits less well
        move = np.array([[1, 0, x], [0, 1, y]])
        moved = np.asarray(cv2.warpAffine(whole.image, move, whole.image.shape[1::-1], flags=cv2.INTER_CUBIC), np.uint8)
        margin = 0.6 if bad or side > PAINT_SIDE else 1  # restored or enlarged, it has less detail to lie elsewhere
        assert psnr(scene.image[face], whole.image[face]) > psnr(scene.image[face], moved[face]) + margin
    # The restorer of faces has had a tiny one, but not the scene; the enlarger a large scene, but not the face.
    least = 34 if bad and side == 200 else 32 if side > PAINT_SIDE else 35
    assert psnr(scene.image[face], whole.image[face]) > least  # a tenth more light: 28


def restored_side(detail: float) -> int:
    """For a canvas of `FACES.small_canvas`, which it fills when it is doubled."""
    return min(FACES.small_canvas // 2, 8 * round(FACES.per_detail * detail / 8))


@pytest.fixture
def restored_shapes(monkeypatch):
    """The shapes of what goes through a restorer, in order."""
    shapes = []
    double = restorers.TorchRestorer.double

    def noted(self, photo, on_tile=None):
        if type(self) is restorers.TorchRestorer:  # the networks of the enlarger are others
            shapes.append(photo.shape)
        return double(self, photo, on_tile)

    monkeypatch.setattr(restorers.TorchRestorer, "double", noted)
    return shapes


@pytest.mark.slow
def test_a_tiny_face_in_an_enlarged_photo_is_restored_from_that(astronaut, restored_shapes):
    """The scene at half its size, and the face in a frame of its own."""
    small = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    result = animegan.stylize(cv2.resize(small, (512, 512), interpolation=cv2.INTER_LINEAR))
    assert len(result.faces) == 1
    views = len(restorers.VIEWS)
    assert restored_shapes[:views] == [(256, 256, 3)] * views
    for_photo, for_drawing = restored_shapes[views : 2 * views], restored_shapes[2 * views :]
    for shapes, most in ((for_photo, FACES.most_in_photo), (for_drawing, FACES.most_on_canvas)):
        side = shapes[0][0]
        assert FACES.least <= side <= most
        assert shapes == [(side, side, 3)] * views


@pytest.mark.slow
def test_between_fine_grain_and_none_a_photo_is_restored_at_both_sizes(astronaut, restored_shapes):
    bad = noisy(blurred(astronaut, 3), 6)
    tools, measured = Tools(Models(), Clock()), assess(bad)
    assert measured.lost > 1
    needed = plan(replace(measured, grain=0.0), "auto", 512)
    assert needed.lost == measured.lost
    shares = {}
    for share in (0.0, 0.5, 1.0):
        shared = replace(needed, own_share=share, lost=0.0 if share == 1 else needed.lost)
        work = stages.restore(tools, stages.at_paint_side(tools, bad, side=640), shared, restorer="light")
        shares[share] = work.photo.astype(float)
    views = len(restorers.VIEWS)
    small, own = [(256, 256, 3)], [(512, 512, 3)]
    assert restored_shapes == small * views + [*small * views, *own] + own * views
    off = np.abs(shares[0.5] - (shares[0.0] + shares[1.0]) / 2).mean()  # its own size is seen in one view
    apart = np.abs(shares[0.0] - shares[1.0]).mean()
    assert off < 1
    assert off < apart / 4


@pytest.mark.slow
def test_a_small_face_is_restored_once(astronaut, restored_shapes, monkeypatch):
    """With the rest of a bad photo, or on its own in a good one: never what the restorer gave already."""
    monkeypatch.setattr("animegan.faces.painting.FACES", replace(FACES, faint_eyes=0.0))
    photo = cv2.resize(astronaut, (720, 720), interpolation=cv2.INTER_CUBIC)
    pipeline = animegan.Pipeline()
    assert len(pipeline.stylize(noisy(blurred(photo), 8)).faces) == 1
    views = len(restorers.VIEWS)
    assert restored_shapes[:views] == [(640, 640, 3)] * views
    of_faces = restored_shapes[views:]  # out of the bad photo, which has less detail than pixels
    assert len(of_faces) == views
    assert all(FACES.least <= side <= FACES.most_on_canvas for side, _, _ in of_faces)
    restored_shapes.clear()
    assert pipeline.stylize(photo, enhance="off").faces
    assert restored_shapes == []  # large enough for the canvas of likeness, and too small for the other one
    (face,) = pipeline.stylize(photo, "film", enhance="off").faces
    side = round(face_crop(face).side)
    assert side > FACES.plain
    assert restored_shapes == [(side, side, 3)]


def test_between_tiny_and_small_both_restorers_enlarge_a_face(astronaut, restored_shapes):
    photo = cv2.resize(astronaut, (400, 400), interpolation=cv2.INTER_AREA)
    (face,) = animegan.stylize(photo, "anime", enhance="off").faces
    side = round(face_crop(face).side)
    assert FACES.tiny < side < FACES.plain
    most = FACES.small_canvas // 2
    assert restored_shapes == [(most, most, 3)] * len(restorers.VIEWS) + [(side, side, 3)]


def test_the_share_of_the_restorer_of_faces_falls_with_the_size_of_a_face(astronaut):
    restorer = FaceRestorer(astronaut, 1.0, lambda picture: np.full((8, 8, 3), 255, np.uint8))
    source = FaceSource(astronaut, 1.0, lambda picture: np.zeros((8, 8, 3), np.uint8), restorer)
    sides = FACES.tiny, 150, 180, FACES.plain
    shares = [
        source.canvas(FaceCrop((200.0, 200.0), side, 0.0), FACES.canvas, sure=True).mean() / 255 for side in sides
    ]
    assert shares[0] == 1
    assert shares[3] == 0
    assert 1 > shares[1] > shares[2] > 0


@pytest.mark.long
def test_a_blurred_face_in_a_good_photo_gets_its_eyes(astronaut):
    """Where its drawing would have none, it is restored and painted again; a face with eyes is painted once."""
    pipeline = animegan.Pipeline()
    photo = cv2.resize(astronaut, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    sharp = pipeline.stylize(photo, "film", enhance="off")
    (face,) = sharp.faces
    left, top, right, bottom = (max(0, round(value)) for value in face.box)
    inside = slice(top, bottom), slice(left, right)
    bad = photo.copy()
    bad[inside] = blurred(photo, 4)[inside]
    drawn = {}
    for mode in ("off", "auto"):
        again = pipeline.stylize(photo, "film", enhance=mode)
        assert np.array_equal(again.image, sharp.image)
        result = pipeline.stylize(bad.copy(), "film", enhance=mode)
        assert not result.enhanced
        drawn[mode] = psnr(result.image[inside], sharp.image[inside])
    assert drawn["auto"] > drawn["off"] + 1


@pytest.mark.slow
def test_a_tiny_face_is_enlarged_by_the_restorer_of_faces_in_a_bad_photo_too(astronaut, restored_shapes):
    small = cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA)
    pipeline, views = animegan.Pipeline(), len(restorers.VIEWS)
    for bad in (False, True):
        restored_shapes.clear()
        (face,) = pipeline.stylize(noisy(blurred(small, 0.8), 8) if bad else small).faces
        side = FACES.least if bad else restored_side(face_crop(face).side)
        assert restored_shapes == [(200, 200, 3)] * (views if bad else 0) + [(side, side, 3)] * views


def test_a_tiny_face_in_a_good_photo_is_enlarged_by_the_restorer_of_faces(astronaut, restored_shapes):
    """So it is drawn with eyes, and nearer to the drawing of the large face."""
    small = cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA)
    pipeline = animegan.Pipeline()
    large = pipeline.stylize(astronaut, "anime", enhance="off")
    want = np.asarray(cv2.resize(large.image, (200, 200), interpolation=cv2.INTER_AREA), np.uint8)
    restored_shapes.clear()
    tiny = pipeline.stylize(small, "anime", enhance="off")
    (face,) = tiny.faces
    assert face_crop(face).side <= FACES.tiny
    side = restored_side(face_crop(face).side)
    assert restored_shapes == [(side, side, 3)] * len(restorers.VIEWS)
    left, top, right, bottom = (round(value) for value in face.box)
    inside = slice(max(0, top), bottom), slice(left, right)
    source = FaceSource(small, 1.0, pipeline.models.restorer("light").double)
    scene = pipeline.stylize(small, "anime", enhance="off", faces=False).image
    painter = FacePainter(pipeline.models.painter("anime-portrait"))
    painted = paint_face(source, face, painter, FACES.canvas, sure=True)
    like_others = lay_faces(scene, [painted], 1.0)
    assert psnr(tiny.image[inside], want[inside]) > psnr(like_others[inside], want[inside]) + 0.5


def test_what_may_be_no_face_is_not_restored_as_one(astronaut):
    restorer = FaceRestorer(astronaut, 1.0, lambda picture: np.full((8, 8, 3), 255, np.uint8))
    face = FaceSource(astronaut, 1.0, lambda picture: np.zeros((8, 8, 3), np.uint8), restorer)
    frame = FaceCrop((200.0, 200.0), 60.0, 0.0)
    assert face.canvas(frame, FACES.canvas, sure=False).max() == 0
    assert face.canvas(frame, FACES.canvas, sure=True).min() == 255


@pytest.mark.parametrize(("style", "least"), [("anime", 0.65), ("film", 0.85)])
@pytest.mark.parametrize(
    "light", [lambda tones: 120 + 0.4 * (tones - 128), lambda tones: 8 + 0.3 * tones], ids=["dull", "dark"]
)
def test_a_dull_or_dark_face_is_drawn_as_clearly_as_any(pipeline, astronaut, light, style, least):
    """A network that paints faces may leave out the eyes of a grey face; likeness even shows teeth and eyes whiter."""
    drawn = pipeline.stylize(astronaut, style, enhance="off")
    dull = np.clip(light(astronaut.astype(np.float32)), 0, 255).astype(np.uint8)
    other = pipeline.stylize(dull, style, enhance="off")
    assert len(drawn.faces) == len(other.faces) == 1

    def features(result) -> np.ndarray:
        """The face in greys of mean 0 and deviation 1, so that the light does not count."""
        left, top, right, bottom = (round(side) for side in drawn.faces[0].box)
        grey = cv2.cvtColor(result.image[top:bottom, left:right], cv2.COLOR_RGB2GRAY).astype(np.float32)
        return (grey - grey.mean()) / grey.std()

    assert float((features(drawn) * features(other)).mean()) > least


@pytest.mark.parametrize("settings", [{"strength": 0.5}, {"guided": True}, {"strength": 1.3}])
def test_a_face_whose_features_moved_stays_drawn(pipeline, astronaut, settings):
    """The photo's own brows and eyes would be seen beside the drawn ones; the scene is mixed as before."""
    drawn = pipeline.stylize(astronaut, "anime", enhance="off")
    mixed = pipeline.stylize(astronaut, "anime", enhance="off", **settings)
    x, y = np.mean(drawn.faces[0].landmarks[:3], 0).round().astype(int)
    face, away = np.s_[y - 20 : y + 20, x - 20 : x + 20], np.s_[300:, :]
    assert np.abs(mixed.image[face].astype(int) - drawn.image[face]).max() <= 1
    assert psnr(mixed.image[away], drawn.image[away]) < 40
    whole = pipeline.stylize(astronaut, "hayao", enhance="off", **settings).image
    assert psnr(whole[face], pipeline.stylize(astronaut, "hayao", enhance="off").image[face]) < 40
    assert np.array_equal(pipeline.stylize(astronaut, "anime", enhance="off", strength=0).image, astronaut)
