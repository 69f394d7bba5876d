"""The values of the page's settings, as its calls take them."""

from typing import Any

from animegan.page.settings import ON_PAGE


def page_values(**chosen: Any) -> list[Any]:
    """All of them in their order: what was chosen, and the defaults of the others."""
    return [chosen.get(name, "" if each.is_text else each.default) for name, each in ON_PAGE.items()]
