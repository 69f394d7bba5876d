"""Faces of a clip: followed from frame to frame, faded in and out, let go at a cut."""

from fractions import Fraction
from typing import Any, cast

import cv2
import numpy as np
import pytest

from animegan import video
from animegan.errors import BadOptionError
from animegan.faces.face import Face
from animegan.images.resize import resize
from animegan.pipeline.models import Models
from animegan.video.motion import Follower
from animegan.video.tracking import TRACKING, Tracker
from benchmarks.steadiness import clip_of, warp_error
from tests.support.clips import frames_of, write

STEP = Fraction(1, 25)


class Looks:
    """A finder that sees faces where the test says, jittering as MTCNN does, and may miss them."""

    def __init__(self):
        self.faces: list[Face] = []
        self.rng = np.random.default_rng(0)

    def find(self, photo):
        return [self.jittered(face) for face in self.faces]

    glance = find

    def again(self, photo, expected):
        near = [face for face in self.faces if np.hypot(*np.subtract(face.centre, expected.centre)) < face.side]
        return self.jittered(near[0]) if near else None

    def jittered(self, face):
        return face.with_landmarks(np.array(face.landmarks) + self.rng.normal(0, 0.02 * face.side, (5, 2)))


def moved(face, matrix, first):
    """Where a face of the first frame is in another; the matrices are from frames to the photograph."""
    back = np.linalg.inv(matrix) @ first
    points = np.array(face.landmarks) @ back[:2, :2].T + back[:2, 2]
    x, y = back[:2, :2] @ np.array(face.centre) + back[:2, 2]
    half = face.side / 2
    return Face((x - half, y - half, x + half, y + half), face.landmarks, 1.0).with_landmarks(points)


def run(astronaut, looks, count, seen=lambda number: True):
    """Follow the astronaut's face through a clip from a hand: the tracks, and where the face truly is."""
    from benchmarks.steadiness import shake
    from tests.support.pictures import at

    start = at(WHERE[0], WHERE[1], WHERE[2])
    follower, tracker = Follower(), Tracker(cast(Any, looks))
    for number, shot in enumerate(clip_of(astronaut[:400], "shake", count)):
        truth = moved(start, shake(number), shake(0))
        looks.faces = [truth] if seen(number) else []
        yield tracker.follow(shot.picture, follower.follow(shot.picture), number * STEP), truth


WHERE = (290.0, 90.0, 120.0)
"""Middle and side of the astronaut's face in the first frame of the clip, in pixels."""


@pytest.mark.slow
def test_a_face_is_followed_smoothly(astronaut):
    """Nearer to the truth than single looks are, and with a fifth of their jitter from frame to frame."""
    errors, single = [], []
    looks = Looks()
    for tracks, truth in run(astronaut, looks, 30):
        assert len(tracks) == 1
        errors.append(np.array(tracks[0].face.landmarks) - truth.landmarks)
        single.append(np.array(looks.jittered(truth).landmarks) - truth.landmarks)
    assert np.abs(errors[10:]).mean() < np.abs(single).mean()
    jumps = [np.abs(np.diff(each, axis=0)).mean() for each in (errors, single)]
    assert jumps[0] < 0.2 * jumps[1]


def test_a_face_that_is_missed_once_does_not_drop_out(astronaut):
    missed = range(8, 13)
    tracks = [tracks for tracks, _ in run(astronaut, Looks(), 20, seen=lambda number: number not in missed)]
    assert all(len(each) == 1 and each[0].opacity == 1 for each in tracks)


@pytest.mark.slow
def test_a_face_that_leaves_fades_out_and_one_that_comes_fades_in(astronaut):
    gone, back = 5, 40
    opacities = [
        tracks[0].opacity if tracks else 0.0
        for tracks, _ in run(astronaut, Looks(), 65, seen=lambda number: not gone <= number < back)
    ]
    assert opacities[:5] == [1] * 5
    assert opacities[39] == 0
    assert opacities[64] == 1
    assert np.abs(np.diff(opacities)).max() == pytest.approx(float(STEP) / TRACKING.fade, abs=1e-6)


def test_at_a_cut_faces_begin_anew(astronaut, coffee):
    looks, follower = Looks(), Follower()
    tracker = Tracker(cast(Any, looks))
    portrait = next(clip_of(astronaut, "pan", 1)).picture
    table = next(clip_of(coffee, "pan", 1)).picture
    from tests.support.pictures import at

    seen = []
    for number, (picture, faces) in enumerate(
        [(portrait, [at(300, 150, 120)]), (table, []), (portrait, [at(300, 150, 120)])]
    ):
        looks.faces = faces
        seen.append([t.opacity for t in tracker.follow(picture, follower.follow(picture), number * STEP)])
    assert seen == [[1.0], [], [1.0]]
    assert tracker.count == 2


