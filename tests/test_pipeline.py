"""The way of a photo, from its file to the finished picture."""

import subprocess
import sys
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

import animegan
from animegan import errors, faces, measures, restore

from .test_enhance import blurred, dull, noisy
from .test_faces import turned


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


def test_a_photo_becomes_anime(drawn, astronaut):
    """Same size, clearly changed, flatter colour, outlines kept: and the face was painted."""
    assert drawn.image.shape == astronaut.shape
    assert drawn.image.dtype == np.uint8
    np.testing.assert_array_equal(drawn.photo, astronaut)
    assert 15 < psnr(drawn.image, astronaut) < 28
    walls = [cv2.cvtColor(p[10:100, 312:370], cv2.COLOR_RGB2GRAY) for p in (astronaut, drawn.image)]
    grain = [np.abs(cv2.Laplacian(wall, cv2.CV_32F)).mean() for wall in walls]
    assert grain[1] < 0.6 * grain[0]
    assert len(drawn.faces) == 1
    assert drawn.enhanced == []


def test_the_report_is_plain_values(drawn):
    report = drawn.to_dict()
    assert report["size"] == [512, 512]
    assert set(report["quality"]) >= {"sharpness", "noise", "contrast"}
    assert set(report["faces"][0]) == {"box", "landmarks", "score"}
    assert report["seconds"]["total"] >= report["seconds"]["paint"] > 0
    assert report["seconds"]["paint faces"] > 0
    import json

    assert json.loads(json.dumps(report)) == report


def test_same_in_same_out_on_one_pipeline_and_on_another(drawn, pipeline, astronaut):
    np.testing.assert_array_equal(pipeline.stylize(astronaut).image, drawn.image)
    np.testing.assert_array_equal(animegan.stylize(astronaut).image, drawn.image)


def test_a_second_call_loads_nothing(pipeline, astronaut):
    animegan.stylize(astronaut)
    before = dict(animegan.pipeline.default_pipeline()._painters)
    animegan.stylize(astronaut)
    after = animegan.pipeline.default_pipeline()._painters
    assert all(after[name] is generator for name, generator in before.items())
    assert before


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
    frame = faces.frame_around(drawn.faces[0])
    mask = faces.overlapping([frame], 0, astronaut.shape)
    region = frame.region(astronaut.shape)
    scene_alone = pipeline.stylize(astronaut, faces=False).image
    assert measures.seam(drawn.image[region], mask) <= 1.1 * measures.seam(scene_alone[region], mask)


def test_outside_the_faces_the_picture_is_that_of_the_scene(pipeline, astronaut):
    """Byte for byte, with a leaning face as well."""
    photo = turned(astronaut, 25)
    result, scene = pipeline.stylize(photo), pipeline.stylize(photo, faces=False)
    outside = np.ones(photo.shape[:2], bool)
    for face in result.faces:
        frame = faces.frame_around(face)
        outside[frame.region(photo.shape)] &= frame.depth(photo.shape) >= 1
    assert result.faces
    assert 0.5 < outside.mean() < 1
    np.testing.assert_array_equal(result.image[outside], scene.image[outside])
    assert not np.array_equal(result.image, scene.image)


def test_who_paints_the_faces(pipeline, astronaut):
    by_scene, by_portrait = (pipeline.stylize(astronaut, faces_style=who) for who in ("scene", "portrait"))
    assert (by_scene.faces_style, by_portrait.faces_style) == ("anime", "portrait")
    region = faces.frame_around(by_scene.faces[0]).region(astronaut.shape)
    assert psnr(by_scene.image[region], by_portrait.image[region]) < 35
    with pytest.raises(errors.UnknownStyleError):
        pipeline.stylize(astronaut, faces_style="cubist")


