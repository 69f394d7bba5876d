"""The way of a photo, in order. Nothing else knows this order."""

from __future__ import annotations

import contextvars
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from animegan import blend, enhance, photos, weights
from animegan.errors import BadOptionError
from animegan.faces import Face, Finder, Square, mask_in, square_around, worth_painting
from animegan.styles import DEFAULT as DEFAULT_STYLE
from animegan.styles import find as find_style

if TYPE_CHECKING:
    from animegan.generator import Painter

Progress = Callable[[float, str], None]
"""Hears how far a run has come, from 0 to 1, and what is done next. May raise, to stop the run."""

DETAIL = 1024
"""Pixels: the long side at which a scene is painted at most. The brush has a size: on a larger picture
its strokes would be too fine to be seen. A larger photo's painting is brought up to its own size."""
FACE_SIDE = 512
"""Pixels along the square in which a face is painted."""

MAX_PAINTERS = 3
"""Generators that a pipeline keeps loaded; the least recently used one makes room."""

MODES = ("auto", "on", "off")


@dataclass(frozen=True)
class Options:
    """What a person may choose.

    Raises:
        UnknownStyleError, BadOptionError
    """

    style: str = DEFAULT_STYLE
    enhance: str = "auto"
    """``auto`` mends what a measurement asks for, ``on`` mends in any case, ``off`` changes nothing."""
    faces: bool = True
    """Paint each face on its own, at higher detail."""
    strength: float = 1.0
    """0 is the photo, 1 the drawing; up to 1.5 goes beyond it."""
    vividness: float = 1.0
    """Factor of the chroma, from 0 (grey) to 2; 1 leaves it untouched."""
    guided: bool = False
    """Smooth the drawing along the photo's edges."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "style", find_style(self.style).id)
        if self.enhance not in MODES:
            raise BadOptionError(f"Enhancement is {', '.join(MODES[:-1])} or {MODES[-1]}, not '{self.enhance}'.")
        for name, top in (("strength", 1.5), ("vividness", 2.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= top:
                raise BadOptionError(f"The {name} is a number from 0 to {top:g}, not {value!r}.")


@dataclass(frozen=True)
class Result:
    """A finished picture, and what was done for it."""

    image: np.ndarray
    """``(H, W, 3) uint8`` RGB, of the photo's own size."""
    photo: np.ndarray
    """The photo as it was read: upright, sRGB, the same shape."""
    style: str
    faces: list[Face]
    """The faces that were painted on their own, in the photo's pixels."""
    quality: enhance.Quality
    enhanced: list[str]
    """Names of the stages that mended the photo; empty when it was good as it was."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage → seconds, and "total"."""

    def to_dict(self) -> dict[str, Any]:
        """All but the pictures as plain values, for JSON."""
        height, width = self.image.shape[:2]
        return {
            "style": self.style,
            "size": [width, height],
            "faces": [face.to_dict() for face in self.faces],
            "quality": {name: getattr(self.quality, name) for name in ("sharpness", "noise", "contrast", "detail")},
            "enhanced": list(self.enhanced),
            "seconds": dict(self.seconds),
        }

    def preview(self, side: int = 2048) -> tuple[np.ndarray, np.ndarray]:
        """Photo and picture for showing side by side, with a long side of at most ``side`` pixels."""
        return shrink(self.photo, side), shrink(self.image, side)


def shrink(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture with a long side of at most ``side`` pixels, the picture itself if that it has."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


class _Clock:
    """Seconds per stage, and word of each stage to whoever listens."""

    def __init__(self, told: Progress | None):
        self._told = told or (lambda fraction, what: None)
        self._start = time.perf_counter()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, fraction: float, what: str):
        self._told(fraction, what)
        start = time.perf_counter()
        yield
        spent = time.perf_counter() - start
        self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def download(self, come: int, expected: int | None) -> None:
        """Say how much of the weights has come."""
        of = f" of {expected / 1e6:.1f}" if expected else ""
        self._told(0.02, f"Fetching the brushes from the Hub: {come / 1e6:.1f}{of} MB")

    def finish(self) -> dict[str, float]:
        self._told(1.0, "Done")
        total = time.perf_counter() - self._start
        return {name: round(spent, 4) for name, spent in {**self.seconds, "total": total}.items()}


