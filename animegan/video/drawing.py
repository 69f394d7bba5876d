"""Draws the frames of one clip, in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from animegan.faces.face import frame_around
from animegan.faces.painting import FaceSource, paint_face
from animegan.images import blend
from animegan.images.resize import Picture, shrink
from animegan.networks.engine import cores
from animegan.options import Options
from animegan.pipeline.models import Models
from animegan.pipeline.pipeline import finished
from animegan.pipeline.worker import torch_threads
from animegan.video.mending import Mending, plan
from animegan.video.motion import Motion
from animegan.video.steady import Steady
from animegan.video.tracking import Track, Tracker

MOST_AT_ONCE = 4
"""Frames that are painted at the same time at most: each takes its share of the memory."""


@dataclass(frozen=True)
class Frame:
    """One frame of a clip on its way through the threads."""

    time: Fraction
    """Seconds in the new clip."""
    seconds: Fraction
    """How long it is shown; 0: unknown."""
    picture: Picture
    """``(H, W, 3) uint8``: of the clip, later the drawing."""
    motion: Motion | None = None
    """From the frame before; None: a new scene begins, or nobody asked."""
    faces: tuple[tuple[Track, int], ...] = ()
    """The faces to paint, each with the side of its canvas in pixels."""


class Artist:
    """Draws the frames of a clip: `look` and then `finish` see them in their order, because they remember the frame
    before, until a cut. Between the two, `paint` takes any frame on any thread.
    """

    def __init__(self, models: Models, options: Options, painter: str, steady: bool):
        """``painter`` is the id of the style that paints the scene: that of the options, or its live network."""
        self._models, self._options, self._painter = models, options, painter
        self.at_once = min(cores(), MOST_AT_ONCE) if models.engine.device.type == "cpu" else 1
        """How many frames to paint at the same time. Two frames on a thread each are done sooner than one after the
        other on two threads, which wait for each other after every layer: 98 ms a frame instead of 120."""
        self._threads = cores() // self.at_once
        self.mending = Mending()
        """How every frame is repaired; see `prepare`."""
        self._steady = Steady() if steady else None
        self._tracker = Tracker(models.finder) if options.faces else None

    def prepare(self, samples: list[Picture]) -> None:
        """Load the models, and decide by some frames of the clip how all are repaired."""
        self._models.painter(self._painter)
        self.mending = plan(samples, self._options.enhance)

    @property
    def faces(self) -> int:
        """Number of faces that were followed so far."""
        return self._tracker.count if self._tracker is not None else 0

    def look(self, frame: Frame) -> Frame:
        """Follow the faces to the next frame."""
        if self._tracker is None:
            return frame
        tracks = self._tracker.follow(frame.picture, frame.motion, frame.time)
        return replace(frame, faces=tuple((track, track.canvas(frame_around(track.face))) for track in tracks))

    def paint(self, frame: Frame) -> Picture:
        """Paint a frame and its faces at its own size: ``(H, W, 3) uint8``."""
        picture = frame.picture
        with torch_threads(self._threads):
            small = shrink(picture, self._options.detail or max(picture.shape))
            mended = self.mending.mend(small, self._double)
            painted = self._models.painter(self._painter).paint(mended, quick=True)
            if painted.shape != picture.shape:
                painted = blend.enlarge(painted, small, picture)
            if frame.faces:
                source = self.mending.relight(picture) if small is not picture else mended
                painted = self._with_faces(painted, source, frame)
        return painted

    def finish(self, frame: Frame, painted: Picture) -> Picture:
        """Steady what was painted, and give it its last touches."""
        if self._steady is not None:
            painted = self._steady.blend(painted, frame.picture, frame.motion)
        longest = max(painted.shape)
        return finished(painted, frame.picture, min(longest, self._options.detail or longest), self._options)

    def _with_faces(self, scene: Picture, photo: Picture, frame: Frame) -> Picture:
        """Paint the faces into the scene; ``photo`` is what it was painted from, at the same size."""
        painted = scene.copy()
        style = self._options.face_painter
        painter = self._models.painter(style)
        whole = photo if style == self._options.style else None
        frames = [frame_around(track.face) for track, _ in frame.faces]
        for number, (track, side) in enumerate(frame.faces):
            source = FaceSource(photo, 1.0, side=side)
            paint_face(painted, scene, source, frames, number, painter, whole, opacity=track.opacity)
        return painted

    def _double(self, picture: Picture) -> Picture:
        coarse = self.mending.lost and self._options.level == "light"
        return self._models.restorer("coarse" if coarse else self._options.level).double(picture)
