"""The languages of the page.

To add one, copy ``chinese.py`` and ``chinese_errors.py``, translate them, and name it below;
``tests/words/test_texts.py`` says what is missing.
"""

from __future__ import annotations

from animegan.words.chinese import CHINESE
from animegan.words.english import ENGLISH
from animegan.words.japanese import JAPANESE
from animegan.words.language import Language

LANGUAGES: dict[str, Language] = {language.code: language for language in (ENGLISH, CHINESE, JAPANESE)}
"""By code; the first is spoken where a browser asks for none of them."""

__all__ = ["LANGUAGES", "Language"]
