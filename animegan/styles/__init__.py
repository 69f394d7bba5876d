"""Styles: what users can choose, and where its weights are.

sources   a style, and where its weights come from: built in, a file, the Hub
table     the styles that come with the package
lookup    from a name to a style: `find_style`, `list_styles`
metadata  what a style file of one's own says about itself
weights   from a source to a checked file on this machine
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from animegan.styles.sources import Style


class _Module(ModuleType):
    """Until the next version ``animegan.styles()`` lists the styles, as it did when it was a function."""

    def __call__(self) -> list[Style]:
        from animegan.styles.lookup import list_styles

        warnings.warn("animegan.styles() is now animegan.list_styles().", DeprecationWarning, stacklevel=2)
        return list_styles()


sys.modules[__name__].__class__ = _Module
