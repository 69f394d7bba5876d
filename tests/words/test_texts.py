"""What the page says, in every language."""

import ast
import pickle
import re
from copy import deepcopy
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest

import animegan
from animegan import errors
from animegan.repair.plan import plan
from animegan.repair.quality import Quality
from animegan.words import texts
from animegan.words.languages import LANGUAGES
from animegan.words.messages import ENGLISH, Message


def fields(text: str) -> int:
    return sum(field is not None for _, field, _, _ in Formatter().parse(text))


OTHERS = [code for code in LANGUAGES if code != "en"]


def templates(code: str) -> set[str]:
    """The errors' templates that a language translates; the other keys are classes."""
    return {key for key in LANGUAGES[code].errors if " " in key or "{" in key}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_there_in_every_language(code):
    english, other = LANGUAGES["en"].texts, LANGUAGES[code].texts
    assert set(english) == set(other)
    for key, text in english.items():
        assert text.strip()
        assert other[key].strip()
        assert fields(text) == fields(other[key]) or key.startswith("done.face")
        assert not re.search(r"[\u4e00-\u9fff]", text)


def test_chinese_is_chinese():
    as_in_english = ("crop.portrait", "kind.png", "kind.jpg", "kind.webp", "list", "list.steps", "sentence.end")
    for key, text in LANGUAGES["zh"].texts.items():
        assert key in as_in_english or re.search(r"[\u4e00-\u9fff]", text), key


@pytest.mark.parametrize("code", OTHERS)
def test_every_style_licence_and_error_is_translated(code):
    language = LANGUAGES[code]
    assert set(language.styles) == {style.id for style in animegan.list_styles()}
    assert set(language.licences) == {style.licence for style in animegan.list_styles()}
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert set(language.errors) - templates(code) == kinds
    assert all(style.caption for style in animegan.list_styles())


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated_with_the_same_parameters(code):
    messages = LANGUAGES[code].messages
    assert set(messages) == set(ENGLISH)
    for key, text in messages.items():
        assert parameters(text) == parameters(ENGLISH[key])


def parameters(text: str) -> list[tuple[str | None, str | None]]:
    return sorted((field, form) for _, field, form, _ in Formatter().parse(text) if field is not None)


@pytest.mark.parametrize("code", OTHERS)
def test_no_translation_of_an_error_is_stale(code):
    calls = (
        node
        for file in Path(animegan.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).endswith("Error")
    )
    raised = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert templates(code)
    assert templates(code) - raised == set()


@pytest.mark.parametrize("code", OTHERS)
def test_an_error_is_translated_with_parameters_of_its_template(code):
    for template in templates(code):
        assert set(parameters(LANGUAGES[code].errors[template])) <= set(parameters(template)), template


def test_a_translated_error_keeps_its_names_and_figures():
    with pytest.raises(errors.PhotoNotFoundError) as missing:
        animegan.load("/nowhere/anna.jpg")
    with pytest.raises(errors.PhotoTooSmallError) as small:
        animegan.load(np.zeros((8, 9, 3), np.uint8))
    for error, kept in ((missing.value, ["anna.jpg"]), (small.value, ["9×8", "16"])):
        chinese = texts.error_text(error, "zh")
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert all(part in chinese for part in kept), chinese
        assert texts.error_text(error, "en") == str(error)


def test_an_error_without_a_translation_says_what_its_class_says():
    error = errors.BadOptionError("A wish is {wish}, not this.", wish="that")
    assert texts.error_text(error, "zh") == LANGUAGES["zh"].errors["BadOptionError"]
    assert texts.error_text(error, "en") == "A wish is that, not this."


@pytest.mark.slow
def test_what_a_run_says_is_translated(pipeline, astronaut):
    """Every stage, with its numbers; a message is its English."""
    heard = set()
    pipeline.stylize(astronaut, enhance="on", scale=2, crop="square", on_progress=lambda _, what: heard.add(what))
    pipeline.stylize(astronaut[:40, :40], on_progress=lambda _, what: heard.add(what))
    heard |= {Message("download", come=1.2), Message("download-of", come=1.2, size=8.6)}
    assert len(heard) >= 12
    for what in heard:
        chinese = texts.render(what, "zh")
        assert re.search(r"[\u4e00-\u9fff]", chinese), what
        assert re.findall(r"\d+(?:\.\d+)?", chinese) == re.findall(r"\d+(?:\.\d+)?", what)
        assert texts.render(what, "en") == what


def test_every_reason_for_a_repair_is_translated():
    bad: dict[str, Any] = {"sharpness": 20.0, "noise": 9.0, "grain": 4.0, "contrast": 0.2, "fine_ratio": 0.1}
    bad |= {"exposure": 0.5, "highlights": 0.9, "specks": 1.0, "black": 0.0, "white": 1.0, "tint": 0.0}
    bad |= {"lost": 0.0, "true_side": 500, "repeated": 1.0, "damage": 1.0}
    dark = {**bad, "exposure": 0.1, "highlights": 0.2, "noise": 1.0, "fine_ratio": 0.6}
    coarse = {**dark, "lost": 3.0, "black": 0.2, "white": 0.7, "tint": 6.0}
    reasons = {
        reason
        for figures in (bad, dark, {**dark, "fine_ratio": 0.35, "noise": 4.0}, coarse)
        for blocks in (1.0, 1.3, 2.0)
        for step in plan(Quality(**figures, blockiness=blocks), "on").steps
        for reason in step.reasons
    }
    codes = {"blurry", "noisy", "blocky", "worn", "coarse", "faded", "dark", "flat"}
    assert {reason.code for reason in reasons} >= codes
    for reason in reasons:
        assert not re.search(r"[a-z]{3,}", texts.render(reason, "zh")), reason


def test_a_message_survives_copies_and_processes():
    message = Message("paint-face", number=1, count=3)
    copies: list[Message] = [pickle.loads(pickle.dumps(message)), deepcopy(message)]
    for copy in copies:
        assert str(copy) == "Painting face 1 of 3"
        assert copy.to_dict() == {"code": "paint-face", "number": 1, "count": 3}


def test_the_language_is_the_first_that_the_browser_names():
    assert {texts.language_of(accepted) for accepted in ("zh-CN,zh;q=0.9,en;q=0.8", "zh-TW", "zh")} == {"zh"}
    assert {texts.language_of(accepted) for accepted in ("en-GB,zh;q=0.5", "fr", "", None)} == {"en"}
