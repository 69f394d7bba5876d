"""What a clip needs is decided once, and done alike to all of its frames."""

import cv2
import numpy as np

from animegan.repair import tones
from animegan.video.mending import Mending, plan
from tests.support.pictures import blurred, dull


def never(picture):
    raise AssertionError("nothing asked for the restorer")


def twice(picture):
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def dark(photo):
    return (photo * 0.2).astype(np.uint8)


def test_a_good_clip_is_left_alone(coffee):
    mending = plan([coffee, coffee[:, ::-1].copy()], "auto")
    assert mending == Mending()
    assert mending.mend(coffee, never) is coffee


def test_off_is_off(coffee):
    assert plan([dark(coffee)], "off") == Mending()


def test_one_curve_for_all_frames(coffee):
    """A part of the clip that is darker than the rest stays darker, and does not flicker."""
    mending = plan([dark(coffee)] * 3, "auto")
    assert [step.stage for step in mending.steps] == ["exposure"]
    usual, darker = (mending.mend(picture, never) for picture in (dark(coffee), (coffee * 0.15).astype(np.uint8)))
    assert usual.mean() > 1.8 * dark(coffee).mean()
    assert darker.mean() < 0.9 * usual.mean()
    np.testing.assert_array_equal(usual, tones.lift(dark(coffee)))
    np.testing.assert_array_equal(mending.relight(dark(coffee)), usual)


def test_a_flat_clip_is_spread_by_one_curve(coffee):
    """So a frame with a bright place in it looks like its neighbours."""
    flat = dull(coffee)
    mending = plan([flat] * 3, "auto")
    assert [step.stage for step in mending.steps] == ["contrast"]
    usual, lit = flat.copy(), flat.copy()
    lit[:40, :40] = 255
    usual, lit = (mending.mend(picture, never)[200:, 300:].astype(float) for picture in (usual, lit))
    assert np.abs(usual - lit).mean() < 2
    np.testing.assert_array_equal(mending.relight(flat), mending.mend(flat, never))
    np.testing.assert_array_equal(mending.relight(flat), tones.equalize(flat))


def test_most_of_the_clip_decides(coffee):
    """One frame out of focus is no reason to restore all."""
    bad = blurred(coffee, 3)
    assert plan([coffee, bad, coffee], "auto") == Mending()
    steps = plan([bad, bad, coffee], "auto").steps
    assert steps[0].stage == "restore"
    assert steps[0].reasons[0].code == "blurry"


def test_asked_for(coffee):
    mending = plan([coffee], "on")
    assert [step.why for step in mending.steps] == ["asked for"]
    assert mending.mend(coffee, twice).shape == coffee.shape
