"""The page's table of settings."""

import pytest

from animegan.errors import BadOptionError
from animegan.options import SETTINGS, Options
from animegan.page.settings import ON_PAGE, options_of
from animegan.page.widgets import CHOICES
from animegan.words.languages import LANGUAGES


def test_every_setting_of_the_page_is_one_of_the_options():
    assert all(name == setting.name for name, setting in ON_PAGE.items())
    of_one_control = [setting.setting.name for setting in ON_PAGE.values() if not setting.is_text]
    assert len(set(of_one_control)) == len(of_one_control)
    assert SETTINGS.keys() - {setting.setting.name for setting in ON_PAGE.values()} == {"background", "paint_side"}
    for setting in ON_PAGE.values():
        assert (setting.help or setting.setting.help).endswith(".")
        assert not setting.choices or setting.choices[0] == setting.setting.default
        for choice in setting.choices:
            assert setting.setting.check(choice) == choice


def test_values_of_the_page_become_options():
    last = *[False] * 4, 1.0
    values = "anime", "auto", True, "auto", 1.0, 1.0, False, False, "auto", "none", False, False, "", *last
    assert options_of(*values) == Options()
    assert options_of(*values[:-7], True, "3, 1", *last) == Options(scene_only=True, faces="1,3")
    assert options_of(*values[:-8], True, False, " ", *last) == Options(faces_only=True)
    assert options_of(*values[:-6], "0", *last) == Options(faces=False)
    assert options_of(*values[:2], False, *values[3:-6], "1", *last) == Options(faces=False)  # the switch is off
    assert options_of(*values[:-5], True, False, False, True, 1.0) == Options(people_only=True, sticker=True)
    assert options_of(*values[:-4], True, True, False, 1.0) == Options(background_only=True, cut_out=True)
    assert options_of(*values[:-1], 1.4) == Options(faces_strength=1.4)
    values = "cel", "off", False, "scene", 0.5, 2.0, True, True, "light", "square", False, False, "", *last
    assert options_of(*values) == Options(
        "cel",
        enhance="off",
        faces=False,
        faces_style="scene",
        strength=0.5,
        vividness=2.0,
        guided=True,
        scale=2,
        restorer="light",
        crop="square",
    )
    with pytest.raises(BadOptionError):
        options_of("cel", "maybe", *values[2:])
    with pytest.raises(BadOptionError, match="numbers such as"):
        options_of("cel", "auto", True, *values[3:-6], "the left one", *last)
    with pytest.raises(ValueError, match="zip"):
        options_of("cel")


def test_every_setting_and_every_choice_has_its_words():
    words = LANGUAGES["en"].texts
    for name in ON_PAGE:
        assert name in words
    for name, values in CHOICES.items():
        for value in values:
            assert f"{name}.{value}" in words
