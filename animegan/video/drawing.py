"""Draws the frames of one clip, in their order, by the stages of a photo (`animegan.pipeline.stages`)."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from fractions import Fraction

from animegan.faces.painting import PaintedFace, PlacedFace, paint_face
from animegan.images.mattes import Matte
from animegan.images.resize import Mask, Picture
from animegan.images.sizes import paint_size
from animegan.networks.engine import cores
from animegan.options import Options
from animegan.pipeline import stages
from animegan.pipeline.models import Models
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools
from animegan.pipeline.worker import torch_threads
from animegan.repair.plan import Plan
from animegan.video.motion import Motion
from animegan.video.planning import plan_for_clip
from animegan.video.steady import Steady, SteadyMatte
from animegan.video.tracking import Track, Tracker

MOST_AT_ONCE = 4
"""Frames that are painted at the same time at most: each takes its share of the memory."""


@dataclass(frozen=True)
class Counts:
    """What a clip had up to some frame."""

    cuts: int = 0
    faces: int = 0
    damaged: int = 0
    """Packets that could not be decoded."""

    def plus(self, other: Counts, sign: int = 1) -> Counts:
        """Add other counts, or take them away."""
        return Counts(*(a + sign * b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class ClipFrame:
    """One frame of a clip on its way through the threads."""

    time: Fraction
    """Seconds in the new clip."""
    seconds: Fraction
    """How long it is shown; 0: unknown."""
    picture: Picture
    """``(H, W, 3) uint8``."""
    motion: Motion | None = None
    """From the frame before; None: a new scene begins, or nobody asked."""
    alpha: Mask | None = None
    """``(H, W) uint8``; None: it is opaque."""
    faces: tuple[Track, ...] = ()
    """The faces to paint."""
    counts: Counts = Counts()
    """Up to this frame."""


class Artist:
    """Draws the frames of a clip: `look` and then `finish` see them in their order, because they remember the frame
    before, until a cut. Between the two, `paint` takes any frame on any thread.
    """

    def __init__(self, models: Models, options: Options, painter: str, steady: bool):
        """``painter`` is the id of the style that paints the scene: that of the options, or its live network."""
        self._tools, self._options, self._painter = Tools(models, Clock()), options, painter
        self.at_once = min(cores(), MOST_AT_ONCE) if models.engine.device.type == "cpu" else 1
        """How many frames to paint at the same time: two frames on a thread each are done sooner than one after the
        other on two threads, which wait for each other after every layer."""
        self._threads = cores() // self.at_once
        self.plan = Plan()
        """How every frame is repaired."""
        self._steady = Steady() if steady else None
        self._steady_matte = SteadyMatte() if steady else None
        self._tracker = Tracker(models.finder) if options.faces else None

    def prepare(self, samples: list[Picture]) -> None:
        """Load the networks, and decide the plan by some frames of the clip."""
        self._tools.models.painter(self._painter)
        self._tools.models.enlarger()
        if self._options.needs_people:
            self._tools.models.people()
        self.plan = plan_for_clip(samples, self._options.enhance)

    @property
    def faces(self) -> int:
        """Number of faces that were followed so far."""
        return self._tracker.count if self._tracker is not None else 0

    def look(self, frame: ClipFrame) -> ClipFrame:
        """Follow the faces to the next frame."""
        if self._tracker is None:
            return frame
        faces = tuple(self._tracker.follow(frame.picture, frame.motion, frame.time))
        return replace(frame, faces=faces, counts=replace(frame.counts, faces=self.faces))

    def paint(self, frame: ClipFrame) -> Picture:
        """Paint a frame and its faces at its own size: ``(H, W, 3) uint8``."""
        tools, options, canvas = self._tools, self._options, frame.picture
        found = [track.face for track in frame.faces]
        painter = tools.models.version(self._painter)
        with torch_threads(self._threads):
            work = stages.at_paint_side(tools, canvas, side=options.paint_side)
            work = stages.restore(tools, work, self.plan, restorer=options.restorer, quick=True)
            work = stages.relight(tools, work, self.plan)
            if options.scene_only:
                found = []
            work = stages.restore_faces(tools, work, found, canvas, self.plan, quick=True)
            scene = work.photo if options.faces_only else stages.paint_scene(tools, work, style=painter)
            faces = self._paint_faces(work, frame) if found else []
            return stages.join_and_enlarge(tools, scene, faces, canvas)

    def finish(self, frame: ClipFrame, painted: Picture) -> Picture:
        """Steady what was painted, enlarge it by the scale, and give it its last touches."""
        if self._steady is not None:
            painted = self._steady.blend(painted, frame.picture, frame.motion)
        height, width = painted.shape[:2]
        painted_at = max(paint_size(width, height, self._options.paint_side))
        with torch_threads(self._threads):
            while len(painted) < self._options.scale * height:
                again = max(painted.shape) > painted_at
                painted = self._tools.models.enlarger().double(painted, again=again)
        faces = [PlacedFace(track.face, track.opacity) for track in frame.faces]
        image = stages.finish(painted, frame.picture, painted_at, self._options, faces)
        return stages.keep_part(image, frame.picture, faces, self._options, self._people(frame))

    def _people(self, frame: ClipFrame) -> Matte | None:
        """The matte of the people in a frame, steadied; None: nobody asked."""
        if not self._options.needs_people:
            return None
        matte = self._tools.models.people().find(frame.picture)
        return matte if self._steady_matte is None else self._steady_matte.average(matte, frame.motion)

    def _paint_faces(self, work: stages.Work, frame: ClipFrame) -> list[PaintedFace]:
        """Paint the faces, each on the canvas of its track."""
        models = self._tools.models
        style, face_painter = models.version(self._options.style), models.version(self._options.face_painter)
        network = models.painter(face_painter.id)
        strength = self._options.faces_strength
        painter = stages.face_painter_of(self._tools, work, network, style, face_painter, strength)
        source = stages.face_source(work, frame.picture, self.plan)
        return [
            paint_face(source, track.face, painter, min(track.canvas, painter.side), opacity=track.opacity)
            for track in frame.faces
        ]
