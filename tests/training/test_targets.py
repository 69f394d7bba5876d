"""Targets: our own steps, and how steps are combined."""

import cv2
import numpy as np
import pytest

from animegan import errors
from animegan.images import metrics
from animegan.images.resize import Picture
from animegan.training import targets
from animegan.training.lab import to_lab, to_rgb, vivid
from tests.conftest import SHARED


@pytest.fixture(scope="module")
def cel(coffee) -> Picture:
    return targets.cel(coffee)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(targets.STEPS))
def test_every_step_keeps_the_size_and_is_deterministic(name, coffee):
    photo = coffee[:203, :301]
    before = photo.copy()
    drawn = targets.STEPS[name](photo)
    assert (drawn.shape, drawn.dtype) == (photo.shape, np.uint8)
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(targets.STEPS[name](photo), drawn)


@pytest.mark.slow
def test_a_cel_is_flat_vivid_and_not_the_photo(coffee, cel):
    assert metrics.flat(cel) > 1.6 * metrics.flat(coffee)
    assert metrics.chroma(cel) > 1.0 * metrics.chroma(coffee)
    assert metrics.psnr(cel, coffee) < 26


def test_opposite_borders_do_not_bleed_into_each_other():
    """A dark left and a light right border: smoothing that treats a picture as periodic would mix them."""
    photo = np.full((96, 97, 3), 40, np.uint8)
    photo[:, 48:] = 200
    np.testing.assert_array_equal(targets.l0_smooth(photo, 0.012), photo)
    drawn = targets.cel(photo).astype(int)
    assert np.abs(drawn[:, 0] - drawn[:, 20]).max() <= 2
    assert np.abs(drawn[:, -1] - drawn[:, -20]).max() <= 2


def test_smoothing_removes_small_steps_and_keeps_large_ones():
    rng = np.random.default_rng(0)
    photo = np.full((80, 100, 3), 90, np.uint8)
    photo[20:60, 30:70] = (190, 120, 60)
    noisy = np.clip(photo + rng.normal(0, 5, photo.shape), 0, 255).astype(np.uint8)
    smooth = targets.l0_smooth(noisy, 0.012)
    assert metrics.psnr(smooth, photo) > metrics.psnr(noisy, photo) + 8
    assert metrics.flat(smooth) > 0.8 > 0.2 > metrics.flat(noisy)


def test_ink_follows_edges_only():
    photo = np.full((128, 128, 3), 210, np.uint8)
    cv2.circle(photo, (64, 64), 36, (120, 90, 80), -1, cv2.LINE_AA)
    ink = targets.ink_lines(photo, photo)
    y, x = np.mgrid[:128, :128]
    distance = np.abs(np.hypot(x - 64, y - 64) - 36)
    assert ink[distance < 2].max() > 0.6
    assert ink[distance > 8].max() < 0.02


def test_crowded_edges_get_less_ink():
    """Rubble gets less ink per edge than a single post."""
    rng = np.random.default_rng(0)
    rubble = np.kron(rng.integers(60, 220, (32, 32), np.uint8), np.ones((4, 4), np.uint8))
    post = np.full((128, 128), 200, np.uint8)
    post[:, 60:70] = 70
    inks = [targets.ink_lines(picture, picture) for picture in (np.dstack([p] * 3) for p in (rubble, post))]
    crowded, single = (float(ink.max()) for ink in inks)
    assert crowded < 0.85 * single


def test_letters_survive_the_removal_of_texture():
    photo = np.full((96, 256, 3), 235, np.uint8)
    cv2.putText(photo, "anime", (20, 66), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 30), 3, cv2.LINE_AA)
    assert metrics.psnr(targets.without_texture(photo, 2.5), photo) > 28
    grass = np.clip(photo.astype(int) + np.random.default_rng(0).integers(-12, 13, photo.shape), 0, 255)
    plain = targets.without_texture(grass.astype(np.uint8), 2.5)
    assert plain[:20].std() < 0.4 * grass[:20].std()


def test_skin_does_not_turn_orange():
    skin, grass = np.full((4, 4, 3), (205, 160, 135), np.uint8), np.full((4, 4, 3), (90, 140, 60), np.uint8)
    gains = []
    for colour in (skin, grass):
        lab = to_lab(colour)
        vivid(lab, 1.3, 1.04)
        gains.append(metrics.chroma(to_rgb(lab)) / metrics.chroma(colour))
    assert gains[0] < 1.15
    assert gains[1] > 1.25


@pytest.mark.parametrize("colour", [(225, 25, 30), (240, 120, 15), (25, 60, 215), (245, 205, 20), (20, 150, 50)])
def test_vivid_cloth_keeps_its_folds(colour):
    """No channel is at its limit, and what is clearly lighter in the photo is so in the drawing."""
    folds = np.linspace(0.35, 1, 12)
    photo = np.concatenate([np.full((96, 24, 3), fold * np.array(colour)) for fold in folds], axis=1).astype(np.uint8)
    drawn = targets.compose("cel", "daylight")(photo)
    assert drawn[4:-4, 4:-4].min() > 2
    assert drawn[4:-4, 4:-4].max() < 251
    wanted, light = (
        [to_lab(picture)[30:60, 24 * n + 6 : 24 * n + 18, 0].mean() for n in range(12)] for picture in (photo, drawn)
    )
    assert (np.diff(light) > -1.5).all()
    assert light[-1] - light[0] > 0.4 * (wanted[-1] - wanted[0])


