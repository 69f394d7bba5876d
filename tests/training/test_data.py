"""The data of the training: validation photographs, views, the cache of drawings, crops."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from animegan.training import targets
from animegan.training.built_in import data
from animegan.training.built_in.distill import put_walls
from animegan.training.crops import random_crops
from tests.support.training_photos import label_scenes, teacher, write_photos


@pytest.fixture(scope="module")
def folder(tmp_path_factory, astronaut, coffee) -> Path:
    return write_photos(tmp_path_factory.mktemp("photos"), coffee, astronaut)


def test_a_fixed_rule_chooses_the_validation_photographs(tmp_path):
    for kind, count in (("scenes", 1051), ("faces", 120)):
        (tmp_path / kind).mkdir()
        for i in range(count):
            (tmp_path / kind / f"{i:04}.jpg").write_text(f"{kind} {i}")
    out = data.kept_out(tmp_path)
    assert [path.stem for path in out["scenes"]] == [f"{i:04}" for i in range(0, 1051, 43)][:24]
    assert [path.stem for path in out["faces"]] == [f"{i:04}" for i in range(0, 120, 5)]
    kept = {path for group in out.values() for path in group}
    used = {view.path for view in data.views(tmp_path, 3, 5)}
    assert not kept & used
    assert len(used) == 1051 + 120 - 48


def test_training_uses_all_sources_but_one(tmp_path):
    counts = {"scenes": 86, "faces": 10, "more/mixed": 6, "more/urban": 4, "more/nature": 8, "more/faces": 9}
    for kind, count in counts.items():
        (tmp_path / kind).mkdir(parents=True)
        for i in range(count):
            (tmp_path / kind / f"{i:03}.jpg").write_text(f"{kind} {i}")
    for i, known in enumerate(("scenes 0", "scenes 1")):  # one that is kept out, and one that is there already
        (tmp_path / "more/mixed" / f"again{i}.jpg").write_text(known)
    others = data.other_sources(tmp_path)
    assert [path.stem for path in others["scenes elsewhere"]] == ["000", "002", "004", "006"]
    assert [path.stem for path in others["faces elsewhere"]] == ["000", "003", "006"]
    views = data.views(tmp_path, 1, 1)
    used = {path.parent.relative_to(tmp_path).as_posix() for path in (view.path for view in views)}
    assert used == {"scenes", "faces", "more/mixed", "more/urban", "more/faces"}
    assert len(views) == 84 + 8 + 6 + 4 + 6
    assert len({view.name for view in views}) == len(views)  # faces/001 and more/faces/001 are two photographs
    few = [view.path for view in data.views(tmp_path, 1, 0, scenes=12)]
    assert len(few) == 12
    assert any("mixed" in path.parts for path in few)


def test_views_are_the_same_in_every_run(folder):
    first, second = (data.views(folder, 2, 3) for _ in range(2))
    assert first == second
    np.testing.assert_array_equal(first[-1].photo(), second[-1].photo())
    assert first[0].photo().shape == (data.SIDE, data.SIDE, 3)
    assert len({view.name for view in first}) == len(first)


def test_rotated_views_are_the_same_in_every_run_and_differ(folder):
    straight, turned = data.views(folder, 0, 3)[-1], data.views(folder, 0, 3, turn=20)[-1]
    assert turned.photo().shape == (data.SIDE, data.SIDE, 3)
    np.testing.assert_array_equal(turned.photo(), data.views(folder, 0, 3, turn=20)[-1].photo())
    assert np.abs(turned.photo().astype(int) - straight.photo()).mean() > 3


def test_some_scenes_are_seen_once_more_as_vivid_cloth(folder):
    """In one hue, with the photo's light, and the same in every run."""
    views = data.views(folder, 1, 1, cloths=2)
    plain, cloths = [view for view in views if not view.dyed], [view for view in views if view.dyed]
    assert len(plain) == len(data.views(folder, 1, 1))
    assert len(cloths) == 2
    for view in cloths:
        cloth, photo = view.photo(), data.View(view.path, 0).photo()
        np.testing.assert_array_equal(cloth, view.photo())
        assert view.name not in {each.name for each in plain}
        hsv = cv2.cvtColor(cv2.GaussianBlur(cloth, (0, 0), 2), cv2.COLOR_RGB2HSV_FULL).astype(float)
        assert np.median(hsv[..., 1]) > 0.6 * 255
        light = [cv2.GaussianBlur(each.max(axis=2), (0, 0), 8).ravel() for each in (cloth, photo)]
        assert np.corrcoef(*light)[0, 1] > 0.7


