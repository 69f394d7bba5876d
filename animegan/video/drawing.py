"""Draws the frames of one clip, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from animegan import blend
from animegan.finish import FINISHES
from animegan.models import Models
from animegan.options import Options
from animegan.resize import Picture, shrink
from animegan.styles import find as find_style


@dataclass(frozen=True)
class Frame:
    """One frame of a clip on its way through the threads."""

    time: Fraction
    """Seconds in the new clip."""
    seconds: Fraction
    """How long it is shown; 0: unknown."""
    picture: Picture
    """``(H, W, 3) uint8``: of the clip, later the drawing."""


class Artist:
    """Draws frames on the thread that has the models."""

    def __init__(self, models: Models, options: Options, style: str):
        """``style`` paints the scene: the one of the options, or its live network."""
        self._models, self._options, self._style = models, options, style

    def draw(self, picture: Picture) -> Picture:
        """Draw a frame, ``(H, W, 3) uint8``, at its own size."""
        options = self._options
        small = shrink(picture, options.detail or max(picture.shape))
        painted = self._models.painter(self._style).paint(small)
        if painted.shape != picture.shape:
            painted = blend.enlarge(painted, small, picture)
        return finished(painted, picture, max(small.shape), options)


def finished(painted: Picture, photo: Picture, painted_at: int, options: Options) -> Picture:
    """Apply the guided filter, the chroma, the style's pattern and the strength, each only if requested."""
    if options.guided:
        painted = blend.guided(painted, photo)
    painted = blend.vividness(painted, options.vividness)
    pattern = find_style(options.style).finish
    if pattern is not None:
        painted = FINISHES[pattern](painted, max(painted.shape) / painted_at)
    if options.strength != 1.0:
        painted = blend.mix(photo, painted, options.strength)
    return painted
