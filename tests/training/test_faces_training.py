"""The training of the network for faces: its samples, its runs, and what the pipeline makes of its weights."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from animegan.images import files
from animegan.images.resize import Picture
from animegan.networks.painters import GreyKeeper, gives_mask, load, paint_head
from animegan.training.__main__ import app
from animegan.training.built_in import faces
from animegan.training.built_in.drawn_faces.pairs import DRAWN, HEAD, PHOTO
from tests.support.training_photos import SMALL

SIDE = 96
SMALL_FACES = {**SMALL, "batch": 2, "side": 64}


def disc(radius: float) -> Picture:
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    inside = np.hypot(rows, columns) < radius
    return np.repeat(np.where(inside, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two pairs: a head is a disc, grey in the photo and red in its drawing."""
    folder = tmp_path_factory.mktemp("pairs")
    for kind in (PHOTO, DRAWN, HEAD):
        (folder / kind).mkdir()
    head = disc(30)
    for name, behind in (("a", 40), ("b", 220)):
        for kind, colour in ((PHOTO, (128, 128, 128)), (DRAWN, (200, 60, 60))):
            files.save(np.where(head > 0, np.array(colour, np.uint8), np.uint8(behind)), folder / kind / f"{name}.png")
        files.save(head, folder / HEAD / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def pairs(folder) -> faces.Pairs:
    return faces.Pairs([folder], SIDE)


def test_a_sample_changes_the_head_alone(pairs):
    for seed in range(8):
        one = faces.sample(pairs, np.random.default_rng(seed), 64)
        assert one.photo.shape == one.drawn.shape == (64, 64, 3)
        assert one.head.shape == one.weight.shape == (64, 64)
        inside, outside = one.head > 0.99, one.head < 0.01
        assert inside.any()
        assert outside.any()
        assert one.weight[outside].max() < 0.2
        assert one.weight[inside].min() > 0.98


def test_head_and_drawing_get_the_same_light_before_any_wall(pairs):
    """What is drawn of a grey head is red before every background, as dark as the light makes its photo."""
    walls = set()
    for seed in range(40):
        one = faces.sample(pairs, np.random.default_rng(seed), 64)
        drawn = one.drawn[one.head > 0.99].mean(0)
        if np.ptp(drawn) > 5:  # some samples have no colour
            assert drawn[0] > drawn[1] + 20
        corner = tuple(int(value) // 64 for value in one.drawn[one.head < 0.01].mean(0))
        walls.add(corner)
    assert len(walls) > 8


def test_eyes_and_mouth_count_most(pairs):
    weight = faces._parts(100) @ faces.ON_PARTS
    assert weight[47, 37] > 3.5
    assert weight[47, 63] > 3.5
    assert weight[72, 50] > 2.7
    assert weight[10, 50] < 0.1


def test_lights_in_eyes_grow_and_the_lines_of_a_nose_darken():
    """Both are small, and the network would leave them out; nothing else changes."""
    drawn = np.full((100, 100, 3), 150, np.float32)
    drawn[40:54, 30:44] = 40  # an iris with a light
    drawn[46:48, 36:38] = 250
    drawn[58:64, 50] = 110  # a nose
    drawn[10, 10:40] = 110  # a line elsewhere
    clearer = faces._clearer(drawn, faces._parts(100))
    assert (clearer[40:54, 30:44, 0] > 200).sum() > 2 * (drawn[40:54, 30:44, 0] > 200).sum()
    assert clearer[60, 50, 0] < 90
    np.testing.assert_allclose(clearer[:20], drawn[:20], atol=1)


def test_what_is_validated_is_the_photo_outside_the_head(pairs):
    (photo, target), _ = faces.squares(pairs, 64)["faces"]
    np.testing.assert_array_equal(photo[:8], target[:8])
    assert target[32, 32, 0] - int(photo[32, 32, 0]) > 50


def test_the_command_trains_weights_that_draw_a_face_and_its_mask(folder, tmp_path, monkeypatch):
    """A resumed run is the same as one without a break."""
    options = [f"--{name}={','.join(map(str, value)) if isinstance(value, tuple) else value}" for name, value in
               SMALL_FACES.items() if name in ("batch", "side", "channels", "encoder", "decoder")]  # fmt: skip
    command = ["faces", "--pairs", str(folder), "--kept-out", str(folder), "--every", "2", "--rate", "0.01", *options]
    for out, counts in (("once", [4]), ("resumed", [2, 4])):
        for steps in counts:
            result = CliRunner().invoke(app, [*command, "--out", str(tmp_path / out), "--steps", str(steps)])
            assert result.exit_code == 0, result.output
    painter = load(tmp_path / "once/faces.safetensors")
    assert gives_mask(GreyKeeper(painter))
    photo = files.load(folder / PHOTO / "a.png")
    drawn, head = paint_head(painter, photo)
    assert drawn.shape == photo.shape
    assert head is not None
    assert head.shape == photo.shape[:2]
    np.testing.assert_array_equal(painter.paint(photo), drawn)
    again, _ = paint_head(load(tmp_path / "resumed/faces.safetensors"), photo)
    assert np.abs(again.astype(int) - drawn).max() <= 1


def test_a_network_learns_head_and_mask(pairs, tmp_path):
    run = faces.FaceTraining(tmp_path, faces.Recipe(**{**SMALL_FACES, "steps": 60, "rate": 0.01, "warmup": 5}), pairs)
    losses: list[float] = []
    run.advance(60, losses.append)
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
