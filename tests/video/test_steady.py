"""Steadiness: motion, cuts, flicker."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from animegan.images.metrics import line_strength, psnr
from animegan.video.motion import Follower, Motion
from animegan.video.steady import Calm, Steady, SteadyMatte
from benchmarks.steadiness import KINDS, clip_of, warp_error
from tests.support.pictures import noisy


def test_clips_move_as_they_say(coffee):
    """The flow that comes with a clip explains it: what is left is far less than what differs."""
    for kind in ("pan", "zoom", "shake"):
        shots = list(clip_of(coffee, kind, 3))
        assert shots[0].flow is None
        for before, shot in pairwise(shots):
            assert shot.flow is not None
            differs = np.abs(shot.picture.astype(int) - before.picture).mean()
            assert warp_error(shot.picture, before.picture, shot.flow) < 0.5 * differs
    assert set(KINDS) >= {"noise", "light", "handheld"}


def test_the_motion_of_a_pan_is_found(coffee):
    shots = list(clip_of(coffee, "pan", 3))
    follower = Follower()
    assert follower.follow(shots[0].picture) is None
    motion = follower.follow(shots[1].picture)
    assert motion is not None
    assert shots[1].flow is not None
    sure = motion.trust > 0.8
    assert sure.mean() > 0.7
    assert np.median(np.abs(motion.flow - shots[1].flow)[sure]) < 0.3
    assert motion.trust[:, -2:].mean() < 0.1  # that part has just come into the picture
    first, second = (shot.picture[:, :-8] for shot in shots[:2])
    assert psnr(motion.carry(shots[0].picture)[:, :-8], second) > psnr(first, second) + 6


def test_a_cut_is_noticed_and_a_pan_is_none(coffee, astronaut):
    follower = Follower()
    kinds = [("pan", coffee), ("shake", astronaut), ("light", coffee), ("handheld", astronaut)]
    for number, (kind, photo) in enumerate(kinds):
        for place, shot in enumerate(clip_of(photo, kind, 4)):
            assert (follower.follow(shot.picture) is None) == (place == 0)
        assert follower.cuts == number


def test_a_large_frame_gets_a_motion_of_its_own_size(coffee):
    follower = Follower()
    large = cv2.resize(coffee, (1200, 800), interpolation=cv2.INTER_CUBIC)
    follower.follow(large)
    motion = follower.follow(np.roll(large, 6, axis=1))
    assert motion is not None
    assert motion.flow.shape == (800, 1200, 2)
    assert np.median(motion.flow[100:-100, 100:-100, 0]) == pytest.approx(-6, abs=0.5)


def test_noise_of_the_clip_is_averaged_and_edges_stay(coffee):
    """A still clip with noise: after some frames half of the noise is gone."""
    still = cv2.resize(coffee, (480, 320), interpolation=cv2.INTER_AREA)
    follower, calm = Follower(), Calm()
    averaged = picture = still
    for seed in range(6):
        picture = noisy(still, 8, seed)
        averaged = calm.average(picture, follower.follow(picture))
    assert psnr(averaged, still) > psnr(picture, still) + 4
    assert line_strength(averaged) > 0.95 * line_strength(still)


def test_a_drawing_that_flickers_is_calmed_and_starts_anew_at_a_cut(coffee):
    """What each frame adds differs by noise of σ 12; the photo below stays as it is."""
    still = cv2.resize(coffee, (480, 320), interpolation=cv2.INTER_AREA)
    follower, steady, zero = Follower(), Steady(), np.zeros((320, 480, 2), np.float32)
    drawn = [noisy(still, 12, seed) for seed in range(6)]
    calmed = [steady.blend(picture, still, follower.follow(still)) for picture in drawn]
    assert warp_error(calmed[5], calmed[4], zero) < 0.5 * warp_error(drawn[5], drawn[4], zero)
    np.testing.assert_array_equal(steady.blend(drawn[0], still, None), drawn[0])


@pytest.mark.slow
def test_the_default_style_on_a_noisy_clip_from_a_hand(pipeline, astronaut):
    """The bars: flicker at most 1.15 times the clip's own, sharpness at least 0.95 of the drawing frame by frame."""
    from benchmarks.flicker import measure

    found = measure(pipeline, "anime", list(clip_of(astronaut, "handheld", 6)))
    assert found["steady"] <= 1.15 * found["source"]
    assert found["steady"] <= 0.8 * found["drawn"]
    assert found["steady change"] < 1.1 * found["change"]
    assert found["sharpness"] >= 0.93  # over six frames; see the docs for more


def test_a_matte_is_steadied_along_the_motion():
    """Noise of its border is halved, a border that moves is carried along, and a cut starts anew."""
    rng, steady = np.random.default_rng(0), SteadyMatte()
    edge = np.clip((np.arange(64) - 20) / 4, 0, 1).astype(np.float32)
    moves = Motion(np.full((48, 64, 2), (-1, 0), np.float32), np.ones((48, 64), np.float32))
    off, noise = [], []
    for number in range(8):
        true = np.tile(np.roll(edge, number), (48, 1))
        seen = (true + rng.normal(0, 0.1, true.shape)).astype(np.float32)
        averaged = steady.average(seen, moves if number else None)
        off.append(np.abs(averaged - true)[:, 10:60].mean())
        noise.append(np.abs(seen - true)[:, 10:60].mean())
    assert np.mean(off[4:]) < 0.6 * np.mean(noise[4:])
    np.testing.assert_array_equal(steady.average(edge[None], None), edge[None])