def test_colours_of_common_things_survive_the_way_to_lab_and_back():
    """Greys do so exactly; only vivid colours are bent."""
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    np.testing.assert_array_equal(to_rgb(to_lab(greys)), greys)
    common = np.random.default_rng(0).integers(60, 160, (40, 40, 3), np.uint8)
    assert np.abs(to_rgb(to_lab(common)).astype(int) - common).max() <= 1


def test_dusk_makes_light_areas_warm_and_dark_areas_blue():
    light, dark = (to_lab(targets.dusk(np.full((64, 64, 3), grey, np.uint8)))[32, 32] for grey in (220, 40))
    assert light[2] > 15
    assert dark[2] < -8


@pytest.mark.slow
def test_manga_is_grey_and_has_few_tones(coffee):
    page = targets.manga(coffee)
    assert (page.max(axis=2) == page.min(axis=2)).all()
    counts = np.bincount(page[:, :, 0].ravel(), minlength=256)
    assert np.sort(counts)[-24:].sum() > 0.6 * counts.sum()


def test_watercolour_keeps_white_paper_and_has_no_black(cel):
    wash = targets.watercolour(cel)
    assert np.percentile(wash.mean(axis=2), 2) > 60
    assert targets.watercolour(np.full((64, 64, 3), 250, np.uint8)).min() > 250


def test_film_has_the_light_of_the_drawing_and_the_colours_of_the_picture(coffee):
    grey = targets.film(coffee, lambda picture: np.full_like(picture, 128))
    assert grey.std(axis=(0, 1)).mean() < coffee.std(axis=(0, 1)).mean()
    light = cv2.cvtColor(grey, cv2.COLOR_RGB2YCrCb)[:, :, 0]
    assert np.abs(light.astype(int) - 128).mean() < 8
    assert 0.5 < metrics.chroma(grey) / metrics.chroma(coffee) < 1.1


@pytest.mark.slow
def test_steps_apply_from_left_to_right(coffee):
    target = targets.parse("cel,dusk")
    np.testing.assert_array_equal(target(coffee), targets.dusk(targets.cel(coffee)))
    keys = {targets.parse(text).key() for text in ("cel", "dusk", "cel,dusk", "dusk,cel", "cel,cel")}
    assert len(keys) == 5
    assert target.key(1) == targets.parse("cel").key()
    assert targets.compose("cel", targets.dusk, target).key() != target.key()


@pytest.mark.parametrize("text", ["", "cell", "cel,,dusk", "nowhere.onnx", "film:nowhere.onnx", "film:cel", "x:cel"])
def test_an_unknown_step_is_refused(text):
    with pytest.raises(errors.BadOptionError, match=r"write bright|write cel"):
        targets.parse(text)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the teachers beside the project")
def test_a_teacher_over_a_cel(astronaut):
    file = SHARED / "teachers" / "portrait.onnx"
    target = targets.parse(f"soft-cel, {file}")
    drawn = target(astronaut)
    assert drawn.shape == astronaut.shape
    assert metrics.psnr(drawn, targets.soft_cel(astronaut)) < 26
    assert target.key() != targets.parse(f"soft-cel,film:{file}").key()


def test_specks_are_no_lines_and_strokes_stay():
    lines = np.zeros((60, 60), np.float32)
    lines[10:13, 10:13] = 1  # a speck
    lines[40:42, 5:50] = 0.8
    clean = targets.without_specks(lines)
    assert clean[:20].max() < 0.2
    np.testing.assert_array_equal(clean[40:42, 5:50], lines[40:42, 5:50])


def test_daylight_is_fresh_and_leaves_skin_and_greys_alone():
    """Olive turns green, shadows turn blue, skin and grey keep their hue."""

    def lab(rgb):
        return to_lab(np.full((8, 8, 3), rgb, np.uint8))[4, 4]

    def drawn(rgb):
        return to_lab(targets.daylight(np.full((8, 8, 3), rgb, np.uint8)))[4, 4]

    olive, leaf = lab((95, 110, 45)), drawn((95, 110, 45))
    assert np.arctan2(leaf[2], leaf[1]) > np.arctan2(olive[2], olive[1]) + 0.05
    assert np.hypot(*leaf[1:]) > 1.15 * np.hypot(*olive[1:])
    assert drawn((40, 50, 45))[2] < lab((40, 50, 45))[2] - 1
    skin, tanned = lab((215, 165, 135)), drawn((215, 165, 135))
    assert np.hypot(*(tanned - skin)[1:]) < 3
    for grey in (20, 90, 200):
        assert np.abs(drawn((grey, grey, grey))[1:]).max() < 1
