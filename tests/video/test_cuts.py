"""What is a cut, and what is not."""

import cv2
import numpy as np
import pytest
import skimage.data

from animegan.video.motion import Follower
from tests.support.clips import pictures

CUP = pictures(1, 320, 213)[0]
CAT = cv2.resize(skimage.data.chelsea(), (320, 213))


def cuts(frames):
    """Numbers of the frames with which a new scene begins."""
    follower, found = Follower(), []
    for number, frame in enumerate(frames):
        before = follower.cuts
        motion = follower.follow(np.asarray(frame, np.uint8))
        assert (motion is None) == (number == 0 or follower.cuts > before)
        if follower.cuts > before:
            found.append(number)
    return found


def flat(*colour):
    return np.full((64, 96, 3), colour, np.uint8)


def in_other_colours(picture):
    """A picture as light as before in each place, with its red and blue exchanged in part."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(int)
    lab[..., 1:] += 40, -40
    return cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (flat(200, 40, 40), flat(40, 122, 40)),  # red and green of equal light
        (flat(122, 80, 40), flat(40, 80, 255)),
        (CUP, in_other_colours(CUP)),
        (CUP, CAT),
    ],
)
def test_a_change_of_colour_alone_is_a_cut(before, after):
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean() for picture in (before, after)]
    assert after is CAT or grey[0] == pytest.approx(grey[1], abs=10)
    assert cuts([before] * 3 + [after] * 3) == [3]


@pytest.mark.parametrize("count", [6, 10, 25])
@pytest.mark.parametrize("to", [0, 255, 128])
def test_a_fade_is_none(count, to):
    shares = np.linspace(1, 0, count)
    assert cuts([to + (CUP.astype(float) - to) * share for share in shares] + [np.full_like(CUP, to)] * 3) == []


def test_a_fade_from_black_begins_a_scene_at_most_once():
    assert len(cuts([np.zeros_like(CUP)] * 2 + [CUP * share for share in np.linspace(0, 1, 10)])) <= 1
    assert cuts([np.zeros_like(CUP)] * 2 + [CUP * share for share in np.linspace(0, 1, 25)]) == []


def test_a_dissolve_and_a_pan_and_noise_are_none():
    assert cuts([CUP * share + CAT * (1 - share) for share in np.linspace(1, 0, 12)]) == []
    assert cuts(pictures(12, 320, 213)) == []
    rng = np.random.default_rng(0)
    assert cuts([np.clip(CUP + rng.normal(0, 25, CUP.shape), 0, 255) for _ in range(4)]) == []


def test_a_lamp_that_goes_on_is_none():
    assert cuts([CUP * share for share in (1, 1, 0.5, 0.5, 1, 1)]) == []


def test_a_darker_frame_is_not_averaged_with_the_brighter_one_before():
    follower = Follower()
    follower.follow(CUP)
    still = follower.follow(CUP)
    darker = follower.follow((CUP * 0.8).astype(np.uint8))
    assert still is not None
    assert darker is not None
    assert still.trust.mean() > 0.95
    assert darker.trust.mean() < 0.2
