"""axe-core finds what keeps people from seeing, reading or operating a page: here by the rules of WCAG 2.2, A and AA.

It is not part of this project (Mozilla Public License 2.0). npm fetches it once, at a pinned version, into the cache
in which `animegan.embed.runtime` keeps what browsers run; its hash is checked every time.
"""

import hashlib
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest

from animegan.embed.runtime import find_npm
from animegan.storage import written_whole
from tests.support.browser import REQUIRED

VERSION = "4.14.1"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
"""Of the registry's package, a ``.tgz`` of 0.6 MB."""
PACKAGE = f"axe-core-{VERSION}.tgz"
PATIENCE = 300
"""Seconds for npm to fetch it."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def script() -> str:
    """Return the source of axe-core. Where it is neither cached nor fetched, the test is skipped, unless
    ANIMEGAN_REQUIRE_BROWSER is 1.
    """
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "animegan" / PACKAGE
    if not _is_pinned(cached):
        with tempfile.TemporaryDirectory() as folder:
            fetched = Path(folder, PACKAGE)
            _fetch(fetched)
            cached.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(cached, 0o644) as kept:
                kept.write(fetched.read_bytes())
    with tarfile.open(cached) as archive:
        file = archive.extractfile("package/axe.min.js")
        assert file is not None
        return file.read().decode()


def violations(tab: Any, source: str) -> list[str]:
    """Return what axe-core finds on the page as it is now: rule, element, and what is wrong, one line each.

    Args:
        tab: a page or a frame of Playwright.
        source: what `script` gives.
    """
    if not tab.evaluate("typeof axe === 'object'"):
        tab.evaluate(source)
    found = tab.evaluate("tags => axe.run({ runOnly: tags, resultTypes: ['violations'] })", RULES)["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']} in {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def _is_pinned(package: Path) -> bool:
    return package.is_file() and hashlib.sha256(package.read_bytes()).hexdigest() == SHA256


def _fetch(package: Path) -> None:
    """Let npm put the package there; npm knows the registry from its own configuration."""
    name = PACKAGE.removesuffix(".tgz").rpartition("-")[0]
    options = ["--pack-destination", str(package.parent), "--ignore-scripts", "--silent"]
    try:
        command = [*find_npm(), "pack", f"{name}@{VERSION}", *options]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, cwd=package.parent)
        assert _is_pinned(package), f"{PACKAGE} is not the file that was expected: its SHA-256 differs."
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"axe-core {VERSION} is not in the cache, and npm cannot fetch it: {error}"
        pytest.fail(reason) if REQUIRED else pytest.skip(reason)
