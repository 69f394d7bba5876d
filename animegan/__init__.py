"""A photo becomes anime.

    import animegan

    result = animegan.stylize("photo.jpg")
    animegan.save(result.image, "anime.png")

Importing this is cheap: torch, OpenCV and the face finder are imported when they are first needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from animegan.errors import (
    AnimeganError,
    BadOptionError,
    BadPairsError,
    DiskFullError,
    DrawingStoppedError,
    FolderInUseError,
    HubAccessDeniedError,
    HubFileNotFoundError,
    HubUnreachableError,
    MissingExtraError,
    NotAModelError,
    NotAPhotoError,
    NotAVideoError,
    OutputNotWritableError,
    PhotoNotFoundError,
    PhotoTooLargeError,
    PhotoTooSmallError,
    RuntimeUnavailableError,
    TeacherFailedError,
    TrainingError,
    UnknownStyleError,
    VideoNotFoundError,
    VideoTooLargeError,
    VideoTooLongError,
    VideoTooSmallError,
    WeightsCorruptError,
    WeightsUnavailableError,
)
from animegan.images.files import MAX_MEGAPIXELS, load, register_formats, save
from animegan.options import Options
from animegan.styles.lookup import list_styles
from animegan.styles.sources import Style
from animegan.styles.weights import at_hand
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.faces.face import Face
    from animegan.images.resize import shrink
    from animegan.images.sheets import gallery, side_by_side
    from animegan.pipeline.cache import PhotoCache
    from animegan.pipeline.pipeline import Pipeline
    from animegan.pipeline.progress import OnProgress
    from animegan.pipeline.result import Result
    from animegan.repair.plan import Quality
    from animegan.video import Clip, VideoResult, stylize_video

__version__ = "0.2.0"

__all__ = [
    "AnimeganError",
    "BadOptionError",
    "Clip",
    "BadPairsError",
    "DiskFullError",
    "DrawingStoppedError",
    "Face",
    "FolderInUseError",
    "HubAccessDeniedError",
    "HubFileNotFoundError",
    "HubUnreachableError",
    "Message",
    "MissingExtraError",
    "NotAModelError",
    "NotAPhotoError",
    "NotAVideoError",
    "Options",
    "OutputNotWritableError",
    "PhotoCache",
    "PhotoNotFoundError",
    "PhotoTooLargeError",
    "PhotoTooSmallError",
    "Pipeline",
    "Quality",
    "Result",
    "RuntimeUnavailableError",
    "Style",
    "TeacherFailedError",
    "TrainingError",
    "UnknownStyleError",
    "VideoNotFoundError",
    "VideoResult",
    "VideoTooLargeError",
    "VideoTooLongError",
    "VideoTooSmallError",
    "WeightsCorruptError",
    "WeightsUnavailableError",
    "at_hand",
    "gallery",
    "load",
    "register_formats",
    "save",
    "shrink",
    "side_by_side",
    "list_styles",
    "stylize",
    "stylize_video",
]

_LAZY = {
    "Clip": "video",
    "Face": "faces.face",
    "PhotoCache": "pipeline.cache",
    "Pipeline": "pipeline.pipeline",
    "Quality": "repair.quality",
    "Result": "pipeline.result",
    "VideoResult": "video",
    "gallery": "images.sheets",
    "shrink": "images.resize",
    "side_by_side": "images.sheets",
    "stylize_video": "video",
}
"""Name → the module that has it, imported at first use."""
_RENAMED = {"Sitting": "PhotoCache"}
"""Old name → new name; the old one goes with the next version."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"animegan.{_LAZY[name]}"), name)
    if name in _RENAMED:
        import warnings

        new = _RENAMED[name]
        warnings.warn(f"animegan.{name} is now animegan.{new}.", DeprecationWarning, stacklevel=2)
        return __getattr__(new)
    raise AttributeError(f"module 'animegan' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def stylize(
    photo: Any,
    options: Options | str | None = None,
    *,
    on_progress: OnProgress | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    **settings: Any,
) -> Result:
    """Turn a photo into anime, with the models kept loaded between calls.

    ``options`` is a set of `Options` or the name of a style; ``settings`` are fields of `Options` by name. Arguments,
    result and errors are those of `animegan.pipeline.pipeline.Pipeline.stylize`.
    """
    from animegan.pipeline.pipeline import default_pipeline

    return default_pipeline().stylize(
        photo, options, on_progress=on_progress, max_megapixels=max_megapixels, **settings
    )
