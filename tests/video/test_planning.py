"""What a clip needs is decided once, and done alike to all of its frames."""

import numpy as np

from animegan.pipeline import stages
from animegan.repair.plan import Plan, plan
from animegan.repair.quality import assess
from animegan.repair.tones import relight
from animegan.video.planning import plan_for_clip
from tests.support.models import standing_in
from tests.support.pictures import blurred, dull, noisy


def dark(photo):
    return (photo * 0.2).astype(np.uint8)


def test_a_good_clip_is_left_alone(coffee):
    needed = plan_for_clip([coffee, coffee[:, ::-1].copy()], "auto")
    assert needed.steps == ()
    assert relight(coffee, needed) is coffee


def test_off_is_off(coffee):
    assert plan_for_clip([dark(coffee)], "off") == Plan()


def test_one_curve_for_all_frames(coffee):
    """A part of the clip that is darker than the rest stays darker, and does not flicker."""
    needed = plan_for_clip([dark(coffee)] * 3, "auto")
    assert [step.stage for step in needed.steps] == ["exposure"]
    usual, darker = (relight(picture, needed) for picture in (dark(coffee), (coffee * 0.15).astype(np.uint8)))
    assert usual.mean() > 1.8 * dark(coffee).mean()
    assert darker.mean() < 0.9 * usual.mean()
    np.testing.assert_array_equal(usual, relight(dark(coffee), plan(assess(dark(coffee)), "auto")))


def test_a_flat_clip_is_spread_by_one_curve(coffee):
    """So a frame with a bright place in it looks like its neighbours."""
    flat = dull(coffee)
    needed = plan_for_clip([flat] * 3, "auto")
    assert [step.stage for step in needed.steps] == ["contrast"]
    usual, lit = flat.copy(), flat.copy()
    lit[:40, :40] = 255
    usual, lit = (relight(picture, needed)[200:, 300:].astype(float) for picture in (usual, lit))
    assert np.abs(usual - lit).mean() < 2


def test_most_of_the_clip_decides(coffee):
    """One frame out of focus is no reason to restore all."""
    bad = blurred(coffee, 3)
    assert plan_for_clip([coffee, bad, coffee], "auto").steps == ()
    step = plan_for_clip([bad, bad, coffee], "auto").restore
    assert step is not None
    assert step.reasons[0].code == "blurry"


def test_a_frame_is_restored_once(coffee):
    """A photo between fine grain and none is restored at both sizes, in four views; a frame at one, in one view."""
    for sigma in (2, 4, 6, 9):
        needed = plan_for_clip([noisy(blurred(coffee, 3), sigma)], "auto")
        assert needed.own_share in (0.0, 1.0)
        assert needed.own_share == 0 or needed.lost == 0
    seen = []

    def double(picture):
        seen.append(picture.shape)
        return picture.repeat(2, 0).repeat(2, 1)

    tools = standing_in(double)
    work = stages.at_paint_side(tools, coffee, side=0)
    stages.restore(tools, work, plan_for_clip([coffee], "on"), restorer="light", quick=True)
    assert seen == [coffee.shape]


def test_asked_for(coffee):
    assert [step.why for step in plan_for_clip([coffee], "on").steps] == ["asked for"]