def test_the_target_draws_each_view_once(folder, tmp_path):
    calls = []

    def counting_teacher(photo):
        calls.append(1)
        return teacher(photo)

    views = data.views(folder, 1, 0)[:3]
    for _ in range(2):
        for _ in data.Pairs(tmp_path, counting_teacher).label(views):
            pass
    assert len(calls) == 3
    pair = data.Pairs(tmp_path, counting_teacher).read(views)[0]
    np.testing.assert_array_equal(pair.drawing, teacher(np.array(pair.photo)))


def test_targets_that_start_with_the_same_step_share_its_drawings(folder, tmp_path):
    calls = []

    def first(photo):
        calls.append("first")
        return photo // 2

    def darker(picture):
        return picture // 2

    def lighter(picture):
        return picture + 90

    label_scenes(folder, tmp_path, 2, first)
    pairs, views = label_scenes(folder, tmp_path, 2, targets.compose(first, darker))
    others, _ = label_scenes(folder, tmp_path, 2, targets.compose(first, lighter))
    assert calls == ["first"] * 2
    for pair, other in zip(pairs.read(views), others.read(views), strict=True):
        np.testing.assert_array_equal(pair.drawing, np.array(pair.photo) // 4)
        np.testing.assert_array_equal(other.drawing, np.array(pair.photo) // 2 + 90)


@pytest.mark.slow
def test_drawings_do_not_depend_on_the_number_of_cores(folder, tmp_path, monkeypatch):
    for count in (1, 2):
        monkeypatch.setattr(data, "cores", lambda count=count: count)
        label_scenes(folder, tmp_path / str(count), 4, targets.compose("cel"))
    one, two = (sorted((tmp_path / name).rglob("*.npy")) for name in "12")
    assert len(one) == len(two) == 8
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(np.load(a), np.load(b))


def test_faces_are_found_once_and_follow_the_crop(folder, tmp_path):
    pairs, views = label_scenes(folder, tmp_path, 2)
    box = (100.0, 40.0, 260.0, 300.0)
    assert list(pairs.find_faces(views, lambda photo: [box])) == views
    assert list(pairs.find_faces(views, lambda photo: pytest.fail("searched twice"))) == []
    read = pairs.read(views)
    assert read[0].faces == [box]
    batch = random_crops(read, np.random.default_rng(0), 8, data.SIDE)
    mirrored = [not any(np.array_equal(one, pair.photo) for pair in read) for one in batch.photos]
    assert 0 < sum(mirrored) < 8
    for face, is_mirrored in zip(batch.faces, mirrored, strict=True):
        rows, columns = np.nonzero(face)
        assert (rows.min(), rows.max()) == (40, 299)
        assert (columns.min(), columns.max()) == ((512 - 260, 511 - 100) if is_mirrored else (100, 259))


def test_a_crop_comes_with_a_thumbnail_of_the_whole_square(folder, tmp_path):
    pairs, views = label_scenes(folder, tmp_path, 2)
    read = pairs.read(views)
    batch = random_crops(read, np.random.default_rng(0), 6, 64, thumbnail=16)
    small = [cv2.resize(np.array(pair.photo), (16, 16), interpolation=cv2.INTER_AREA) for pair in read]
    known = [*small, *(picture[:, ::-1] for picture in small)]
    assert batch.thumbnails is not None
    assert batch.thumbnails.shape == (6, 16, 16, 3)
    assert all(any(np.array_equal(one, picture) for picture in known) for one in batch.thumbnails)
    assert random_crops(read, np.random.default_rng(0), 6, 64).thumbnails is None


def test_walls_cover_a_part_of_some_thumbnails_with_one_colour():
    thumbnails = np.random.default_rng(1).integers(0, 256, (60, 64, 64, 3), np.uint8)
    before = thumbnails.copy()
    put_walls(thumbnails, np.random.default_rng(0), 0.5)
    changed = (thumbnails != before).any(3)
    covered = changed.reshape(60, -1).mean(1)
    assert 15 < (covered > 0).sum() < 45
    assert covered[covered > 0].min() > 0.2
    assert covered.max() < 0.9
    for thumbnail, wall in zip(thumbnails, changed, strict=True):
        assert len(np.unique(thumbnail[wall], axis=0)) <= 1
