"""`Pipeline`: what callers use. The way of a photo itself is in `animegan.pipeline.stages`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, Unpack

import numpy as np

from animegan.errors import PhotoTooLargeError, lack_of_memory_named
from animegan.faces.crops import Box
from animegan.images import files
from animegan.images.patterns import FINISHES
from animegan.images.resize import Picture
from animegan.networks.restorers import default_restorer
from animegan.options import Options, Settings, options_from
from animegan.pipeline import stages
from animegan.pipeline.cache import Memo, PhotoCache, cache_of
from animegan.pipeline.models import Models
from animegan.pipeline.progress import Clock, OnProgress
from animegan.pipeline.result import Result
from animegan.pipeline.tools import Tools
from animegan.pipeline.worker import Worker, give_memory_back
from animegan.styles.lookup import live_style
from animegan.styles.table import DEFAULT_STYLE
from animegan.words.messages import Message

T = TypeVar("T")

MAX_DRAWN_MEGAPIXELS = 200.0
"""A drawing that is larger than its photo has at most so many."""
TIDY_AFTER = 20
"""Photos: after so many, memory that was freed goes back to the system; to do so after each takes time."""


class Pipeline:
    """Turns photos into anime and keeps the models loaded. Thread-safe: runs take turns on one worker."""

    def __init__(self, engine: str = "auto", threads: int | None = None, without: frozenset[str] = frozenset()):
        """``engine`` runs the networks: one of `animegan.options.ENGINES`. ``threads`` is how many of them work at one
        picture; None: one per processor. ``without`` names stages of the repair that are left out, to measure what they
        are worth: ``restore``, ``true_size``, ``denoise``, ``relight``, ``restore_faces``.
        """
        self.models = Models(engine)
        self._worker = Worker(threads)
        self._without = without
        self._drawn = 0

    def stylize(
        self,
        photo: Any,
        options: Options | str | None = None,
        *,
        on_progress: OnProgress | None = None,
        max_megapixels: float = files.MAX_MEGAPIXELS,
        **settings: Unpack[Settings],
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
        if chosen.restorer == "auto":
            chosen = chosen.replaced(restorer=default_restorer(self.models.engine))
        limit = files.checked_limit(max_megapixels)
        clock = Clock(on_progress)
        cache = cache_of(photo)
        with clock.stage("load", 0.0, Message("read")), lack_of_memory_named():
            height, width = cache.load(limit).shape[:2]
        check_enlarged(width, height, chosen.scale)
        self.models.fetch({chosen.style}, chosen.restorer, clock)
        if chosen.faces:  # afterwards: a style from the Hub says only in its file who paints its faces
            self.models.fetch({chosen.face_painter}, chosen.restorer, clock)
        with lack_of_memory_named():
            return self._worker.run(lambda: self._run(cache, chosen, clock))

    __call__ = stylize

    def suggest_crop(self, photo: Any) -> dict[str, Box]:
        """Suggest head-and-shoulders crops of a photo, in pixels; see `animegan.faces.crops.suggest_crop`.

        Raises:
            AnimeganError: the photo cannot be read.
        """
        cache = cache_of(photo)
        cache.load()
        memo = self._memo(cache, Clock())
        return self._worker.run(lambda: memo(stages.find_crops, cache.photo))

    def draw_frame(self, frame: Picture, style: str = DEFAULT_STYLE) -> Picture:
        """Draw one frame of a moving picture as quickly as possible: ``(H, W, 3) uint8`` RGB to the same.

        Nothing is repaired, and no faces are looked for. The style's small network draws, if it has one
        (`animegan.styles.lookup.live_style`).

        Raises:
            UnknownStyleError: there is no such style.
            WeightsUnavailableError: its weights cannot be had.
        """
        chosen = live_style(style)
        drawn = self._worker.run(lambda: self.models.painter(chosen.id).paint(frame))
        return drawn if chosen.finish is None else FINISHES[chosen.finish](drawn, 1.0)

    def warm(self, style: str = DEFAULT_STYLE, *, faces: bool = True) -> None:
        """Load the models that the first photo needs, and run them once on a small picture. Without ``faces`` only that
        of the scene: what searches for faces takes seconds to load.
        """
        if not faces:
            self.stylize(np.zeros((64, 64, 3), np.uint8), style, faces=False)
            return
        options = Options(style)
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        self.stylize(noise, options)  # noise triggers the repair and the search for faces
        self._worker.run(lambda: self.models.painter(options.face_painter).paint(noise))
        self._worker.run(lambda: self.models.enlarger().double(noise))

    def on_worker(self, work: Callable[[], T]) -> T:
        """Run work that uses the models on their thread, after all earlier work, and return its result."""
        return self._worker.run(work)

    def _memo(self, cache: PhotoCache, clock: Clock) -> Memo:
        return Memo(cache, Tools(self.models, clock), self, self._without)

    def _run(self, cache: PhotoCache, options: Options, clock: Clock) -> Result:
        photo = cache.read()
        drawn = stages.draw(self._memo(cache, clock), photo, options)
        self._drawn += 1
        if self._drawn % TIDY_AFTER == 0:
            give_memory_back()
        return Result(
            image=drawn.image,
            alpha=drawn.alpha,
            photo_alpha=drawn.photo_alpha,
            photo=drawn.photo,
            style=options.style,
            faces_style=options.face_painter,
            faces=drawn.faces,
            quality=drawn.quality,
            repair=list(drawn.work.done),
            repaired=drawn.repaired,
            seconds=clock.finish(),
            source=cache.source,
            notes=((Message("cut-off"),) if photo.cut_off else ()) + drawn.notes,
        )


def check_enlarged(width: int, height: int, scale: int, limit: float = MAX_DRAWN_MEGAPIXELS) -> None:
    """Check that a photo's drawing, ``scale`` times as large, has at most ``limit`` megapixels.

    Raises:
        PhotoTooLargeError: it would have more.
    """
    if scale > 1 and scale**2 * height * width > 1e6 * limit:
        raise PhotoTooLargeError(
            "At {scale} times its size the drawing would have more than {limit:g} megapixels: ask for a smaller scale.",
            scale=scale,
            limit=limit,
        )


_default: Pipeline | None = None
_default_lock = threading.Lock()


def default_pipeline() -> Pipeline:
    """Return the shared `Pipeline` behind `animegan.stylize`, created on first use."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Pipeline()
        return _default
