"""Puts texts, messages and errors into a language. The words are in `animegan.words.languages`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from animegan.words.languages import LANGUAGES
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.errors import AnimeganError
    from animegan.styles.sources import Style

DEFAULT = next(iter(LANGUAGES))


def language_of(accepted: str | None, chosen: str | None = None) -> str:
    """The page's language: the ``chosen`` one, else the first of an ``Accept-Language`` header, else English."""
    if chosen in LANGUAGES:
        return chosen
    first = (accepted or "").strip().lower()
    return next((code for code in LANGUAGES if first.startswith(code)), DEFAULT)


def translate(key: str, language: str, *parts: object) -> str:
    """One of the page's texts, with the parts in its places."""
    text = LANGUAGES[language].texts[key]
    return text.format(*parts) if parts else text


def render(message: Message, language: str) -> str:
    """A message of the package."""
    text = LANGUAGES[language].messages.get(message.code)
    return text.format(**message.parameters) if text else str(message)


def render_all(messages: Iterable[Message], language: str) -> str:
    """Several messages as one list."""
    return translate("list", language).join(render(message, language) for message in messages)


def error_text(error: AnimeganError, language: str) -> str:
    """A named error's sentence, with its names and figures; where that is not translated, what its kind says."""
    known = LANGUAGES[language].errors
    if error.template in known:
        return known[error.template].format(**error.parameters)
    return known.get(type(error).__name__, str(error))


def style_words(style: Style, language: str) -> tuple[str, str, str]:
    """A style's name, its caption, and what it is good for."""
    return LANGUAGES[language].styles.get(style.id, (style.label, style.caption, style.good_for))


def licence(style: Style, language: str) -> str:
    """What a style's weights may be used for."""
    return LANGUAGES[language].licences.get(style.licence, style.licence)