def test_a_face_in_profile_is_left_to_the_scenes_generator(pipeline, astronaut, monkeypatch):
    """Generators of faces know them from the front, and smear an eye that they do not find."""
    (face,) = pipeline.stylize(astronaut).faces
    left_eye, right_eye, nose, *mouth = face.landmarks
    aside = replace(face, landmarks=(left_eye, (left_eye[0] + 12, right_eye[1]), nose, *mouth))
    assert aside.in_profile
    assert not face.in_profile
    monkeypatch.setattr(pipeline._finder, "find", lambda photo: [aside])
    by_portrait, by_scene = (pipeline.stylize(astronaut, faces_style=who).image for who in ("anime-portrait", "scene"))
    np.testing.assert_array_equal(by_portrait, by_scene)


def test_a_crop_around_the_face(pipeline, astronaut, coffee):
    result = pipeline.stylize(astronaut, crop="portrait")
    height, width = result.image.shape[:2]
    assert width / height == pytest.approx(4 / 5, rel=0.02)
    assert width < 400
    assert result.photo.shape == result.image.shape
    assert len(result.faces) == 1
    assert pipeline.stylize(coffee, crop="square").image.shape == coffee.shape  # no face: whole
    assert set(pipeline.suggest_crop(astronaut)) == {"portrait", "square"}
    with pytest.raises(errors.BadOptionError):
        pipeline.stylize(coffee, crop="round")


def test_the_detail_is_the_size_of_the_brush(pipeline, coffee):
    """A smaller size to paint at gives broader strokes: fewer lines; 0 paints at the photo's own size."""
    large = cv2.resize(coffee, (1500, 1000), interpolation=cv2.INTER_CUBIC)
    broad, usual, own = (pipeline.stylize(large, detail=d, faces=False).image for d in (300, 1024, 0))
    assert broad.shape == usual.shape == own.shape == large.shape
    again = pipeline.stylize(large, detail=1500, faces=False).image
    np.testing.assert_array_equal(own, again)
    assert min(psnr(broad, usual), psnr(usual, own)) < 33


def test_twice_the_size(pipeline, astronaut):
    """Larger, the same picture, and its report in the photo's own pixels."""
    photo = astronaut[:300, 60:400]
    once, twice = (pipeline.stylize(photo, scale=scale) for scale in (1, 2))
    assert twice.image.shape == (600, 680, 3)
    assert twice.photo.shape == photo.shape
    again = cv2.resize(twice.image, (340, 300), interpolation=cv2.INTER_AREA)
    assert psnr(again, once.image) > 20
    np.testing.assert_allclose(twice.faces[0].box, once.faces[0].box, atol=6)
    assert {picture.shape for picture in twice.preview()} == {(600, 680, 3)}
    with pytest.raises(errors.PhotoTooLargeError):
        pipeline.stylize(photo, scale=2, max_megapixels=0.2)


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

    def paint(self, photo: np.ndarray, whole: np.ndarray | None = None) -> np.ndarray:
        return photo


@pytest.mark.parametrize(
    ("side", "scale", "bad", "dark"),
    [
        (200, 1, False, False),
        (200, 1, True, False),
        (300, 2, True, True),
        (600, 1, True, True),
        (1300, 1, False, True),
        (1300, 1, True, False),
    ],
)
def test_faces_lie_where_they_were_and_in_the_same_light(astronaut, monkeypatch, side, scale, bad, dark):
    """Whatever a face was cut from: the photo, the photo mended and doubled, in part or as a whole."""
    pipeline = animegan.Pipeline()
    monkeypatch.setattr(pipeline, "_painter", lambda style: _Tracing())
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
    shifted = np.roll(scene.image, 1, axis=1)
    assert psnr(scene.image[face], whole.image[face]) > psnr(scene.image[face], shifted[face]) + 6
    assert psnr(scene.image[face], whole.image[face]) > 35  # a tenth more light: 28


