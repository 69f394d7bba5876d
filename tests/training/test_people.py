"""The training of the mask of people: labels, samples, figures."""

import json
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

from animegan.faces.face import Face
from animegan.images import files
from animegan.networks.people import PersonMask
from animegan.training.built_in.people import labels as labelling
from animegan.training.built_in.people import run as masking
from animegan.training.built_in.people import scenes
from animegan.training.built_in.people.bodies import with_body
from animegan.training.built_in.people.labels import OFTEN, Labels, labelled, photographs, weighted
from animegan.training.built_in.people.scenes import Material, sample

TINY: dict[str, Any] = {"channels": (8, 8), "encoder": (0, 1), "decoder": (1,), "side": 32, "batch": 2, "rate": 0.01}


def label(person: bool = True, side: int = 64) -> np.ndarray:
    """A light body before dark noise, and its matte."""
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 90, (side, side, 3)).astype(np.uint8)
    matte = np.zeros((side, side), np.uint8)
    if person:
        matte[side // 4 :, side // 4 : 3 * side // 4] = 255
        photo[matte > 0] = (230, 200, 180)
    return np.dstack([photo, matte])


def material(side: int) -> Material:
    return Material.sorted([label()] * 2, [label(), label(person=False)], side)


def test_a_body_hangs_below_its_head_and_is_broader():
    """The head stays as it is, whatever the body wears."""
    portrait = label()
    portrait[..., 3] = 0
    portrait[8:, 20:44, 3] = 255
    head = portrait[..., 3] > 0
    for seed in range(20):
        person = with_body(portrait, label(person=False), np.random.default_rng(seed))
        side = (person.shape[1] - 64) // 2
        np.testing.assert_array_equal(person[:64, side : side + 64][head], portrait[head])
        inside = person[..., 3] > 127
        assert cv2.connectedComponents(inside.astype(np.uint8))[0] == 2  # the background, and one person
        assert inside.any(axis=0).sum() > 1.4 * 24
        assert len(person) > 64
        assert inside[-1].any()


class Seer:
    """A labeller that takes the upper half of everything for a person."""

    def __init__(self, body: bool = False):
        self.body = body

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        certainty = np.zeros(photo.shape[:2], np.float32)
        certainty[: len(photo) // 2] = 0.9
        return certainty

    def sees_a_body(self, photo: np.ndarray) -> bool:
        return self.body


class Found:
    """A finder of faces at given boxes."""

    def __init__(self, *boxes: tuple[float, float, float, float]):
        self.faces = [Face(box, ((0.0, 0.0),) * 5, 1.0) for box in boxes]

    def find(self, photo: np.ndarray) -> list[Face]:
        return self.faces


PHOTO = np.full((40, 40, 3), 128, np.uint8)


def seen_in(finder: Any, body: bool = False) -> np.ndarray | None:
    return labelled(PHOTO, cast(Any, Seer(body)), finder)


def test_real_portraits_are_shown_more_often():
    real, generated = Path("photos/faces/1.jpg"), Path("photos/more/synthetic-faces/1.jpg")
    assert weighted([real, generated]) == [*[real] * OFTEN, generated]


def test_what_has_no_face_is_nobody_unless_it_has_a_body():
    portrait = seen_in(None)
    assert portrait is not None
    assert portrait[:15].mean() > 0.9
    in_label, beside = (10, 5, 20, 15), (10, 25, 20, 35)
    assert seen_in(Found(in_label)).mean() > 0.4  # type: ignore[union-attr]
    assert seen_in(Found()).max() == 0  # type: ignore[union-attr]
    assert seen_in(Found(), body=True) is None
    assert seen_in(Found(in_label, beside)) is None  # a face that the labeller missed


def test_labels_are_kept_and_those_that_cannot_be_told_are_left_out(tmp_path, monkeypatch):
    names = [tmp_path / folder / "a.png" for folder in ("faces", "scenes")]
    for name in names:
        name.parent.mkdir()
        files.save(PHOTO, name)
    monkeypatch.setattr(labelling, "Labeller", lambda: Seer(body=True))
    monkeypatch.setattr(labelling, "Finder", Found)
    labels = Labels(tmp_path / "labels")
    assert list(labels.label(names)) == names
    assert labels.missing(names) == []
    assert [each.shape for each in labels.read(names)] == [(40, 40, 4)]


def test_those_kept_out_are_never_trained_on(tmp_path):
    for folder, count in (("faces", 3), ("more/faces", 2), ("more/synthetic-faces", 25), ("scenes", 44)):
        (tmp_path / folder).mkdir(parents=True)
        for number in range(count):
            (tmp_path / folder / f"{number:03}.jpg").touch()
    portraits, scenes, kept_out = photographs(tmp_path)
    assert (len(portraits), len(scenes), len(kept_out)) == (3 + 22, 42, 2 + 3 + 2)
    assert not {*portraits, *scenes} & {*kept_out}


@pytest.mark.parametrize("side", [32, 64])
def test_samples_are_right_about_their_people(side, monkeypatch):
    """The body is light in every light, and the matte is where it is."""
    monkeypatch.setattr(scenes, "ALIKE", 0)
    monkeypatch.setattr(scenes, "BODIES", 0)
    shown = 0
    for number in range(40):
        photo, matte = sample(material(side), side, np.random.default_rng(number))
        assert photo.shape == (side, side, 3)
        assert matte.shape == (side, side)
        inside, outside = matte > 0.9, matte < 0.1
        if inside.mean() > 0.1 and outside.mean() > 0.1:
            shown += 1
            assert photo[inside].mean() > photo[outside].mean()
    assert shown > 10


def test_some_backgrounds_are_like_a_person(monkeypatch):
    """So near that colour alone does not tell who is who."""
    distances = []
    for share in (0, 1):
        monkeypatch.setattr(scenes, "ALIKE", share)
        made = (sample(material(32), 32, np.random.default_rng(number)) for number in range(60))
        both = [
            (photo, matte > 0.9, matte < 0.1) for photo, matte in made if matte.any() and (matte < 0.1).mean() > 0.1
        ]
        distances.append(np.mean([photo[inside].mean() - photo[outside].mean() for photo, inside, outside in both]))
    assert distances[1] < 0.8 * distances[0]


def test_figures_of_masks():
    half = np.zeros((10, 10), np.float32)
    half[:5] = 1
    assert masking.overlap(half, half) == 1
    assert masking.overlap(half, 1 - half) == 0
    assert masking.overlap(half, np.ones((10, 10))) == 0.5
    assert masking.overlap(0 * half, 0 * half) == 1
    figures = masking.judge(lambda photo: np.ones(photo.shape[:2], np.float32), [label(), label(person=False)])
    assert figures == pytest.approx({"iou": 0.375, "worst": 0.375, "false": 1.0})


def test_a_training_learns_resumes_and_writes_a_mask(tmp_path, monkeypatch):
    monkeypatch.setattr(scenes, "BODIES", 0)  # clothes of any colour take longer to learn
    run = masking.Masking(tmp_path, masking.Recipe(steps=40, **TINY), material(32))
    losses: list[float] = []
    run.advance(40, losses.append)
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    run.checkpoint()
    again = masking.Masking(tmp_path, masking.Recipe(steps=40, **TINY), material(32))
    assert again.resume()
    assert again.step == 40
    line = masking.validate(again, [label(), label(person=False)])
    assert line.startswith("IoU ")
    assert json.loads((tmp_path / "log.jsonl").read_text())["step"] == 40
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == ["000040.jpg"]
    photo = label()[..., :3]
    matte = PersonMask(again.export(Path(tmp_path / "mask.safetensors"))).find(photo)
    np.testing.assert_allclose(matte, PersonMask.of(again.averaged).find(photo), atol=0.02)
