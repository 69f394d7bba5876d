"""The page's texts about styles and results, in the visitor's language."""

from __future__ import annotations

import animegan
from animegan.options import ON_PAGE
from animegan.styles.sources import BuiltIn, OnHub
from animegan.words import texts
from animegan.words.texts import translate

DOWNLOADS = ("png", "webp", "pair", "mended", "repair")
"""Kinds of file in which a result can be downloaded."""
LIVE_SIDES = ("288", "384", "512")
"""Pixels: long sides at which the camera can be drawn."""
VIDEO_HOW = ("careful", "quick")
"""How a clip can be drawn."""
LISTS = (*(name for name, setting in ON_PAGE.items() if setting.page_choices), "kind")
"""The page's lists of choices."""


def choices(setting: str, language: str = "en") -> list[tuple[str, str]]:
    """Return the label and the value of each entry in a list of choices."""
    own = {"kind": DOWNLOADS, "live_side": LIVE_SIDES, "video_how": VIDEO_HOW}
    values = own.get(setting) or ON_PAGE[setting].page_choices
    return [(translate(f"{setting}.{value}", language), value) for value in values]


def style_name(style: animegan.Style, language: str) -> str:
    """Return the name of a style."""
    return texts.style_words(style, language)[0]


def style_choices(language: str = "en") -> list[tuple[str, str]]:
    """Return the name and the id of each style; the name notes whether the weights must be downloaded."""
    return [
        (style_name(style, language) + _download_note(style, language), style.id) for style in animegan.list_styles()
    ]


def _download_note(style: animegan.Style, language: str) -> str:
    return "" if animegan.at_hand(style) else f" · {translate('style.download', language)}"


def style_caption(style: animegan.Style, language: str) -> str:
    """Return the caption below a style's picture."""
    name, caption, _ = texts.style_words(style, language)
    return f"{name.split(' (')[0]} · {caption}"


def about(style: animegan.Style, language: str) -> str:
    """Describe a style: what it is good for, where its weights come from, and how they may be used."""
    source = style.source
    if isinstance(source, OnHub):
        where = translate("weights.hub", language, f"`{source.repo}`")
    else:
        where = translate("weights.builtin" if isinstance(source, BuiltIn) else "weights.file", language)
    if not animegan.at_hand(style):
        where += f", {translate('weights.later', language)}"
    good_for = texts.style_words(style, language)[2]
    return f"{good_for} *{translate('weights', language)}: {where}; {texts.licence(style, language)}.*"


def describe(result: animegan.Result, language: str) -> str:
    """Describe a result in one line: how good the photo was, what was done, and how long it took."""
    if result.repair:
        state = translate("list.steps", language).join(
            translate(
                "done.as", language, translate(f"done.{step.stage}", language), texts.render_all(step.reasons, language)
            )
            for step in result.repair
        )
        state = f"{state[0].upper()}{state[1:]}{translate('sentence.end', language)}"
    else:
        state = translate("done.sharp", language, f"{result.quality.fine_ratio:.0%}")
    key = {0: "done.no_face", 1: "done.face"}.get(len(result.faces), "done.faces")
    seconds = translate("done.seconds", language, f"{result.seconds['total']:.1f}")
    return " ".join([state, translate(key, language, len(result.faces)), seconds])
