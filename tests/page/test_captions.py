"""What the page says of a drawing."""

from types import SimpleNamespace
from typing import Any

import pytest

from animegan.page.captions import ICON, card_styles, describe, live_styles, style_cards
from animegan.styles.lookup import add, remove
from animegan.words.messages import Message
from tests.support.own_styles import write_style


@pytest.mark.parametrize(("language", "word"), [("en", "cut off"), ("zh", "不完整")])
def test_what_should_be_known_of_a_drawing_stands_first(language, word):
    drawn: Any = {"repair": [], "faces": [], "quality": SimpleNamespace(fine_ratio=0.8), "seconds": {"total": 1.0}}
    plain = describe(SimpleNamespace(**drawn, notes=()), language)  # type: ignore[arg-type]
    noted = describe(SimpleNamespace(**drawn, notes=(Message("cut-off"),)), language)  # type: ignore[arg-type]
    assert word not in plain
    assert noted.endswith(plain)
    assert word in noted.removesuffix(plain)


def test_a_style_of_one_s_own_has_a_card_with_its_name(tmp_path):
    """After all others, so that none of them moves; the camera draws with built-in ones only."""
    before = card_styles()
    style = add(str(write_style(tmp_path / "ink.safetensors")), "ink")
    try:
        assert card_styles() == [*before, style]
        assert style_cards([style]) == [(str(ICON), "Warm ink · warm and flat")]
        assert style not in live_styles()
    finally:
        remove("ink")
    assert card_styles() == before
