"""What the page says, in both languages."""

import re
from string import Formatter

import pytest

import animegan
from animegan import errors
from animegan.enhance import Quality, plan
from animegan.page import texts


def fields(text: str) -> int:
    return sum(field is not None for _, field, _, _ in Formatter().parse(text))


@pytest.mark.parametrize("key", texts.TEXTS)
def test_every_text_is_there_in_both_languages(key):
    english, chinese = texts.TEXTS[key]
    assert english.strip()
    assert chinese.strip()
    assert fields(english) == fields(chinese) or key.startswith("done.face")
    assert not re.search(r"[\u4e00-\u9fff]", english)
    if key not in ("crop.portrait", "kind.png", "kind.webp", "done.as"):
        assert re.search(r"[\u4e00-\u9fff]", chinese)


def test_every_style_licence_and_error_has_its_chinese():
    assert set(texts.STYLES) == {style.id for style in animegan.styles()}
    assert set(texts.LICENCES) == {style.licence for style in animegan.styles()}
    named = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert set(texts.ERRORS) == named
    assert all(style.caption for style in animegan.styles())


def test_what_a_run_says_is_translated(pipeline, astronaut, monkeypatch):
    """Every stage, with its numbers."""
    told = set()
    pipeline.stylize(astronaut, enhance="on", scale=2, crop="square", on_progress=lambda _, what: told.add(what))
    pipeline.stylize(astronaut[:40, :40], on_progress=lambda _, what: told.add(what))
    told |= {"Fetching the brushes from the Hub: 1.2 MB", "Fetching the brushes from the Hub: 1.2 of 8.6 MB"}
    assert len(told) >= 12
    for what in told:
        said = texts.phrase(what, "zh")
        assert re.search(r"[\u4e00-\u9fff]", said), what
        assert re.findall(r"\d+(?:\.\d+)?", said) == re.findall(r"\d+(?:\.\d+)?", what)
        assert texts.phrase(what, "en") == what


def test_every_reason_for_a_repair_is_translated():
    bad = {"sharpness": 20.0, "noise": 9.0, "grain": 6.0, "contrast": 0.2, "detail": 0.1}
    bad |= {"exposure": 0.5, "highlights": 0.9}
    dark = {**bad, "exposure": 0.1, "highlights": 0.2, "noise": 1.0, "detail": 0.6}
    reasons = {
        step.why
        for figures in (bad, dark, {**dark, "detail": 0.35, "noise": 4.0})
        for blocks in (1.0, 1.3, 2.0)
        for step in plan(Quality(**figures, blockiness=blocks), "on")
    } | {"noise is left (σ 7)", "blur is left (fine detail 15%)", "twice the size was asked for"}
    assert len(reasons) >= 7
    for why in reasons:
        said = texts.phrase(why, "zh")
        assert not re.search(r"[a-z]{3,}", said), (why, said)


def test_the_language_is_the_first_that_the_browser_names():
    assert {texts.language(accepted) for accepted in ("zh-CN,zh;q=0.9,en;q=0.8", "zh-TW", "zh")} == {"zh"}
    assert {texts.language(accepted) for accepted in ("en-GB,zh;q=0.5", "fr", "", None)} == {"en"}
