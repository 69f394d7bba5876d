"""The settings of the page and of the API, in one table. `animegan.options` says what each of them does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from animegan.options import SETTINGS, Options, Setting


@dataclass(frozen=True)
class PageSetting:
    """One setting of `animegan.options.Options`, as the page and the API have it."""

    name: str
    """On the page and in the API."""
    choices: tuple[str, ...] = ()
    """The choices that the page offers, the default first; none: it is a switch or a slider."""
    option: str = ""
    """Its name in `Options`, where that is another."""
    help: str = ""
    """What the API says of it, where that is not the help of the option."""
    is_text: bool = False
    """Whether it is typed: then it narrows a switch down that is on; empty: it does not."""

    @property
    def setting(self) -> Setting:
        """The option that it sets."""
        return SETTINGS[self.option or self.name]

    @property
    def kind(self) -> type:
        """The type of its values; an option of two choices is a switch: off is the first of them."""
        if self.is_text:
            return str
        return bool if self.setting.choices and not self.choices else self.setting.kind

    @property
    def default(self) -> Any:
        """What it is where nobody chooses."""
        if self.choices:
            return self.choices[0]
        if self.is_text:
            return ""
        return self.setting.default is True if self.kind is bool else self.setting.default


CHOSEN_FACES = "Numbers of the faces that are painted on their own, as in 1,3, from the left; empty: all; 0: none."
NO_FACE = "0"
"""What is typed where no face is painted on its own."""
ON_PAGE: dict[str, PageSetting] = {
    each.name: each
    for each in (
        PageSetting("style"),
        PageSetting("enhance", ("auto", "on", "off")),
        PageSetting("faces"),
        PageSetting("faces_style", ("auto", "scene", "likeness", "anime-portrait", "portrait")),
        PageSetting("strength"),
        PageSetting("vividness"),
        PageSetting("guided"),
        PageSetting("double", option="scale", help="Give the drawing back at twice the photo's size."),
        PageSetting("level", ("auto", "light", "best"), option="restorer"),
        PageSetting("crop", ("none", "portrait", "square")),
        PageSetting("faces_only"),
        PageSetting("scene_only"),
        PageSetting("chosen_faces", option="faces", help=CHOSEN_FACES, is_text=True),
        PageSetting("people_only"),
        PageSetting("background_only"),
        PageSetting("cut_out"),
        PageSetting("sticker"),
        PageSetting("faces_strength"),
    )
}
"""By name. The order is the API's: it must not change."""


def options_of(*values: Any) -> Options:
    """Options from the values of the page's controls, in the order of `ON_PAGE`."""
    options: dict[str, Any] = {}
    for each, value in zip(ON_PAGE.values(), values, strict=True):
        if each.is_text:
            text = str(value or "").strip()
            if text and options[each.setting.name]:
                options[each.setting.name] = text != NO_FACE and text
            continue
        is_switch = each.kind is bool and each.setting.choices
        options[each.setting.name] = each.setting.choices[bool(value)] if is_switch else value
    return Options(**options)
