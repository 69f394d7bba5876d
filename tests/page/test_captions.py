"""What the page says of a drawing."""

from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from animegan.page.captions import ICON, card_styles, describe, live_styles, style_cards, why
from animegan.page.downloads import kinds_of
from animegan.page.tabs.draw_events import line_of, moves
from animegan.repair.plan import Step
from animegan.styles.lookup import add, list_styles, remove
from animegan.words.messages import Message
from tests.support.own_styles import write_style

BLURRY = Step("restore", (Message("blurry", detail=0.31, sharpness=42.0), Message("noisy", noise=9.0)))
FLAT = Step("contrast", (Message("flat", contrast=0.2),))
FADED = Step("fading", (Message("faded", black=0.2, white=0.7, tint=12.0),))
ASKED = Step("restore", (Message("asked-for"),))


def drawn(*repair: Step, faces: int = 0, notes: tuple = ()) -> Any:
    quality, seconds = SimpleNamespace(fine_ratio=0.8), {"total": 1.66}
    return SimpleNamespace(repair=list(repair), faces=[None] * faces, quality=quality, seconds=seconds, notes=notes)


@pytest.mark.parametrize(("language", "word"), [("en", "cut off"), ("zh", "不完整")])
def test_what_should_be_known_of_a_drawing_stands_first(language, word):
    plain = describe(drawn(), language)
    noted = describe(drawn(notes=(Message("cut-off"),)), language)
    assert word not in plain
    assert noted.endswith(plain)
    assert word in noted.removesuffix(plain)


def test_a_style_of_one_s_own_has_a_card_with_its_name(tmp_path):
    """After all others, so that none of them moves; the camera draws with built-in ones only."""
    before = card_styles()
    style = add(str(write_style(tmp_path / "ink.safetensors")), "ink")
    try:
        assert card_styles() == [*before, style]
        assert style_cards([style]) == [(str(ICON), "Warm ink")]
        assert style not in live_styles()
    finally:
        remove("ink")
    assert card_styles() == before


@pytest.mark.parametrize(
    ("result", "language", "said"),
    [
        (drawn(), "en", "A sharp photo, left as it is. No face. 1.7 s."),
        (drawn(BLURRY, faces=1), "en", "Blurry, noisy photo: restored first. 1 face. 1.7 s."),
        (
            drawn(BLURRY, FLAT, faces=3),
            "en",
            "Blurry, noisy, flat photo: restored, contrast lifted first. 3 faces. 1.7 s.",
        ),
        (drawn(FADED), "en", "Faded photo: colours brought back first. No face. 1.7 s."),
        (drawn(ASKED), "en", "Restored first, as you asked. No face. 1.7 s."),
        (drawn(BLURRY, faces=1), "zh", "照片模糊，有噪点：已修复。 1 张人脸。 1.7 秒。"),
    ],
)
def test_a_report_is_said_in_plain_words(result, language, said):
    assert describe(result, language) == said


def test_the_figures_are_behind_why():
    assert why(drawn(), "en") == "Fine detail 80%: it needs no repair."
    assert why(drawn(BLURRY, FADED), "en").startswith(
        "Restored, as blurry (fine detail 31%, sharpness 42), noisy (σ 9); "
    )
    assert "tint 12" in why(drawn(FADED), "en")


def test_the_repaired_photo_is_offered_only_after_a_repair():
    assert kinds_of(drawn()) == kinds_of(None) == ("png", "jpg", "webp", "pair", "gif")
    assert kinds_of(drawn(FLAT))[5:] == ("repaired", "repair")


def test_a_card_has_a_short_name_and_may_show_one_s_own_photo(tmp_path):
    styles = [style for style in list_styles() if style.id in ("cel", "hayao")]
    (tmp_path / "mine.webp").touch()
    cards = style_cards(styles, "en", {"hayao": tmp_path / "mine.webp"})
    assert [name for _, name in cards] == ["Cel", "Hayao"]
    assert [path.rsplit("/", 1)[-1] for path, _ in cards] == ["cel.webp", "mine.webp"]


def test_an_animated_picture_is_offered_as_a_clip(tmp_path):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    for name, others in (("moves.gif", frames[1:]), ("moves.webp", frames[1:]), ("still.gif", [])):
        frames[0].save(tmp_path / name, save_all=bool(others), append_images=others)
    (tmp_path / "broken.gif").write_bytes(b"GIF89a no more")
    assert [name for name in ("moves.gif", "moves.webp", "still.gif", "broken.gif") if moves(str(tmp_path / name))] == [
        "moves.gif",
        "moves.webp",
    ]
    assert not moves(None)
    assert "draw it as a clip" in line_of(drawn(), "en", offers_clip=True)
    assert "clip" not in line_of(drawn(), "en", offers_clip=False)
