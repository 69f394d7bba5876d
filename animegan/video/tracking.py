"""Follows faces from frame to frame, so that a face neither flickers nor drops out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np

from animegan.faces.face import Face, Frame, Points
from animegan.faces.finder import Finder, shared
from animegan.faces.thresholds import FACES
from animegan.images.resize import Picture
from animegan.video.motion import Motion

AGAIN = Fraction(1, 6)
"""Seconds between two looks at a face that is followed."""
LOOK = Fraction(3, 5)
"""Seconds between two searches for new faces."""
FADE = 0.3
"""Seconds in which the painting of a face fades in or out."""
GAIN = 0.4
"""How far a followed face moves to where it is found again. Landmarks of one look jitter; the flow does not."""
FAR = 0.1
"""In parts of the face's side: a face found this far away moves there at once."""
MISSES = 3
"""Looks in a row that miss a face, until it counts as gone."""
GRID = 9
"""Points along a side of the grid by which a face is moved with the flow."""

CANVASES = ((160, 192), (280, 320))
"""Pixels: a face whose frame has at most the first along a side is painted on a canvas with the second; larger ones on
one of `LARGE_CANVAS`. A photo's faces get 512, which takes up to seven times as long."""
LARGE_CANVAS = 448


@dataclass
class Track:
    """A face that is followed."""

    face: Face
    """Where it is in the frame now."""
    opacity: float
    """How much of its painting shows, from 0 to 1."""
    misses: int = 0
    """Looks in a row that missed it."""

    side: int = 0
    """Pixels along a side of the canvas on which it is painted; 0: not yet chosen."""

    def canvas(self, frame: Frame) -> int:
        """Return the side of its canvas, which stays the same while it is followed: strokes are as fine as it is."""
        if not self.side:
            self.side = next((side for most, side in CANVASES if frame.side <= most), LARGE_CANVAS)
        return self.side

    @property
    def gone(self) -> bool:
        """Whether it is no longer there."""
        return self.misses >= MISSES


class Tracker:
    """Follows the faces of a clip: found by MTCNN now and then, moved with the optical flow in between."""

    def __init__(self, finder: Finder):
        self._finder = finder
        self._tracks: list[Track] = []
        self._again = self._look = self._time = Fraction(0)
        self._fresh = True
        self.count = 0
        """Number of faces that were followed so far."""

    def follow(self, picture: Picture, motion: Motion | None, time: Fraction) -> list[Track]:
        """Return the faces to paint in the next frame, ``(H, W, 3) uint8``, at ``time`` in seconds.

        ``motion`` None: a new scene begins. Its faces show at once, those that come later fade in.
        """
        if motion is None:
            # Only the first frame is worth a search for faces in any position: that takes long.
            found = self._finder.find(picture) if self._fresh else self._finder.glance(picture)
            self._fresh = False
            self._tracks = []
            self._add(found, opacity=1.0)
            self._again = self._look = time
        else:
            self._tracks = [replace(track, face=_moved(track.face, motion)) for track in self._tracks]
            if time - self._again >= AGAIN:
                self._again = time
                self._correct(picture)
            if time - self._look >= LOOK:
                self._look = time
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
            elif face.side >= FACES.least_painted and len(self._tracks) < FACES.most_painted:
                self._tracks.append(Track(face, 0.0 if face.in_profile else opacity))
                self.count += 1

    def _correct(self, picture: Picture) -> None:
        """Look for each face again where the flow took it."""
        for track in self._tracks:
            if track.gone:
                continue
            found = self._finder.again(picture, track.face)
            if found is None or found.side < 0.8 * FACES.least_painted:
                track.misses += 1
                continue
            track.misses = 0
            track.face = _nearer(track.face, found)
        kept: list[Track] = []
        for track in sorted(self._tracks, key=lambda each: each.opacity, reverse=True):
            if track.gone:
                continue
            if any(shared(track.face.box, other.face.box) > FACES.same_face for other in kept):
                track.misses = MISSES  # both follow one face
            else:
                kept.append(track)

    def _fade(self, seconds: float) -> None:
        """Let faces fade in, and out where they are gone or turn to the side: then the scene's own painting shows."""
        for track in self._tracks:
            wanted = 0.0 if track.gone or track.face.in_profile else 1.0
            step = seconds / FADE
            track.opacity += float(np.clip(wanted - track.opacity, -step, step))
        self._tracks = [track for track in self._tracks if track.opacity > 0 or not track.gone]


def _moved(face: Face, motion: Motion) -> Face:
    """Move a face with the flow: by the similarity transform that fits the motion of most of its points."""
    left, top, right, bottom = face.box
    height, width = motion.trust.shape
    x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(top, bottom, GRID))
    now = np.column_stack([x.ravel(), y.ravel()])
    columns, rows = np.rint(now).astype(int).T
    inside = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
    columns, rows, now = columns[inside], rows[inside], now[inside]
    trusted = motion.trust[rows, columns] > 0.2
    if trusted.sum() < GRID:
        return face
    before = now[trusted] + motion.flow[rows[trusted], columns[trusted]]
    matrix, _ = cv2.estimateAffinePartial2D(before, now[trusted], ransacReprojThreshold=1.0, maxIters=100)
    if matrix is None or not 0.8 < np.hypot(matrix[0, 0], matrix[1, 0]) < 1.25:
        return face
    return _transformed(face, np.asarray(matrix, np.float64))


def _transformed(face: Face, matrix: Points) -> Face:
    centre = matrix[:, :2] @ np.array(face.centre) + matrix[:, 2]
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    left, top, right, bottom = face.box
    wide, high = scale * (right - left) / 2, scale * (bottom - top) / 2
    box = float(centre[0] - wide), float(centre[1] - high), float(centre[0] + wide), float(centre[1] + high)
    return replace(face, box=box).with_landmarks(np.array(face.landmarks) @ matrix[:, :2].T + matrix[:, 2])


def _nearer(face: Face, found: Face) -> Face:
    """Return a face between where it was expected and where it was found."""
    points, others = np.array(face.landmarks), np.array(found.landmarks)
    away = float(np.linalg.norm(others.mean(0) - points.mean(0))) / (FAR * face.side)
    gain = float(np.clip(away, GAIN, 1.0))
    left, top, right, bottom = (a + gain * (b - a) for a, b in zip(face.box, found.box, strict=True))
    moved = replace(face, box=(left, top, right, bottom), score=found.score)
    return moved.with_landmarks(points + gain * (others - points))
