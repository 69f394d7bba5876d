"""What the page shows of styles and results: which styles have a picture, and the texts in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from animegan.examples import card
from animegan.styles.lookup import list_styles
from animegan.styles.sources import BuiltIn, OnHub, Style
from animegan.styles.table import STYLES
from animegan.styles.weights import at_hand
from animegan.words import texts
from animegan.words.languages import LANGUAGES
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


def carded_styles() -> list[Style]:
    """The styles that draw a visitor's photo for their cards: those whose weights are built in or one's own."""
    return [style for style in card_styles() if not isinstance(style.source, OnHub)]


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


def style_cards(
    styles: Iterable[Style], language: str = "en", drawn: Mapping[str, Path] | None = None
) -> list[tuple[str, str]]:
    """The picture of each style and its short name; ``drawn`` are pictures to take instead, by the style's id."""
    pictures = ((style, (drawn or {}).get(style.id, card(style.id))) for style in styles)
    return [
        (str(path if path.exists() else ICON), style_name(style, language).split(" (")[0]) for style, path in pictures
    ]


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
    """A result in plain words: what the photo was like, what was done to it, how many faces, and how long it took."""
    steps = translate("list", language).join(translate(f"done.{step.stage}", language) for step in result.repair)
    reasons = dict.fromkeys(reason.code for step in result.repair for reason in step.reasons)
    known = [translate(f"done.{code}", language) for code in reasons if f"done.{code}" in LANGUAGES[language].texts]
    if not result.repair:
        state = translate("done.sharp", language)
    elif known:
        state = translate("done.because", language, translate("list", language).join(known), steps)
    else:
        state = translate("done.asked", language, steps)
    key = {0: "done.no_face", 1: "done.face"}.get(len(result.faces), "done.faces")
    seconds = translate("done.seconds", language, f"{result.seconds['total']:.1f}")
    notes = [texts.render(note, language) for note in result.notes]
    return " ".join([*notes, f"{state[0].upper()}{state[1:]}", translate(key, language, len(result.faces)), seconds])


def why(result: Result, language: str) -> str:
    """The figures behind what `describe` says of the photo."""
    if not result.repair:
        return translate("why.sharp", language, f"{result.quality.fine_ratio:.0%}")
    steps = (
        translate(
            "done.as",
            language,
            translate(f"done.{step.stage}", language),
            texts.render_all(step.reasons, language),
        )
        for step in result.repair
    )
    line = translate("list.steps", language).join(steps)
    return f"{line[0].upper()}{line[1:]}{translate('sentence.end', language)}"
