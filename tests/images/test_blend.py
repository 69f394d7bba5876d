"""Masks, Poisson cloning, colour and the guided filter."""

import cv2
import numpy as np
import pytest

from animegan.images import blend


def ellipse(shape: tuple[int, int], centre: tuple[int, int], axes: tuple[float, float]) -> np.ndarray:
    """A hard mask, ``(H, W) uint8`` of 0 and 255."""
    return cv2.ellipse(np.zeros(shape, np.uint8), centre, [round(v) for v in axes], 0, 0, 360, 255, -1)


def test_feather_is_soft_inwards_only():
    mask = ellipse((100, 100), (50, 50), (40, 30))
    soft = blend.feather(mask, 10)
    assert soft[mask == 0].max() == 0
    assert soft[50, 50] == 1
    assert soft.dtype == np.float32
    assert np.abs(np.diff(soft, axis=0)).max() < 0.25


@pytest.mark.parametrize("shape", [(200, 160), (900, 1300)])
def test_poisson_takes_structure_from_one_and_colour_from_the_other(shape):
    """A painted disc in another light: after cloning its border fits the scene, its drawing stays."""
    height, width = shape
    scene = np.full((height, width, 3), (180, 120, 90), np.uint8)
    painted = np.full((height, width, 3), (90, 140, 200), np.uint8)
    middle = width // 2, height // 2
    cv2.circle(painted, middle, height // 10, (10, 60, 120), -1)
    mask = ellipse(shape, middle, (width / 3, height / 3))
    cloned = blend.poisson(painted, scene, mask)
    inside = cloned[height // 2, width // 2 - height // 5]
    np.testing.assert_allclose(inside, (180, 120, 90), atol=8)
    drawn = cloned[height // 2, width // 2].astype(int)
    np.testing.assert_allclose(drawn, np.array([180, 120, 90]) - 80, atol=8)


@pytest.mark.parametrize("wall", [(30, 60, 200), (190, 40, 40), (40, 140, 60), (128, 128, 128)])
def test_a_wall_gets_the_colour_of_the_scene_and_dyes_no_face(wall):
    """The painter of faces paints a wall and the neck in other colours than the scene has."""
    middle, skin = (80, 90), (210, 160, 130)
    scene, painted = np.full((180, 160, 3), wall, np.uint8), np.full((180, 160, 3), 150, np.uint8)
    for picture, colour in ((scene, (215, 165, 120)), (painted, skin)):
        cv2.circle(picture, middle, 40, colour, -1)
        cv2.rectangle(picture, (70, 90), (90, 180), colour, -1)
    cloned = blend.poisson(painted, scene, ellipse((180, 160), middle, (60, 70)))
    lab = [cv2.cvtColor(each.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for each in (cloned, painted, scene)]
    face, before = (np.median(each[75:105, 65:95], (0, 1)) for each in lab[:2])
    assert np.linalg.norm(face - before) < 6
    beside, there = (np.median(each[85:95, 24:34], (0, 1)) for each in (lab[0], lab[2]))
    assert np.linalg.norm(beside - there) < 10


def test_poisson_does_not_shift():
    """Cloning a picture into itself gives the picture, wherever the mask is."""
    rng = np.random.default_rng(0)
    picture = np.asarray(cv2.GaussianBlur(rng.integers(0, 256, (121, 140, 3), np.uint8), (0, 0), 1.5), np.uint8)
    for centre, axes in [((70, 60), (40, 33)), ((0, 0), (60, 51)), ((139, 60), (31, 90)), ((70, 60), (500, 500))]:
        mask = ellipse(picture.shape[:2], centre, axes)
        difference = np.abs(blend.poisson(picture, picture, mask).astype(int) - picture)
        assert difference.max() <= 2


def test_poisson_with_an_empty_mask_is_the_painting():
    picture = np.full((40, 40, 3), 7, np.uint8)
    np.testing.assert_array_equal(blend.poisson(picture, picture + 9, np.zeros((40, 40), np.uint8)), picture)


def test_what_has_no_colour_in_the_photo_has_none_in_the_drawing():
    """Neither in grey after a JPEG; a coloured stroke keeps its colour up to its edges."""
    rng = np.random.default_rng(0)
    photo = np.full((60, 90, 3), 140, np.uint8)
    photo[:, :30] += rng.integers(0, 4, (60, 30, 3), np.uint8)
    photo[:, 60:] = (200, 60, 40)
    drawing = np.full((60, 90, 3), (150, 140, 170), np.uint8)
    kept = blend.keep_grey(drawing, photo)
    assert np.ptp(kept[:, :55], axis=2).max() == 0
    assert np.array_equal(kept[:, 60:], drawing[:, 60:])
    np.testing.assert_allclose(kept[:, :55, 0], cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY)[:, :55], atol=1)
    assert blend.keep_grey(drawing, drawing) is drawing


def test_mix_goes_from_one_to_the_other_and_beyond():
    below, above = np.full((2, 2, 3), 100, np.uint8), np.full((2, 2, 3), 140, np.uint8)
    for weight, value in [(0, 100), (0.5, 120), (1, 140), (1.5, 160), (10, 255)]:
        assert (blend.mix(below, above, weight) == value).all()
    ramp = np.array([[0, 1], [0.5, 0.25]], np.float32)
    np.testing.assert_array_equal(blend.mix(below, above, ramp)[:, :, 1], [[100, 140], [120, 110]])


def test_vividness_scales_chroma_and_leaves_light(astronaut):
    assert blend.vividness(astronaut, 1.0) is astronaut
    grey = blend.vividness(astronaut, 0.0)
    assert np.ptp(grey.astype(int), axis=2).max() <= 3
    lab = [cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(float) - (0, 128, 128) for p in (astronaut, grey)]
    assert np.abs(lab[0][:, :, 0] - lab[1][:, :, 0]).mean() < 12
    vivid = blend.vividness(astronaut, 1.5)
    chroma = [
        np.abs(cv2.cvtColor(p, cv2.COLOR_RGB2YCrCb)[:, :, 1:].astype(float) - 128).mean() for p in (astronaut, vivid)
    ]
    assert 1.2 < chroma[1] / chroma[0] < 1.55


def test_guided_filter_smooths_within_edges(astronaut):
    rng = np.random.default_rng(0)
    photo = np.full((80, 80, 3), 60, np.uint8)
    photo[:, 40:] = 200
    noisy = np.clip(photo + rng.normal(0, 12, photo.shape), 0, 255).astype(np.uint8)
    smooth = blend.guided(noisy, photo)
    assert smooth[10:70, 5:35].std() < 0.4 * noisy[10:70, 5:35].std()
    assert smooth[:, 41].mean() - smooth[:, 38].mean() > 130


def test_sharpened_lines_are_darker_and_flat_colour_stays():
    drawing = np.full((40, 40, 3), (200, 150, 100), np.uint8)
    drawing[20] = (180, 130, 80)  # a faint line
    sharp = blend.sharpened(drawing, 2.0, 1.8)
    np.testing.assert_array_equal(sharp[2], drawing[2])
    assert sharp[20, 20, 0] < 160
    assert sharp[18, 20, 0] >= 200
    np.testing.assert_array_equal(blend.sharpened(drawing, 2.0, 0.0), drawing)
