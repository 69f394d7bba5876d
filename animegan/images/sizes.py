"""Sizes that many rooms share. This module imports nothing, so that options stay cheap to import."""

PAINT_SIDE = 640
"""Pixels: long side at which a scene is painted. Strokes have a fixed size: on a larger picture they are too fine."""
LEAST_SHORT = 2 / 3
"""The short side of what is painted has at least this part of the paint side, where the photo is as large: so the
strokes of a panorama are as wide as those of one of its parts."""


def paint_size(width: int, height: int, side: int) -> tuple[int, int]:
    """The size at which a photo is painted, in pixels: a long side of ``side``, or more if the photo is narrow (see
    `LEAST_SHORT`); never larger than the photo. A ``side`` of 0 leaves it as it is.
    """
    if not side:
        return width, height
    scale = min(1.0, max(side / max(width, height), LEAST_SHORT * side / min(width, height)))
    return max(1, round(scale * width)), max(1, round(scale * height))
