"""The mark of a clip that this program wrote: its name as the comment of the container; animations have that of
pictures.
"""

from __future__ import annotations

from pathlib import Path

from av.container import OutputContainer

from animegan.errors import AnimeganError
from animegan.images import marks
from animegan.video.container import open_container


def mark_clip(output: OutputContainer) -> None:
    """Put the mark into a clip that is about to be written."""
    output.metadata["comment"] = marks.MARK


def mark_animation(path: Path) -> None:
    """Put the mark into a finished GIF or animated WebP."""
    with path.open("r+b") as file:
        marks.mark_animation(file)


def is_ours(path: Path) -> bool:
    """Whether this program wrote the clip."""
    if marks.is_ours(path):
        return True
    try:
        container, _ = open_container(path)
    except AnimeganError:
        return False
    with container:
        found = {name.lower(): value for name, value in container.metadata.items()}
        return found.get("comment") == marks.MARK
