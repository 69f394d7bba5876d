"""Caches what was computed for one photo, so that another style or setting does not start from scratch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from animegan.images import files
from animegan.images.resize import Picture
from animegan.repair.plan import Repaired

T = TypeVar("T")


class PhotoCache:
    """A photo and the last result of each stage that processed it, kept in memory only.

    Pass it to `animegan.Pipeline.stylize` instead of the photo, and delete it once you are done with the photo. Do not
    modify the pictures that it returns.
    """

    def __init__(self, photo: Any):
        """``photo`` is anything that `animegan.images.files.load` reads."""
        self._source = photo
        self._photo: Picture | None = None
        self._lock = threading.Lock()
        self._results: dict[str, tuple[tuple, Any]] = {}

    def load(self, max_megapixels: float = files.MAX_MEGAPIXELS) -> Picture:
        """Return the photo, ``(H, W, 3) uint8``; the first call reads it.

        Raises:
            AnimeganError: it cannot be read.
        """
        with self._lock:
            if self._photo is None:
                self._photo, self._source = files.load(self._source, max_megapixels), None
            return self._photo

    @property
    def photo(self) -> Picture:
        """The photo as read."""
        return self.load()

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures in the cache, each counted once."""
        pictures = {} if self._photo is None else {id(self._photo): self._photo.nbytes}
        for _, value in list(self._results.values()):
            for picture in _pictures_in(value):
                pictures[id(picture)] = picture.nbytes
        return sum(pictures.values())

    def once(self, stage: str, settings: tuple, work: Callable[[], T]) -> T:
        """Return the result of a stage: the cached one if it had the same settings, otherwise that of ``work``."""
        cached = self._results.get(stage)
        if cached is None or cached[0] != settings:
            self._results.pop(stage, None)  # free its memory before the new result is made
            cached = self._results[stage] = settings, work()
        return cached[1]


def cache_of(photo: Any) -> PhotoCache:
    """Return ``photo`` itself if it is a cache, otherwise a new cache around it."""
    return photo if isinstance(photo, PhotoCache) else PhotoCache(photo)


def _pictures_in(value: Any) -> list[Picture]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, Repaired):
        return [value.photo, *value.guide]
    return [picture for part in value for picture in _pictures_in(part)] if isinstance(value, tuple) else []
