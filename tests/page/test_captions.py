"""What the page says of a drawing."""

from types import SimpleNamespace
from typing import Any

import pytest

from animegan.page.captions import describe
from animegan.words.messages import Message


@pytest.mark.parametrize(("language", "word"), [("en", "cut off"), ("zh", "不完整")])
def test_what_should_be_known_of_a_drawing_stands_first(language, word):
    drawn: Any = {"repair": [], "faces": [], "quality": SimpleNamespace(fine_ratio=0.8), "seconds": {"total": 1.0}}
    plain = describe(SimpleNamespace(**drawn, notes=()), language)  # type: ignore[arg-type]
    noted = describe(SimpleNamespace(**drawn, notes=(Message("cut-off"),)), language)  # type: ignore[arg-type]
    assert word not in plain
    assert noted.endswith(plain)
    assert word in noted.removesuffix(plain)
