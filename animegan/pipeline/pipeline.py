"""The stages that a photo goes through, in order. No other module knows this order."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from animegan.errors import PhotoTooLargeError
from animegan.faces.crops import Box, suggest_crop
from animegan.faces.face import Face, frame_around
from animegan.faces.finder import LARGE_SEARCH_SIDE, worth_painting
from animegan.faces.painting import FaceRestorer, FaceSource, paint_face
from animegan.faces.restoring import is_sure, natural, restore_faces
from animegan.images import blend, files
from animegan.images.patterns import FINISHES
from animegan.images.resize import Picture, like, shrink
from animegan.images.tiles import OnTile
from animegan.networks import restorers
from animegan.options import Options, options_from
from animegan.pipeline.cache import PhotoCache, cache_of
from animegan.pipeline.models import Models
from animegan.pipeline.progress import Clock, OnProgress
from animegan.pipeline.result import Result
from animegan.pipeline.worker import Worker
from animegan.repair import plan
from animegan.repair.quality import PAINTED_SIDE
from animegan.styles.lookup import find_style, live_style
from animegan.styles.table import DEFAULT_STYLE
from animegan.words.messages import Message

T = TypeVar("T")


class Pipeline:
    """Turns photos into anime and keeps the models loaded. Thread-safe: runs take turns on one worker."""

    def __init__(self, engine: str = "auto", threads: int | None = None):
        """``engine`` runs the networks: one of `animegan.networks.engine.ENGINES`. ``threads`` is how many of them work
        at one picture; None: one per processor.
        """
        self.models = Models(engine)
        self._worker = Worker(threads)

    def stylize(
        self,
        photo: Any,
        options: Options | str | None = None,
        *,
        on_progress: OnProgress | None = None,
        max_megapixels: float = files.MAX_MEGAPIXELS,
        **settings: Any,
    ) -> Result:
        """Turn a photo into anime.

        Args:
            photo: a path, the bytes of a file, a PIL image, or an RGB array (see `animegan.images.files.load`); or a
                `PhotoCache` around one of these, to draw the same photo several times.
            options: a set of `Options`, or the name of a style.
            on_progress: called with a fraction and a `Message` before each stage and after each tile of a large
                picture; an exception that it raises stops the run.
            max_megapixels: a larger photo is refused before it is decoded.
            settings: fields of `Options` by name, such as ``style="cel"``; they override ``options``.

        Returns:
            A `Result` whose image has the photo's own size (times ``scale``). The same photo with the same options
            gives the same bytes on the same machine.

        Raises:
            AnimeganError: one of the named errors of `animegan.errors`.
        """
        chosen = options_from(options, settings)
        if chosen.level == "auto":
            chosen = chosen.replaced(level=restorers.default_level())
        limit = files.checked_limit(max_megapixels)
        clock = Clock(on_progress)
        cache = cache_of(photo)
        with clock.stage("load", 0.0, Message("read")):
            height, width = cache.load(limit).shape[:2]
        if chosen.scale**2 * height * width > 1e6 * limit:
            raise PhotoTooLargeError(
                f"At twice its size the picture would have more than {limit:g} megapixels: ask for scale 1."
            )
        self.models.fetch({chosen.style}, chosen.level, clock)
        if chosen.faces:  # afterwards: a style from the Hub says only in its file who paints its faces
            self.models.fetch({chosen.face_painter}, chosen.level, clock)
        return self._worker.run(lambda: self._run(cache, chosen, clock))

    def suggest_crop(self, photo: Any) -> dict[str, Box]:
        """Suggest head-and-shoulders crops of a photo, in pixels; see `animegan.faces.crops.suggest_crop`.

        Raises:
            AnimeganError: the photo cannot be read.
        """
        cache = cache_of(photo)
        cache.load()
        return self._worker.run(lambda: _crops(cache, self.models))

    def draw_frame(self, frame: Picture, style: str = DEFAULT_STYLE) -> Picture:
        """Draw one frame of a moving picture as quickly as possible: ``(H, W, 3) uint8`` RGB to the same.

        Nothing is mended, and no faces are looked for. The style's small network draws, if it has one
        (`animegan.styles.lookup.live_style`).

        Raises:
            UnknownStyleError: there is no such style.
            WeightsUnavailableError: its weights cannot be had.
        """
        chosen = live_style(style)
        drawn = self._worker.run(lambda: self.models.painter(chosen.id).paint(frame, quick=True))
        return drawn if chosen.finish is None else FINISHES[chosen.finish](drawn, 1.0)

    def warm(self, style: str = DEFAULT_STYLE) -> None:
        """Load the models that the first photo needs, and run them once on a small picture."""
        options = Options(style)
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        self.stylize(noise, options)  # noise triggers the repair and the search for faces
        self._worker.run(lambda: self.models.painter(options.face_painter).paint(noise))

    def on_worker(self, work: Callable[[], T]) -> T:
        """Run work that uses the models on their thread, after all earlier work, and return its result."""
        return self._worker.run(work)

    def _run(self, cache: PhotoCache, options: Options, clock: Clock) -> Result:
        return _Run(self.models, cache, options, clock).result()


def _crops(cache: PhotoCache, models: Models) -> dict[str, Box]:
    return cache.once("suggest crop", (), lambda: suggest_crop(cache.photo, models.finder))


@dataclass
class _Run:
    """One run through all stages.

    A stage is skipped if the cache has its result from an earlier run. So every stage names all settings that its
    result depends on.
    """

    models: Models
    cache: PhotoCache
    options: Options
    clock: Clock

    def photo(self) -> Picture:
        """Return the photo, cropped if requested."""
        shape = self.options.crop
        if shape == "none":
            return self.cache.photo

        def work() -> Picture:
            with self.clock.stage("crop", 0.03, Message("crop")):
                crops = _crops(self.cache, self.models)
            if not crops:
                return self.cache.photo
            left, top, right, bottom = crops[shape]
            return np.ascontiguousarray(self.cache.photo[top:bottom, left:right])

        return self.cache.once("crop", (shape,), work)

    def quality(self) -> plan.Quality:
        """Measure the quality of the photo."""

        def work() -> plan.Quality:
            with self.clock.stage("assess", 0.05, Message("assess")):
                return plan.assess(self.photo())

        return self.cache.once("assess", (self.options.crop,), work)

    def canvas(self) -> Picture:
        """Return the photo at the size of the finished picture."""
        if self.options.scale == 1:
            return self.photo()

        def work() -> Picture:
            with self.clock.stage("enhance", 0.08, Message("double"), until=0.1) as on_tile:
                return self._double(self.photo(), on_tile)

        return self.cache.once("double", (self.options.crop, self.options.level), work)

    def _double(self, picture: Picture, on_tile: OnTile | None = None) -> Picture:
        return self.models.restorer(self.options.level).double(picture, on_tile)

    def _double_face(self, picture: Picture) -> Picture:
        return restorers.SelfEnsemble(self.models.restorer("faces")).double(picture)

    @property
    def _repair_settings(self) -> tuple:
        o = self.options
        return o.crop, o.scale, o.level, o.detail, o.enhance

    def mended(self) -> tuple[Picture, plan.Repaired]:
        """Return the canvas at the size at which it is painted, before and after its repair."""
        steps = plan.plan(self.quality(), self.options.enhance)
        canvas = self.canvas()
        if self.options.scale == 2:
            steps = [step for step in steps if step.stage != "restore"]

        def work() -> tuple[Picture, plan.Repaired]:
            small = shrink(canvas, self.options.detail or max(canvas.shape))
            message = Message("repair" if steps else "no-repair")
            with self.clock.stage("enhance", 0.1, message, until=0.25) as on_tile:
                return small, plan.repair(small, steps, lambda picture: self._restore(picture, on_tile))

        return self.cache.once("repair", self._repair_settings, work)

    def _lost(self, side: int) -> float:
        """Octaves of detail that the photo has lost with a long side of ``side`` pixels; 0 if there is nothing to
        restore at a smaller size.
        """
        lost = plan.octaves_lost(self.quality())
        if not lost or self.options.scale == 2:
            return 0.0
        return lost + self._larger(side)

    def _larger(self, side: int) -> float:
        """Octaves by which a photo with a long side of ``side`` pixels is larger than the one that was measured."""
        return max(0.0, math.log2(side / min(PAINTED_SIDE, max(self.photo().shape))))

    def _restore(self, picture: Picture, on_tile: OnTile | None) -> Picture:
        """Restore the photo, at the size that its detail has, at its own, or at both."""
        lost = self._lost(max(picture.shape))
        if not lost:
            return self._restorer("light").double(picture, on_tile)
        quality, small = self.quality(), self._restorer("coarse")
        repeated = quality.repeated * 2 ** self._larger(max(picture.shape))
        restored = plan.at_true_size(picture, lambda part: small.double(part, on_tile), lost, repeated)
        share = plan.own_share(quality)
        if not share:
            return restored
        own = like(self._double(picture, on_tile), picture)  # in one view: four at both sizes would take too long
        return blend.mix(restored, own, share)

    def _restorer(self, kind: str) -> restorers.Restorer:
        """Return the restorer of a ``kind`` of photo, "light" or "coarse"; the larger one knows all kinds."""
        if self.options.level != "light":
            return self.models.restorer(self.options.level)
        return restorers.SelfEnsemble(self.models.restorer(kind))

    def repaired(self) -> plan.Repaired:
        """Return the repaired photo, with faces that have lost detail restored separately."""
        small, mended = self.mended()
        lost = self._lost(max(small.shape))
        if not lost or not self._is_restored or not self.faces():
            return mended

        def work() -> plan.Repaired:
            ratio = small.shape[1] / self.canvas().shape[1]
            faces = [face.scaled(ratio) for face in self.faces()]
            guide = photo = restore_faces(mended.guide[0], small, faces, self._double_face, lost)
            if mended.photo is not mended.guide[0]:  # it got other light after it was restored, the guide did not
                photo = restore_faces(mended.photo, self._lit(small), faces, self._double_face, lost)
            return replace(mended, photo=photo, guide=(guide, guide))

        return self.cache.once("repair faces", self._repair_settings, work)

    def faces(self) -> list[Face]:
        """Find the faces to paint separately, in the canvas's pixels."""
        if not self.options.faces:
            return []
        canvas = self.canvas()

        def work() -> list[Face]:
            with self.clock.stage("find faces", 0.25, Message("find-faces")):
                # Search the most detailed photo, larger than it is painted, because that also shows small faces.
                searched = shrink(self._lit(self._detailed(self.mended()[1])), LARGE_SEARCH_SIDE)
                found = self.models.finder.find(searched)
            return worth_painting([face.scaled(canvas.shape[1] / searched.shape[1]) for face in found])

        return self.cache.once("find faces", self._repair_settings, work)

    def scene(self) -> Picture:
        """Paint the scene at the canvas's size, without faces."""
        mended, canvas = self.repaired(), self.canvas()

        def work() -> Picture:
            with self.clock.stage("models", 0.35, Message("load-style")):
                painter = self.models.painter(self.options.style)
            with self.clock.stage("paint", 0.4, Message("paint"), until=0.55) as on_tile:
                painted = painter.paint(mended.photo, on_tile=on_tile)
                if painted.shape == canvas.shape:
                    return painted
                return blend.enlarge(painted, mended.guide[0], like(self._detailed(mended), canvas))

        faces_restored = mended is not self.mended()[1]
        return self.cache.once("scene", (*self._repair_settings, self.options.style, faces_restored), work)

    def painted(self) -> Picture:
        """Return the painting with its faces."""
        scene = self.scene()
        faces = self.faces()
        if not faces:
            return scene

        def work() -> Picture:
            frames = [frame_around(face) for face in faces]
            painted = scene.copy()
            for number, face in enumerate(faces):
                done = 0.55 + 0.35 * number / len(faces)
                # Face generators were trained on frontal faces, so the scene's generator paints faces in profile.
                style = self.options.style if face.in_profile else self.options.face_painter
                with self.clock.stage("models", done, Message("load-faces")):
                    painter = self.models.painter(style)
                # A scene generator takes a face's colours from the scene; a face generator has only seen faces.
                whole = self.repaired().photo if style == self.options.style else None
                message = Message("paint-face", number=number + 1, count=len(faces))
                with self.clock.stage("paint faces", done + 0.01, message):
                    paint_face(painted, scene, self._face_source, frames, number, painter, whole, is_sure(face))
            return painted

        return self.cache.once("faces", (*self._repair_settings, self.options.style, self.options.face_painter), work)

    def _detailed(self, mended: plan.Repaired) -> Picture:
        """Return the version of the photo with the most real detail: the restorer's output, or else the canvas."""
        small = self.mended()[0]
        return self.canvas() if mended.guide[1] is small else mended.guide[1]

    def _lit(self, picture: Picture) -> Picture:
        """Return a picture with the exposure and the contrast of the painted scene."""
        return plan.relight(picture, self.mended()[1].done)

    @cached_property
    def _face_source(self) -> FaceSource:
        """The most detailed photo, with the exposure and the contrast of the painted scene."""
        canvas, picture = self.canvas(), self._detailed(self.repaired())
        light = self._lit(picture)
        restored = picture is not canvas or self.options.scale == 2
        ratio, double = picture.shape[1] / canvas.shape[1], None if restored else self._double
        source = FaceSource(light, ratio, double, eyes=self.options.enhance != "off")
        if self.options.face_painter == self.options.style:
            # Networks that paint nothing but faces leave faint eyes out; those of scenes stay near the photo, and gain
            # nothing from the restorer of faces.
            return source
        photo = self._lit(self.photo()) if restored else light
        lost = plan.face_octaves_lost(self.quality()) + self._larger(max(photo.shape)) if self._is_restored else 0.0
        return replace(source, restorer=FaceRestorer(photo, photo.shape[1] / canvas.shape[1], self._double_face, lost))

    @property
    def _is_restored(self) -> bool:
        return any(step.stage == "restore" for step in self.mended()[1].done)

    def _repaired_photo(self) -> Picture:
        """Return the repaired photo to look at."""
        without, repaired = self.mended()[1], self.repaired()
        picture = self._detailed(repaired)
        return self._lit(picture if repaired is without else natural(picture, self._detailed(without)))

    def result(self) -> Result:
        """Run all stages."""
        options = self.options
        done = self.mended()[1].done
        if options.scale == 2:
            done = [plan.Step("restore", (Message("asked-for-double"),)), *done]
        faces = self.faces()
        painted = self.painted()
        with self.clock.stage("finish", 0.9, Message("finish")):
            picture = finished(painted, self.canvas(), max(self.mended()[0].shape), options)
        return Result(
            image=picture,
            photo=self.photo(),
            style=options.style,
            faces_style=options.face_painter,
            faces=[face.scaled(1 / options.scale) for face in faces],
            quality=self.quality(),
            repair=done,
            repaired=self._repaired_photo() if done else None,
            seconds=self.clock.finish(),
        )


def finished(painted: Picture, photo: Picture, painted_at: int, options: Options) -> Picture:
    """Apply the guided filter, the chroma, the style's pattern and the strength, each only if requested. ``painted_at``
    is the long side at which the scene was painted, in pixels.
    """
    if options.guided:
        painted = blend.guided(painted, photo)
    painted = blend.vividness(painted, options.vividness)
    pattern = find_style(options.style).finish
    if pattern is not None:
        painted = FINISHES[pattern](painted, max(painted.shape) / painted_at)
    if options.strength != 1.0:
        painted = blend.mix(photo, painted, options.strength)
    return painted


_default: Pipeline | None = None
_default_lock = threading.Lock()


def default_pipeline() -> Pipeline:
    """Return the shared `Pipeline` behind `animegan.stylize`, created on first use."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Pipeline()
        return _default
