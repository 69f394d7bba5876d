"""A photo becomes anime.

    import animegan

    result = animegan.stylize("photo.jpg")
    animegan.save(result.image, "anime.png")

Importing this is cheap: torch, OpenCV and the face finder are imported when they are first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from animegan.errors import (
    AnimeganError,
    BadOptionError,
    DiskFullError,
    HubAccessDeniedError,
    HubFileNotFoundError,
    HubUnreachableError,
    NotAModelError,
    NotAPhotoError,
    OutputNotWritableError,
    PhotoNotFoundError,
    PhotoTooLargeError,
    PhotoTooSmallError,
    UnknownStyleError,
    WeightsCorruptError,
    WeightsUnavailableError,
)
from animegan.photos import MAX_MEGAPIXELS, load, register_formats, save
from animegan.styles import DEFAULT, DETAIL, Style, styles
from animegan.weights import at_hand

if TYPE_CHECKING:
    from animegan.enhance import Quality
    from animegan.faces import Face
    from animegan.pipeline import Options, Pipeline, Result, Sitting, shrink
    from animegan.sheets import gallery, side_by_side

__version__ = "0.1.0"

__all__ = [
    "AnimeganError",
    "BadOptionError",
    "DiskFullError",
    "Face",
    "HubAccessDeniedError",
    "HubFileNotFoundError",
    "HubUnreachableError",
    "NotAModelError",
    "NotAPhotoError",
    "Options",
    "OutputNotWritableError",
    "PhotoNotFoundError",
    "PhotoTooLargeError",
    "PhotoTooSmallError",
    "Pipeline",
    "Quality",
    "Result",
    "Sitting",
    "Style",
    "UnknownStyleError",
    "WeightsCorruptError",
    "WeightsUnavailableError",
    "at_hand",
    "gallery",
    "load",
    "register_formats",
    "save",
    "shrink",
    "side_by_side",
    "styles",
    "stylize",
]

_LAZY = {
    "Face": "faces",
    "Options": "pipeline",
    "Pipeline": "pipeline",
    "Quality": "enhance",
    "Result": "pipeline",
    "Sitting": "pipeline",
    "gallery": "sheets",
    "shrink": "pipeline",
    "side_by_side": "sheets",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"animegan.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'animegan' has no attribute '{name}'")


def stylize(
    photo: Any,
    style: str = DEFAULT,
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
    on_progress: Callable[[float, str], None] | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Result:
    """Turn a photo into anime, with the models kept loaded between calls.

    The arguments, the result and the errors are those of `animegan.pipeline.Pipeline.stylize`.
    """
    from animegan.pipeline import default_pipeline

    return default_pipeline().stylize(
        photo,
        style,
        enhance,
        faces,
        strength,
        vividness,
        guided,
        faces_style=faces_style,
        level=level,
        scale=scale,
        crop=crop,
        detail=detail,
        on_progress=on_progress,
        max_megapixels=max_megapixels,
    )
