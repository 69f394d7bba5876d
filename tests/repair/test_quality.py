"""How much detail a photo has lost, whatever took it; faded prints; damaged photos."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data

from animegan.evaluation.recipes import old, through_jpeg
from animegan.images.metrics import chroma, psnr
from animegan.repair import measures, quality, tones
from animegan.repair.damage import Trees
from animegan.repair.plan import plan
from animegan.repair.thresholds import REPAIR
from animegan.repair.true_size import at_true_size
from tests.support.pictures import blurred

NAMES = ("astronaut", "coffee", "chelsea", "rocket")
RESAMPLINGS = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "Lanczos": cv2.INTER_LANCZOS4,
}


def enlarged(photo: np.ndarray, factor: float, resampling: int) -> np.ndarray:
    """A photo that was once ``factor`` times smaller."""
    height, width = photo.shape[:2]
    small = cv2.resize(photo, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=resampling)


@pytest.mark.parametrize("name", NAMES)
def test_more_blur_loses_more_octaves(name):
    photo = getattr(skimage.data, name)()
    lost = [quality.assess(blurred(photo, sigma)).lost for sigma in (0.8, 1.5, 2.5, 4)]
    assert quality.assess(photo).lost < lost[0]
    assert lost == sorted(lost)
    assert lost[3] > 2  # σ 4: a quarter of the size would hold what is left


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("factor", [4.5, 7])
@pytest.mark.parametrize("jpeg", [None, 90, 65])
def test_a_photo_of_less_than_a_quarter_of_its_size_is_never_called_sharp(name, resampling, factor, jpeg):
    bad = enlarged(getattr(skimage.data, name)(), factor, RESAMPLINGS[resampling])
    if jpeg is not None:
        bad = through_jpeg(bad, jpeg)
    assert plan(quality.assess(bad), "auto").restore


def test_a_coarse_blur_is_named_with_the_size_of_its_detail(coffee):
    """The worst blur of all has nothing fine left whose octaves could be compared."""
    bad = quality.assess(enlarged(coffee, 8, cv2.INTER_NEAREST))
    assert bad.coarse
    assert bad.true_side < 640 / 4
    step = plan(bad, "auto").restore
    assert step is not None
    assert f"holds the detail of a photo {bad.true_side} pixels wide" in step.why


def test_a_soft_photo_is_restored_if_it_may_be_damaged_as_well(coffee):
    sharp = replace(quality.assess(coffee), damage=0.0, lost=0.0)
    assert not sharp.coarse
    for damage, lost, coarse in ((0.4, 1.2, True), (0.2, 1.2, False), (0.4, 0.8, False), (0.0, 2.0, True)):
        assert replace(sharp, damage=damage, lost=lost).coarse == coarse


@pytest.mark.parametrize("jpeg", [None, 95, 75, 60])
@pytest.mark.parametrize("factor", [2.6, 4, 5.7, 8.4])
def test_repeated_pixels_are_counted(factor, jpeg):
    repeated = enlarged(skimage.data.astronaut(), factor, cv2.INTER_NEAREST)
    photo = repeated if jpeg is None else through_jpeg(repeated, jpeg)
    assert measures.repetition(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)) == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize("jpeg", [90, 75, 60])
@pytest.mark.parametrize("factor", [7.6, 7.8, 7.95, 8.05])
def test_repeated_pixels_are_told_from_the_blocks_of_jpeg(factor, jpeg):
    """Their steps lie 8 pixels apart, too, but are far larger; or else the photo is called blocky."""
    repeated = through_jpeg(enlarged(skimage.data.chelsea(), factor, cv2.INTER_NEAREST), jpeg)
    grey = cv2.cvtColor(repeated, cv2.COLOR_RGB2GRAY)
    assert measures.repetition(grey) == pytest.approx(factor, rel=0.06) or measures.blockiness(grey) > REPAIR.blocky
    assert plan(quality.assess(repeated), "auto").restore


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("strength", [20, 40, 70])
def test_the_blocks_of_a_cropped_jpeg_are_no_repeated_pixels(name, strength):
    grey = cv2.cvtColor(through_jpeg(getattr(skimage.data, name)(), strength), cv2.COLOR_RGB2GRAY)
    assert measures.repetition(np.ascontiguousarray(grey[3:, 5:])) == 1


def test_a_photo_of_repeated_pixels_is_restored(coffee):
    bad = quality.assess(enlarged(coffee, 3, cv2.INTER_NEAREST))
    assert bad.repeated == pytest.approx(3, abs=0.1)
    assert plan(bad, "auto").restore


@pytest.mark.parametrize("factor", [2.5, 4])
def test_a_photo_of_repeated_pixels_is_restored_at_single_ones(coffee, factor):
    bad = enlarged(coffee, factor, cv2.INTER_NEAREST)
    measured, seen = quality.assess(bad), []

    def double(photo):
        seen.append(photo)
        return cv2.resize(photo, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)

    grainy = replace(measured, grain=9.0)  # the borders of squares pass for grain
    needed = plan(grainy, "auto")
    assert needed.own_share == 0
    smooth = at_true_size(bad, double, needed.lost, needed.repeated)
    assert max(seen[0].shape) == pytest.approx(max(bad.shape) / factor, abs=4)
    assert smooth.shape == bad.shape
    assert psnr(smooth, coffee) > psnr(bad, coffee) + 0.5


def test_a_large_photo_of_repeated_pixels_has_enough_for_its_painting():
    photo = skimage.data.astronaut()
    large = quality.assess(cv2.resize(photo, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST))
    assert large.repeated == pytest.approx(640 / 512, abs=0.1)
    assert not large.coarse


def test_pixels_that_are_not_repeated_are_not_counted(coffee):
    grey = cv2.cvtColor(coffee, cv2.COLOR_RGB2GRAY)
    on_white = np.full((400, 500), 255, np.uint8)
    on_white[100:180, 50:330] = grey[100:180, 50:330]
    blocks = cv2.cvtColor(through_jpeg(coffee, 12), cv2.COLOR_RGB2GRAY)
    plain = np.zeros((40, 40), np.uint8)
    one_square = np.pad(plain + 9, 20)
    for picture in (grey, on_white, blocks, plain, plain[:3, :2], one_square):
        assert measures.repetition(picture) == 1


def test_an_old_print_is_faded_and_gets_its_black_and_white_back(coffee):
    faded = old(coffee, np.random.default_rng(0), [])
    measured = quality.assess(faded)
    assert measured.faded
    needed = plan(measured, "auto")
    assert needed.steps[-1].stage == "fading"
    assert psnr(tones.relight(faded, needed), coffee) > psnr(faded, coffee) + 1


def test_a_faded_print_in_black_and_white_needs_no_tint(coffee):
    grey = cv2.cvtColor(cv2.cvtColor(coffee, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    faded = (45 + 0.5 * cv2.GaussianBlur(grey, (0, 0), 1.5)).astype(np.float32)
    grain = cv2.GaussianBlur(np.random.default_rng(0).standard_normal(grey.shape[:2]), (0, 0), 1.1)
    faded = through_jpeg(faded + 9 * (grain / grain.std())[:, :, None], 85)
    measured = quality.assess(faded)
    assert measured.tint < 1
    assert measured.faded
    lit = tones.relight(faded, plan(measured, "auto"))
    assert psnr(lit, grey) > psnr(faded, grey) + 0.5
    assert quality.assess(lit).contrast > 1.3 * measured.contrast
    assert chroma(lit) < 1


def test_a_face_as_the_brightest_place_leaves_no_green(astronaut):
    """Skin is red: taken for white, it would turn what is grey green."""
    veiled = (60 + 0.5 * astronaut[:200, 150:350]).astype(np.float32)
    yellow = (veiled * np.array([1.0, 0.95, 0.82])).astype(np.uint8)
    curves = tones.unfade_curves(yellow).astype(float)
    red, green, blue = curves[128]
    assert green <= (red + blue) / 2 + 1
    assert blue > red


def test_grain_says_at_which_size_a_photo_is_restored(coffee):
    lost = replace(quality.assess(coffee), lost=2.0)
    shares = [plan(replace(lost, grain=grain), "on").own_share for grain in (0.4, 0.9, 1.2, 1.5, 3.0)]
    assert shares == pytest.approx([0, 0, 0.5, 1, 1])
    octaves = [plan(replace(lost, grain=grain), "on").lost for grain in (0.4, 1.2, 3.0)]
    assert octaves == [2, 2, 0]
    repeated = plan(replace(lost, grain=3.0, repeated=4.0), "on")  # the borders of squares pass for grain
    assert (repeated.own_share, repeated.lost) == (0, 2)
    own = REPAIR.face_octaves  # faces of a photo that is restored at its own size have that much more
    of_faces = [plan(replace(lost, grain=grain), "on").face_lost for grain in (0.4, 1.2, 3.0)]
    assert of_faces == pytest.approx([lost.lost, lost.lost - own / 2, lost.lost - own])
    assert plan(replace(lost, lost=0.2, grain=3.0), "on").face_lost == 0


def test_parts_of_a_plan_are_left_out_by_name(coffee):
    measured = replace(quality.assess(coffee), lost=2.0, noise=9.0, grain=1.0, contrast=0.1)
    needed = plan(measured, "auto")
    assert [step.stage for step in needed.steps] == ["restore", "contrast"]
    assert needed.lost_at(640) == 2
    without = {name: needed.without(frozenset({name})) for name in ("restore", "relight", "true_size")}
    assert [step.stage for step in without["restore"].steps] == ["contrast"]
    assert without["restore"].lost_at(640) == 0
    assert [step.stage for step in without["relight"].steps] == ["restore"]
    assert (without["true_size"].lost_at(640), without["true_size"].own_share) == (0, 1)
    assert needed.without(frozenset()) == needed


@pytest.mark.parametrize("name", NAMES)
def test_warm_light_is_no_fading(name):
    """A sunset is tinted, mist has no black: neither is an old print."""
    photo = getattr(skimage.data, name)()
    warm = (photo * np.array([1.0, 0.85, 0.6])).astype(np.uint8)
    misty = (90 + 0.5 * warm).astype(np.uint8)
    assert not quality.assess(warm).faded
    assert not quality.assess(misty).faded


def test_trees_add_up_what_their_leaves_say():
    trees = Trees(
        feature=np.array([[0, 1, 1], [1, 0, 0]]),
        threshold=np.array([[0.5, 0.0, 2.0], [0.0, np.inf, np.inf]]),
        value=np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]),
        start=0.5,
    )
    assert trees(np.array([0.4, -1.0])) == 0.5 + 1 + 10  # left, left; left, left
    assert trees(np.array([0.6, 3.0])) == 0.5 + 4 + 30  # right, right; right, left
