"""Keeps what each stage made of a photo, so that another style or setting does not start from scratch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np

from animegan.images import files
from animegan.images.decoding import read
from animegan.images.photo import Photo
from animegan.images.resize import Picture
from animegan.pipeline.tools import Tools

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Kept:
    """The last result of a stage, and what it was made from."""

    key: tuple[Any, ...]
    result: Any
    number: int
    """Stands for the result in the keys of later stages, so that they need not keep it."""


class PhotoCache:
    """A photo and the last result of each stage that processed it, kept in memory only.

    Pass it to `animegan.Pipeline.stylize` instead of the photo, and delete it once you are done with the photo. Do not
    modify the pictures that it returns.
    """

    def __init__(self, photo: Any):
        """``photo`` is anything that `animegan.images.files.load` reads."""
        self.source = photo
        """What was given, for its metadata; None: an array that has been read."""
        self._photo: Photo | None = None
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._numbers = count(1)

    def read(self, max_megapixels: float = files.MAX_MEGAPIXELS) -> Photo:
        """Return the photo with its alpha; the first call reads it. Where it is transparent, its visible colours go on.

        Raises:
            AnimeganError: it cannot be read.
        """
        with self._lock:
            if self._photo is None:
                self._photo = read(self.source, max_megapixels).filled()
                if isinstance(self.source, np.ndarray):
                    self.source = None
            return self._photo

    def load(self, max_megapixels: float = files.MAX_MEGAPIXELS) -> Picture:
        """Return the pixels of `read`, ``(H, W, 3) uint8``, with its errors."""
        return self.read(max_megapixels).pixels

    @property
    def photo(self) -> Picture:
        """The photo's pixels as read."""
        return self.load()

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures in the cache, each counted once."""
        kept = [self._photo, *(each.result for each in list(self._kept.values()))]
        return sum({id(picture): picture.nbytes for picture in _pictures_in(kept)}.values())

    def once(self, stage: str, key: tuple[Any, ...], work: Callable[[], T]) -> T:
        """Return the result of a stage: the last one if it had the same key, otherwise that of ``work``."""
        kept = self._kept.get(stage)
        if kept is None or kept.key != key:
            self._kept.pop(stage, None)  # free its memory before the new result is made
            result = work()
            kept = self._kept[stage] = _Kept(key, result, self._number_of(result) or next(self._numbers))
        return cast(T, kept.result)

    def name_of(self, value: Any) -> Any:
        """Return what stands for an input of a stage in its key: a number for the photo and for results in the cache,
        else the value itself.
        """
        if self._photo is not None and value is self._photo.pixels:
            return "photo"
        return self._number_of(value) or value

    def _number_of(self, value: Any) -> int | None:
        return next((kept.number for kept in self._kept.values() if kept.result is value), None)


class Memo:
    """Calls stages, and takes from a cache what it has already.

    The key of a stage is the pipeline, the inputs and the settings that the stage is given: what is not passed is not
    known, so no key can be forgotten.
    """

    def __init__(self, cache: PhotoCache, tools: Tools, pipeline: object, without: frozenset[str] = frozenset()):
        """``tools`` is handed to every stage; ``without`` names stages that are left out."""
        self.tools, self.without = tools, without
        self._cache, self._pipeline = cache, pipeline

    def __call__(self, stage: Callable[Concatenate[Tools, P], T], *inputs: P.args, **settings: P.kwargs) -> T:
        """Return what ``stage`` makes of its inputs; one that is left out returns the first of them as it came."""
        name = stage.__name__
        if name in self.without:
            return cast(T, inputs[0])
        names = tuple(self._cache.name_of(value) for value in inputs)
        key = (self._pipeline, names, tuple(sorted(settings.items())))
        return self._cache.once(name, key, lambda: stage(self.tools, *inputs, **settings))


def cache_of(photo: Any) -> PhotoCache:
    """Return ``photo`` itself if it is a cache, otherwise a new cache around it."""
    return photo if isinstance(photo, PhotoCache) else PhotoCache(photo)


def _pictures_in(value: Any) -> list[Picture]:
    if isinstance(value, np.ndarray):
        return [value]
    if is_dataclass(value):
        value = [getattr(value, each.name) for each in fields(value)]
    return [picture for part in value for picture in _pictures_in(part)] if isinstance(value, (list, tuple)) else []
