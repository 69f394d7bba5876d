"""How much of a clip the page draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClipLimits:
    """How much of a clip is drawn at most."""

    seconds: float = 20.0
    side: int = 640
    """Pixels: the longer side of the drawing."""
    frames: int = 600
