"""The embedded page for those who do not see it well, or not at all: axe-core finds nothing, at any width."""

import pytest

from tests import axe
from tests.conftest import ROOT
from tests.support.browser import open_tab
from tests.support.embed_page import bring, build, serve, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("access") / "site")) as host:
        yield host


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height", "locale"), [(360, 740, "zh-CN"), (1366, 700, "en-GB")])
def test_axe_finds_nothing(browser, host, width, height, locale, theme):
    """Before there is a photo, while it is drawn, when it is done, when it failed, and with the camera's tab open."""
    source = axe.script()
    size = {"width": width, "height": height}
    tab = open_tab(browser, service_workers="block", viewport=size, locale=locale, color_scheme=theme)
    tab.goto(host.url)
    until(tab, "ready")
    assert axe.violations(tab, source) == []
    tab.evaluate("fake.hold = 4")
    tab.set_input_files("#photo", [str(ROOT / "examples" / name) for name in ("4-coffee.jpg", "5-chelsea.jpg")])
    tab.wait_for_function("() => document.querySelector('#coming').textContent")
    assert axe.violations(tab, source) == []
    tab.evaluate("fake.hold = 0")
    until(tab, "done")
    bring(tab, ROOT / "README.md")
    until(tab, "failed")
    assert axe.violations(tab, source) == []
    tab.click("#tab-live")
    assert axe.violations(tab, source) == []
    tab.context.close()
