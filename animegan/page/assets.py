"""The page's own files, and the styles that it shows as pictures."""

from __future__ import annotations

from pathlib import Path

from animegan.examples import card
from animegan.styles.lookup import list_styles
from animegan.styles.sources import Style

ROOM = Path(__file__).parent


def card_styles() -> list[Style]:
    """The styles that have a picture."""
    return [style for style in list_styles() if card(style.id).exists()]


def live_styles() -> list[Style]:
    """The styles that draw moving pictures: those whose weights are built in."""
    return [style for style in card_styles() if style.source.kind == "built in"]
