"""Named errors: each says in one sentence what went wrong and what the user can do about it.

AnimeganError
    PhotoNotFoundError
    NotAPhotoError
    PhotoTooSmallError
    PhotoTooLargeError
    VideoNotFoundError
    NotAVideoError
    VideoTooSmallError
    VideoTooLargeError
    VideoTooLongError
    OutputNotWritableError
    FolderInUseError
    DrawingStoppedError
    UnknownStyleError
    BadOptionError
    NobodySeenError
    MissingExtraError
    WeightsUnavailableError
        HubUnreachableError
        HubFileNotFoundError
        HubAccessDeniedError
        DiskFullError
        CacheNotWritableError
        WeightsCorruptError
        NotAModelError
    BadPairsError
    TeacherFailedError
    TrainingError
    RuntimeUnavailableError
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any


class AnimeganError(Exception):
    """The base of every error that the package raises on purpose.

    It knows its sentence as a template with parameters, so that it can be said in another language, as a `Message` can.
    """

    def __init__(self, template: str = "", /, **parameters: Any):
        """``template`` has a place such as ``{path}`` for each of the parameters."""
        super().__init__(template.format(**parameters) if parameters else template)
        self.template = template
        self.parameters = {name: _plain(value) for name, value in parameters.items()}

    @property
    def code(self) -> str:
        """What kind of error it is, such as ``photo-not-found``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__.removesuffix("Error")).lower()

    def to_dict(self) -> dict[str, Any]:
        """Return code, sentence and parameters as plain values, for JSON."""
        return {"code": self.code, "message": str(self), "parameters": self.parameters}


def _plain(value: Any) -> str | int | float:
    """Return what JSON and other processes can take."""
    if isinstance(value, (str, int, float)):
        return value
    return float(value) if isinstance(value, Real) else str(value)


class PhotoNotFoundError(AnimeganError):
    """Raised when there is no file at the path of a photo."""


class NotAPhotoError(AnimeganError):
    """Raised when the data is not a picture in a supported format, or is damaged."""


class PhotoTooSmallError(AnimeganError):
    """Raised when a side of the photo is shorter than `animegan.images.files.MIN_SIDE` pixels."""


class PhotoTooLargeError(AnimeganError):
    """Raised before drawing, when a photo or its enlarged drawing has more pixels than the limit allows."""


class VideoNotFoundError(AnimeganError):
    """Raised when there is no file at the path of a clip."""


class NotAVideoError(AnimeganError):
    """Raised when a file is no video, is damaged, or has no pictures that move."""


class VideoTooSmallError(AnimeganError):
    """Raised when a side of the clip's frames is shorter than `animegan.images.files.MIN_SIDE` pixels."""


class VideoTooLargeError(AnimeganError):
    """Raised before drawing, when a frame of the clip, or its enlarged drawing, has more pixels than allowed."""


class VideoTooLongError(AnimeganError):
    """Raised when the chosen part of a clip is longer than the limit allows."""


class OutputNotWritableError(AnimeganError):
    """Raised when the result cannot be written to the requested place."""


class FolderInUseError(AnimeganError):
    """Raised when another run already writes into the place for the drawings."""


class DrawingStoppedError(AnimeganError):
    """Raised when the drawing of a photo was stopped: it took more time or memory than allowed, its process died, or
    something failed that nobody foresaw.
    """


class UnknownStyleError(AnimeganError):
    """Raised when no style has the requested name."""


class BadOptionError(AnimeganError):
    """Raised when an option has an invalid value."""


class NobodySeenError(AnimeganError):
    """Raised when people are to be cut out of a photo that shows none."""


class MissingExtraError(AnimeganError):
    """Raised when a part of the package needs a library that is not installed; it names the extra to install."""


class WeightsUnavailableError(AnimeganError):
    """The base of the errors about weights; raised itself when a local weights file is missing or unreadable."""


class HubUnreachableError(WeightsUnavailableError):
    """Raised when weights must come from the Hub, and it does not answer or the download breaks off."""


class HubFileNotFoundError(WeightsUnavailableError):
    """Raised when the Hub has no such repository, revision or file."""


class HubAccessDeniedError(WeightsUnavailableError):
    """Raised when the Hub asks for a token, or for one with more rights."""


class DiskFullError(WeightsUnavailableError):
    """Raised when the disk has no room for weights from the Hub."""


class CacheNotWritableError(WeightsUnavailableError):
    """Raised when weights cannot be kept, because the cache's folder, its disk or a permission does not allow it."""


class WeightsCorruptError(WeightsUnavailableError):
    """Raised when a weights file does not have the pinned hash; the file is removed, not used."""


class NotAModelError(WeightsUnavailableError):
    """Raised when a file holds no known generator."""


class BadPairsError(AnimeganError):
    """Raised when too few pairs of photo and drawing can be used to train a style."""


class TeacherFailedError(AnimeganError):
    """Raised when the program whose drawings a style learns from fails, or gives no picture."""


class TrainingError(AnimeganError):
    """Raised when a training cannot go on: another uses its folder, or it was begun differently, or is finished."""


class RuntimeUnavailableError(AnimeganError):
    """Raised when onnxruntime-web, which an embedded page needs, cannot be had, or is not the pinned version."""


NOT_ABOUT_THE_PHOTO = (BadOptionError, MissingExtraError, WeightsUnavailableError)
"""Errors that the next photo would meet, too: they end a run over many."""


def missing_extra(what: str, extra: str) -> MissingExtraError:
    """Return the error to raise when ``what`` cannot be imported: one sentence with the extra to install."""
    return MissingExtraError("{what} is not installed: pip install 'animegan[{extra}]'.", what=what, extra=extra)


_NO_MEMORY = re.compile(
    "(?:can't|cannot|failed to) allocate|(?:not enough|insufficient|out ?of) ?memory|bad.alloc", re.IGNORECASE
)


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: Python's, or that of a library which says so in an error of its own."""
    return isinstance(error, MemoryError) or (
        not isinstance(error, AnimeganError) and _NO_MEMORY.search(f"{type(error).__name__}: {error}") is not None
    )


def named(error: Exception) -> AnimeganError:
    """The named error for whatever the drawing of a photo raised: itself if it is one."""
    if isinstance(error, AnimeganError):
        return error
    if out_of_memory(error):
        stopped = DrawingStoppedError("There is not enough memory: make the photo smaller, or draw fewer at a time.")
    else:
        what = shown(" ".join(f"{type(error).__name__}: {error}".split())).rstrip(".: ")
        stopped = DrawingStoppedError(
            "The drawing failed ({what}): look closer with --verbose, and report it.", what=what
        )
    stopped.__cause__ = error
    return stopped


@contextmanager
def lack_of_memory_named() -> Iterator[None]:
    """Turn a lack of memory into a named error.

    Raises:
        DrawingStoppedError: there is not enough.
    """
    try:
        yield
    except Exception as error:
        if out_of_memory(error):
            raise named(error) from error
        raise


def shown(name: object) -> str:
    """Make a name safe for a message: one line of at most 200 characters, none of which change the text direction."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(name))[:200]
