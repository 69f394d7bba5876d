"""Pairs of one's own: what is read, what is left out, and how it is said."""

import shutil
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from animegan import errors
from animegan.training.crops import random_crops
from animegan.training.own import pairs, teachers
from animegan.training.own.pairs import check_folder, likeness, problem
from tests.support.own_styles import look, write_pairs


@pytest.fixture
def folder(tmp_path, astronaut, coffee):
    return write_pairs(tmp_path / "pairs", [astronaut, coffee])


@pytest.mark.slow
def test_right_pairs_are_read_at_training_size(folder, tmp_path, coffee):
    large = np.asarray(cv2.resize(coffee, (1500, 1000)), np.uint8)
    Image.fromarray(large).save(folder / "photo" / "large.jpg")
    Image.fromarray(look(large)).save(folder / "drawn" / "large.webp")
    checked = check_folder(folder, tmp_path / "cache")
    assert [pair.name for pair in checked.pairs] == [f"{n:02}" for n in range(8)] + ["large"]
    assert checked.pairs[-1].photo.shape == checked.pairs[-1].drawing.shape == (426, 640, 3)
    assert checked.remarks == [
        "9 pairs are few: the style will suit these photos better than others. 30 or more are good."
    ]
    again = pairs.read_cache(tmp_path / "cache")
    assert again is not None
    assert np.array_equal(again.pairs[3].drawing, checked.pairs[3].drawing)
    (tmp_path / "cache" / "00003.npy").unlink()
    assert pairs.read_cache(tmp_path / "cache") is None


def spoiled(folder, change) -> list[str]:
    """What is said when the drawing of the first of eight pairs is changed."""
    file = folder / "drawn" / "00.png"
    change(file)
    checked = check_folder(folder, folder / "cache")
    assert [pair.name for pair in checked.pairs] == [f"{n:02}" for n in range(1, 8)]
    return checked.remarks


def test_a_drawing_that_cannot_be_read_is_left_out(folder):
    remark, _ = spoiled(folder, lambda file: file.write_bytes(b"no picture"))
    assert "00.png" in remark
    assert "no picture that can be read" in remark


def test_a_missing_drawing_is_named(folder):
    remark, _ = spoiled(folder, lambda file: file.unlink())
    assert remark == "Left out, because drawn/ has no file of that name: 00."


def test_a_drawing_of_another_shape_is_left_out(folder):
    remark, _ = spoiled(folder, lambda file: Image.new("RGB", (100, 100)).save(file))
    assert "160×120" in remark
    assert "100×100" in remark


def test_a_drawing_that_is_the_photo_is_left_out(folder):
    remark, _ = spoiled(folder, lambda file: shutil.copy(folder / "photo" / "00.png", file))
    assert "the drawing equals the photo" in remark


def test_a_drawing_of_another_photo_is_left_out(folder):
    remark, _ = spoiled(folder, lambda file: shutil.copy(folder / "drawn" / "05.png", file))
    assert "does not show what the photo shows" in remark


def test_a_shifted_drawing_is_left_out(folder):
    def shift(file):
        Image.fromarray(np.roll(np.asarray(Image.open(file)), 8, axis=1)).save(file)

    remark, _ = spoiled(folder, shift)
    assert "shifted by +5.2% of the width" in remark


def test_shifts_and_likeness_are_measured(coffee):
    photo, drawn = coffee[:320, :480], look(coffee)
    alike, across, down = likeness(photo, drawn[:320, :480])
    assert alike > 0.6
    assert (across, down) == (0, 0)
    _, across, down = likeness(photo, np.roll(drawn[:320, :480], (16, -24), (0, 1)))
    assert (across, down) == (pytest.approx(-0.05, abs=0.008), pytest.approx(0.05, abs=0.008))
    assert likeness(photo, np.ascontiguousarray(drawn[:320, :480][::-1]))[0] < pairs.LEAST_LIKENESS
    assert problem(photo, np.full_like(photo, 128)) is not None


def test_a_smaller_drawing_is_resized(folder):
    for file in (folder / "drawn").iterdir():
        Image.open(file).resize((80, 60)).save(file)
    checked = check_folder(folder, folder / "cache")
    assert checked.pairs[0].drawing.shape == (120, 160, 3)
    assert "8 drawings have another size than their photos and were resized to it." in checked.remarks


def test_folders_without_enough_pairs_are_refused(tmp_path, folder):
    with pytest.raises(errors.BadPairsError, match=r"put photos into photo/ and their drawings"):
        check_folder(tmp_path / "nothing", tmp_path / "cache")
    for file in (folder / "drawn").iterdir():
        shutil.copy(folder / "photo" / file.name, file)
    with pytest.raises(errors.BadPairsError, match=r"Only 0 pairs .* the drawing equals the photo"):
        check_folder(folder, tmp_path / "cache")


