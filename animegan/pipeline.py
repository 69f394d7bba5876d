"""The way of a photo, in order. Nothing else knows this order."""

from __future__ import annotations

import contextvars
import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np

from animegan import blend, enhance, photos, restore, weights
from animegan.engine import Engine, cores
from animegan.engine import choose as choose_engine
from animegan.errors import BadOptionError, PhotoTooLargeError
from animegan.faces import (
    CROPS,
    LARGE_SEARCH_SIDE,
    Face,
    Finder,
    Frame,
    frame_around,
    overlapping,
    suggest_crop,
    worth_painting,
)
from animegan.finish import FINISHES
from animegan.styles import DEFAULT as DEFAULT_STYLE
from animegan.styles import DETAIL
from animegan.styles import find as find_style

if TYPE_CHECKING:
    from animegan.generator import Painter

Kept = TypeVar("Kept")
Progress = Callable[[float, str], None]
"""Hears how far a run has come, from 0 to 1, and what is done next. May raise, to stop the run."""

MIN_DETAIL, MAX_DETAIL = 256, 8192
"""Pixels: the bounds of what a person may choose in place of `DETAIL`."""
FACE_SIDE = 512
"""Pixels along the square in which a face is painted."""
SMALL_FACE = 0.75
"""A face whose frame has fewer than this times `FACE_SIDE` pixels is brought up by super-resolution first."""

MAX_PAINTERS = 3
"""Generators that a pipeline keeps loaded; the least recently used one makes room."""

FEATHER = 0.08
"""Over this part of its frame a face fades into the scene."""

LEVELS = ("auto", *restore.SOURCES)