def test_a_face_that_turns_to_the_side_fades_out(astronaut):
    """Then the scene's own painting shows, as in a photo."""
    looks = Looks()
    narrow = lambda face: face.with_landmarks(np.array(face.landmarks) * [0.5, 1] + [face.centre[0] * 0.5, 0])  # noqa: E731
    tracker, follower = Tracker(cast(Any, looks)), Follower()
    from tests.support.pictures import at

    picture = next(clip_of(astronaut, "pan", 1)).picture
    opacity = []
    for number in range(30):
        face = at(300, 150, 120)
        looks.faces = [face if number < 5 else narrow(face)]
        assert looks.faces[0].in_profile == (number >= 5)
        tracks = tracker.follow(picture, follower.follow(picture), number * STEP)
        opacity.append(tracks[0].opacity if tracks else 0)
    assert (opacity[4], opacity[29]) == (1, 0)


@pytest.mark.slow
def test_a_real_face_is_painted_in_every_frame(pipeline, astronaut, tmp_path):
    """By MTCNN and the face painter: the drawn face differs from the scene's own painting, and does not flicker."""
    shots = list(clip_of(astronaut[:400], "shake", 8))
    small = [np.ascontiguousarray(resize(shot.picture, 480, 270)[:, :480]) for shot in shots]
    clip = write(tmp_path / "clip.mp4", small)
    result = video.stylize_video(clip, tmp_path / "anime.mp4", pipeline=pipeline, enhance="off")
    plain = video.stylize_video(clip, tmp_path / "plain.mp4", pipeline=pipeline, enhance="off", faces="off")
    assert result.faces == 1
    drawn, scene = frames_of(result.path), frames_of(plain.path)
    face = slice(10, 100), slice(180, 290)
    assert min(np.abs(a[face].astype(int) - b[face]).mean() for a, b in zip(drawn, scene, strict=True)) > 4
    flows: list[Any] = [cv2.resize(shot.flow, (480, 270)) * 0.75 if shot.flow is not None else None for shot in shots]

    def flicker(pictures):
        return np.mean([warp_error(pictures[n], pictures[n - 1], flows[n]) for n in range(2, 8)])

    assert flicker(drawn) < 1.25 * flicker(scene)


def test_a_frame_of_faces_only_is_the_clip_around_them(pipeline, astronaut, tmp_path):
    """And the scene only has the clip's faces: the two share out the frame between them."""
    still = np.ascontiguousarray(resize(astronaut[:300, 60:360], 160, 160))
    clip = write(tmp_path / "clip.mp4", [still] * 2)
    settings: dict[str, Any] = {"style": "cel", "faces": "on", "enhance": "off", "pipeline": pipeline}
    frame, faces = video.draw_preview(clip, faces_only=True, **settings)
    _, scene = video.draw_preview(clip, scene_only=True, **settings)
    in_faces, in_scene = (np.abs(drawn.astype(int) - frame).max(2) > 8 for drawn in (faces, scene))
    assert 0.02 < in_faces.mean() < 0.4 < in_scene.mean()
    np.testing.assert_array_equal(faces[-20:], frame[-20:])
    assert (in_faces & ~in_scene).sum() > 0.3 * in_faces.sum()  # where the scene only leaves the face


class Halves:
    """A mask that takes the right half of a frame for a person."""

    def find(self, photo):
        return np.tile(np.arange(photo.shape[1]) >= photo.shape[1] // 2, (len(photo), 1)).astype(np.float32)


def test_a_frame_of_people_only_is_the_clip_around_them(pipeline, astronaut, tmp_path, monkeypatch):
    monkeypatch.setattr(Models, "people", lambda self: Halves())
    clip = write(tmp_path / "clip.mp4", [np.ascontiguousarray(resize(astronaut, 96, 96))] * 2)
    settings: dict[str, Any] = {"style": "cel", "faces": "off", "enhance": "off", "pipeline": pipeline}
    frame, people = video.draw_preview(clip, people_only=True, **settings)
    _, behind = video.draw_preview(clip, background_only=True, **settings)
    np.testing.assert_array_equal(people[:, :48], frame[:, :48])
    np.testing.assert_array_equal(behind[:, 48:], frame[:, 48:])
    assert min(np.abs(people[:, 48:].astype(int) - frame[:, 48:]).mean(), np.ptp(behind[:, :48])) > 4
    with pytest.raises(BadOptionError, match="A clip has no setting 'sticker'"):
        video.draw_preview(clip, sticker=True, **settings)
