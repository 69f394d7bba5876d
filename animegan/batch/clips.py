"""Draws the clips of a folder: on this machine, from and to any place."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.batch.places import Place
from animegan.batch.task import Task
from animegan.images.files import PHOTO_SUFFIXES
from animegan.storage import not_writable
from animegan.video import stylize_video
from animegan.video.kinds import READ_SUFFIXES
from animegan.video.request import CLIP_SETTINGS

if TYPE_CHECKING:
    from animegan.pipeline.pipeline import Pipeline

FORMAT = "mp4"
"""In which clips are written."""


def is_clip(name: str) -> bool:
    """Whether a file is a clip by its name, and clips can be read here. Of an animation, a photo is drawn."""
    suffix = Path(name).suffix.lower()
    return suffix in READ_SUFFIXES and suffix not in PHOTO_SUFFIXES and find_spec("av") is not None


def draw_clip(pipeline: Pipeline, task: Task, input: str, output: str, on_frame: Callable[[], None]) -> dict[str, Any]:
    """Draw a clip, by paths below the task's places: what its row of the manifest says, which is nothing for a drawing
    of this program. ``on_frame`` is called after each frame.

    Raises:
        AnimeganError: it cannot be drawn; see `stylize_video`.
    """
    from animegan.video.mark import is_ours

    source, out = Place(task.source), Place(task.out)
    with tempfile.TemporaryDirectory(prefix="animegan-") as folder:
        clip = _at_hand(source, input, Path(folder) / "in")
        if is_ours(clip):
            return {}
        if not task.overwrite:
            out.check_free(output, lambda: is_ours(_at_hand(out, output, Path(folder) / "there")))
        drawing = Path(out.path(output)) if out.is_local else Path(folder) / f"drawing.{FORMAT}"
        try:
            drawing.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(output, error) from error
        result = stylize_video(
            clip,
            drawing,
            style=task.options.style,
            faces=task.options.faces,
            pipeline=pipeline,
            resume=out.is_local,
            on_progress=lambda *_: on_frame(),
            **{name: value for name, value in asdict(task.options).items() if name in CLIP_SETTINGS},
        )
        if not out.is_local:
            try:
                out.write(output, drawing.read_bytes())
            except OSError as error:
                raise not_writable(output, error) from error
        with clip.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "output": output,
            "hash": digest,
            "width": result.width,
            "height": result.height,
            "faces": result.faces,
            "frames": result.frames,
            "notes": result.note,
        }


def _at_hand(place: Place, name: str, copy: Path) -> Path:
    """A file of a place as one of this machine; where it is none, as a copy whose path begins like ``copy``."""
    if place.is_local:
        return Path(place.path(name))
    copy = copy.with_suffix(Path(name).suffix)
    copy.write_bytes(place.read(name))
    return copy