@dataclass(frozen=True)
class Options:
    """What a person may choose.

    Raises:
        UnknownStyleError, BadOptionError
    """

    style: str = DEFAULT_STYLE
    enhance: str = "auto"
    """One of `enhance.MODES`: ``auto`` mends what a measurement asks for, ``on`` mends in any case, ``off``
    changes nothing, ``super-resolution`` restores and does nothing else."""
    level: str = "auto"
    """Who mends: ``light`` is the built-in restorer, ``best`` Real-ESRGAN from the Hub, ``auto`` the best
    where there is a GPU and its weights are here."""
    scale: int = 1
    """1 gives the picture at the photo's own size, 2 at twice that."""
    detail: int = DETAIL
    """Pixels: the long side at which a scene is painted at most; see `DETAIL`. 0: at the photo's own size."""
    crop: str = "none"
    """``portrait`` (4:5) or ``square`` cuts head and shoulders of the largest face out of the photo first;
    without a face it stays whole."""
    faces: bool = True
    """Paint each face on its own, at higher detail."""
    faces_style: str = "auto"
    """Which style paints the faces: ``auto`` is what suits the style, ``scene`` the style itself, and else
    the name of any style. Faces seen from the side are painted by the style itself in any case."""
    strength: float = 1.0
    """0 is the photo, 1 the drawing; up to 1.5 goes beyond it."""
    vividness: float = 1.0
    """Factor of the chroma, from 0 (grey) to 2; 1 leaves it untouched."""
    guided: bool = False
    """Smooth the drawing along the photo's edges."""

    def __post_init__(self) -> None:
        style = find_style(self.style)
        object.__setattr__(self, "style", style.id)
        own = {"scene": style.id, "auto": style.faces_style or style.id}
        object.__setattr__(self, "faces_style", own.get(self.faces_style) or find_style(self.faces_style).id)
        for name, value, known in (
            ("Enhancement", self.enhance, enhance.MODES),
            ("The level", self.level, LEVELS),
            ("The crop", self.crop, (*CROPS, "none")),
        ):
            if value not in known:
                raise BadOptionError(f"{name} is {', '.join(known[:-1])} or {known[-1]}, not '{value}'.")
        if self.level == "auto":
            object.__setattr__(self, "level", restore.default_level())
        if (
            isinstance(self.detail, bool)
            or not isinstance(self.detail, int)
            or not (self.detail == 0 or MIN_DETAIL <= self.detail <= MAX_DETAIL)
        ):
            raise BadOptionError(
                f"The detail is 0 or a number of pixels from {MIN_DETAIL} to {MAX_DETAIL}, not {self.detail!r}."
            )
        if self.scale not in (1, 2):
            raise BadOptionError(f"The scale is 1 or 2, not {self.scale!r}.")
        for name, top in (("strength", 1.5), ("vividness", 2.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= top:
                raise BadOptionError(f"The {name} is a number from 0 to {top:g}, not {value!r}.")


@dataclass(frozen=True)
class Result:
    """A finished picture, and what was done for it."""

    image: np.ndarray
    """``(H, W, 3) uint8`` RGB, of the photo's own size, or of twice that if it was asked for."""
    photo: np.ndarray
    """The photo as it was read, upright, sRGB; cropped, if that was asked for."""
    style: str
    faces_style: str
    faces: list[Face]
    """The faces that were painted on their own, in the photo's pixels."""
    quality: enhance.Quality
    repair: list[enhance.Step]
    """What mended the photo, and why; empty when it was good as it was."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage → seconds, and "total"."""

    @property
    def enhanced(self) -> list[str]:
        """Names of the stages that mended the photo."""
        return [step.stage for step in self.repair]

    def to_dict(self) -> dict[str, Any]:
        """All but the pictures as plain values, for JSON."""
        height, width = self.image.shape[:2]
        return {
            "style": self.style,
            "faces_style": self.faces_style,
            "size": [width, height],
            "faces": [face.to_dict() for face in self.faces],
            "quality": {**asdict(self.quality), "wear": round(self.quality.wear, 2)},
            "enhanced": self.enhanced,
            "repair": [asdict(step) for step in self.repair],
            "seconds": dict(self.seconds),
        }

    def preview(self, side: int = 2048) -> tuple[np.ndarray, np.ndarray]:
        """Photo and picture for showing side by side: of one size, with a long side of at most ``side`` pixels."""
        image = shrink(self.image, side)
        return _at_size_of(image, shrink(self.photo, side)), image


def _at_size_of(wanted: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """A picture brought to the size of another, the picture itself if it has it."""
    if picture.shape == wanted.shape:
        return picture
    shrinks = picture.shape[0] > wanted.shape[0]
    return cv2.resize(picture, wanted.shape[1::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


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


class Sitting:
    """What has been computed of one photo, so that a change of style or of a setting begins where the two ways part.

    Give it to `Pipeline.stylize` in the photo's place. It keeps the last outcome of each stage, in memory alone;
    whoever made it throws it away with the photo. Pictures that come out of it are not to be written to.
    """

    def __init__(self, photo: Any):
        """``photo`` is anything that `photos.load` reads."""
        self._given = photo
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[tuple, Any]] = {}

    def load(self, max_megapixels: float = photos.MAX_MEGAPIXELS) -> np.ndarray:
        """The photo, read at the first call: ``(H, W, 3) uint8``.

        Raises:
            AnimeganError: it cannot be read.
        """
        with self._lock:
            if self._given is not None:
                self._photo, self._given = photos.load(self._given, max_megapixels), None
            return self._photo

    @property
    def photo(self) -> np.ndarray:
        """The photo as it was read."""
        return self._photo

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures that it keeps, each counted once."""
        pictures = {id(self._photo): self._photo.nbytes} if self._given is None else {}
        for _, value in list(self._kept.values()):
            for picture in _pictures_in(value):
                pictures[id(picture)] = picture.nbytes
        return sum(pictures.values())

    def crops(self, finder: Finder) -> dict[str, tuple[int, int, int, int]]:
        """See `animegan.faces.suggest_crop`."""
        return self.once("suggest crop", (), lambda: suggest_crop(self.photo, finder))

    def once(self, stage: str, settings: tuple, work: Callable[[], Kept]) -> Kept:
        """The outcome of a stage: the one that it had with the same settings, or else that of ``work``."""
        kept = self._kept.get(stage)
        if kept is None or kept[0] != settings:
            self._kept.pop(stage, None)  # what will not be needed again makes room first
            kept = self._kept[stage] = settings, work()
        return kept[1]


def _pictures_in(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, enhance.Repaired):
        return [value.photo, *value.guide]
    return [picture for part in value for picture in _pictures_in(part)] if isinstance(value, tuple) else []


def _sitting(photo: Any) -> Sitting:
    return photo if isinstance(photo, Sitting) else Sitting(photo)


def _use_all_cores(forked: bool) -> None:
    """Settings of torch are per thread: for the one that does the work. In a child, the pools of the parent's
    threads are gone, and whoever waits for one waits for ever: so it goes without.
    """
    import torch

    count = 1 if forked else cores()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)


_pipelines: weakref.WeakSet[Pipeline] = weakref.WeakSet()


def _after_fork() -> None:
    for pipeline in _pipelines:
        pipeline._hire(forked=True)


if hasattr(os, "register_at_fork"):  # not on Windows, which forks nothing
    os.register_at_fork(after_in_child=_after_fork)


class Pipeline:
    """Keeps models loaded between photos. Safe to call from several threads: runs take turns.

    All work is done on one thread of its own, so that torch keeps one pool of workers however many
    threads call. A forked child (a Space that is lent a GPU works in one) has a thread of its own again.
    """

    def __init__(self, engine: str = "auto"):
        """``engine`` is what networks run on: one of `animegan.engine.ENGINES`.

        Raises:
            BadOptionError: this machine has no such engine.
        """
        self._engine_name = engine
        self._hire()
        _pipelines.add(self)
        self._painters: OrderedDict[str, Painter] = OrderedDict()
        self._restorers: dict[str, restore.Restorer] = {}

    def _hire(self, forked: bool = False) -> None:
        self._worker = ThreadPoolExecutor(
            1, thread_name_prefix="animegan", initializer=_use_all_cores, initargs=(forked,)
        )

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
        faces_style: str = "auto",
        level: str = "auto",
        scale: int = 1,
        crop: str = "none",
        detail: int = DETAIL,
        on_progress: Progress | None = None,
        max_megapixels: float = photos.MAX_MEGAPIXELS,
    ) -> Result:
        """Turn a photo into anime.

        Args:
            photo: a path, the bytes of a file, a PIL image, or an RGB array (see `photos.load`); or a `Sitting`
                with one of these, where the same photo is drawn again and again.
            style, enhance, faces, strength, vividness, guided, faces_style, level, scale, crop,
                detail: see `Options`.
            on_progress: hears ``(fraction, what)`` before each stage; what it raises stops the run.
            max_megapixels: a larger photo is refused before it is decoded.

        Returns:
            A `Result` whose image has the photo's own size (times ``scale``). The same photo with the same options
            gives the same bytes on the same machine.

        Raises:
            AnimeganError: one of the named errors of `animegan.errors`.
        """
        options = Options(style, enhance, level, scale, detail, crop, faces, faces_style, strength, vividness, guided)
        clock = _Clock(on_progress)
        sitting = _sitting(photo)
        with clock.stage("load", 0.0, "Reading the photo"):
            height, width = sitting.load(max_megapixels).shape[:2]
        if options.scale**2 * height * width > 1e6 * max_megapixels:
            raise PhotoTooLargeError(
                f"At twice its size the picture would have more than {max_megapixels:g} megapixels: ask for scale 1."
            )
        for name in {options.style, *([options.faces_style] if options.faces else [])} - self._painters.keys():
            # Here and not on the worker: while one visitor waits for a download, others go on.
            with clock.stage("weights", 0.02, "Looking for the brushes"):
                weights.locate(find_style(name), clock.download)
        if options.level not in self._restorers:
            with clock.stage("weights", 0.03, "Looking for the magnifying glass"):
                restore.locate(options.level, clock.download)
        context = contextvars.copy_context()  # progress bars find their request by context variables
        return self._worker.submit(context.run, self._run, sitting, options, clock).result()

    def warm(self, style: str = DEFAULT_STYLE) -> None:
        """Load what the first photo would have to wait for, and run it once on a small picture."""
        options = Options(style)
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        self.stylize(noise, style=style)  # noise is mended and searched for faces
        self._worker.submit(lambda: self._painter(options.faces_style).paint(noise)).result()

    @cached_property
    def _engine(self) -> Engine:
        return choose_engine(self._engine_name)

    @cached_property
    def _finder(self) -> Finder:
        return Finder()

    def _painter(self, style: str) -> Painter:
        """A style's generator, loaded if it must be; the least recently used one goes when there are many."""
        from animegan import generator

        if style not in self._painters:
            self._painters[style] = generator.load(weights.locate(find_style(style)), self._engine)
            while len(self._painters) > MAX_PAINTERS:
                self._painters.popitem(last=False)
        self._painters.move_to_end(style)
        return self._painters[style]

    def _restorer(self, level: str) -> restore.Restorer:
        if level not in self._restorers:
            self._restorers[level] = restore.load(restore.locate(level), self._engine)
        return self._restorers[level]

    def suggest_crop(self, photo: Any) -> dict[str, tuple[int, int, int, int]]:
        """Head-and-shoulders crops of a photo, in pixels; see `animegan.faces.suggest_crop`.

        Raises:
            AnimeganError: the photo cannot be read.
        """
        sitting = _sitting(photo)
        sitting.load()
        return self._worker.submit(lambda: sitting.crops(self._finder)).result()

    def _run(self, sitting: Sitting, options: Options, clock: _Clock) -> Result:
        return _Run(self, sitting, options, clock).result()


@dataclass
class _Run:
    """One way through all stages. What a sitting has from an earlier way with the same settings up to there is
    taken from it: every stage names all settings that it depends on.
    """

    pipeline: Pipeline
    sitting: Sitting
    options: Options
    clock: _Clock

    def photo(self) -> np.ndarray:
        """The photo, cropped if that was asked for."""
        shape = self.options.crop
        if shape == "none":
            return self.sitting.photo

        def work() -> np.ndarray:
            with self.clock.stage("crop", 0.03, "Looking for a face to crop around"):
                crops = self.sitting.crops(self.pipeline._finder)
            if not crops:
                return self.sitting.photo
            left, top, right, bottom = crops[shape]
            return np.ascontiguousarray(self.sitting.photo[top:bottom, left:right])

        return self.sitting.once("crop", (shape,), work)

    def quality(self) -> enhance.Quality:
        """What was measured on the photo."""

        def work() -> enhance.Quality:
            with self.clock.stage("assess", 0.05, "Looking at its quality"):
                return enhance.assess(self.photo())

        return self.sitting.once("assess", (self.options.crop,), work)

    def canvas(self) -> np.ndarray:
        """The photo at the size of the picture."""
        if self.options.scale == 1:
            return self.photo()

        def work() -> np.ndarray:
            with self.clock.stage("enhance", 0.08, "Doubling it"):
                return self._double(self.photo())

        return self.sitting.once("double", (self.options.crop, self.options.level), work)

    def _double(self, picture: np.ndarray) -> np.ndarray:
        return self.pipeline._restorer(self.options.level).double(picture)

    @property
    def _mending(self) -> tuple:
        o = self.options
        return o.crop, o.scale, o.level, o.detail, o.enhance

    def mended(self) -> tuple[np.ndarray, enhance.Repaired]:
        """The canvas at the size at which it is painted, before and after what mends it."""
        steps = enhance.plan(self.quality(), self.options.enhance)
        canvas = self.canvas()
        if self.options.scale == 2:
            steps = [step for step in steps if step.stage != "restore"]

        def work() -> tuple[np.ndarray, enhance.Repaired]:
            small = shrink(canvas, self.options.detail or max(canvas.shape))
            with self.clock.stage("enhance", 0.1, "Mending it" if steps else "It needs no mending"):
                return small, enhance.repair(small, steps, self._double)

        return self.sitting.once("mend", self._mending, work)

    def faces(self) -> list[Face]:
        """The faces to be painted on their own, in the canvas's pixels."""
        if not self.options.faces:
            return []
        canvas = self.canvas()

        def work() -> list[Face]:
            with self.clock.stage("find faces", 0.25, "Looking for faces"):
                # In what the photo has of true detail, and larger than it is painted: small faces are seen there.
                seen = shrink(self._faces_source.photo, LARGE_SEARCH_SIDE)
                found = self.pipeline._finder.find(seen)
            return worth_painting([_scaled(face, canvas.shape[1] / seen.shape[1]) for face in found])

        return self.sitting.once("find faces", self._mending, work)

    def scene(self) -> np.ndarray:
        """The painting at the canvas's size, without faces."""
        mended, canvas = self.mended()[1], self.canvas()

        def work() -> np.ndarray:
            with self.clock.stage("models", 0.35, "Wetting the brushes"):
                painter = self.pipeline._painter(self.options.style)
            with self.clock.stage("paint", 0.4, "Painting the scene"):
                painted = painter.paint(mended.photo)
                if painted.shape == canvas.shape:
                    return painted
                return blend.enlarge(painted, mended.guide[0], _at_size_of(canvas, self._detailed()))

        return self.sitting.once("scene", (*self._mending, self.options.style), work)

    def painted(self) -> np.ndarray:
        """The painting with its faces."""
        scene = self.scene()
        faces = self.faces()
        if not faces:
            return scene

        def work() -> np.ndarray:
            source = self._faces_source
            frames = [frame_around(face) for face in faces]
            painted = scene.copy()
            for number, face in enumerate(faces):
                # Generators of faces have learned them from the front: who looks aside is left to that of the scene.
                style = self.options.style if face.in_profile else self.options.faces_style
                with self.clock.stage("models", 0.55 + 0.35 * number / len(faces), "Wetting the finer brushes"):
                    painter = self.pipeline._painter(style)
                # A generator of scenes gives a face the colours of its scene; one of faces has seen faces alone.
                whole = self.mended()[1].photo if style == self.options.style else None
                what = f"Painting face {number + 1} of {len(faces)}"
                with self.clock.stage("paint faces", 0.56 + 0.35 * number / len(faces), what):
                    _paint_face(painted, scene, source, frames, number, painter, whole, self._double)
            return painted

        return self.sitting.once("faces", (*self._mending, self.options.style, self.options.faces_style), work)

    def _detailed(self) -> np.ndarray:
        """The photo with most true detail: what the restorer gave, or else the canvas itself."""
        small, mended = self.mended()
        return self.canvas() if mended.guide[1] is small else mended.guide[1]

    @cached_property
    def _faces_source(self) -> _Source:
        """The detailed photo in the light in which the scene is painted."""
        canvas, picture = self.canvas(), self._detailed()
        light = enhance.relight(picture, self.mended()[1].done)
        doubled = picture is not canvas or self.options.scale == 2
        return _Source(light, picture.shape[1] / canvas.shape[1], doubled)

    def result(self) -> Result:
        """The whole way."""
        options = self.options
        done = self.mended()[1].done
        if options.scale == 2:
            done = [enhance.Step("restore", "twice the size was asked for"), *done]
        faces = self.faces()
        painted = self.painted()
        with self.clock.stage("finish", 0.9, "Finishing"):
            picture = _finished(painted, self.canvas(), max(self.mended()[0].shape), options)
        return Result(
            image=picture,
            photo=self.photo(),
            style=options.style,
            faces_style=options.faces_style,
            faces=[_scaled(face, 1 / options.scale) for face in faces],
            quality=self.quality(),
            repair=done,
            seconds=self.clock.finish(),
        )


def _scaled(face: Face, ratio: float) -> Face:
    """The face in the pixels of a picture that is ``ratio`` times as large."""
    return Face(
        box=tuple(v * ratio for v in face.box),
        landmarks=tuple((x * ratio, y * ratio) for x, y in face.landmarks),
        score=face.score,
    )


@dataclass(frozen=True)
class _Source:
    """What faces are cut from."""

    photo: np.ndarray
    ratio: float
    """Its size over that of the picture that the faces are painted into."""
    doubled: bool
    """Whether a restorer has been over it. A second pass takes what the first made for detail, and overdoes it."""


def _paint_face(
    painted: np.ndarray,
    scene: np.ndarray,
    source: _Source,
    frames: list[Frame],
    number: int,
    painter: Painter,
    whole: np.ndarray | None,
    double: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Paint one face upright on a canvas of its own and blend it in; ``painted`` is changed in place. ``whole`` is what
    the painter takes its colours from, see `Painter.paint`.

    The edges are those of ``scene``, the painting without faces, so that the order does not matter.
    """
    frame = frames[number]
    rows, columns = frame.region(painted.shape)
    mask = overlapping(frames, number, painted.shape)
    if not mask.any():
        return
    size = max(16, round(frame.side))
    if size < SMALL_FACE * FACE_SIDE and not source.doubled:
        canvas = double(frame.cut(source.photo, size, source.ratio))
        canvas = cv2.resize(canvas, (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_CUBIC)
    else:
        canvas = frame.cut(source.photo, FACE_SIDE, source.ratio)
    drawn = painter.paint(canvas, whole)
    if size > FACE_SIDE:
        drawn = blend.enlarge(drawn, canvas, frame.cut(source.photo, size, source.ratio))
    else:
        drawn = cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
    drawn = frame.lay(drawn, painted.shape)
    cloned = blend.poisson(drawn, scene[rows, columns], mask)
    weight = blend.feather(mask, FEATHER * frame.side)
    painted[rows, columns] = blend.mix(painted[rows, columns], cloned, weight)


def _finished(painted: np.ndarray, photo: np.ndarray, drawn_at: int, options: Options) -> np.ndarray:
    """Guided filter, chroma, the style's pattern, strength: each only where it was asked for. ``drawn_at`` is the long
    side at which the scene was painted, in pixels.
    """
    if options.guided:
        painted = blend.guided(painted, photo)
    painted = blend.vividness(painted, options.vividness)
    pattern = find_style(options.style).finish
    if pattern is not None:
        painted = FINISHES[pattern](painted, max(painted.shape) / drawn_at)
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