@pytest.mark.slow
def test_faces_are_cut_out_of_both(tmp_path, astronaut):
    folder = write_pairs(tmp_path / "pairs", [astronaut], count=4, side=(400, 400))
    checked = check_folder(folder, tmp_path / "cache", pairs.face_frames())
    assert 1 <= len(checked.faces) <= 4
    for face in checked.faces:
        assert face.photo.shape == (pairs.FACE_SIDE, pairs.FACE_SIDE, 3)
        assert np.abs(look(face.photo).astype(int) - face.drawing).mean() < 12
    flat = write_pairs(tmp_path / "flat", [np.ascontiguousarray(astronaut[300:, 300:])], count=4)
    with pytest.raises(errors.BadPairsError, match="faces were found"):
        check_folder(flat, tmp_path / "cache2", pairs.face_frames())


def test_some_are_kept_out_and_never_trained_on(folder, tmp_path):
    chosen = check_folder(folder, tmp_path / "cache").pairs
    train, kept = pairs.split(chosen)
    assert len(kept) == 1
    assert sorted(pair.name for pair in [*train, *kept]) == [pair.name for pair in chosen]
    assert len(pairs.split(chosen * 20)[1]) == 12


def test_crops_of_photo_and_drawing_belong_together(folder, tmp_path):
    chosen = check_folder(folder, tmp_path / "cache").pairs
    crops = random_crops(chosen, np.random.default_rng(0), 6, 64, 16)
    assert np.array_equal(np.stack([look(photo) for photo in crops.photos]), crops.drawings)
    assert crops.thumbnails is not None
    assert crops.thumbnails.shape == (6, 16, 16, 3)
    assert random_crops(chosen, np.random.default_rng(0), 2, 200).photos.shape == (2, 200, 200, 3)


def drawn_by(teacher: str, folder, out) -> list[np.ndarray]:
    (folder / "in").mkdir()
    for file in sorted((folder / "photo").iterdir())[:2]:
        shutil.copy(file, folder / "in")
    assert list(teachers.draw_all(teachers.parse(teacher), folder / "in", out))[-1] == (2, 2)
    return [np.asarray(Image.open(out / "drawn" / f"{n:05}.png")) for n in range(2)]


def test_a_function_teaches(folder, tmp_path, monkeypatch):
    (tmp_path / "mylook.py").write_text("def draw(photo):\n    return 255 - photo\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "mylook", raising=False)
    first = drawn_by("mylook:draw", folder, tmp_path / "out")[0]
    assert np.array_equal(first, 255 - np.asarray(Image.open(folder / "photo" / "00.png")))


INVERT = "import sys; from PIL import Image, ImageOps; ImageOps.invert(Image.open(sys.argv[1])).save(sys.argv[2])"


def test_a_command_teaches(folder, tmp_path):
    """A name with a blank or a quote stays one word, as no shell reads the command."""
    first = drawn_by(f'"{sys.executable}" -c "{INVERT}" {{in}} {{out}}', folder, tmp_path / "out")[0]
    assert np.array_equal(first, 255 - np.asarray(Image.open(folder / "photo" / "00.png")))


def test_named_steps_teach(folder, tmp_path):
    teacher = teachers.parse("bright")
    assert teacher.is_ours
    assert teacher.name == "bright"
    assert drawn_by("bright", folder, tmp_path / "out")[0].shape == (120, 160, 3)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("import sys; sys.exit('out of memory')", "out of memory"),
        ("pass", "There is no photo"),
        ("import sys; open(sys.argv[2], 'w').write('x')", "no picture"),
    ],
)
def test_a_teacher_that_fails_is_named(folder, tmp_path, command, words):
    with pytest.raises(errors.TeacherFailedError, match=words):
        drawn_by(f'"{sys.executable}" -c "{command}" {{in}} {{out}}', folder, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.done"))


@pytest.mark.slow
def test_a_slow_teacher_is_given_up(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(teachers, "PATIENCE", 0.3)
    with pytest.raises(errors.TeacherFailedError, match=r"longer than 0\.3 seconds"):
        drawn_by(f'"{sys.executable}" -c "import time; time.sleep(60)" {{in}} {{out}}', folder, tmp_path / "out")


def test_what_is_drawn_is_not_drawn_again(folder, tmp_path):
    drawn_by("bright", folder, tmp_path / "out")

    def fail(photo):
        raise AssertionError("drawn twice")

    assert list(teachers.draw_all(teachers.Teacher("fail", fail), folder / "in", tmp_path / "out"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nowhere:draw", "is not there"), ("json:nothing", "is not there"), ("json:__doc__", "is no function"),
        ("draw {in}", "names both files"), ("'draw {in} {out}", "check its quotes"), ("cell", "not a step of a target"),
    ],
)  # fmt: skip
def test_unknown_teachers_are_refused_in_a_sentence(text, words):
    with pytest.raises(errors.BadOptionError, match=words):
        teachers.parse(text)
