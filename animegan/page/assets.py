"""The pictures that the page shows before anybody has drawn one."""

from __future__ import annotations

from pathlib import Path

import animegan

ROOM = Path(__file__).parent
_INSTALLED, _IN_TREE = ROOM / "examples", ROOM.parent.parent / "examples"
EXAMPLES = _INSTALLED if _INSTALLED.is_dir() else _IN_TREE
"""An installed wheel carries the examples in this package; in the source tree they lie beside it."""
CARDS = EXAMPLES / "styles"
"""One picture a style."""


def example_photos() -> list[Path]:
    """Photos to try, in order."""
    return sorted(EXAMPLES.glob("*.jpg"))


def card(style: animegan.Style) -> Path:
    """The picture of a style, which need not be there."""
    return CARDS / f"{style.id}.webp"


def card_styles() -> list[animegan.Style]:
    """The styles that have a picture."""
    return [style for style in animegan.styles() if card(style).exists()]


def live_styles() -> list[animegan.Style]:
    """The styles that draw moving pictures: those whose weights are built in."""
    return [style for style in card_styles() if style.source.kind == "built in"]