@pytest.mark.parametrize("scale", [1, 2])
def test_a_small_face_is_restored_once(astronaut, monkeypatch, scale):
    """With the rest of a bad photo, or on its own in a good one: never what the restorer gave already."""
    small = cv2.resize(astronaut, (300, 300), interpolation=cv2.INTER_AREA)
    seen = []
    double = restore.TorchRestorer.double
    monkeypatch.setattr(restore.TorchRestorer, "double", lambda self, p: seen.append(p.shape) or double(self, p))
    pipeline = animegan.Pipeline()
    assert len(pipeline.stylize(noisy(blurred(small), 8), scale=scale).faces) == 1
    assert seen == [(300, 300, 3)]
    seen.clear()
    assert len(pipeline.stylize(small).faces) == 1
    assert len(seen) == 1
    assert seen[0][0] < 200


def test_strength_goes_from_the_photo_to_the_drawing_and_beyond(pipeline, drawn, astronaut):
    np.testing.assert_array_equal(pipeline.stylize(astronaut, strength=0).image, astronaut)
    half, beyond = (pipeline.stylize(astronaut, strength=s).image for s in (0.5, 1.5))
    assert psnr(half, astronaut) > psnr(drawn.image, astronaut) + 4
    assert psnr(beyond, astronaut) < psnr(drawn.image, astronaut) - 2


def test_vividness_and_guided_filter(pipeline, drawn, astronaut):
    def chroma(picture):
        return np.abs(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[:, :, 1:].astype(float) - 128).mean()

    assert chroma(pipeline.stylize(astronaut, vividness=1.5).image) > 1.2 * chroma(drawn.image)
    assert chroma(pipeline.stylize(astronaut, vividness=0).image) < 1
    smooth = pipeline.stylize(astronaut, guided=True).image
    lines = [np.abs(cv2.Laplacian(p, cv2.CV_32F)).mean() for p in (smooth, drawn.image)]
    assert lines[0] < lines[1]
    assert psnr(smooth, drawn.image) > 24


def test_a_bad_photo_is_mended_and_a_good_one_is_not(pipeline, astronaut):
    bad = noisy(dull(blurred(astronaut)), 12)
    mended = pipeline.stylize(bad)
    assert mended.enhanced[0] == "restore"
    assert "contrast" in mended.enhanced
    assert mended.quality.blurry
    assert mended.quality.noisy
    assert mended.quality.flat
    off = pipeline.stylize(bad, enhance="off")
    assert off.enhanced == []
    np.testing.assert_array_equal(off.photo, bad)
    assert psnr(mended.image, off.image) < 35
    assert pipeline.stylize(astronaut, enhance="on").enhanced == ["restore"]


def test_a_large_photo_comes_back_at_its_size(pipeline, astronaut):
    large = cv2.resize(astronaut, (2600, 2000), interpolation=cv2.INTER_CUBIC)
    result = pipeline.stylize(large)
    assert result.image.shape == large.shape
    assert len(result.faces) == 1
    before, after = result.preview(640)
    assert before.shape == after.shape == (492, 640, 3)
    left, top, right, bottom = result.faces[0].box
    assert 700 < left < right < 1500
    assert 150 < top < bottom < 800


