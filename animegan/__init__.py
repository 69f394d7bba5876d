"""A photo becomes anime.

    import animegan

    animegan.stylize("photo.jpg").save("anime.png")

Importing this is cheap: torch, OpenCV and the face finder are imported when they are first needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

from animegan.errors import (
    AnimeganError,
    BadOptionError,
    BadPairsError,
    CacheNotWritableError,
    DiskFullError,
    DrawingStoppedError,
    FolderInUseError,
    HubAccessDeniedError,
    HubFileNotFoundError,
    HubUnreachableError,
    MissingExtraError,
    NobodySeenError,
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
from animegan.images.files import MAX_MEGAPIXELS, load, save
from animegan.options import Options, Settings
from animegan.styles.lookup import list_styles
from animegan.styles.sources import Style
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.faces.face import Face
    from animegan.pipeline.cache import PhotoCache
    from animegan.pipeline.pipeline import Pipeline
    from animegan.pipeline.progress import OnProgress
    from animegan.pipeline.result import Result
    from animegan.repair.quality import Quality
    from animegan.video import Clip, VideoResult, stylize_video

__version__ = "0.2.0"

__all__ = [
    "stylize",
    "stylize_video",
    "list_styles",
    "load",
    "save",
    "Pipeline",
    "PhotoCache",
    "Options",
    "Settings",
    "Style",
    "Result",
    "Face",
    "Quality",
    "Message",
    "Clip",
    "VideoResult",
    "AnimeganError",
    "BadOptionError",
    "BadPairsError",
    "DiskFullError",
    "CacheNotWritableError",
    "DrawingStoppedError",
    "FolderInUseError",
    "HubAccessDeniedError",
    "HubFileNotFoundError",
    "HubUnreachableError",
    "MissingExtraError",
    "NobodySeenError",
    "NotAModelError",
    "NotAPhotoError",
    "NotAVideoError",
    "OutputNotWritableError",
    "PhotoNotFoundError",
    "PhotoTooLargeError",
    "PhotoTooSmallError",
    "RuntimeUnavailableError",
    "TeacherFailedError",
    "TrainingError",
    "UnknownStyleError",
    "VideoNotFoundError",
    "VideoTooLargeError",
    "VideoTooLongError",
    "VideoTooSmallError",
    "WeightsCorruptError",
    "WeightsUnavailableError",
]

_LAZY = {
    "Clip": "video",
    "Face": "faces.face",
    "PhotoCache": "pipeline.cache",
    "Pipeline": "pipeline.pipeline",
    "Quality": "repair.quality",
    "Result": "pipeline.result",
    "VideoResult": "video",
    "stylize_video": "video",
}
"""Name → the module that has it, imported at first use."""
_RENAMED = {
    "Sitting": ("pipeline.cache", "PhotoCache"),
    "at_hand": ("styles.weights", "at_hand"),
    "gallery": ("images.sheets", "gallery"),
    "register_formats": ("images.files", "register_formats"),
    "shrink": ("images.resize", "shrink"),
    "side_by_side": ("images.sheets", "side_by_side"),
}
"""Old name → the module that has it, and its name there; the old ones go with the next version."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"animegan.{_LAZY[name]}"), name)
    if name in _RENAMED:
        import warnings

        module, new = _RENAMED[name]
        place = "animegan" if new in __all__ else f"animegan.{module}"
        warnings.warn(f"animegan.{name} is now {place}.{new}.", DeprecationWarning, stacklevel=2)
        return getattr(import_module(f"animegan.{module}"), new)
    raise AttributeError(f"module 'animegan' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def stylize(
    photo: Any,
    options: Options | str | None = None,
    *,
    on_progress: OnProgress | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    **settings: Unpack[Settings],
) -> Result:
    """Turn a photo into anime, with the models kept loaded between calls.

    ``options`` is a set of `Options` or the name of a style; ``settings`` are fields of `Options` by name. Arguments,
    result and errors are those of `animegan.pipeline.pipeline.Pipeline.stylize`.
    """
    from animegan.pipeline.pipeline import default_pipeline

    return default_pipeline().stylize(
        photo, options, on_progress=on_progress, max_megapixels=max_megapixels, **settings
    )
