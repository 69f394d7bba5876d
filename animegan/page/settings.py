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
    is_advanced: bool = True
    """Whether the page keeps it under "More"."""
    option: str = ""
    """Its name in `Options`, where that is another."""
    help: str = ""
    """What the API says of it, where that is not the help of the option."""

    @property
    def setting(self) -> Setting:
        """The option that it sets."""
        return SETTINGS[self.option or self.name]

    @property
    def kind(self) -> type:
        """The type of its values; an option of two choices is a switch: off is the first of them."""
        return bool if self.setting.choices and not self.choices else self.setting.kind

    @property
    def default(self) -> Any:
        """What it is where nobody chooses."""
        if self.choices:
            return self.choices[0]
        return self.setting.default is True if self.kind is bool else self.setting.default


ON_PAGE: dict[str, PageSetting] = {
    each.name: each
    for each in (
        PageSetting("style", is_advanced=False),
        PageSetting("enhance", ("auto", "on", "off"), is_advanced=False),
        PageSetting("faces"),
        PageSetting("faces_style", ("auto", "scene", "anime-portrait", "portrait")),
        PageSetting("strength"),
        PageSetting("vividness"),
        PageSetting("guided"),
        PageSetting("double", option="scale", help="Give the drawing back at twice the photo's size."),
        PageSetting("level", ("auto", "light", "best"), option="restorer"),
        PageSetting("crop", ("none", "portrait", "square"), is_advanced=False),
    )
}
"""By name. The order is the API's: it must not change."""


def options_of(*values: Any) -> Options:
    """Options from the values of the page's controls, in the order of `ON_PAGE`."""
    options = {}
    for each, value in zip(ON_PAGE.values(), values, strict=True):
        is_switch = each.kind is bool and each.setting.choices
        options[each.setting.name] = each.setting.choices[bool(value)] if is_switch else value
    return Options(**options)
