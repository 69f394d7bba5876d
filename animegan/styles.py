"""The one table of styles: what a person can choose, and where its weights come from."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from animegan.errors import UnknownStyleError

NON_COMMERCIAL = "non-commercial (AnimeGANv3's terms: research, teaching, private use)"


@dataclass(frozen=True)
class BuiltIn:
    """Weights of our own that travel with the package."""

    file: str
    """Name of a safetensors file in ``animegan/builtin``."""


@dataclass(frozen=True)
class OnHub:
    """Weights in a repository on the Hugging Face Hub."""

    repo: str
    file: str
    revision: str
    """A commit, so that the file behind it cannot change."""
    sha256: str | None = None
    """What the file must hash to; None where nobody here has seen the file."""
    bytes: int | None = None


@dataclass(frozen=True)
class Style:
    """A way of drawing that a person can choose by name."""

    id: str
    label: str
    good_for: str
    """One line for a person who chooses."""
    source: BuiltIn | OnHub
    licence: str
    """What the weights may be used for."""

    def to_dict(self) -> dict:
        """The style as plain values, for JSON."""
        source = {"kind": "built in" if isinstance(self.source, BuiltIn) else "hub", **asdict(self.source)}
        return {**asdict(self), "source": source}


STYLES: dict[str, Style] = {
    style.id: style
    for style in (
        Style(
            id="hayao",
            label="Hayao (Miyazaki)",
            good_for="Soft light, hand-painted greens, clear outlines: landscapes, streets, people outdoors.",
            source=BuiltIn("hayao.safetensors"),
            licence=NON_COMMERCIAL,
        ),
    )
}

DEFAULT = "hayao"


def styles() -> list[Style]:
    """Every style there is, in the order in which a person should see them."""
    return list(STYLES.values())


def find(name: str) -> Style:
    """The style called ``name``; neither case nor surrounding space matters.

    Raises:
        UnknownStyleError: with the names that there are.
    """
    style = STYLES.get(str(name).strip().lower())
    if style is None:
        shown = re.sub(r"\s+", " ", str(name))[:60]
        raise UnknownStyleError(f"There is no style '{shown}': choose one of {', '.join(STYLES)}.")
    return style
