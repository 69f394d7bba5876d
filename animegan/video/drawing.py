"""Draws the frames of one clip, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from animegan import blend
from animegan.engine import cores
from animegan.face_painting import FaceSource, paint_face
from animegan.frames import frame_around
from animegan.models import Models
from animegan.options import Options
from animegan.pipeline import finished
from animegan.resize import Picture, shrink
from animegan.video.mending import Mending, plan
from animegan.video.motion import Motion
from animegan.video.steady import Steady
from animegan.video.tracking import Track, Tracker
from animegan.worker import torch_threads


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


class Artist:
    """Draws the frames of a clip: `paint` on the thread that has the models, then `finish` on any other, each in the
    order of the frames. It remembers the frame before, until a cut.
    """

    def __init__(self, models: Models, options: Options, painter: str, steady: bool):
        """``painter`` is the id of the style that paints the scene: that of the options, or its live network."""
        self._models, self._options, self._painter = models, options, painter
        # A small network is done soon; on all cores it would wait for the threads that read and write.
        self._threads = cores() - (painter != options.style)
        self.mending = Mending()
        """How every frame is repaired; see `prepare`."""
        self._steady = Steady() if steady else None
        self._tracker = Tracker(models.finder) if options.faces else None

    def prepare(self, samples: list[Picture]) -> None:
        """Load the models, and decide by some frames of the clip how all are repaired."""
        self._models.painter(self._painter)
        self.mending = plan(samples, self._options.enhance, self._double)

    @property
    def faces(self) -> int:
        """Number of faces that were followed so far."""
        return self._tracker.count if self._tracker is not None else 0

    def paint(self, frame: Frame) -> Picture:
        """Paint a frame and its faces at its own size: ``(H, W, 3) uint8``."""
        picture = frame.picture
        small = shrink(picture, self._options.detail or max(picture.shape))
        mended = self.mending.mend(small, self._double)
        with torch_threads(self._threads):
            painted = self._models.painter(self._painter).paint(mended)
        if painted.shape != picture.shape:
            painted = blend.enlarge(painted, small, picture)
        if self._tracker is not None:
            source = self.mending.relight(picture) if small is not picture else mended
            painted = self._with_faces(painted, source, self._tracker.follow(picture, frame.motion, frame.time))
        return painted

    def finish(self, frame: Frame, painted: Picture) -> Picture:
        """Steady what was painted, and give it its last touches."""
        if self._steady is not None:
            painted = self._steady.blend(painted, frame.picture, frame.motion)
        longest = max(painted.shape)
        return finished(painted, frame.picture, min(longest, self._options.detail or longest), self._options)

    def _with_faces(self, scene: Picture, photo: Picture, tracks: list[Track]) -> Picture:
        """Paint the faces into the scene; ``photo`` is what it was painted from, at the same size."""
        if not tracks:
            return scene
        painted = scene.copy()
        style = self._options.face_painter
        painter = self._models.painter(style)
        whole = photo if style == self._options.style else None
        frames = [frame_around(track.face) for track in tracks]
        for number, (track, frame) in enumerate(zip(tracks, frames, strict=True)):
            source = FaceSource(photo, 1.0, restored=True, double=self._double, side=track.canvas(frame))
            paint_face(painted, scene, source, frames, number, painter, whole, track.opacity)
        return painted

    def _double(self, picture: Picture) -> Picture:
        coarse = self.mending.lost and self._options.level == "light"
        return self._models.restorer("coarse" if coarse else self._options.level).double(picture)
