"""The outcome of drawing a clip."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from animegan.repair.plan import Step


@dataclass(frozen=True)
class VideoResult:
    """A finished clip, and how it was made."""

    path: Path
    """Where it was written."""
    style: str
    width: int
    """Pixels of the drawing."""
    height: int
    frames: int
    resumed: int
    """How many of the frames an earlier run had drawn."""
    clip_seconds: float
    """How long it plays."""
    sound: str | None
    """``copied``: the first track is as it was, packet by packet; ``encoded`` anew; None: there is none."""
    left_out: list[str]
    """What the file cannot hold of the clip, such as ``subtitles (dvd_subtitle)``."""
    faces: int
    """Number of faces that were followed and painted separately; one that leaves and comes back counts again."""
    cuts: int
    """Number of times that the picture jumps to another scene."""
    damaged: int
    """Number of packets of the source that could not be decoded and were left out."""
    repair: list[Step] = field(default_factory=list)
    """The steps that repaired the frames, and their reasons; decided once for the clip."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage → seconds, including "total"."""

    @property
    def fps(self) -> float:
        """Frames drawn a second."""
        return (self.frames - self.resumed) / max(1e-9, self.seconds.get("total", 0.0))

    @property
    def note(self) -> str | None:
        """A sentence on what was left out; None: nothing was."""
        if not self.left_out:
            return None
        *others, last = self.left_out
        named = f"{', '.join(others)} and {last}" if others else last
        return f"A {self.path.suffix} file cannot hold {named}: left out."

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        values = asdict(self) | {"path": str(self.path), "repair": [step.to_dict() for step in self.repair]}
        return {**values, "fps": round(self.fps, 2)}