class Pipeline:
    """Keeps models loaded between photos. Safe to call from several threads: runs take turns.

    All work is done on one thread of its own, so that torch keeps one pool of workers however many
    threads call.
    """

    def __init__(self):
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="animegan")
        self._painters: OrderedDict[str, Painter] = OrderedDict()

    def stylize(
        self,
        photo: Any,
        style: str = DEFAULT_STYLE,
        enhance: str = "auto",
        faces: bool = True,
        strength: float = 1.0,
        vividness: float = 1.0,
        guided: bool = False,
        *,
        on_progress: Progress | None = None,
        max_megapixels: float = photos.MAX_MEGAPIXELS,
    ) -> Result:
        """Turn a photo into anime.

        Args:
            photo: a path, the bytes of a file, a PIL image, or an RGB array; see `photos.load`.
            style, enhance, faces, strength, vividness, guided: see `Options`.
            on_progress: hears ``(fraction, what)`` before each stage; what it raises stops the run.
            max_megapixels: a larger photo is refused before it is decoded.

        Returns:
            A `Result` whose image has the photo's own size. The same photo with the same options
            gives the same bytes on the same machine.

        Raises:
            AnimeganError: one of the named errors of `animegan.errors`.
        """
        options = Options(style, enhance, faces, strength, vividness, guided)
        clock = _Clock(on_progress)
        with clock.stage("load", 0.0, "Reading the photo"):
            loaded = photos.load(photo, max_megapixels)
        if options.style not in self._painters:
            # Here and not on the worker: while one visitor waits for a download, others go on.
            with clock.stage("weights", 0.02, "Looking for the brushes"):
                weights.locate(find_style(options.style), clock.download)
        context = contextvars.copy_context()  # progress bars find their request by context variables
        return self._worker.submit(context.run, self._run, loaded, options, clock).result()

    def warm(self, style: str = DEFAULT_STYLE) -> None:
        """Load what the first photo would have to wait for, and run it once on a small picture."""
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        self.stylize(noise, style=style)

    @cached_property
    def _finder(self) -> Finder:
        return Finder()

    def _painter(self, style: str) -> Painter:
        """A style's generator, loaded if it must be; the least recently used one goes when there are many."""
        from animegan import generator

        if style not in self._painters:
            self._painters[style] = generator.load(weights.locate(find_style(style)))
            while len(self._painters) > MAX_PAINTERS:
                self._painters.popitem(last=False)
        self._painters.move_to_end(style)
        return self._painters[style]

    def _run(self, photo: np.ndarray, options: Options, clock: _Clock) -> Result:
        with clock.stage("assess", 0.05, "Looking at its quality"):
            quality = enhance.assess(photo)
            stages = enhance.plan(quality, options.enhance)
            small = shrink(photo, DETAIL)
        with clock.stage("enhance", 0.1, "Mending it" if stages else "It needs no mending"):
            mended = enhance.repair(small, quality, stages)
        faces: list[Face] = []
        if options.faces:
            with clock.stage("find faces", 0.25, "Looking for faces"):
                ratio = photo.shape[1] / small.shape[1]
                faces = worth_painting([_scaled(face, ratio) for face in self._finder.find(mended)])
        with clock.stage("models", 0.35, "Wetting the brushes"):
            painter = self._painter(options.style)
        with clock.stage("paint", 0.4, "Painting the scene"):
            painted = blend.enlarge(painter.paint(mended), small, photo)
        # The faces of a larger photo are cut from it, at its own detail, and each cut is mended.
        source, lacking = (photo, stages) if small is not photo else (mended, [])
        for number, face in enumerate(faces):
            what = f"Painting face {number + 1} of {len(faces)}"
            with clock.stage("paint faces", 0.6 + 0.3 * number / len(faces), what):
                painted = _with_face(painted, source, face, painter, quality, lacking)
        with clock.stage("finish", 0.9, "Finishing"):
            picture = _finished(painted, photo, options)
        return Result(
            image=picture,
            photo=photo,
            style=options.style,
            faces=faces,
            quality=quality,
            enhanced=stages,
            seconds=clock.finish(),
        )


def _scaled(face: Face, ratio: float) -> Face:
    """The face in the pixels of a picture that is ``ratio`` times as large."""
    return Face(
        box=tuple(v * ratio for v in face.box),
        landmarks=tuple((x * ratio, y * ratio) for x, y in face.landmarks),
        score=face.score,
    )


def _with_face(
    painted: np.ndarray,
    photo: np.ndarray,
    face: Face,
    painter: Painter,
    quality: enhance.Quality,
    stages: list[str],
) -> np.ndarray:
    """The painting with one face painted on its own and blended in; ``painted`` is changed in place."""
    square: Square = square_around(face)
    cut = square.cut(photo)
    shrinks = square.side > FACE_SIDE
    canvas = cv2.resize(cut, (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    drawn = painter.paint(enhance.repair(canvas, quality, stages))
    if shrinks:
        drawn = blend.enlarge(drawn, canvas, cut)
    else:
        drawn = cv2.resize(drawn, (square.side, square.side), interpolation=cv2.INTER_AREA)
    rows, columns, inner_rows, inner_columns = square.inside(photo)
    scene = painted[rows, columns]
    drawn = np.ascontiguousarray(drawn[inner_rows, inner_columns])
    centre, axes = mask_in(square, face)
    centre = centre[0] - inner_columns.start, centre[1] - inner_rows.start
    mask = blend.ellipse(scene.shape[:2], centre, axes)
    cloned = blend.poisson(drawn, scene, mask)
    painted[rows, columns] = blend.mix(scene, cloned, blend.feather(mask, 0.12 * face.side))
    return painted


def _finished(painted: np.ndarray, photo: np.ndarray, options: Options) -> np.ndarray:
    """Guided filter, chroma, strength: each only where it was asked for."""
    if options.guided:
        painted = blend.guided(painted, photo)
    painted = blend.vividness(painted, options.vividness)
    if options.strength != 1.0:
        painted = blend.mix(photo, painted, options.strength)
    return painted


_default: Pipeline | None = None
_default_lock = threading.Lock()


def default_pipeline() -> Pipeline:
    """The one `Pipeline` behind `animegan.stylize`; made at first use."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Pipeline()
        return _default
