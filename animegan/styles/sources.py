"""What a style is, and where its weights come from."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

FREE = "MIT: free for any use, commercial use as well"
ANIMEGAN_V3 = "non-commercial (AnimeGANv3's terms: research, teaching, private use)"
ANIMEGAN_V2 = "tagged Apache-2.0 on the Hub, but its text repeats AnimeGANv2's terms: non-commercial"
BUILT_IN = Path(__file__).parent.parent / "builtin"
"""The folder of our own weights."""
MODEL_SUFFIXES = (".safetensors", ".onnx", ".pt", ".pth")
"""Suffixes of readable weights files: ours, ONNX, and PyTorch checkpoints of AnimeGANv2."""


@dataclass(frozen=True)
class BuiltIn:
    """Our own weights, shipped with the package."""

    file: str
    """Name of a safetensors file in ``animegan/builtin``."""
    kind = "built in"


@dataclass(frozen=True)
class OnHub:
    """Weights in a repository on the Hugging Face Hub."""

    repo: str
    file: str
    revision: str = "main"
    """A commit if one is known, so that the file cannot change; otherwise a branch."""
    sha256: str | None = None
    """The expected hash of the file. None: it is not known in advance, so the commit and the hash of the first download
    are remembered."""
    bytes: int | None = None
    part: str = ""
    """Which network of a style file; see `animegan.networks.checkpoints.read_compact`."""
    kind = "hub"


@dataclass(frozen=True)
class OnDisk:
    """Weights in a file of the user's own."""

    path: str
    part: str = ""
    """As in `OnHub`."""
    kind = "file"


@dataclass(frozen=True)
class Style:
    """A way of drawing that users choose by name."""

    id: str
    label: str
    good_for: str
    """One line that helps users choose."""
    source: BuiltIn | OnHub | OnDisk
    licence: str
    """What the weights may be used for."""
    faces_style: str | None = None
    """Id of the style that paints faces best in a picture of this style; None: this style itself."""
    faces_shown: float = 0.0
    """How much of the faces that such a style with a mask of the head has drawn is seen through this style's paint,
    0 to 1: their shading, noses and hair."""
    caption: str = ""
    """A few words to show below a picture of this style."""
    moves_features: bool = False
    """Whether eyes, brows and mouths are drawn elsewhere than the photo has them."""
    keeps_grey: bool = False
    """Whether what has no colour in the photo has none in the drawing: not where the look of a style is a tint."""
    finish: str | None = None
    """The pattern to lay over the finished drawing; see `animegan.images.patterns.FINISHES`."""

    @property
    def part(self) -> str:
        """Which network of the weights file draws this style; see `animegan.networks.checkpoints.read_compact`."""
        return "" if isinstance(self.source, BuiltIn) else self.source.part

    @property
    def slug(self) -> str:
        """The id in a form that fits into a file name."""
        return re.sub(r"[^\w.]+", "-", Path(self.id).stem if isinstance(self.source, OnDisk) else self.id).strip("-")

    def to_dict(self) -> dict:
        """Return the style as plain values, for JSON."""
        return {**asdict(self), "source": {"kind": self.source.kind, **asdict(self.source)}}
