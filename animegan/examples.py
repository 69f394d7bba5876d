"""The example pictures: photos to try, and one drawing a style."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED, _IN_TREE = _PACKAGE / "example_pictures", _PACKAGE.parent / "examples"
FOLDER = _INSTALLED if _INSTALLED.is_dir() else _IN_TREE
"""An installed wheel carries the examples inside the package; in the source tree they lie beside it."""
CARDS = FOLDER / "styles"
"""One picture a style."""


def example_photos() -> list[Path]:
    """Return the photos to try, in order."""
    return sorted(FOLDER.glob("*.jpg"))


def card(style_id: str) -> Path:
    """Return the picture of a style, which need not be there."""
    return CARDS / f"{style_id}.webp"
