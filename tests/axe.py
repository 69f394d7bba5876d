"""axe-core finds what keeps people from seeing, reading or operating a page: here by the rules of WCAG 2.2, A and AA.

It is not part of this project (Mozilla Public License 2.0). npm fetches it once; its hash is checked every time.
"""

from typing import Any

from animegan.embed import runtime
from tests.support.node import package

VERSION = "4.14.1"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
"""Of the registry's package, a ``.tgz`` of 0.6 MB."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def script() -> str:
    """Return the source of axe-core. Where it is neither cached nor fetched, the test is skipped, unless
    ANIMEGAN_REQUIRE_BROWSER is 1.
    """
    return runtime.read(package("axe-core", VERSION, SHA256), ("axe.min.js",))["axe.min.js"].decode()


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