@pytest.mark.parametrize("size", [(16, 16), (17, 23), (16, 2000), (2000, 16)])
def test_odd_sizes(pipeline, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for mode in ("auto", "on"):
        assert pipeline.stylize(photo, enhance=mode, guided=True).image.shape == photo.shape


def test_progress_names_each_stage_in_order(pipeline, astronaut):
    heard = []
    pipeline.stylize(astronaut, on_progress=lambda fraction, what: heard.append((fraction, what)))
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert "Painting face 1 of 1" in [what for _, what in heard]


def test_progress_may_stop_a_run_and_the_next_one_works(pipeline, coffee):
    class EnoughError(Exception):
        pass

    def stop(fraction, what):
        if fraction > 0.2:
            raise EnoughError

    with pytest.raises(EnoughError):
        pipeline.stylize(coffee, on_progress=stop)
    assert pipeline.stylize(coffee).image.shape == coffee.shape


def test_many_threads_get_their_own_pictures(pipeline, coffee):
    photos = [np.ascontiguousarray(coffee[i * 20 : i * 20 + 120, :160]) for i in range(6)]
    alone = [pipeline.stylize(photo).image for photo in photos]
    together = [None] * len(photos)

    def work(i):
        together[i] = pipeline.stylize(photos[i]).image

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(photos))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"style": "picasso"}, errors.UnknownStyleError, "hayao"),
        ({"enhance": "maybe"}, errors.BadOptionError, "auto, on, off or super-resolution"),
        ({"level": "much"}, errors.BadOptionError, "auto, light or best"),
        ({"scale": 3}, errors.BadOptionError, "1 or 2"),
        ({"detail": 10}, errors.BadOptionError, "256 to 8192"),
        ({"strength": 1.6}, errors.BadOptionError, "0 to 1.5"),
        ({"strength": float("nan")}, errors.BadOptionError, "0 to 1.5"),
        ({"vividness": -1}, errors.BadOptionError, "0 to 2"),
        ({"vividness": "much"}, errors.BadOptionError, "0 to 2"),
    ],
)
def test_bad_options_are_named(pipeline, coffee, options, error, words):
    with pytest.raises(error, match=words):
        pipeline.stylize(coffee, **options)


def test_importing_the_package_is_cheap():
    heavy = "{'torch', 'cv2', 'facenet_pytorch', 'gradio', 'PIL', 'numpy', 'huggingface_hub'}"
    code = f"import sys, animegan; animegan.styles(); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=animegan.__file__.rsplit("/", 2)[0])


def test_the_package_never_imports_gradio():
    """Neither at the top of a file nor within a function."""
    import ast
    from pathlib import Path

    for path in Path(animegan.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith("gradio")], path


def test_a_sitting_begins_where_the_ways_part(pipeline, astronaut):
    """What was computed once is not computed again, and the picture is the same byte for byte."""
    sitting = animegan.Sitting(astronaut)
    first = pipeline.stylize(sitting)
    assert {"assess", "find faces", "paint", "paint faces"} <= set(first.seconds)
    ways = [
        ({}, set()),
        ({"strength": 0.5}, set()),
        ({"faces": False}, set()),
        ({"style": "shinkai"}, {"models", "paint", "paint faces"}),
        ({"style": "shinkai", "faces_style": "portrait"}, {"models", "paint faces"}),
        ({"enhance": "on"}, {"enhance", "find faces", "models", "paint", "paint faces"}),
        ({"crop": "square"}, {"crop", "assess", "enhance", "find faces", "models", "paint", "paint faces"}),
    ]
    for settings, computed in ways:
        result = pipeline.stylize(sitting, **settings)
        assert set(result.seconds) - {"load", "weights", "finish", "total"} == computed, settings
        alone = pipeline.stylize(astronaut, **settings)
        np.testing.assert_array_equal(result.image, alone.image)
        assert result.to_dict() | {"seconds": {}} == alone.to_dict() | {"seconds": {}}


def test_a_sitting_reads_its_photo_once_and_knows_its_size(pipeline, astronaut, tmp_path):
    animegan.save(astronaut, tmp_path / "photo.png")
    sitting = animegan.Sitting(tmp_path / "photo.png")
    assert sitting.nbytes == 0
    crops = pipeline.suggest_crop(sitting)
    (tmp_path / "photo.png").unlink()
    result = pipeline.stylize(sitting, crop="portrait", enhance="on")
    left, top, right, bottom = crops["portrait"]
    assert result.image.shape == (bottom - top, right - left, 3)
    assert sitting.nbytes >= astronaut.nbytes + 2 * result.image.nbytes


def test_a_failure_leaves_a_sitting_of_use(pipeline, astronaut):
    """What stops a run stops nothing of the next one."""
    sitting = animegan.Sitting(astronaut)

    def stop(fraction, what):
        if what == "Painting the scene":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.stylize(sitting, on_progress=stop)
    np.testing.assert_array_equal(pipeline.stylize(sitting).image, pipeline.stylize(astronaut).image)
