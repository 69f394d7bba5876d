"""What a language consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Language:
    """Everything that the page says, in one language. Only ``texts`` must be there: the rest is English without."""

    code: str
    """As browsers name it: en, zh, ja, …"""
    texts: Mapping[str, str]
    """The page's own words. A ``{}`` stands for a number or a name."""
    styles: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Id of a style → its name, its caption, and what it is good for."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """A licence of `animegan.styles` in English → in this language."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """Code of a message of `animegan.words.messages` → its text, with the same parameters."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Template of an error of `animegan.errors`, or else its class name → one sentence that says what to do."""
