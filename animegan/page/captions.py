"""What the page shows of styles and results: which styles have a picture, and the texts in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from animegan.examples import card
from animegan.styles.lookup import list_styles
from animegan.styles.sources import BuiltIn, OnHub, Style
from animegan.styles.table import STYLES
from animegan.styles.weights import at_hand
from animegan.words import texts
from animegan.words.texts import translate

if TYPE_CHECKING:
    from animegan.pipeline.result import Result


ICON = Path(__file__).with_name("icon.svg")
"""The page's icon, and the picture of a style that has none of its own."""


def card_styles() -> list[Style]:
    """The styles that have a card: those with a picture, and styles of one's own."""
    return [style for style in list_styles() if card(style.id).exists() or style.id not in STYLES]


def live_styles() -> list[Style]:
    """The styles that draw moving pictures: those whose weights are built in."""
    return [style for style in card_styles() if isinstance(style.source, BuiltIn)]


def style_name(style: Style, language: str) -> str:
    """The name of a style."""
    return texts.style_words(style, language)[0]


def style_choices(styles: Iterable[Style], language: str = "en") -> list[tuple[str, str]]:
    """The name and the id of each style; the name notes whether the weights must be downloaded."""
    note = f" · {translate('style.download', language)}"
    return [(style_name(style, language) + ("" if at_hand(style) else note), style.id) for style in styles]


def style_caption(style: Style, language: str) -> str:
    """The caption below a style's picture."""
    name, caption, _ = texts.style_words(style, language)
    return " · ".join(part for part in (name.split(" (")[0], caption) if part)


def style_cards(styles: Iterable[Style], language: str = "en") -> list[tuple[str, str]]:
    """The picture of each style and its caption."""
    pictures = ((style, card(style.id)) for style in styles)
    return [(str(path if path.exists() else ICON), style_caption(style, language)) for style, path in pictures]


def about(style: Style, language: str) -> str:
    """What a style is good for, where its weights come from, and how they may be used."""
    source = style.source
    if isinstance(source, OnHub):
        where = translate("weights.hub", language, f"`{source.repo}`")
    else:
        where = translate("weights.builtin" if isinstance(source, BuiltIn) else "weights.file", language)
    if not at_hand(style):
        where += translate("list", language) + translate("weights.later", language)
    good_for = texts.style_words(style, language)[2]
    return f"{good_for} *{translate('weights', language, where, texts.licence(style, language))}*"


def describe(result: Result, language: str) -> str:
    """A result in one line: how good the photo was, what was done, and how long it took."""
    if result.repair:
        steps = [
            (translate(f"done.{step.stage}", language), texts.render_all(step.reasons, language))
            for step in result.repair
        ]
        state = translate("list.steps", language).join(translate("done.as", language, *step) for step in steps)
        state = f"{state[0].upper()}{state[1:]}{translate('sentence.end', language)}"
    else:
        state = translate("done.sharp", language, f"{result.quality.fine_ratio:.0%}")
    key = {0: "done.no_face", 1: "done.face"}.get(len(result.faces), "done.faces")
    seconds = translate("done.seconds", language, f"{result.seconds['total']:.1f}")
    notes = [texts.render(note, language) for note in result.notes]
    return " ".join([*notes, state, translate(key, language, len(result.faces)), seconds])
