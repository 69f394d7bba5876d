"""What tests of the engine share; those of the page have a stand-in for it, and a host of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.embed_engine import blank
from tests.support.embed_page import serve


@pytest.fixture(scope="module")
def host(embedded: Path) -> Iterator[Any]:
    with serve(embedded) as host:
        yield host


@pytest.fixture(scope="module")
def tab(browser: Any, host: Any) -> Iterator[Any]:
    """A page whose engine stays loaded."""
    tab = blank(browser, host.url)
    yield tab
    tab.context.close()
