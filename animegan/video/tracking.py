"""Follows faces from frame to frame, so that a face neither flickers nor drops out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

import cv2
import numpy as np

from animegan.faces.face import Face, face_crop
from animegan.faces.finder import Finder, shared
from animegan.faces.thresholds import FACES
from animegan.images.resize import Picture
from animegan.video.motion import Motion


@dataclass(frozen=True)
class TrackingThresholds:
    """Every number that decides how faces are followed. See docs/video.md#measured."""

    again: Fraction = Fraction(1, 6)
    """Seconds between two looks at a face that is followed."""
    search: Fraction = Fraction(3, 5)
    """Seconds between two searches for new faces."""
    fade: float = 0.3
    """Seconds in which the painting of a face fades in or out."""
    gain: float = 0.4
    """How far a followed face moves to where it is found again: landmarks of one look jitter, the flow does not."""
    far: float = 0.1
    """A face found this far away, in parts of its side, moves there at once."""
    misses: int = 3
    """Looks in a row that miss a face, until it counts as gone."""
    lost_side: float = 0.8
    """A look misses a face that is found smaller than this times the smallest that is painted."""
    most: int = 20
    """So many faces are followed at a time, at most; the scene's painting shows the others."""
    grid: int = 9
    """Points along a side of the grid by which a face is moved with the flow."""
    trusted: float = 0.2
    """Points of the flow with less trust than this do not count."""
    most_growth: float = 1.25
    """From one frame to the next a face grows by less than this factor, and shrinks by less: the rest is error."""
    canvases: tuple[tuple[float, int], ...] = ((160, 192), (280, 320), (inf, 448))
    """A face whose square has at most so many pixels along a side is painted on a canvas of that side; a photo's faces
    get 512, which takes up to seven times as long."""


TRACKING = TrackingThresholds()


@dataclass
class Track:
    """A face that is followed."""

    face: Face
    """Where it is in the frame now."""
    canvas: int
    """Pixels along a side of the canvas on which it is painted, always the same: strokes are as fine as it is."""
    opacity: float
    """How much of its painting shows, from 0 to 1."""
    misses: int = 0
    """Looks in a row that missed it."""

    @property
    def gone(self) -> bool:
        """Whether it is no longer there."""
        return self.misses >= TRACKING.misses


class Tracker:
    """Follows the faces of a clip: found by MTCNN now and then, moved with the optical flow in between."""

    def __init__(self, finder: Finder):
        self._finder = finder
        self._tracks: list[Track] = []
        self._again = self._search = self._time = Fraction(0)
        self._fresh = True
        self.count = 0
        """Number of faces that were followed so far."""

    def follow(self, picture: Picture, motion: Motion | None, time: Fraction) -> list[Track]:
        """Return the faces to paint in the next frame, ``(H, W, 3) uint8``, at ``time`` in seconds. ``motion`` None: a
        new scene begins, whose faces show at once; those that come later fade in.
        """
        if motion is None:
            # Only the first frame is worth a search for faces in any position: that takes long.
            search = self._finder.find if self._fresh else self._finder.glance
            self._fresh, self._tracks, self._again, self._search = False, [], time, time
            self._add(search(picture), opacity=1.0)
        else:
            self._tracks = [replace(track, face=_moved(track.face, motion)) for track in self._tracks]
            if time - self._again >= TRACKING.again:
                self._again = time
                self._correct(picture)
            if time - self._search >= TRACKING.search:
                self._search = time
                self._add(self._finder.glance(picture), opacity=0.0)
            self._fade(float(time - self._time))
        self._time = time
        return [track for track in self._tracks if track.opacity > 0]

    def _add(self, faces: list[Face], opacity: float) -> None:
        """Follow the faces that are new and large enough."""
        for face in faces:
            around = [track for track in self._tracks if shared(track.face.box, face.box) > FACES.same_face]
            known = min(around, key=lambda track: track.gone, default=None)
            if known is not None:
                if known.gone:  # it is back
                    known.face, known.misses = face, 0
            elif face.side >= FACES.least_painted and len(self._tracks) < TRACKING.most:
                around_face = face_crop(face).side
                canvas = next(side for most, side in TRACKING.canvases if around_face <= most)
                self._tracks.append(Track(face, canvas, 0.0 if face.in_profile else opacity))
                self.count += 1

    def _correct(self, picture: Picture) -> None:
        """Look for each face again where the flow took it."""
        for track in [each for each in self._tracks if not each.gone]:
            found = self._finder.again(picture, track.face)
            if found is None or found.side < TRACKING.lost_side * FACES.least_painted:
                track.misses += 1
            else:
                track.face, track.misses = _nearer(track.face, found), 0
        kept: list[Track] = []
        there = [each for each in self._tracks if not each.gone]
        for track in sorted(there, key=lambda each: each.opacity, reverse=True):
            if any(shared(track.face.box, other.face.box) > FACES.same_face for other in kept):
                track.misses = TRACKING.misses  # both follow one face
            else:
                kept.append(track)

    def _fade(self, seconds: float) -> None:
        """Let faces fade in, and out where they are gone or turn to the side: then the scene's own painting shows."""
        step = seconds / TRACKING.fade
        for track in self._tracks:
            wanted = 0.0 if track.gone or track.face.in_profile else 1.0
            track.opacity += float(np.clip(wanted - track.opacity, -step, step))
        self._tracks = [track for track in self._tracks if track.opacity > 0 or not track.gone]


def _moved(face: Face, motion: Motion) -> Face:
    """Move a face with the flow: by the similarity transform that fits the motion of most of its points."""
    left, top, right, bottom = face.box
    height, width = motion.trust.shape
    x, y = np.meshgrid(np.linspace(left, right, TRACKING.grid), np.linspace(top, bottom, TRACKING.grid))
    now = np.column_stack([x.ravel(), y.ravel()])
    columns, rows = np.rint(now).astype(int).T
    inside = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
    columns, rows, now = columns[inside], rows[inside], now[inside]
    trusted = motion.trust[rows, columns] > TRACKING.trusted
    if trusted.sum() < TRACKING.grid:
        return face
    before = now[trusted] + motion.flow[rows[trusted], columns[trusted]]
    matrix, _ = cv2.estimateAffinePartial2D(before, now[trusted], ransacReprojThreshold=1.0, maxIters=100)
    scale = 0.0 if matrix is None else float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if not 1 / TRACKING.most_growth < scale < TRACKING.most_growth:
        return face
    matrix = np.asarray(matrix, np.float64)
    centre = matrix[:, :2] @ np.array(face.centre) + matrix[:, 2]
    wide, high = scale * (right - left) / 2, scale * (bottom - top) / 2
    box = float(centre[0] - wide), float(centre[1] - high), float(centre[0] + wide), float(centre[1] + high)
    return replace(face, box=box).with_landmarks(np.array(face.landmarks) @ matrix[:, :2].T + matrix[:, 2])


def _nearer(face: Face, found: Face) -> Face:
    """Return a face between where it was expected and where it was found."""
    points, others = np.array(face.landmarks), np.array(found.landmarks)
    away = float(np.linalg.norm(others.mean(0) - points.mean(0))) / (TRACKING.far * face.side)
    gain = float(np.clip(away, TRACKING.gain, 1.0))
    left, top, right, bottom = (a + gain * (b - a) for a, b in zip(face.box, found.box, strict=True))
    moved = replace(face, box=(left, top, right, bottom), score=found.score)
    return moved.with_landmarks(points + gain * (others - points))
